"""What a manifest says: files, their extents, and the blobs these lie in."""

from __future__ import annotations

import msgspec

from mvfs.references.reference import Reference
from mvfs.store.hashing import reference_digest
from mvfs.store.leaves import Leaves


class Blob(msgspec.Struct, frozen=True):
    """An immutable object that holds file bytes."""

    key: str
    size: int
    digest: bytes
    """BLAKE3 of the whole blob."""
    leaves: Leaves | None = None
    """None where they were not asked for, or the blob is a pack."""


class Extent(msgspec.Struct, frozen=True):
    """A run of a blob's bytes."""

    blob: int
    """Index into the manifest's blob table."""
    offset: int
    length: int


class FileEntry(msgspec.Struct, frozen=True):
    """One file of a version."""

    path: str
    size: int
    digest: bytes
    """BLAKE3 of the file's bytes; of a reference whose bytes are not in the store, its `identity`."""
    executable: bool
    extents: tuple[Extent, ...]
    reference: Reference | None = None
    """Where the bytes come from, if the file was logged by reference."""

    @property
    def identity(self) -> bytes:
        """What stands for the content in the version's digest; a reference keeps it when materialized."""
        return self.digest if self.reference is None else reference_digest(self.reference)

    @property
    def is_external(self) -> bool:
        """Whether the bytes are not in the store, but where the reference leads."""
        return self.reference is not None and self.digest == self.identity

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rpartition("/")[2]


class DirEntry(msgspec.Struct, frozen=True):
    """A directory of a version; the root's path is empty."""

    path: str
    files: int
    """Files below it, at any depth."""

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rpartition("/")[2]
