"""What is measured of a mounted directory, or of the plain one."""

from __future__ import annotations

import mmap
import os
import random
import subprocess
import time
from pathlib import Path

from safetensors import safe_open

MIB = 1 << 20
_RANDOM_READS = 200_000
_SCATTERED_SECONDS = 1.0


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
    offsets = [chance.randrange(pages) * 4096 for _ in range(_RANDOM_READS)]
    fd = os.open(path, os.O_RDONLY)
    start = time.perf_counter()
    for done, offset in enumerate(offsets):
        os.pread(fd, 4096, offset)
        if done % 100 == 99 and time.perf_counter() - start > _SCATTERED_SECONDS:
            break
    elapsed = time.perf_counter() - start
    os.close(fd)
    return (done + 1) / elapsed / 1e3


def drop(path: Path) -> None:
    """Put a file's pages out of the cache."""
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def tensors(path: Path) -> float:
    """GB/s of opening a safetensors file and touching every page of every tensor."""
    start = time.perf_counter()
    total = 0
    with safe_open(path, framework="numpy") as file:
        for name in file.keys():  # noqa: SIM118 - it is no dict
            array = file.get_tensor(name)
            total += array.nbytes
            array.reshape(-1).view("uint8")[::4096].max()
    return total / (time.perf_counter() - start) / 1e9


def found(folder: Path, expected: int) -> float:
    """Seconds that find with stat takes."""
    start = time.perf_counter()
    done = subprocess.run(["find", folder, "-type", "f", "-size", "+0"], capture_output=True, check=True)
    elapsed = time.perf_counter() - start
    assert done.stdout.count(b"\n") == expected
    return elapsed
