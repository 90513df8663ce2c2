"""What is measured. Every figure is cold: a new home directory, a new mount, nothing cached anywhere.

What was copied is compared with what was put into the bucket, after the clock has stopped. Nobody calls
fsync on a copy, mvfs as little as the others; the disk is made quiet before each figure.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from far.contents import FOLDERS, LARGE, Contents, Wrong
from far.copiers import Copier
from far.mounts import Mount
from far.place import Place
from far.processes import timed

MIB = 1 << 20
FEW = 5
"""Folders of small files that are copied out of a mount: all of them would take minutes."""

PAGE = 4096


@dataclass(frozen=True)
class Figure:
    """What was found."""

    seconds: float
    amount: float
    """Bytes, files or reads in that time."""


@contextmanager
def _room(work: Path) -> Iterator[Path]:
    """An empty directory, and a quiet disk."""
    room = Path(tempfile.mkdtemp(dir=work))
    os.sync()
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def copy_large(copier: Copier | Mount, place: Place, contents: Contents, work: Path) -> Figure:
    """Get the large file onto the disk: by the program, or by ``cp`` from the mount."""
    with _room(work) as room:
        target = room / LARGE
        if isinstance(copier, Copier):
            seconds = copier.copy("large", place, target, room / "home")
        else:
            with copier.mounted(place, room / "mnt", room / "home") as root:
                seconds = timed(["cp", root / copier.large, target], os.environ)
        contents.check_large(target)
        return Figure(seconds, contents.size)


def copy_small(copier: Copier | Mount, place: Place, contents: Contents, work: Path) -> Figure:
    """Get the small files onto the disk; out of a mount only some folders of them."""
    with _room(work) as room:
        target = room / "small"
        target.mkdir()
        if isinstance(copier, Copier):
            seconds = copier.copy("small", place, target, room / "home")
            return Figure(seconds, contents.check_small(target))
        folders = min(FEW, FOLDERS)
        with copier.mounted(place, room / "mnt", room / "home") as root:
            sources = [root / copier.small / f"d{number:02d}" for number in range(folders)]
            seconds = timed(["cp", "-r", *sources, target], os.environ)
        return Figure(seconds, contents.check_small(target, folders))


def stream(mount: Mount, place: Place, contents: Contents, work: Path) -> Figure:
    """Read the large file from its beginning to its end, 1 MiB at a time."""
    buffer = memoryview(bytearray(b"x") * contents.size)  # all of it in memory before the clock starts
    with _room(work) as room, mount.mounted(place, room / "mnt", room / "home") as root:
        at = 0
        start = time.perf_counter()
        with open(root / mount.large, "rb", buffering=0) as file:
            while count := file.readinto(buffer[at : at + MIB]):
                at += count
        seconds = time.perf_counter() - start
    if at != contents.size or blake3(buffer, max_threads=blake3.AUTO).digest() != contents.large:
        raise Wrong(f"{mount.name} reads other bytes than were put into the bucket")
    return Figure(seconds, contents.size)


def first_page(mount: Mount, place: Place, contents: Contents, work: Path) -> Figure:
    """Read 4 KiB somewhere in the large file, right after it was opened."""
    with _room(work) as room, mount.mounted(place, room / "mnt", room / "home") as root:
        offset = random.randrange(contents.size // PAGE) * PAGE
        fd = os.open(root / mount.large, os.O_RDONLY)
        try:
            start = time.perf_counter()
            found = os.pread(fd, PAGE, offset)
            seconds = time.perf_counter() - start
        finally:
            os.close(fd)
        if found != contents.page(offset, PAGE):
            raise Wrong(f"{mount.name} reads other bytes at {offset} than were put into the bucket")
        return Figure(seconds, 1)
