"""How much memory the process of a far mount takes while very many read from it at once.

    python benchmarks/mount_far_memory.py [--readers 64] [--files 64] [--mib 32] [--seconds 30]
                                          [--delay-ms 20] [--mb-s 40] [--work DIR]

A radosgw behind a proxy with a delay and a rate; the mount's cache is empty. Half of the readers read files
from the start to the end, half 64 KiB at random places, each opening another file now and then. The bar of
256 MiB is for what is brought and held on behalf of readers, so the peak is shown in all and over idle.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from far.place import Place, radosgw
from far.processes import environment, timed
from table import print_table

MIB = 1 << 20
_RANDOM = 64 << 10


def fill(place: Place, work: Path, files: int, size: int) -> None:
    """Log a version of ``files`` files of ``size`` bytes."""
    source = work / "source"
    source.mkdir()
    for number in range(files):
        (source / f"{number:03}.bin").write_bytes(os.urandom(size))
    timed([sys.executable, "-m", "mvfs", "log", source, "bench/data/many"], environment(work, place.mvfs()))
    shutil.rmtree(source)


def read(folder: str, number: int, end: float, total: multiprocessing.sharedctypes.Synchronized[int]) -> None:
    """Read until the time is over, and add up the bytes."""
    chance, done = random.Random(number), 0
    names = sorted(os.listdir(folder))
    while time.time() < end:
        with open(f"{folder}/{chance.choice(names)}", "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            for _ in range(64):
                if number % 2:
                    file.seek(chance.randrange(size - _RANDOM))
                count = len(file.read(_RANDOM if number % 2 else MIB))
                done += count
                if not count or time.time() >= end:
                    break
    with total.get_lock():
        total.value += done


def resident(pid: int) -> int:
    """Bytes of its own that a process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024


def measure(place: Place, work: Path, args: argparse.Namespace) -> list[str]:
    """Mount, let them read, and return a row of the table."""
    from mvfs.mount.mounts import mounts  # what is mounted, and by which process

    env = environment(work, place.mvfs())
    point = work / "mnt"
    point.mkdir()
    timed([sys.executable, "-m", "mvfs", "mount", point], env)
    try:
        os.environ.update(env)
        pid = next(one.record.pid for one in mounts() if one.record and one.mountpoint == str(point))
        folder, total = str(point / "bench/data/many/v0"), multiprocessing.Value("q", 0)
        os.listdir(folder)
        idle = most = resident(pid)
        end = time.time() + args.seconds
        context = multiprocessing.get_context("fork")
        readers = [context.Process(target=read, args=(folder, n, end, total)) for n in range(args.readers)]
        for reader in readers:
            reader.start()
        while any(reader.is_alive() for reader in readers):
            most = max(most, resident(pid))
            time.sleep(0.02)
        for reader in readers:
            reader.join()
            if reader.exitcode:
                raise SystemExit("a reader has failed")
    finally:
        timed([sys.executable, "-m", "mvfs", "umount", point], env)
    rate = total.value / args.seconds / MIB
    sizes = [f"{size / MIB:.0f}" for size in (idle, most, most - idle)]
    return [f"{args.readers} readers, {args.seconds:.0f} s", f"{rate:.0f}", *sizes, "256"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--readers", type=int, default=64)
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--mib", type=int, default=32, help="size of each file")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--delay-ms", type=float, default=20)
    parser.add_argument("--mb-s", type=float, default=40, help="of each connection")
    parser.add_argument("--work", default="/var/tmp")
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=args.work)))
        near = stack.enter_context(radosgw())
        fill(near, work, args.files, args.mib * MIB)
        far = stack.enter_context(near.from_afar(args.delay_ms, args.mb_s))
        row = measure(far, work, args)
    print_table(["far mount", "MiB/s read", "idle MiB", "peak", "more", "bar"], [row])


if __name__ == "__main__":
    main()
