"""References in manifests: round trip, identity, and records that are hostile."""

from __future__ import annotations

import msgpack
import pytest
import zstandard
from blake3 import blake3
from msgspec.structs import replace

from mvfs.errors import CorruptObject, InvalidInput, UnsupportedFormat
from mvfs.references.record import check_reference
from mvfs.references.reference import Reference
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.manifest.layout import MAGIC, MAGIC_REFERENCES, PREFIX
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob, Extent, FileEntry
from mvfs.store.manifest.references import pack_references
from mvfs.store.manifest.writer import Packed, pack
from tests.unit.test_manifest import BLOB, KEY

SHARD = Reference("s3://bucket/pre/shard 0?#%", 10, etag="abc", version="v-1")
PAGE = Reference("https://example.com/x.bin", 1 << 40, modified=-1_000_000)
NOTHING = Reference("file:///empty", 0, modified=5)
BLOBS = [Blob(BLOB, 10, b"d" * 32)]


def file_of(path: str, reference: Reference) -> FileEntry:
    entry = FileEntry(path, reference.size, b"", False, (), reference)
    return replace(entry, digest=entry.identity)


def opened(packed: Packed) -> Manifest:
    backend = MemoryBackend()
    backend.put(KEY, packed.data)
    return Manifest(backend, KEY, packed.head_hash)


def test_round_trip_beside_plain_files_over_several_blocks() -> None:
    plain = [FileEntry(f"a{n:05d}", 10, b"x" * 32, False, (Extent(0, 0, 10),)) for n in range(4096)]
    late = [file_of(f"b{n:05d}", replace(SHARD, uri=f"s3://bucket/{n}")) for n in range(5000)]
    files = [*plain, *late, file_of("c", PAGE), file_of("d", NOTHING)]
    manifest = opened(pack(files, BLOBS))
    assert list(manifest.entries()) == files
    assert manifest.find("b04999") == files[-3]
    assert manifest.has_references
    assert [entry.is_external for entry in (files[0], *files[-3:])] == [False, True, True, True]
    assert manifest.size == sum(file.size for file in files)


def test_a_version_that_is_materialized_keeps_its_digest() -> None:
    outside = pack([file_of("a", SHARD), file_of("b", NOTHING)], [])
    inside = [
        replace(file_of("a", SHARD), digest=b"h" * 32, extents=(Extent(0, 0, 10),)),
        replace(file_of("b", NOTHING), digest=blake3().digest()),
    ]
    within = pack(inside, BLOBS)
    assert within.digest == outside.digest
    assert list(opened(within).entries()) == inside
    assert not any(entry.is_external for entry in opened(within).entries())


def test_every_field_of_a_reference_is_part_of_the_digest() -> None:
    others = [
        SHARD,
        replace(SHARD, uri="s3://bucket/other"),
        replace(SHARD, etag=None),
        replace(SHARD, version=None),
        replace(SHARD, modified=1),
        replace(SHARD, size=11),
    ]
    assert len({pack([file_of("a", one)], []).digest for one in others}) == len(others)


def test_only_manifests_with_references_have_the_new_magic() -> None:
    plain = pack([FileEntry("a", 0, blake3().digest(), False, ())], [])
    assert plain.data.startswith(MAGIC)
    assert pack([file_of("a", NOTHING)], []).data.startswith(MAGIC_REFERENCES)


def test_a_manifest_of_a_later_kind_is_refused_as_such_and_not_as_damage() -> None:
    data = b"MVFSMAN3" + pack([file_of("a", SHARD)], []).data[8:]
    end = PREFIX.size + PREFIX.unpack_from(data)[1]
    backend = MemoryBackend()
    backend.put(KEY, data)
    with pytest.raises(UnsupportedFormat, match="newer mvfs"):
        Manifest(backend, KEY, blake3(data[:end]).digest())
    with pytest.raises(CorruptObject):
        Manifest(backend, KEY, bytes(32))


