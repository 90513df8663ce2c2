"""How long ``mvfs log`` of one new large file takes, against ``cp`` of it.

    python benchmarks/log.py [--size MIB] [--rounds N] [--dir DIR]

Each round runs all contenders once, in turn, on the same source with its bytes in the page cache, and
removes what they wrote. *durable*: bytes are on disk when it returns (cp is followed by an fsync of the
copy). *buffered*: neither side syncs (in mvfs, what asks the disk to write is replaced by nothing).
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from table import print_table

LOG = """
import os, sys, time
if sys.argv[1] == "buffered":
    os.fsync = lambda fd: None
    from mvfs.store import writeback
    writeback.start = lambda *_: None
from pathlib import Path
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.settings import StoreLocation
from mvfs.store.sources import scan
project = open_catalog(StoreLocation(Path(sys.argv[3]), None)).make_project("bench")
start = time.perf_counter()
log(project, Draft("file", "model", scan(Path(sys.argv[2]))))
print(time.perf_counter() - start)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=2048, help="MiB of the file")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--dir", help="where to work; both sides write to its file system")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mvfs-bench-", dir=args.dir) as work:
        folder = Path(work)
        source = folder / "source"
        with open(source, "wb") as file:
            file.writelines(os.urandom(1 << 20) for _ in range(args.size))
        os.sync()
        measure(folder, source, args.rounds, args.size)


def measure(folder: Path, source: Path, rounds: int, mib: int) -> None:
    """Run the rounds and print the table."""
    contenders: dict[str, Callable[[], float]] = {
        "cp, buffered": lambda: copy(source, folder / "copy", durable=False),
        "mvfs log, buffered": lambda: log(source, folder / "store", "buffered"),
        "cp + fsync": lambda: copy(source, folder / "copy", durable=True),
        "mvfs log (durable)": lambda: log(source, folder / "store", "durable"),
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            os.sync()
            times[name].append(run())
    rows = []
    for name, base in (
        ("cp, buffered", "cp, buffered"),
        ("mvfs log, buffered", "cp, buffered"),
        ("cp + fsync", "cp + fsync"),
        ("mvfs log (durable)", "cp + fsync"),
    ):
        median, best = statistics.median(times[name]), min(times[name])
        ratio = median / statistics.median(times[base])
        rows.append([name, f"{median:.2f}", f"{best:.2f}", f"{mib / 1024 / median:.2f}", f"{ratio:.2f}×"])
    print_table(["", "median s", "best s", "GiB/s", "to cp"], rows)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{mib} MiB, {rounds} rounds, peak memory of a child {peak:.0f} MiB; bars: at most 1.3× cp, 200 MB")


def copy(source: Path, target: Path, *, durable: bool) -> float:
    """Time one ``cp``."""
    start = time.perf_counter()
    subprocess.run(["cp", source, target], check=True)
    if durable:
        fd = os.open(target, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)
    spent = time.perf_counter() - start
    target.unlink()
    return spent


def log(source: Path, store: Path, mode: str) -> float:
    """Time one log into a new store, without the start of Python."""
    env = os.environ | {"MVFS_CACHE_DIR": f"{store}-cache", "MVFS_STATE_DIR": f"{store}-state"}
    words = [sys.executable, "-c", LOG, mode, str(source), str(store)]
    done = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
    for path in (store, f"{store}-cache", f"{store}-state"):
        shutil.rmtree(path)
    return float(done.stdout)


if __name__ == "__main__":
    main()
