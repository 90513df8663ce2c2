"""How fast many small files get in, how fast an unchanged directory is logged again, and what a version of
very many files costs to open.

    python benchmarks/files.py [--files N] [--large MIB] [--entries N] [--rounds N] [--dir DIR]

*cp -r + sync* copies the same directory and has the disk take it, which ``log`` does too.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from blake3 import blake3
from table import print_table

os.environ["MVFS_CACHE_DIR"] = os.environ["MVFS_STATE_DIR"] = tempfile.mkdtemp(prefix="mvfs-bench-cache-")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.settings import StoreLocation
from mvfs.store.backend.local import LocalBackend
from mvfs.store.keys import new_ulid
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob, Extent, FileEntry
from mvfs.store.manifest.writer import pack
from mvfs.store.sources import scan


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1024, help="MiB of the large files beside them")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", help="where to work")
    args = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="mvfs-bench-", dir=args.dir) as work:
            small_files(Path(work), args.files, args.rounds)
            logged_again(Path(work), args.large, args.rounds)
            many_entries(Path(work), args.entries, args.rounds)
    finally:
        shutil.rmtree(os.environ["MVFS_CACHE_DIR"], ignore_errors=True)


def small_files(work: Path, count: int, rounds: int) -> None:
    """Files of 10 KiB: log and log again, against cp -r."""
    folder = work / "small"
    data = random.Random(1)
    for number in range(count):
        path = folder / f"class{number % 100:03d}" / f"image{number:06d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.randbytes(10 << 10))
    os.sync()
    time.sleep(0.2)
    first, again, cp = [], [], []
    for number in range(rounds):
        os.sync()
        cp.append(copy(folder, work / "copy"))
        os.sync()
        shutil.rmtree(os.environ["MVFS_STATE_DIR"])
        project = open_catalog(StoreLocation(work / f"store{number}", None)).make_project("bench")
        first.append(log_folder(project, folder))
        again.append(log_folder(project, folder))
        shutil.rmtree(work / f"store{number}")
    one, two, base = (statistics.median(times) for times in (first, again, cp))
    rows = [
        ["cp -r + sync", f"{base:.3f}", f"{count / base:,.0f}", ""],
        ["mvfs log, durable", f"{one:.3f}", f"{count / one:,.0f}", "bar: 10,000 files/s"],
        ["mvfs log, unchanged", f"{two:.3f}", f"{count / two:,.0f}", f"{one / two:.0f}x faster than first"],
    ]
    print_table([f"{count:,} files of 10 KiB", "median s", "files/s", ""], rows)
    print()


def logged_again(work: Path, mib: int, rounds: int) -> None:
    """A directory as training leaves it: some large files and a few hundred small ones."""
    folder = work / "run"
    folder.mkdir()
    data = random.Random(2)
    for number in range(4):
        with open(folder / f"checkpoint{number}.bin", "wb") as file:
            file.writelines(data.randbytes(1 << 20) for _ in range(mib // 4))
    for number in range(500):
        (folder / f"sample{number:04d}.json").write_bytes(data.randbytes(5000))
    os.sync()
    time.sleep(0.2)
    first, again = [], []
    for number in range(rounds):
        shutil.rmtree(os.environ["MVFS_STATE_DIR"], ignore_errors=True)
        project = open_catalog(StoreLocation(work / f"store{number}", None)).make_project("bench")
        os.sync()
        first.append(log_folder(project, folder))
        again.append(log_folder(project, folder))
        shutil.rmtree(work / f"store{number}")
    one, two = statistics.median(first), statistics.median(again)
    rows = [
        ["first", f"{one:.3f}", ""],
        ["again, unchanged", f"{two:.4f}", f"{one / two:.0f}x faster; bar: 20x, no file read"],
    ]
    print_table([f"{mib} MiB in 4 files and 500 small files", "median s", ""], rows)
    print()


def many_entries(work: Path, count: int, rounds: int) -> None:
    """The manifest of a version of very many files: open, find, store."""
    project = new_ulid()
    blob = Blob(f"p/{project}/blobs/aa/{'a' * 32}.{'b' * 8}", count * 100, bytes(32))
    files = [
        FileEntry(
            f"train/n{number // 1300:08d}/n{number // 1300:08d}_{number:07d}.JPEG",
            100,
            blake3(number.to_bytes(8, "little")).digest(),
            False,
            (Extent(0, number * 100, 100),),
        )
        for number in range(count)
    ]
    start = time.perf_counter()
    packed = pack(files, [blob])
    packing = time.perf_counter() - start
    backend = LocalBackend(work / "manifests")
    key = f"p/{project}/manifests/{'c' * 16}.{'d' * 8}.mf"
    backend.put(key, packed.data)
    opening, finding, listing = [], [], []
    for number in range(rounds):
        start = time.perf_counter()
        manifest = Manifest(backend, key, packed.head_hash)
        opening.append(time.perf_counter() - start)
        for entry in random.Random(number).sample(files, 20):
            start = time.perf_counter()
            found = manifest.find(entry.path)
            finding.append(time.perf_counter() - start)
            if found != entry:
                raise SystemExit(f"{entry.path} was not found")
        start = time.perf_counter()
        sum(1 for _ in manifest.children(""))
        listing.append(time.perf_counter() - start)
    rows = [
        ["open", f"{statistics.median(opening) * 1e3:.1f} ms", "100 ms"],
        [
            "find a file, its block not read yet (median)",
            f"{statistics.median(finding) * 1e3:.2f} ms",
            "5 ms",
        ],
        ["find a file (worst)", f"{max(finding) * 1e3:.2f} ms", ""],
        ["list the root", f"{statistics.median(listing) * 1e3:.2f} ms", ""],
        ["stored", f"{len(packed.data) / 1e6:.1f} MB", "60 MB"],
        ["make", f"{packing:.1f} s", ""],
    ]
    print_table([f"manifest of {count:,} files", "", "bar"], rows)


def log_folder(project: Project, folder: Path) -> float:
    """Seconds to scan and log a directory."""
    start = time.perf_counter()
    log(project, Draft("name", "dataset", scan(folder)))
    return time.perf_counter() - start


def copy(source: Path, target: Path) -> float:
    """Seconds of ``cp -r``, durable."""
    start = time.perf_counter()
    subprocess.run(["cp", "-r", source, target], check=True)
    subprocess.run(["sync", "-f", target], check=True)
    spent = time.perf_counter() - start
    shutil.rmtree(target)
    return spent


if __name__ == "__main__":
    main()
