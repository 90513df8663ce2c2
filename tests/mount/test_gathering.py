"""Files of several pieces are put together in the cache, once read, and passed through from then on."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from blake3 import blake3

from tests.mount.conftest import Kind
from tests.mount.test_trust import damage, opened_blobs, read_error
from tests.mount.worlds import World, until

MIB = 1 << 20
FIRST = os.urandom(5 * MIB)
SECOND = FIRST + os.urandom(3 * MIB + 17)
FILE = "vision/model/iv3/v1/big"
NAME = blake3(SECOND).hexdigest()


def together(world: World) -> Path:
    """Where the file is put together."""
    return world.home / "cache/blobs" / NAME[:2] / f"{NAME}.data"


@pytest.fixture
def pieces(world: World) -> World:
    """v1 has a file whose first part is in v0's blob."""
    world.log({"big": FIRST})
    world.log({"big": SECOND})
    assert world.blobs()[0].stat().st_size == len(FIRST)
    return world


def drop_pages(fd: int) -> None:
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def is_trusted(world: World) -> bool:
    return together(world).exists() and world.is_stamped(together(world), blake3(SECOND).digest())


def test_a_file_of_pieces_is_one_file_from_the_next_open_on(pieces: World, kind: Kind) -> None:
    mount = pieces.mount(*kind.options)
    assert pieces.read(FILE) == SECOND
    if kind.name == "hashed":
        return  # trusts nothing, so no file is of use that would have to be trusted
    until(lambda: is_trusted(pieces))

    is_mine = kind.uid == os.getuid()  # of another one's process it cannot be seen

    def read() -> tuple[int, bytes]:
        with open(pieces.mountpoint / FILE, "rb") as file:
            drop_pages(file.fileno())
            return opened_blobs(mount.pid) if is_mine else 1, file.read()

    assert pieces.run(read) == (1, SECOND)


def test_who_reads_little_of_it_takes_no_room(pieces: World, kind: Kind) -> None:
    pieces.mount(*kind.options)
    assert pieces.sh("dd", f"if={pieces.mountpoint / FILE}", "bs=4096", "count=1", "of=/dev/null").code == 0
    assert pieces.read("vision/model/iv3/v0/big") == FIRST
    assert not together(pieces).exists()


def test_a_damaged_piece_is_never_trusted(pieces: World, kind: Kind) -> None:
    pieces.mount(*kind.options)
    damage(pieces.blobs()[0], 2 * MIB)
    assert read_error(pieces, FILE, 2 * MIB) == errno.EIO
    assert read_error(pieces, FILE, 4 * MIB, 4 * MIB) == 0
    if kind.name != "hashed":
        until(lambda: "was wrong; it is made anew" in pieces.logged())
    assert not is_trusted(pieces)
    assert read_error(pieces, FILE, 2 * MIB) == errno.EIO


def test_a_changed_copy_is_made_anew(pieces: World, kind: Kind) -> None:
    pieces.mount(*kind.options)
    assert pieces.read(FILE) == SECOND
    if kind.name == "hashed":
        return
    until(lambda: is_trusted(pieces))
    damage(together(pieces), 3 * MIB)

    def read() -> bytes:
        with open(pieces.mountpoint / FILE, "rb") as file:
            drop_pages(file.fileno())
            return file.read()

    assert pieces.run(read) == SECOND
    until(lambda: pieces.run(read) == SECOND and is_trusted(pieces))
