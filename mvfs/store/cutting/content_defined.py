"""Leaves cut by content (FastCDC), for large files in which bytes are inserted: tar, JSON lines, databases.

Optional: ``pip install 'mvfs[cdc]'``. A change of these sizes, or of the library's cuts, costs deduplication
against what is stored, and nothing else: what is stored says itself where it was cut.
"""

from __future__ import annotations

from array import array

from mvfs.errors import InvalidInput
from mvfs.store.cutting.tensors import Read
from mvfs.store.leaves import LEAF

MIN_LEAF = 128 << 10
AVERAGE_LEAF = 512 << 10
"""Bytes."""


class _Stream:
    """A file as the library wants to see it; it asks for at most two leaves at a time."""

    def __init__(self, read: Read, size: int) -> None:
        self._read, self._size = read, size
        self._position = 0

    def readinto(self, buffer: memoryview) -> int:
        wanted = min(len(buffer), self._size - self._position)
        data = self._read(self._position, wanted) if wanted else b""
        if wanted and not data:
            raise EOFError(f"ends at {self._position} bytes")
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def content_defined(read: Read, size: int) -> array[int]:
    """Return the lengths of a file's leaves in order: 128 KiB (but for the last) to 1 MiB, ``size`` in all.

    Raises:
        InvalidInput: the optional library is not installed.
        EOFError: the file is shorter than ``size``.
        OSError: ``read`` failed.
    """
    try:
        from pyfastcdc import FastCDC
    except ImportError as exc:
        raise InvalidInput("cutting by content needs a library: pip install 'mvfs[cdc]'") from exc
    chunker = FastCDC(AVERAGE_LEAF, min_size=MIN_LEAF, max_size=LEAF)
    return array("I", (chunk.length for chunk in chunker.cut_stream(_Stream(read, size))))
