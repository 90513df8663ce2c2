"""An open file of a version, as Python's `io` has files: read-only, and verified like everything."""

from __future__ import annotations

import io
import os
from functools import lru_cache
from typing import TYPE_CHECKING

from mvfs.mount.blobs import OpenBlob, open_blob
from mvfs.store.backend.base import Backend
from mvfs.store.leaves import LEAF
from mvfs.store.reading import Reader
from mvfs.store.trust import stamps

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LEAVES_KEPT = 4
"""Verified leaves that are kept per file, for reads of less than one at a time."""

_BUFFER = 64 << 10


class VersionFile(io.BufferedReader):
    """A file of a version, open for reading."""

    def __init__(self, name: str, backend: Backend, reader: Reader) -> None:
        self._file = _RawFile(name, backend, reader)
        super().__init__(self._file, _BUFFER)

    @property
    def size(self) -> int:
        """Bytes."""
        return self._file.size


class _RawFile(io.RawIOBase):
    """Bytes of one blob on this machine come straight out of it while a trust stamp fits; all others are
    checked leaf by leaf.
    """

    def __init__(self, name: str, backend: Backend, reader: Reader) -> None:
        self.name = name
        self.mode = "rb"
        self.size = reader.entry.size
        self._reader = reader
        self._position = 0
        self._blob = _trusted_blob(backend, reader)
        self._leaf = lru_cache(_LEAVES_KEPT)(lambda number: reader.read(number * LEAF, LEAF))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}.get(whence)
        if base is None or base + offset < 0:
            raise ValueError(f"cannot seek to {offset} from {whence}")
        self._position = base + offset
        return self._position

    def fileno(self) -> int:
        """The descriptor of the blob that is the file, where it is on this machine and known to be right.

        What is read through it is as much verified as what the kernel reads by itself in a mount.

        Raises:
            UnsupportedOperation: there is none.
        """
        self._check_open()
        if self._blob is None or not self._blob.is_unchanged():
            raise io.UnsupportedOperation(f"'{self.name}' is no single trusted file on this machine")
        return self._blob.fd

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._check_open()
        view = memoryview(buffer).cast("B")
        view = view[: max(self.size - self._position, 0)]
        count = self._read_trusted(view)
        if count is None:
            count = self._read_verified(view)
        self._position += count
        return count

    def readall(self) -> bytes:
        space = bytearray(max(self.size - self._position, 0))
        view = memoryview(space)
        while view and (count := self.readinto(view)):
            view = view[count:]
        return bytes(space)

    def close(self) -> None:
        if not self.closed and self._blob is not None:
            self._blob.close()
        super().close()

    def _read_trusted(self, view: memoryview) -> int | None:
        """Read out of the blob; None where there is none, or it is no longer what was trusted."""
        if self._blob is None or not view:
            return None
        count = os.preadv(self._blob.fd, [view], self._position)
        return count if self._blob.is_unchanged() else None

    def _read_verified(self, view: memoryview) -> int:
        """Whole leaves into their place, up to where one is wanted in part; else what one leaf has."""
        start = self._position % LEAF
        whole = len(view) if self._position + len(view) == self.size else len(view) // LEAF * LEAF
        if start == 0 and whole:
            return self._reader.read_into(self._position, view[:whole])
        part = self._leaf(self._position // LEAF)[start : start + len(view)]
        view[: len(part)] = part
        return len(part)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")


def _trusted_blob(backend: Backend, reader: Reader) -> OpenBlob | None:
    """The blob that is the file, if it is on this machine and was seen to be whole and right."""
    key = reader.whole_blob()
    path = backend.local_path(key) if key is not None else None
    if path is None:
        return None
    is_copy = backend.stored() is not backend
    blob = open_blob(path, reader.entry.size, reader.entry.digest, hold=is_copy)
    if blob is not None and not stamps().fits(blob.seen, blob.digest):
        blob.close()
        return None
    return blob
