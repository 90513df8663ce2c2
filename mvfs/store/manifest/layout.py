"""The bytes of a manifest object. docs/FORMAT.md, "Manifest"."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter, sub

import msgspec
from blake3 import blake3

from mvfs.errors import CorruptObject, InvalidInput
from mvfs.references.reference import Reference
from mvfs.store.decoding import Kind, decode, encode
from mvfs.store.manifest.records import Extent, FileEntry

MAGIC = b"MVFSMAN1"
MAGIC_REFERENCES = b"MVFSMAN2"
"""Of manifests with references: whoever does not know these must not misread them."""

PREFIX = struct.Struct("<8sQQ")
"""Magic, bytes of the header frame, bytes of the whole object."""

_EMPTY = blake3().digest()

BLOCK_FILES = 4096
"""Files per block at most."""

BLOCK_BYTES = 1 << 20
"""Bytes of paths and extents after which a block is closed early."""

MAX_HEADER = 16 << 20
MAX_BLOCK = 32 << 20
"""Bytes, decompressed. One file of a million extents alone takes 20 MB."""

MAX_SIZE = 2**63 - 1
"""Bytes of a version, and of a blob; no file is larger than its version."""

MAX_FILES = 10_000_000
MAX_EXTENTS = 1_000_000
"""Per file."""


class Header(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Everything that is needed to find the rest. Columns are little-endian arrays of unsigned ints."""

    digest: bytes
    files: int
    size: int
    blob_keys: list[str]
    blob_sizes: bytes
    """u64 each, in bytes."""
    blob_codecs: bytes
    """u8 each: how the blob is encoded; 0 is raw, and the only one so far."""
    blob_digests: bytes
    blob_leaves: bytes
    """u32 each: number of leaves in the leaf section; 0 for a pack, which has none."""
    blob_leaf_hashes: bytes
    """BLAKE3 of each blob's slice of the leaf section; zeros where it has none."""
    tensor_files: bytes
    """u32 each, increasing: index of each file that has a table of tensors."""
    tensor_lengths: bytes
    """u32 each: bytes of the table's frame."""
    tensor_hashes: bytes
    block_first_paths: list[str]
    block_files: bytes
    """u32 each: files in the block."""
    block_lengths: bytes
    """u32 each: bytes of the block's frame."""
    block_hashes: bytes
    block_digest_hashes: bytes
    """BLAKE3 of each block's slice of the digest section."""
    dir_paths: bytes
    """Paths of all directories but the root, sorted, joined by NUL."""
    dir_first: bytes
    """u64 each: index of the first file below the directory."""
    dir_files: bytes
    """u64 each: number of files below the directory, at any depth."""
    inline_block: bytes
    """Where there is just one block, its frame; else empty."""
    inline_digests: bytes


