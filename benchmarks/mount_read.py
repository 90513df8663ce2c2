"""How fast files are read and listed through the mount, against the same bytes on the file system below.

    python benchmarks/mount_read.py [--size-mib 2048] [--files 100000] [--rounds 5] [--dir DIR]

Claims: with passthrough, reads and page faults at 0.9 of the plain file or better; an ordinary user's first
read of bytes that the page cache holds at twice that of a mount by libfuse and Python, or 1.5 GB/s; find with
stat at 2.5 times ext4 or less.

Run as root to see all three kinds of mount; anyone else sees only the ordinary user's. Columns: *disk* is a
read after the blob left the page cache, *first* one where only the mount's own pages were dropped, *again*
the next one. Figures are medians of the rounds, taken turn by turn in one run.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import mmap
import os
import pickle
import random
import shutil
import stat
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.mount import daemon, mounting
from mvfs.mount.options import parse_options
from mvfs.mount.serving import Wish
from mvfs.settings import store_location
from mvfs.store.sources import scan

try:
    from benchmarks.table import print_table
except ImportError:
    from table import print_table  # started as a script

Kind = tuple[str, int, str | None]
"""What it is called, who mounts, with what options; None: the plain file."""

MIB = 1 << 20
RANDOM_READS = 20_000
SCATTERED_SECONDS = 1.0
NOBODY = 65534


def sequential(path: Path) -> float:
    """GB/s of reads of 1 MiB."""
    buffer = bytearray(MIB)
    total, start = 0, time.perf_counter()
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            total += count
    return total / (time.perf_counter() - start) / 1e9


def touched(path: Path) -> float:
    """GB/s of touching one byte of every page of a mapping."""
    start = time.perf_counter()
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        pages = len(mapped[::4096])
    return pages * 4096 / (time.perf_counter() - start) / 1e9


def scattered(path: Path) -> float:
    """Thousands of reads of 4 KiB per second, at random places."""
    chance = random.Random(1)
    pages = path.stat().st_size // 4096
    offsets = [chance.randrange(pages) * 4096 for _ in range(RANDOM_READS)]
    fd = os.open(path, os.O_RDONLY)
    start = time.perf_counter()
    for done, offset in enumerate(offsets):
        os.pread(fd, 4096, offset)
        if done % 100 == 99 and time.perf_counter() - start > SCATTERED_SECONDS:
            break
    elapsed = time.perf_counter() - start
    os.close(fd)
    return (done + 1) / elapsed / 1e3


def drop(path: Path) -> None:
    """Put a file's pages out of the cache."""
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def as_user(uid: int, work: Callable[[], Any]) -> Any:
    """Do work in a child process of another user; everything it needs must be imported already."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if uid != os.getuid():
                open_device(uid)
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            answer = pickle.dumps(work())
            with open(writing, "wb") as out:
                out.write(answer)
            code = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, "rb") as answers:
        data = answers.read()
    os.waitpid(child, 0)
    if not data:
        sys.exit("a measurement failed; see above")
    return pickle.loads(data)


def open_device(uid: int) -> None:
    """Give this process a /dev/fuse that the user may open, as distributions do, and nobody else sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryDirectory() as folder:
        node = os.path.join(folder, "fuse")
        os.mknod(node, 0o600 | stat.S_IFCHR, os.stat("/dev/fuse").st_rdev)
        os.chown(node, uid, uid)
        new_namespace, recursive_private, bind = 0x20000, 1 << 18 | 1 << 14, 1 << 12
        steps = (
            lambda: libc.unshare(new_namespace),
            lambda: libc.mount(b"none", b"/", None, ctypes.c_ulong(recursive_private), None),
            lambda: libc.mount(node.encode(), b"/dev/fuse", None, ctypes.c_ulong(bind), None),
        )
        for step in steps:
            if step() != 0:
                raise OSError(ctypes.get_errno(), "cannot make a private /dev/fuse")


