"""What the verbs ask of a bucket, in requests: cold (nothing on this machine) and warm (done a moment ago).

    python benchmarks/object_requests.py [VERSIONS]

No server: a backend in memory counts what would be sent. A listing counts once for each 1,000 keys.
"""

import contextlib
import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.table import print_table
from mvfs.catalog import pointers
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.recording import Draft, log
from mvfs.cli import main as mvfs
from mvfs.cli import places
from mvfs.store import effects as fx
from mvfs.store.backend.counting import CountingBackend
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.sources import scan

VERBS = {
    "ls bench": ("ls", "bench"),
    "ls bench/net": ("ls", "bench/net"),
    "show bench/net": ("show", "bench/net"),
    "get bench/net": ("get", "bench/net", "copy"),
    "alias bench/net": ("alias", "bench/net"),
    "alias bench/net:v1 x": ("alias", "bench/net:v1", "x"),
    "log model bench/net": ("log", "model", "bench/net"),
}


def filled(backend: CountingBackend, versions: int) -> None:
    """One project with a name of so many versions, each committed by itself."""
    project = Catalog(backend).make_project("bench")
    first = log(project, Draft("net", "model", scan(Path("model")))).version
    for number in range(1, versions):
        project.commit(
            lambda number=number: [  # type: ignore[misc]
                fx.VersionMade("net", number, first.manifest, first.manifest_hash, first.digest, 1, 5, None,
                               {"acc": number / versions}),
                fx.AliasMoved("net", "latest", number, number - 1),
            ]
        )  # fmt: skip


def requests(backend: CountingBackend, words: tuple[str, ...]) -> int:
    """How many requests a command sends."""
    backend.requests.clear()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        assert mvfs(words) == 0, said.getvalue()
    if os.environ.get("SHOW"):
        print(" ".join(words), *backend.requests, sep="\n   ")
    return len(backend.requests)


def commit_requests(backend: CountingBackend, count: int = 64) -> float:
    """How many requests one commit takes, of many by one process."""
    project = Catalog(backend).project("bench")
    backend.requests.clear()
    for number in range(count):
        pointers.set_note(project, "net", 1, f"note {number}")
    return len(backend.requests) / count


def main(versions: int = 10_000) -> None:
    backend = CountingBackend(MemoryBackend())

    def opened(_: object) -> Catalog:
        return Catalog(backend)

    places.open_catalog = opened  # type: ignore[assignment]
    with tempfile.TemporaryDirectory(prefix="mvfs-bench-") as folder:
        os.chdir(folder)
        os.environ["MVFS_CACHE_DIR"], os.environ["MVFS_STATE_DIR"] = "cache", "state"
        Path("model").write_text("model")
        filled(backend, versions)
        rows = []
        for name, words in VERBS.items():
            shutil.rmtree("cache")
            if words[0] == "log":
                Path("model").write_text("another model")
            cold = requests(backend, words)
            requests(backend, ("ls", "bench"))
            if words[0] == "log":
                Path("model").write_text("a third model")
            rows.append([name, str(cold), str(requests(backend, words))])
        print(f"requests, {versions:,} versions in {versions:,} entries")
        print_table(["verb", "cold", "warm"], rows)
        print(f"\none commit of a process that makes many: {commit_requests(backend):.2f} requests")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
