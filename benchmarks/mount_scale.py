"""What a mount costs: the time until it is there, the memory of its process, and lists of very many names.

    python benchmarks/mount_scale.py [--entries 1000000] [--listed 100000] [--versions 10000]
                                     [--shared-mib 1024] [--rounds 5] [--dir DIR]

*Ready* is a whole ``mvfs mount``, from its start until it returns, beside what Python alone and the imports
take of it. Memory is that of the process that serves: PSS (its share of pages that others have, too) and
RSS. Lists are compared with those of the same empty files on the file system below. Of versions that share a
large file, each is read to its end, and the page cache is asked how much of the file it holds in all.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from open import accelerate, build
from table import print_table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.settings import StoreLocation
from mvfs.store.sources import scan
from tests.mount.large import log_many

ROOT = sys.path[0]
MVFS = [sys.executable, "-m", "mvfs"]
MIB = 1 << 20
SHARING = 10
"""Versions that share a file."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000, help="files of the version that is walked")
    parser.add_argument("--listed", type=int, default=100_000, help="names in one directory")
    parser.add_argument("--versions", type=int, default=10_000, help="in the store that is mounted")
    parser.add_argument("--shared-mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", default="/var/tmp", help="on the file system to compare with")
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="mvfs-bench-", dir=args.dir))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each command compiles all that it imports
    os.environ |= {
        "PYTHONPATH": ROOT,
        "MVFS_CACHE_DIR": f"{work}/cache",
        "MVFS_STATE_DIR": f"{work}/state",
    }
    try:
        ready(work, args.versions, args.rounds)
        walked(work, args.entries)
        listed(work, args.listed, args.rounds)
        shared(work, args.shared_mib)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("load of the last 1, 5 and 15 minutes:", *(f"{load:.1f}" for load in os.getloadavg()))


