"""Files of several pieces, put together once in the cache, so that the kernel can read them as one.

They lie beside the cached blobs, under the hash of their bytes, and go when room is needed, as those do.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from mvfs import settings
from mvfs.cache import files
from mvfs.cache.files import CachedObject
from mvfs.cache.room import Room
from mvfs.store.reading import FileReader
from mvfs.store.target import page_aligned

_STEP = 8 << 20
"""Bytes that are copied between two looks at whether to go on."""


class Assembly:
    """The files that are, or can be, put together in this user's cache. All methods may raise OSError."""

    def __init__(self) -> None:
        place = settings.blob_cache()
        self._root, self._group = place.path, place.is_shared
        self._room = Room(place.path)

    def has_room(self, size: int) -> bool:
        """Whether a file of so many bytes is worth keeping: it would not put out all the others."""
        return self._room.has(2 * size)

    def find(self, reader: FileReader) -> Path | None:
        """Return the file that has all bytes of ``reader``'s; they are not checked. None: there is none."""
        name = reader.entry.digest.hex()
        with files.opened(self._root, name) as found:
            if found is not None and found.size() == reader.entry.size and found.is_complete():
                return files.data_file(self._root, name)
        return None

    def forget(self, reader: FileReader) -> None:
        """Let a file be put together anew: it is wrong."""
        with files.opened(self._root, reader.entry.digest.hex()) as found:
            if found is not None:
                found.forget_all()

    def make(self, reader: FileReader, go_on: Callable[[], bool]) -> bool:
        """Put a file together where there is room, while ``go_on`` says so; return whether it was.

        Pieces on this machine are not checked on the way: the whole has to be.

        Raises:
            MvfsError: whatever ``reader`` raises.
        """
        size = reader.entry.size
        if not self._room.reserve(size):
            return False
        with files.opened(self._root, reader.entry.digest.hex(), create=True, group=self._group) as target:
            if target is None or not target.is_writable:
                return False
            target.learn(size)
            paths = reader.paths()
            if paths is None or not _share(paths, target, go_on):
                space = page_aligned(_STEP)
                for offset in range(0, size, _STEP):
                    if not go_on():
                        return False
                    count = reader.read_into(offset, space)
                    target.write(offset, space[:count], size)
            else:
                target.fill()
            return True


def _share(paths: list[tuple[Path, int, int]], target: CachedObject, go_on: Callable[[], bool]) -> bool:
    """Copy pieces inside the kernel, which shares their blocks where the file systems can."""
    at = 0
    for path, offset, length in paths:
        with contextlib.ExitStack() as opened:
            source = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            opened.callback(os.close, source)
            done = 0
            while done < length:
                count = target.copy_from(source, offset + done, at + done, min(length - done, _STEP))
                if not count or not go_on():
                    return False
                done += count
            at += length
    return True