class HeaderWithReferences(Header, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The header of a manifest that lists references."""

    reference_blocks: bytes
    """u32 each, increasing: number of each block that has references."""
    reference_lengths: bytes
    """u32 each: bytes of the frame of its references."""
    reference_hashes: bytes


class _BlockColumns(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    paths: bytes
    sizes: bytes
    modes: bytes
    extent_counts: bytes
    extent_blobs: bytes
    extent_offsets: bytes
    extent_lengths: bytes


HEADER = Kind("manifest header", msgspec.msgpack.Decoder(Header), cap=MAX_HEADER, expanded=MAX_HEADER)
HEADER_REFERENCES = Kind(
    "manifest header", msgspec.msgpack.Decoder(HeaderWithReferences), cap=MAX_HEADER, expanded=MAX_HEADER
)
BLOCK = Kind("manifest block", msgspec.msgpack.Decoder(_BlockColumns), cap=MAX_BLOCK, expanded=MAX_BLOCK)


def column(code: str, raw: bytes, key: str, count: int | None = None) -> array[int]:
    """Return a column of ``count`` (or any number of) little-endian integers."""
    values = array(code)
    if len(raw) % values.itemsize or (count is not None and len(raw) != count * values.itemsize):
        raise CorruptObject(f"{key} has a column of the wrong length", key=key)
    values.frombytes(raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def pack_column(code: str, values: list[int]) -> bytes:
    """Return integers as little-endian bytes."""
    packed = array(code, values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


Row = tuple[str, int, bytes, bool]
"""Path, size, digest and whether executable: a file without its extents, made in no time."""


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive files that lie directly in one directory, as a listing tells of them."""

    first: int
    """Number of the first one in the manifest; the others follow."""
    names: list[bytes]
    sizes: array[int]
    digests: bytes
    modes: bytes
    """1 for what is executable."""

    def after(self, count: int) -> Run:
        """Return the run without its first ``count`` files."""
        return Run(
            self.first + count,
            self.names[count:],
            self.sizes[count:],
            self.digests[32 * count :],
            self.modes[count:],
        )


@dataclass(frozen=True, slots=True)
class Block:
    """Up to `BLOCK_FILES` consecutive files, column by column."""

    key: str
    """Of the manifest, for messages."""
    paths: list[str]
    sizes: array[int]
    modes: bytes
    extent_starts: list[int]
    extent_blobs: array[int]
    extent_offsets: array[int]
    extent_lengths: array[int]
    digests: bytes
    references: Mapping[int, Reference]
    """By the number in the block: what is recorded of files that are references."""

    def entry(self, index: int) -> FileEntry:
        """Return the block's file number ``index``.

        Raises:
            CorruptObject: it is a reference that cannot be.
        """
        extents = tuple(
            Extent(self.extent_blobs[i], self.extent_offsets[i], self.extent_lengths[i])
            for i in range(self.extent_starts[index], self.extent_starts[index + 1])
        )
        digest = self.digests[32 * index : 32 * index + 32]
        reference = self.references.get(index)
        entry = FileEntry(
            self.paths[index], self.sizes[index], digest, self.modes[index] == 1, extents, reference
        )
        if reference is not None:
            _check_reference(entry, reference, self.key)
        return entry

    def row(self, index: int) -> Row:
        """Return what a listing tells of file number ``index``."""
        digest = self.digests[32 * index : 32 * index + 32]
        return self.paths[index], self.sizes[index], digest, self.modes[index] == 1

    def run(self, start: int, stop: int, first: int, below: int) -> Run:
        """Return files ``start`` to ``stop`` as a run; their names are their paths from ``below`` on."""
        return Run(
            first,
            [path[below:].encode() for path in self.paths[start:stop]],
            self.sizes[start:stop],
            self.digests[32 * start : 32 * stop],
            self.modes[start:stop],
        )


def pack_block(files: list[FileEntry]) -> bytes:
    """Return the frame of a block (digests go to their own section)."""
    extents = [extent for file in files for extent in file.extents]
    columns = _BlockColumns(
        b"\0".join(file.path.encode() for file in files),
        pack_column("Q", [file.size for file in files]),
        bytes(file.executable for file in files),
        pack_column("I", [len(file.extents) for file in files]),
        pack_column("I", [extent.blob for extent in extents]),
        pack_column("Q", [extent.offset for extent in extents]),
        pack_column("Q", [extent.length for extent in extents]),
    )
    return encode(BLOCK, columns, "a file's list of extents")


def unpack_block(
    frame: bytes,
    digests: bytes,
    count: int,
    blob_sizes: array[int],
    key: str,
    *,
    references: Mapping[int, Reference],
) -> Block:
    """Decode and check a block of ``count`` files: lengths, extents inside their blobs, sums."""
    columns = decode(BLOCK, frame, key)
    if columns.paths.count(b"\0") + 1 != count:
        raise CorruptObject(f"{key} has a column of the wrong length", key=key)
    try:
        paths = columns.paths.decode().split("\0")
    except UnicodeDecodeError as exc:
        raise CorruptObject(f"{key} holds a path that is not UTF-8", key=key) from exc
    sizes = column("Q", columns.sizes, key, count)
    counts = column("I", columns.extent_counts, key, count)
    if len(columns.modes) != count or len(digests) != 32 * count:
        raise CorruptObject(f"{key} has a column of the wrong length", key=key)
    if max(counts, default=0) > MAX_EXTENTS:
        raise CorruptObject(f"{key} has a file of {max(counts)} extents", key=key)
    starts = list(accumulate(counts, initial=0))
    blobs = column("I", columns.extent_blobs, key, starts[-1])
    offsets = column("Q", columns.extent_offsets, key, starts[-1])
    lengths = column("Q", columns.extent_lengths, key, starts[-1])
    for blob, offset, length in zip(blobs, offsets, lengths, strict=True):
        if blob >= len(blob_sizes) or offset + length > blob_sizes[blob]:
            raise CorruptObject(f"{key} has an extent outside its blob", key=key)
    before = list(accumulate(lengths, initial=0))
    sums = map(sub, itemgetter(*starts[1:], 0)(before), itemgetter(*starts[:-1], 0)(before))
    for number, (size, found) in enumerate(zip(sizes, sums, strict=False)):
        if size != found and (found or number not in references):
            raise CorruptObject(f"{key}: the extents of '{paths[number]}' do not add up to its size", key=key)
    return Block(key, paths, sizes, columns.modes, starts, blobs, offsets, lengths, digests, references)


def _check_reference(entry: FileEntry, reference: Reference, key: str) -> None:
    """A reference has its own identity for a hash, and no bytes here; or the hash of its bytes, and these."""
    from mvfs.references.record import check_reference  # takes URIs apart, which few versions need

    try:
        check_reference(reference)
    except InvalidInput as exc:
        raise CorruptObject(f"{key} has a reference that cannot be: {exc}", key=key) from exc
    has_bytes = bool(entry.extents) or (entry.size == 0 and entry.digest == _EMPTY)
    if reference.size != entry.size or entry.is_external == has_bytes:
        raise CorruptObject(f"{key}: '{entry.path}' and its reference do not fit", key=key)
