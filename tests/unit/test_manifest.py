"""Manifests: round trip, lazy reading, hostile bytes."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.errors import CorruptObject, InvalidInput, InvalidName
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.hashing import content_digest, hash_file
from mvfs.store.leaves import LEAF, Leaves, grid
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob, DirEntry, Extent, FileEntry
from mvfs.store.manifest.writer import Packed, pack
from mvfs.store.paths import check_path, check_paths

KEY = "p/01M839BW0MWS4M9ZM3QEC492HP/manifests/59f90a7d7595446d.b1a2e234.mf"
BLOB = "p/01M839BW0MWS4M9ZM3QEC492HP/blobs/14/1471b75d1fd9d99046e1fe4abc947bb9.257c798c"


def files_of(paths: list[str]) -> list[FileEntry]:
    return [
        FileEntry(path, 10, blake3(path.encode()).digest(), False, (Extent(0, 10 * index, 10),))
        for index, path in enumerate(sorted(paths))
    ]


def opened(packed: Packed) -> tuple[Manifest, MemoryBackend]:
    backend = MemoryBackend()
    backend.put(KEY, packed.data)
    return Manifest(backend, KEY, packed.head_hash), backend


def packed_of(paths: list[str]) -> Packed:
    blob = Blob(BLOB, 10 * len(paths), bytes(32), Leaves(grid(10 * len(paths)), b"l" * 32))
    return pack(files_of(paths), [blob])


def test_round_trip() -> None:
    files = files_of(["a", "dir/b", "dir/sub/c", "z"])
    blob = Blob(BLOB, 40, b"d" * 32, Leaves(grid(40), b"l" * 32))
    packed = pack(files, [blob])
    manifest, _ = opened(packed)
    assert list(manifest.entries()) == files
    assert manifest.blob(0) == Blob(BLOB, 40, b"d" * 32)
    assert manifest.leaves(0) == Leaves(grid(40), b"l" * 32)
    assert (manifest.files, manifest.size) == (4, 40)
    assert manifest.digest == content_digest((f.path.encode(), f.size, f.digest) for f in files)


def test_directories() -> None:
    manifest, _ = opened(packed_of(["a", "dir-x/q", "dir/b", "dir/sub/c", "dir/sub/d", "dir0", "z"]))
    assert [(type(c), c.path) for c in manifest.children("")] == [
        (FileEntry, "a"), (DirEntry, "dir-x"), (DirEntry, "dir"), (FileEntry, "dir0"), (FileEntry, "z"),
    ]  # fmt: skip
    assert [c.path for c in manifest.children("dir")] == ["dir/b", "dir/sub"]
    assert manifest.find("dir") == DirEntry("dir", 3)
    assert manifest.find("") == DirEntry("", 7)
    assert manifest.find("dir/nothing") is None
    found = manifest.find("dir/sub/d")
    assert isinstance(found, FileEntry)
    with pytest.raises(KeyError):
        list(manifest.children("dir/b"))


def test_many_files_are_read_in_blocks() -> None:
    paths = [f"d{i % 100:03d}/f{i:06d}" for i in range(10_000)]
    packed = packed_of(paths)

    reads: list[int] = []

    class Counting(MemoryBackend):
        def get_range(self, key: str, offset: int, length: int) -> bytes | None:
            reads.append(length)
            return super().get_range(key, offset, length)

    backend = Counting()
    backend.put(KEY, packed.data)
    manifest = Manifest(backend, KEY, packed.head_hash)
    assert len(reads) == 1
    found = manifest.find("d042/f000042")
    assert isinstance(found, FileEntry)
    assert len(reads) == 3
    assert sum(1 for _ in manifest.children("d042")) == 100
    assert sorted(paths) == [entry.path for entry in manifest.entries()]


def test_long_paths_and_many_extents_stay_readable() -> None:
    deep = "/".join(["a" * 250] * 16)
    files = [FileEntry(f"{deep}/{n:04d}", 0, bytes(32), False, ()) for n in range(600)]
    pieces = tuple(Extent(0, n % 7, 1) for n in range(300_000))
    files.append(FileEntry("b", len(pieces), bytes(32), False, pieces))
    manifest, _ = opened(pack(files, [Blob(BLOB, 10, bytes(32))]))
    assert list(manifest.entries()) == files
    assert len(list(manifest.children(deep))) == 600
    assert manifest.find("b") == files[-1]
    assert manifest.entry(321) == files[321]


def test_more_directories_than_a_header_holds_are_refused_when_written() -> None:
    files = [FileEntry(f"{n:05d}/{'x' * 4000}".replace("x" * 250, "x" * 249 + "/"), 0, bytes(32), False, ())
             for n in range(600)]  # fmt: skip
    with pytest.raises(InvalidInput, match="list of directories takes"):
        pack(files, [])


def test_same_content_has_one_digest_however_it_is_stored() -> None:
    one = files_of(["a", "b"])
    other = [FileEntry(f.path, f.size, f.digest, True, (Extent(0, 0, 10),)) for f in one]
    blob = Blob(BLOB, 20, bytes(32))
    assert pack(one, [blob]).digest == pack(other, [blob]).digest
    assert pack(one[:1], [blob]).digest != pack(one, [blob]).digest


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    packed = packed_of([f"f{i:05d}" for i in range(40)])
    position = data.draw(st.integers(0, len(packed.data) - 1))
    bit = data.draw(st.integers(0, 7))
    broken = bytearray(packed.data)
    broken[position] ^= 1 << bit
    backend = MemoryBackend()
    backend.put(KEY, bytes(broken))
    with pytest.raises(CorruptObject):
        manifest = Manifest(backend, KEY, packed.head_hash)
        list(manifest.entries())
        manifest.leaves(0)


@given(st.integers(0, 2000))
@settings(max_examples=60, deadline=None)
def test_a_cut_manifest_is_noticed(length: int) -> None:
    packed = packed_of([f"d/f{i:05d}" for i in range(9000)])
    cut = packed.data[: len(packed.data) * length // 2001]
    backend = MemoryBackend()
    backend.put(KEY, cut)
    with pytest.raises(CorruptObject):
        manifest = Manifest(backend, KEY, packed.head_hash)
        list(manifest.entries())
        manifest.leaves(0)


@pytest.mark.parametrize(
    "paths",
    [["../x"], ["/x"], ["a/../b"], ["a//b"], ["./a"], ["a\0b"], ["a\\b"], ["a\nb"], ["e\u0301"], ["x" * 256],
     ["a", "a"], ["a", "a-", "a/b"]],
)  # fmt: skip
def test_hostile_paths_are_refused(paths: list[str]) -> None:
    files = [FileEntry(path, 0, bytes(32), False, ()) for path in paths]
    packed = pack(files, [])
    with pytest.raises(CorruptObject):
        list(opened(packed)[0].entries())


@pytest.mark.parametrize(
    "extents",
    [
        (Extent(1, 0, 10),),
        (Extent(0, 35, 10),),
        (Extent(0, (1 << 64) - 5, 10),),
        (Extent(0, 0, 9),),
        (),
    ],
)
def test_hostile_extents_are_refused(extents: tuple[Extent, ...]) -> None:
    packed = pack([FileEntry("a", 10, bytes(32), False, extents)], [Blob(BLOB, 40, bytes(32))])
    manifest, _ = opened(packed)
    with pytest.raises(CorruptObject):
        list(manifest.entries())


@pytest.mark.parametrize(
    "key", ["/etc/passwd", "../../x", "p/../../../etc/passwd", BLOB + "/x", BLOB.upper()]
)
def test_hostile_blob_keys_are_refused(key: str) -> None:
    packed = pack([FileEntry("a", 10, bytes(32), False, (Extent(0, 0, 10),))], [Blob(key, 10, bytes(32))])
    with pytest.raises(CorruptObject, match="no key"):
        opened(packed)


def test_leaves_that_do_not_fit_their_blob_are_refused() -> None:
    for lengths in ([30], [20, 21], [40, 0], [39]):
        blob = Blob(BLOB, 40, bytes(32), Leaves(array("I", lengths), b"l" * 32 * len(lengths)))
        manifest, _ = opened(pack([FileEntry("a", 40, bytes(32), False, (Extent(0, 0, 40),))], [blob]))
        with pytest.raises(CorruptObject, match="fit"):
            manifest.leaves(0)


def test_a_file_is_hashed_as_b3sum_does_and_leaf_by_leaf(tmp_path: Path) -> None:
    data = bytes(range(256)) * 12_289  # just over three leaves
    source = tmp_path / "source"
    source.write_bytes(data)
    with open(source, "rb") as file:
        hashed = hash_file(file.fileno(), len(data))
    assert hashed.digest == blake3(data).digest()
    leaves = [blake3(data[at : at + LEAF]).digest() for at in range(0, len(data), LEAF)]
    assert hashed.leaves == Leaves(grid(len(data)), b"".join(leaves))


@given(st.lists(st.text(st.sampled_from("ab/.\\\0\n\x7fé\u0301 "), max_size=6), min_size=1, max_size=4))
@settings(max_examples=500)
def test_many_paths_are_checked_as_one_by_one(paths: list[str]) -> None:
    def outcome(check: Callable[[], object]) -> object:
        try:
            return check()
        except InvalidName:
            return "refused"

    assert outcome(lambda: check_paths(paths)) == outcome(lambda: [check_path(path) for path in paths])


@pytest.mark.parametrize("path", ["a/" * 63 + "b", "a/" * 64 + "b", "x" * 255, "x" * 256, "a" * 4096])
def test_long_paths_are_checked_as_one_by_one(path: str) -> None:
    def refused(check: Callable[[], object]) -> bool:
        try:
            check()
        except InvalidName:
            return True
        return False

    assert refused(lambda: check_paths(["a", path])) == refused(lambda: check_path(path))


def test_a_version_of_4096_files_takes_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"train/class{i % 50:02d}/a-rather-long-name-{i * 7919:09d}.jpeg" for i in range(4096)]
    packed = packed_of(names)
    backend = MemoryBackend()
    backend.put(KEY, packed.data)
    reads = []
    real = backend.get_range
    monkeypatch.setattr(backend, "get_range", lambda *args: reads.append(args) or real(*args))
    manifest = Manifest(backend, KEY, packed.head_hash)
    assert len(list(manifest.entries())) == 4096
    assert len(reads) == 1
