"""Commits of eight processes that race for one journal in a bucket.

    python benchmarks/object_commits.py [s3://bucket/prefix] [WRITERS] [COMMITS]

Each writer sets notes on one version. The bucket is reached as mvfs reaches any (``MVFS_S3_…``, ``AWS_…``);
where none is named, a radosgw on loopback is started for it. Beside it: conditional creates of keys that
nobody else wants, by as many processes.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

from far.place import radosgw

from mvfs.catalog import pointers
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.recording import Draft, log
from mvfs.store.backend.opening import backend_of
from mvfs.store.sources import scan

_BAR = 20


def annotate(url: str, number: int, count: int, ready: Barrier) -> None:
    project = Catalog(backend_of(url)).project("bench")
    ready.wait()
    for turn in range(count):
        pointers.set_note(project, "net", 0, f"{number} {turn}")


def create(url: str, number: int, count: int, ready: Barrier) -> None:
    backend = backend_of(url)
    backend.head("bare")
    ready.wait()
    for turn in range(count):
        assert backend.create(f"bare/{number}-{turn}", os.urandom(200))


def timed(what: Callable[[str, int, int, Barrier], None], url: str, writers: int, count: int) -> float:
    """Seconds that all writers take together, once all are connected."""
    context = get_context("spawn")
    ready = context.Barrier(writers + 1)
    processes = [context.Process(target=what, args=(url, n, count, ready)) for n in range(writers)]
    for process in processes:
        process.start()
    ready.wait()
    start = time.perf_counter()
    for process in processes:
        process.join()
    assert all(process.exitcode == 0 for process in processes)
    return time.perf_counter() - start


def main(words: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="mvfs-bench-") as cache:
        os.environ["MVFS_CACHE_DIR"] = cache
        measure_somewhere(words)


def measure_somewhere(words: list[str]) -> None:
    if words and words[0].startswith("s3://"):
        measure(words[0], *map(int, words[1:]))
        return
    with radosgw() as place:
        os.environ.update(place.mvfs())
        measure(f"s3://{place.bucket}", *map(int, words))


def measure(base: str, writers: int = 8, count: int = 25) -> None:
    url = f"{base.rstrip('/')}/{os.urandom(6).hex()}"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model").write_bytes(b"model")
        project = Catalog(backend_of(url)).make_project("bench")
        log(project, Draft("net", "model", scan(Path(folder))))
    before = project.index.seq
    seconds = timed(annotate, url, writers, count)
    project.refresh()
    landed = project.index.seq - before
    bare = timed(create, url, writers, count)
    print(f"{'what':34} {'per second':>10}")
    print(f"{f'commits, {writers} racing writers':34} {writers * count / seconds:10.0f}")
    print(f"{'bare creates of keys of their own':34} {writers * count / bare:10.0f}")
    verdict = "all land once" if landed == writers * count else "WRONG"
    print(f"{landed} entries for {writers * count} commits: {verdict}")
    print(f"bar: >= {_BAR} commits per second: {'met' if writers * count / seconds >= _BAR else 'MISSED'}")


if __name__ == "__main__":
    main(sys.argv[1:])