@pytest.mark.parametrize(
    "entry",
    [
        replace(file_of("a", SHARD), size=9),
        replace(file_of("a", SHARD), digest=b"h" * 32),
        replace(file_of("a", SHARD), extents=(Extent(0, 0, 10),)),
        replace(file_of("a", SHARD), digest=b"h" * 32, extents=(Extent(0, 0, 9),)),
        replace(file_of("a", NOTHING), digest=b"h" * 32),
        replace(file_of("a", SHARD), digest=blake3().digest()),
    ],
    ids=[
        "other size",
        "no bytes under a hash",
        "bytes under an identity",
        "too few bytes",
        "empty",
        "not empty",
    ],
)
def test_files_and_references_that_do_not_fit_are_refused(entry: FileEntry) -> None:
    with pytest.raises(CorruptObject):
        list(opened(pack([entry], BLOBS)).entries())


HOSTILE = [
    Reference("gopher://host/x", 10),
    Reference("HTTP://Example.com", 10),
    Reference("http://user:secret@host/x", 10),
    Reference("file:///a/../etc/passwd", 10),
    Reference("s3://bucket/" + "k" * 9000, 10),
    Reference("s3://bucket/\x1b[2J", 10),
    replace(SHARD, etag="e" * 1025),
    replace(SHARD, version=""),
    replace(SHARD, size=2**63),
    replace(SHARD, modified=2**63),
]


@pytest.mark.parametrize("reference", HOSTILE)
def test_hostile_references_are_neither_written_nor_read(reference: Reference) -> None:
    with pytest.raises(InvalidInput):
        check_reference(reference)
    with pytest.raises(CorruptObject, match=r"cannot be|contradicts"):
        list(opened(pack([file_of("a", reference)], [])).entries())


def section(payload: bytes) -> Packed:
    """A manifest of one reference with another section of references: msgpack behind right hashes."""
    packed = pack([file_of("a", SHARD)], [])
    old = pack_references([file_of("a", SHARD)])
    new = zstandard.ZstdCompressor(write_checksum=True).compress(payload)
    _, length, _ = PREFIX.unpack_from(packed.data)
    header = msgpack.unpackb(zstandard.ZstdDecompressor().decompress(packed.data[24 : 24 + length]))
    header[-2:] = [len(new).to_bytes(4, "little"), blake3(new).digest()]
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(msgpack.packb(header))
    body = packed.data[24 + length : -len(old)]
    head = PREFIX.pack(MAGIC_REFERENCES, len(frame), 24 + len(frame) + len(body) + len(new)) + frame
    return Packed(head + body + new, blake3(head).digest(), packed.digest, 1, 10)


RECORD = [SHARD.uri, 10, "abc", "v-1", None]
HERE = bytes(4)


def test_sections_are_believed_only_in_their_form() -> None:
    entry = file_of("a", SHARD)
    assert list(opened(section(msgpack.packb([HERE, [RECORD]]))).entries()) == [entry]
    for columns in (
        [b"", []],
        [HERE, []],
        [b"\1\0\0\0", [RECORD]],
        [HERE * 2, [RECORD, RECORD]],
        [HERE, [RECORD[:4]]],
        [HERE, [[*RECORD, 1]]],
        [HERE, [[SHARD.uri, -1, None, None, None]]],
        [HERE, [[SHARD.uri, "10", None, None, None]]],
        [HERE, [[SHARD.uri, 10, b"abc", None, None]]],
        [HERE, [RECORD] * 100_000],
        [HERE, [[SHARD.uri, 10, "e" * (5 << 20), None, None]]],
    ):
        with pytest.raises(CorruptObject):
            list(opened(section(msgpack.packb(columns))).entries())


def test_any_changed_byte_is_noticed() -> None:
    packed = pack([file_of("a", SHARD), file_of("b", PAGE)], [])
    for position in range(len(packed.data)):
        broken = bytearray(packed.data)
        broken[position] ^= 1 << position % 8
        with pytest.raises(CorruptObject):
            list(opened(replace_data(packed, bytes(broken))).entries())


def replace_data(packed: Packed, data: bytes) -> Packed:
    return Packed(data, packed.head_hash, packed.digest, packed.files, packed.size)
