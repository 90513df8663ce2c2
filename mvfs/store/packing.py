"""Packs: blobs in which files below 1 MiB lie one after the other."""

from __future__ import annotations

from blake3 import blake3

SIZE = 64 << 20
"""Bytes after which a pack is closed."""


class Pack:
    """A pack being filled."""

    def __init__(self) -> None:
        self._data = bytearray()
        self.files: list[tuple[int, int, int]] = []
        """What lies in it: number of the file in the version, offset, length."""

    def add(self, file: int, data: bytes) -> None:
        """Append the bytes of a file."""
        self.files.append((file, len(self._data), len(data)))
        self._data += data

    @property
    def is_full(self) -> bool:
        """Whether it should be stored, and the next one begun."""
        return len(self._data) >= SIZE

    def close(self) -> tuple[bytearray, bytes]:
        """Return its bytes and their hash."""
        return self._data, blake3(self._data).digest()