class Mounted:
    """A mount while it is looked at."""

    def __init__(self, store: Path, *words: str) -> None:
        self.path = store.parent / "mnt"
        self.path.mkdir(exist_ok=True)
        command = [*MVFS, "--json", "--store", str(store), "mount", *words, str(self.path)]
        start = time.perf_counter()
        told = subprocess.run(command, check=True, capture_output=True).stdout
        self.seconds = time.perf_counter() - start
        self.pid: int = json.loads(told)["pid"]

    def __enter__(self) -> Mounted:
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([*MVFS, "umount", str(self.path)], check=True, capture_output=True)

    def memory(self) -> tuple[int, int]:
        """PSS and RSS of the process, in bytes."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]
        sizes = {line.split()[0]: int(line.split()[1]) << 10 for line in lines}
        return sizes["Pss:"], sizes["Rss:"]


def ready(work: Path, versions: int, rounds: int) -> None:
    """The time until a store of many versions is mounted."""
    store = work / "versions"
    accelerate(build(store, "one", 1, versions))
    mounts, pythons, imports = [], [], []
    for _ in range(rounds + 1):
        with Mounted(store) as mounted:
            mounts.append(mounted.seconds)
            idle = mounted.memory()
        pythons.append(seconds([sys.executable, "-c", "pass"]))
        imports.append(seconds([sys.executable, "-c", "import mvfs.cli.mount"]))
    rows = [
        ["python -c pass", *milliseconds(pythons[1:]), ""],
        ["the same, imports", *milliseconds(imports[1:]), ""],
        ["mvfs mount", *milliseconds(mounts[1:]), "300 ms"],
        ["the first one, which makes the index", f"{mounts[0] * 1e3:.0f} ms", "", ""],
    ]
    print_table([f"ready, {versions:,} versions", "median", "best", "bar"], rows)
    print()
    print_table(["memory", "PSS", "RSS", "bar"], [["idle", *mib(idle), "60 MB"]])
    print()


def walked(work: Path, entries: int) -> None:
    """The memory after all of a large version was looked at."""
    store = work / "large"
    paths = (f"train/n{n // 1300:08d}/n{n // 1300:08d}_{n:07d}.JPEG" for n in range(entries))
    log_many(open_catalog(StoreLocation(store, None)).make_project("bench"), "many", paths)
    rows = []
    with Mounted(store) as mounted:
        command = ["find", str(mounted.path / "bench/data/many/v0"), "-type", "f", "-size", "+0"]
        for turn in ("walked", "walked again"):
            spent = seconds(command)
            rows.append([turn, f"{spent:.1f} s", *mib(mounted.memory()), "300 MB"])
        if os.getuid() == 0:
            Path("/proc/sys/vm/drop_caches").write_text("2")
            time.sleep(2)
            rows.append(["forgotten", "", *mib(mounted.memory()), ""])
    print_table([f"find -size +0, {entries:,} files", "time", "PSS", "RSS", "bar"], rows)
    print()


def listed(work: Path, names: int, rounds: int) -> None:
    """How long one long directory takes to list."""
    plain, store = work / "plain", work / "listed"
    plain.mkdir()
    for number in range(names):
        (plain / f"file-{number:06d}.json").touch()
    os.sync()
    paths = (f"file-{number:06d}.json" for number in range(names))
    log_many(open_catalog(StoreLocation(store, None)).make_project("bench"), "flat", paths)
    kinds: dict[str, list[str]] = {"ls": ["ls"], "ls -U": ["ls", "-U"], "ls -l": ["ls", "-ln"]}
    rows = []
    for name, command in kinds.items():
        base, first, again = [], [], []
        for _ in range(rounds):
            if os.getuid() == 0:
                Path("/proc/sys/vm/drop_caches").write_text("2")
            base.append((seconds([*command, str(plain)]), seconds([*command, str(plain)])))
            with Mounted(store) as mounted:
                where = str(mounted.path / "bench/data/flat/v0")
                first.append(seconds([*command, where]))
                again.append(seconds([*command, where]))
        cold, hot = (statistics.median(column) for column in zip(*base, strict=True))
        cells = [f"{cold:.2f}", f"{statistics.median(first):.2f}", f"{statistics.median(first) / cold:.2f}x"]
        cells += [f"{hot:.2f}", f"{statistics.median(again):.2f}", f"{statistics.median(again) / hot:.2f}x"]
        rows.append([name, *cells])
    print_table([f"{names:,} names (s)", "plain", "cold mount", "", "plain again", "mount again", ""], rows)
    print()


def shared(work: Path, size: int) -> None:
    """How much of the page cache a file takes that is read through all versions that hold it."""
    source, store = work / "source", work / "shared"
    source.mkdir()
    with open(source / "backbone.bin", "wb") as out:
        out.writelines(os.urandom(MIB) for _ in range(size))
    project = open_catalog(StoreLocation(store, None)).make_project("bench")
    for number in range(SHARING):
        (source / "head.bin").write_bytes(b"%d" % number)
        log(project, Draft("model", "model", scan(source)))
    blob = max(store.glob("p/*/blobs/*/*"), key=lambda path: path.stat().st_size)
    kinds = ["passthrough=on", "passthrough=off"] if os.getuid() == 0 else ["passthrough=off"]
    rows = []
    for kind in kinds:
        with Mounted(store, "-o", kind) as mounted:
            where = mounted.path / "bench/model/model"
            drop(source / "backbone.bin")
            drop(blob)
            before = cached()
            for number in range(SHARING):
                seconds(["cat", str(where / f"v{number}/backbone.bin")])
            grown = cached() - before
            parts = [resident(blob), resident(where / "v0/backbone.bin")]
            rows.append([kind, *(f"{part / MIB:,.0f} MiB" for part in (grown, *parts))])
    headers = [
        f"{size:,} MiB through {SHARING} versions",
        "page cache grew by",
        "of the blob",
        "of the mount's",
    ]
    print_table(headers, rows)
    print()


def drop(path: Path) -> None:
    """Put a file's pages out of the cache."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def cached() -> int:
    """Bytes in the page cache of this machine."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Cached:"))


def resident(path: Path) -> int:
    """Bytes of a file that are in the page cache."""
    done = subprocess.run(["fincore", "-bnro", "RES", str(path)], check=True, capture_output=True)
    return int(done.stdout)


def seconds(command: list[str]) -> float:
    """How long a command takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def milliseconds(times: list[float]) -> list[str]:
    return [f"{pick(times) * 1e3:.0f} ms" for pick in (statistics.median, min)]


def mib(sizes: tuple[int, int]) -> list[str]:
    return [f"{size / 1e6:.0f} MB" for size in sizes]


if __name__ == "__main__":
    main()
