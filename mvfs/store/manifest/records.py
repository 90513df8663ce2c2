"""What a manifest says: files, their extents, and the blobs these lie in."""

from __future__ import annotations

import msgspec

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
    """BLAKE3 of the file's bytes."""
    executable: bool
    extents: tuple[Extent, ...]

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