class Bench:
    """A directory with a store, the same bytes as plain files, and a mount point."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.plain = home / "plain"
        self.mountpoint = home / "mnt"
        os.environ.update(
            MVFS_STORE=str(home / "store"),
            MVFS_CACHE_DIR=str(home / "cache"),
            MVFS_STATE_DIR=str(home / "state"),
        )

    def make(self, size: int, files: int) -> None:
        """Write the plain files, and log them; as the user who will mount."""
        (self.plain / "big").mkdir(parents=True)
        self.mountpoint.mkdir()
        with open(self.plain / "big" / "model.bin", "wb") as out:
            out.writelines(os.urandom(64 * MIB) for _ in range(0, size, 64 * MIB))
        for number in range(files):
            folder = self.plain / "many" / f"{number // 1000:04d}"
            if number % 1000 == 0:
                folder.mkdir(parents=True)
            (folder / f"file-{number:06d}.json").write_bytes(b"%d" % number)
        os.sync()
        project = open_catalog().make_project("bench")
        for name in ("big", "many"):
            log(project, Draft(name, "data", scan(self.plain / name)))

    def mount(self, options: str) -> bool:
        """Mount; return whether the kernel reads by itself."""
        mounting.prepare(self.mountpoint)
        wish = Wish(store_location(), None, self.mountpoint, parse_options([options]))
        return daemon.start(wish).passthrough

    def blob(self) -> Path:
        """The blob of the big file."""
        return max((self.home / "store").glob("p/*/blobs/*/*"), key=lambda path: path.stat().st_size)

    def reads(self, options: str | None) -> dict[str, float]:
        """Measure reads through one kind of mount, or of the plain file."""
        path = below = self.plain / "big" / "model.bin"
        if options is not None:
            self.mount(options)
            path, below = self.mountpoint / "bench/data/big/v0/model.bin", self.blob()
        found: dict[str, float] = {}
        try:
            for name, measure in (("read", sequential), ("mmap", touched), ("4k", scattered)):
                drop(path)
                drop(below)
                found[f"{name} disk"] = measure(path)
                drop(path)
                sequential(below)
                found[f"{name} first"] = measure(path)
                found[f"{name} again"] = measure(path)
        finally:
            if options is not None:
                mounting.unmount(self.mountpoint)
        return found

    def walks(self, options: str | None) -> dict[str, float]:
        """Measure the seconds that find with stat takes over many files."""
        path = self.plain / "many"
        expected = sum(1 for _ in path.glob("*/*"))
        if options is not None:
            self.mount(options)
            path = self.mountpoint / "bench/data/many/v0"
        elif os.getuid() == 0:
            Path("/proc/sys/vm/drop_caches").write_text("2")
        found: dict[str, float] = {}
        try:
            for turn in ("first", "again"):
                start = time.perf_counter()
                command = ["find", path, "-type", "f", "-size", "+0"]
                done = subprocess.run(command, capture_output=True, check=True)
                found[f"find {turn}"] = time.perf_counter() - start
                assert done.stdout.count(b"\n") == expected
        finally:
            if options is not None:
                mounting.unmount(self.mountpoint)
        return found


def measure_all(kinds: Sequence[Kind], args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Make what is read, then measure each kind in turn, round by round; return medians."""
    uids = {uid for _, uid, _ in kinds}
    homes = {uid: Path(tempfile.mkdtemp(prefix="mvfs-bench-", dir=args.dir)) for uid in uids}
    figures: dict[str, dict[str, list[float]]] = {kind: {} for kind, _, _ in kinds}

    def make(uid: int) -> None:
        as_user(uid, lambda: Bench(homes[uid]).make(args.size_mib * MIB, args.files))

    def measure(kind: str, uid: int, options: str | None) -> None:
        found = as_user(uid, lambda: Bench(homes[uid]).reads(options))
        found |= as_user(uid, lambda: Bench(homes[uid]).walks(options))
        for name, value in found.items():
            figures[kind].setdefault(name, []).append(value)

    try:
        for uid, home in homes.items():
            os.chmod(home, 0o755)
            os.chown(home, uid, -1)
            make(uid)
        for _ in range(args.rounds):
            for kind in kinds:
                measure(*kind)
    finally:
        for home in homes.values():
            shutil.rmtree(home, ignore_errors=True)
    return {
        kind: {name: statistics.median(values) for name, values in found.items()}
        for kind, found in figures.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size-mib", type=int, default=2048)
    parser.add_argument("--files", type=int, default=100_000, help="a multiple of 1000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", default="/var/tmp", help="on the file system to compare with")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    kinds: list[Kind] = [("plain file", os.getuid(), None)]
    if os.getuid() == 0:
        kinds += [("root, passthrough", 0, "passthrough=on"), ("root, served", 0, "passthrough=off")]
        kinds += [
            ("root, every byte hashed", 0, "verify=always"),
            ("ordinary user", NOBODY, "verify=default"),
        ]
    else:
        kinds += [("ordinary user", os.getuid(), "verify=default")]
    figures = measure_all(kinds, args)
    if args.json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures, args.size_mib, args.files)


def show(figures: dict[str, dict[str, float]], size: int, files: int) -> None:
    """Print the tables."""
    plain = figures["plain file"]
    for name, unit in (
        ("read", f"GB/s, {size} MiB by 1 MiB"),
        ("mmap", "GB/s, every page touched"),
        ("4k", "1000/s"),
    ):
        rows = []
        for kind, found in figures.items():
            row = [kind]
            for turn in ("disk", "first", "again"):
                value = found[f"{name} {turn}"]
                row += [f"{value:.2f}", f"{value / plain[f'{name} {turn}']:.2f}x"]
            rows.append(row)
        print_table([f"{name} ({unit})", "disk", "", "first", "", "again", ""], rows)
        print()
    rows = []
    for kind, found in figures.items():
        first, again = found["find first"], found["find again"]
        ratios = [f"{first / plain['find first']:.2f}x", f"{again / plain['find again']:.2f}x"]
        rows.append([kind, f"{first:.2f}", ratios[0], f"{again:.2f}", ratios[1]])
    print_table([f"find and stat (s, {files} files)", "first", "", "again", ""], rows)


if __name__ == "__main__":
    main()
