"""A manifest in the making: files in the order of their paths, and the blobs they turn out to lie in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from mvfs.store.manifest.records import Blob, Extent, FileEntry
from mvfs.store.manifest.tensors import StoredTensor
from mvfs.store.manifest.writer import Packed, pack
from mvfs.store.sources import SourceFile

Part = tuple[Blob, int, int]
"""Blob, offset in it, length."""


class ManifestBuilder:
    """Collects what `pack` needs; files of equal content share their extents."""

    def __init__(self) -> None:
        self._files: list[FileEntry] = []
        self._tensors: dict[int, Sequence[StoredTensor]] = {}
        self._first: dict[bytes, int] = {}
        self._repeats: dict[int, int] = {}
        self._blobs: list[Blob] = []
        self._numbers: dict[str, int] = {}

    @property
    def blobs(self) -> list[Blob]:
        """The blobs so far."""
        return self._blobs

    def add(
        self,
        source: SourceFile,
        size: int,
        digest: bytes,
        parts: Iterable[Part],
        tensors: Sequence[StoredTensor] = (),
    ) -> int:
        """Add the next file, and return its number."""
        number = len(self._files)
        self._first.setdefault(digest, number)
        if tensors:
            self._tensors[number] = tensors
        extents = tuple(Extent(self._number(blob), offset, length) for blob, offset, length in parts)
        entry = FileEntry(source.path, size, digest, source.executable, extents, source.reference)
        self._files.append(entry)
        return number

    def repeat(self, source: SourceFile, size: int, digest: bytes) -> bool:
        """Add a file whose content another file has; False if none has."""
        first = self._first.get(digest)
        if first is None:
            return False
        self._repeats[self.add(source, size, digest, ())] = first
        return True

    def place(self, number: int, part: Part) -> None:
        """Say where the bytes of an added file lie after all."""
        blob, offset, length = part
        extent = Extent(self._number(blob), offset, length)
        self._files[number] = replace(self._files[number], extents=(extent,))

    def build(self) -> Packed:
        """Return the manifest."""
        for number, first in self._repeats.items():
            self._files[number] = replace(self._files[number], extents=self._files[first].extents)
            self._tensors[number] = self._tensors.get(first, ())
        return pack(self._files, self._blobs, self._tensors)

    def _number(self, blob: Blob) -> int:
        number = self._numbers.setdefault(blob.key, len(self._blobs))
        if number == len(self._blobs):
            self._blobs.append(blob)
        return number
