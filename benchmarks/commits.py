"""How many entries per second a journal takes: from one process, and from eight that race.

    python benchmarks/commits.py [--seconds S] [--processes N] [--dir DIR]

Each commit moves an alias, durably: it is folded, planned, written, linked and fsynced. *bare* is the floor
under it: write and fsync a file, link it, fsync the directory, with no journal at all.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from table import print_table

os.environ["MVFS_CACHE_DIR"] = os.environ["MVFS_STATE_DIR"] = tempfile.mkdtemp(prefix="mvfs-bench-cache-")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.pointers import set_aliases
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.settings import StoreLocation
from mvfs.store.sources import scan


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--dir", help="where to work")
    args = parser.parse_args()
    rows = []
    try:
        with tempfile.TemporaryDirectory(prefix="mvfs-bench-", dir=args.dir) as work:
            folder = Path(work)
            rows.append(["bare create, 1 process", f"{bare(folder / 'bare', args.seconds):,.0f}", ""])
            for processes in (1, args.processes):
                rate = race(folder / f"store{processes}", processes, args.seconds)
                rows.append([f"commits, {processes} process(es)", f"{rate:,.0f}", "400"])
    finally:
        shutil.rmtree(os.environ["MVFS_CACHE_DIR"], ignore_errors=True)
    print_table(["", "per second", "bar"], rows)


def bare(folder: Path, seconds: float) -> float:
    """The same system calls without a journal."""
    folder.mkdir()
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        fd = os.open(folder / "tmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        os.write(fd, bytes(200))
        os.fsync(fd)
        os.close(fd)
        os.link(folder / "tmp", folder / f"{count:012d}")
        os.fsync(directory)
        os.unlink(folder / "tmp")
        count += 1
    return count / seconds


def race(store: Path, processes: int, seconds: float) -> float:
    """Commits per second of several processes on one journal, and none of them lost."""
    source = store.with_suffix(".txt")
    project = open_catalog(StoreLocation(store, None)).make_project("bench")
    for content in "01":
        source.write_text(content)
        log(project, Draft("name", "model", scan(source)))
    before = project.index.seq
    children = []
    for number in range(processes):
        child = os.fork()
        if child == 0:
            commit_for(open_catalog(StoreLocation(store, None)).project("bench"), number, seconds)
            os._exit(0)
        children.append(child)
    for child in children:
        if os.waitpid(child, 0)[1] != 0:
            raise SystemExit("a writer failed")
    project.refresh()
    moves = sum(int((store.parent / f"{store.name}.{number}").read_text()) for number in range(processes))
    if project.index.seq - before != moves:
        raise SystemExit(f"{moves} acknowledged, {project.index.seq - before} in the journal")
    return moves / seconds


def commit_for(project: Project, number: int, seconds: float) -> None:
    """Commit until the time is up, and leave the count in a file."""
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        set_aliases(project, "name", count % 2, [f"alias-{number}"])
        count += 1
    Path(f"{project.backend.location}.{number}").write_text(str(count))


if __name__ == "__main__":
    main()
