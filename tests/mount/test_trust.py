"""No changed byte is ever served, and what is known good is served fast."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from blake3 import blake3

from mvfs.catalog.catalog import open_catalog
from mvfs.settings import actor
from mvfs.store import keys
from mvfs.store.effects import AliasMoved, AnyEffect, NameMade, VersionMade
from mvfs.store.leaves import LEAF, Leaves, grid
from mvfs.store.manifest.records import Blob, Extent, FileEntry
from mvfs.store.manifest.writer import pack
from tests.mount.conftest import Kind
from tests.mount.worlds import World, until

MIB = 1 << 20
GIB = 1 << 30
BIG = b"".join(blake3(number.to_bytes(4, "little")).digest(length=MIB) for number in range(4))
FILE = "vision/model/iv3/v0/big"


def damage(blob: Path, offset: int, data: bytes = b"\xff" * 10) -> None:
    """Change bytes of a blob, as a bad disk or a careless hand would."""
    blob.chmod(0o644)
    with open(blob, "r+b") as file:
        file.seek(offset)
        file.write(data)


def read_error(world: World, path: str, offset: int, length: int = 100) -> int:
    """The errno with which a read ends; 0 if it does not."""

    def attempt() -> int:
        try:
            fd = os.open(world.mountpoint / path, os.O_RDONLY)
            os.pread(fd, length, offset)
        except OSError as exc:
            return exc.errno or 0
        return 0

    return world.run(attempt)


def read_start(path: Path) -> bytes:
    """The first 2 MiB of a file."""
    with open(path, "rb") as file:
        return file.read(2 * MIB)


@pytest.mark.parametrize("before_mounting", [True, False], ids=["before", "mounted"])
def test_changed_bytes_give_an_error_and_a_line_in_the_log(
    world: World, kind: Kind, before_mounting: bool
) -> None:
    world.log({"big": BIG, "other": b"fine" * 1000})
    blob = world.blobs()[0]
    if before_mounting:
        damage(blob, 3 * MIB + 5)
    world.mount(*kind.options)
    if not before_mounting:
        assert world.read(FILE) == BIG
        damage(blob, 3 * MIB + 5)

        def forget_pages() -> None:
            with open(world.mountpoint / FILE, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

        world.run(forget_pages)
    assert read_error(world, FILE, 3 * MIB) == errno.EIO
    assert world.run(lambda: read_start(world.mountpoint / FILE)) == BIG[: 2 * MIB]
    assert world.read("vision/model/iv3/v0/other") == b"fine" * 1000
    until(lambda: "'big' is damaged" in world.logged())
    line = next(line for line in world.logged().splitlines() if "'big' is damaged" in line)
    assert str(blob) in line
    assert "from a backup of the store" in line


def test_what_is_read_ahead_is_right(world: World, kind: Kind) -> None:
    data = b"".join(blake3(number.to_bytes(4, "little")).digest(length=MIB) for number in range(24)) + b"end"
    world.log({"big": data})
    world.mount(*kind.options)

    def read() -> bool:
        with open(world.mountpoint / FILE, "rb", buffering=0) as file:
            whole = b"".join(iter(lambda: file.read(64 << 10), b""))
        with open(world.mountpoint / FILE, "rb", buffering=0) as one:
            os.posix_fadvise(one.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            halves = [one.read(64 << 10) for _ in range(100)]
            one.seek(0)
            again = b"".join(iter(lambda: one.read(64 << 10), b""))
        return whole == again == data and b"".join(halves) == data[: 100 * (64 << 10)]

    assert world.run(read)


def test_a_cut_or_missing_blob(world: World, kind: Kind) -> None:
    world.log({"big": BIG})
    blob = world.blobs()[0]
    world.mount(*kind.options)
    blob.chmod(0o644)
    os.truncate(blob, 3 * MIB)
    assert read_error(world, FILE, 0) == 0
    assert read_error(world, FILE, 3 * MIB) == errno.EIO
    blob.unlink()
    assert read_error(world, FILE, 2 * MIB) == errno.EIO


def test_damage_of_small_files_in_a_pack(world: World, kind: Kind) -> None:
    world.log({"a": b"first" * 1000, "b": b"second" * 1000})
    damage(world.blobs()[0], 10)
    world.mount(*kind.options)
    assert read_error(world, "vision/model/iv3/v0/a", 0) == errno.EIO
    assert world.read("vision/model/iv3/v0/b") == b"second" * 1000


def test_a_damaged_manifest(world: World, kind: Kind) -> None:
    world.log({"a": b"0"})
    damage(next(world.store.glob("p/*/manifests/*")), 30)
    world.mount(*kind.options)
    assert read_error(world, "vision/model/iv3/v0/a", 0) == errno.EIO
    assert "manifest" in world.logged()
    assert world.names("vision/model/iv3") == ["latest", "v0"]


def test_a_blob_without_a_stamp_is_verified_and_trusted_from_then_on(world: World, kind: Kind) -> None:
    world.log({"big": BIG})
    world.forget_stamps()
    blob, digest = world.blobs()[0], blake3(BIG).digest()
    world.mount(*kind.options)
    assert world.read(FILE) == BIG
    if kind.name == "hashed":
        return  # trusts nothing, so there is nothing to stamp
    until(lambda: world.is_stamped(blob, digest))
    assert world.read(FILE) == BIG


def opened_blobs(pid: int) -> int:
    """How many blobs a mount's process holds open: those that are trusted."""
    links = Path(f"/proc/{pid}/fd").iterdir()
    return sum("/blobs/" in os.readlink(link) for link in list(links))


