"""Builds a manifest object from a list of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from blake3 import blake3

from mvfs.store.decoding import encode
from mvfs.store.hashing import content_digest
from mvfs.store.manifest.layout import (
    BLOCK_BYTES,
    BLOCK_FILES,
    HEADER,
    HEADER_REFERENCES,
    MAGIC,
    MAGIC_REFERENCES,
    PREFIX,
    Header,
    HeaderWithReferences,
    pack_block,
    pack_column,
)
from mvfs.store.manifest.records import Blob, FileEntry
from mvfs.store.manifest.references import pack_references
from mvfs.store.manifest.tensors import StoredTensor, pack_table

_EXTENT = 20
"""Bytes that an extent takes in a block."""

_REFERENCE = 100
"""Bytes that a reference takes besides its URI, about."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A manifest ready to be stored."""

    data: bytes
    head_hash: bytes
    """BLAKE3 of prefix and header; the journal holds it, and through it every other byte is checked."""
    digest: bytes
    files: int
    size: int


def pack(
    files: Sequence[FileEntry],
    blobs: Sequence[Blob],
    tensors: Mapping[int, Sequence[StoredTensor]] | None = None,
) -> Packed:
    """Return the manifest of ``files`` (in the order of their UTF-8 paths), whose extents index ``blobs``.

    ``tensors`` are the tables of those files (by number) that have one.
    """
    tables = {index: pack_table(table) for index, table in sorted((tensors or {}).items()) if table}
    digest = content_digest((file.path.encode(), file.size, file.identity) for file in files)
    groups = list(_groups(files))
    frames = [pack_block(group) for group in groups]
    digests = [b"".join(file.digest for file in group) for group in groups]
    leaves = [blob.leaves.pack() if blob.leaves else b"" for blob in blobs]
    dirs = _directories(files)
    single = len(groups) == 1
    header = Header(
        digest=digest,
        files=len(files),
        size=sum(file.size for file in files),
        blob_keys=[blob.key for blob in blobs],
        blob_sizes=pack_column("Q", [blob.size for blob in blobs]),
        blob_codecs=bytes(len(blobs)),
        blob_digests=b"".join(blob.digest for blob in blobs),
        blob_leaves=pack_column("I", [len(blob.leaves) if blob.leaves else 0 for blob in blobs]),
        blob_leaf_hashes=b"".join(blake3(part).digest() if part else bytes(32) for part in leaves),
        tensor_files=pack_column("I", list(tables)),
        tensor_lengths=pack_column("I", [len(table) for table in tables.values()]),
        tensor_hashes=b"".join(blake3(table).digest() for table in tables.values()),
        block_first_paths=[group[0].path for group in groups],
        block_files=pack_column("I", [len(group) for group in groups]),
        block_lengths=pack_column("I", [len(frame) for frame in frames]),
        block_hashes=b"".join(blake3(frame).digest() for frame in frames),
        block_digest_hashes=b"".join(blake3(part).digest() for part in digests),
        dir_paths=b"\0".join(path for path, _, _ in dirs),
        dir_first=pack_column("Q", [first for _, first, _ in dirs]),
        dir_files=pack_column("Q", [count for _, _, count in dirs]),
        inline_block=frames[0] if single else b"",
        inline_digests=digests[0] if single else b"",
    )
    references = {number: part for number, group in enumerate(groups) if (part := pack_references(group))}
    magic, frame = _pack_header(header, references)
    blocks = [] if single else [*frames, *digests]
    sections = b"".join([*blocks, *leaves, *tables.values(), *references.values()])
    head = PREFIX.pack(magic, len(frame), PREFIX.size + len(frame) + len(sections)) + frame
    return Packed(head + sections, blake3(head).digest(), digest, header.files, header.size)


def _pack_header(header: Header, references: Mapping[int, bytes]) -> tuple[bytes, bytes]:
    """Return magic and header frame; ``references`` are frames by the number of the block that has them."""
    what = "the version's list of directories"
    if not references:
        return MAGIC, encode(HEADER, header, what)
    whole = HeaderWithReferences(
        **msgspec.structs.asdict(header),
        reference_blocks=pack_column("I", list(references)),
        reference_lengths=pack_column("I", [len(part) for part in references.values()]),
        reference_hashes=b"".join(blake3(part).digest() for part in references.values()),
    )
    return MAGIC_REFERENCES, encode(HEADER_REFERENCES, whole, what)


def _groups(files: Sequence[FileEntry]) -> Iterator[list[FileEntry]]:
    """Cut files into blocks that are neither too many nor too long."""
    group: list[FileEntry] = []
    room = BLOCK_BYTES
    for file in files:
        if group and (len(group) == BLOCK_FILES or room <= 0):
            yield group
            group, room = [], BLOCK_BYTES
        group.append(file)
        room -= 4 * len(file.path) + _EXTENT * len(file.extents)
        if file.reference is not None:
            room -= 4 * len(file.reference.uri) + _REFERENCE
    if group:
        yield group


def _directories(files: Sequence[FileEntry]) -> list[tuple[bytes, int, int]]:
    """Return (path, first file, files below) of each directory; its files are consecutive in path order."""
    found: dict[bytes, list[int]] = {}
    for index, file in enumerate(files):
        path = file.path.encode()
        at = path.find(b"/")
        while at >= 0:
            found.setdefault(path[:at], [index, 0])[1] += 1
            at = path.find(b"/", at + 1)
    return [(path, first, count) for path, (first, count) in sorted(found.items())]