@pytest.mark.needs_root
def test_the_kernel_reads_trusted_blobs_from_the_next_open_on(roots: World) -> None:
    roots.log({"big": BIG})
    roots.forget_stamps()
    blob, digest = roots.blobs()[0], blake3(BIG).digest()
    mount = roots.mount()
    assert mount.passthrough

    def read_by_us() -> int:
        """Bytes that the mount's process has read so far."""
        return int(Path(f"/proc/{mount.pid}/io").read_text().split()[1])

    def drop_and_read() -> tuple[bool, int]:
        with open(roots.mountpoint / FILE, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            before = read_by_us()
            return file.read() == BIG, read_by_us() - before

    is_right, count = roots.run(drop_and_read)
    assert is_right
    assert count >= len(BIG)
    until(lambda: roots.is_stamped(blob, digest))
    until(lambda: opened_blobs(mount.pid) == 0)
    is_right, count = roots.run(drop_and_read)
    assert is_right
    assert count < MIB
    until(lambda: opened_blobs(mount.pid) == 0)


@pytest.mark.needs_root
def test_a_touched_blob_is_verified_again_not_refused(roots: World) -> None:
    roots.log({"big": BIG})
    mount = roots.mount()
    blob = roots.blobs()[0]

    def read_around_a_touch() -> bool:
        with open(roots.mountpoint / FILE, "rb") as first:
            first.read(10)
            os.utime(blob)
            with open(roots.mountpoint / FILE, "rb") as second:
                return second.read() == BIG and opened_blobs(mount.pid) == 1

    assert roots.run(read_around_a_touch)


def test_verify_never_trusts_what_was_not_seen(mine: World) -> None:
    mine.log({"big": BIG})
    mine.forget_stamps()
    mount = mine.mount("-o", "verify=never")

    def read() -> tuple[bytes, int]:
        with open(mine.mountpoint / FILE, "rb") as file:
            return file.read(), opened_blobs(mount.pid)

    assert mine.run(read) == (BIG, 1)


def test_hashing_serves_nothing_that_is_trusted(mine: World) -> None:
    mine.log({"big": BIG})
    mount = mine.mount("-o", "verify=always")

    def read() -> tuple[bytes, int]:
        with open(mine.mountpoint / FILE, "rb") as file:
            return file.read(), opened_blobs(mount.pid)

    assert mine.run(read) == (BIG, 0)


def test_far_offsets(world: World, kind: Kind) -> None:
    """A sparse file of 5 GiB, whose few bytes lie beyond what 32 bits can count."""
    size, at = 5 * GIB, 4 * GIB + 12345
    empty = blake3(bytes(LEAF)).digest()
    marked = bytearray(LEAF)
    marked[at % LEAF : at % LEAF + 4] = b"here"
    leaves = [empty] * (size // LEAF)
    leaves[at // LEAF] = blake3(marked).digest()

    def log_sparse() -> None:
        project = open_catalog().make_project("vision")
        digest = bytes(range(32))
        blob = Blob(keys.blob(project.id, digest), size, digest, Leaves(grid(size), b"".join(leaves)))
        staging = project.backend.staging()
        assert staging is not None
        with open(staging / "sparse", "wb") as file:
            file.truncate(size)
            file.seek(at)
            file.write(b"here")
        project.backend.put(blob.key, staging / "sparse")
        packed = pack([FileEntry("far", size, digest, False, (Extent(0, 0, size),))], [blob])
        key = keys.manifest(project.id, packed.digest)
        project.backend.put(key, packed.data)
        effects: list[AnyEffect] = [
            NameMade("iv3", "model"),
            VersionMade("iv3", 0, key, packed.head_hash, packed.digest, 1, size, None, {}),
            AliasMoved("iv3", "latest", 0, None),
        ]
        project.commit(lambda: effects)

    def read() -> tuple[bytes, bytes, int]:
        with open(world.mountpoint / "vision/model/iv3/v0/far", "rb") as file:
            fd = file.fileno()
            return os.pread(fd, 6, at - 1), os.pread(fd, 10, size - 4), os.fstat(fd).st_size

    world.run(log_sparse)
    options = kind.options if kind.name == "hashed" else (*kind.options, "-o", "verify=never")
    world.mount(*options)
    assert world.run(read) == (b"\0here\0", bytes(4), size)
    assert actor()
