"""A far store, read through the cache. Nothing that goes wrong with the cache goes wrong with a read."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from mvfs import settings
from mvfs.cache import files
from mvfs.cache.ahead import BLOCK, ReadAhead
from mvfs.cache.files import UNIT, CachedObject
from mvfs.cache.room import Room
from mvfs.errors import CorruptObject, MvfsError
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.backend.wrapper import Wrapper
from mvfs.store.target import page_aligned

_MAP = 4096
"""Bytes that an object's map takes on the disk, mostly."""


def with_cache(inner: Backend) -> Backend:
    """Return a store read through this user's cache, or as it is where ``$MVFS_CACHE`` is ``off``."""
    if not settings.is_cache_on():
        return inner
    place = settings.blob_cache()
    return CachedBackend(inner, place.path, group=place.is_shared)


class CachedBackend(Wrapper):
    """Serves blobs and manifests from a directory, and fetches into it what is not there.

    Bytes come back as the cache has them: whoever reads verifies, and calls `distrust` where they are wrong.
    """

    def __init__(self, inner: Backend, root: Path, *, group: bool = False) -> None:
        super().__init__(inner)
        self._root, self._group = root, group
        self._room = Room(root)
        self._spaces = threading.local()
        self._ahead = ReadAhead(self._fetch_ahead, inner.streams)

    def stored(self) -> Backend:
        return self.inner.stored()

    def get(self, key: str, limit: int) -> bytes | None:
        if not keys.is_object(key):
            return self.inner.get(key, limit)
        data = self.get_range(key, 0, limit + 1)
        if data is not None and len(data) > limit:
            raise CorruptObject(f"{key} is larger than the {limit} bytes that are allowed", key=key)
        return data

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        if length <= 0 or not keys.is_object(key):
            return self.inner.get_range(key, offset, length)
        first, stop = offset // UNIT, files.units(offset + length)
        self._ahead.saw(key, offset, length)
        size, gaps, parts = self._look(key, first, stop)
        if gaps and self._ahead.wait(key, first * UNIT, (stop - first) * UNIT):
            size, gaps, parts = self._look(key, first, stop)
        if size is not None:
            stop = max(min(stop, files.units(size)), first)
        for start, end in gaps:
            data = self.inner.get_range(key, start * UNIT, _bound(end * UNIT, size) - start * UNIT)
            if data is None:
                return None
            parts[start] = data
            if len(data) < (end - start) * UNIT:
                size = start * UNIT + len(data) if data else size
                self._keep(key, start, data, size)
                break
            self._keep(key, start, data, size)
        return _cut(parts, first * UNIT, offset, length)

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        if not view or offset % UNIT or not keys.is_object(key):
            return Backend.read_into(self, key, offset, view)
        if len(view) < BLOCK:  # who asks for more at once runs ahead by itself
            self._ahead.saw(key, offset, len(view))
            self._ahead.wait(key, offset, len(view))
        return self._read_into(key, offset, view)

    def _read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        size, gaps = self._take(key, offset, view)
        end = min(offset + len(view), size if size is not None else offset + len(view))
        for start, stop in gaps:
            low, high = start * UNIT, min(stop * UNIT, end)
            part = view[low - offset : high - offset]
            count = self.inner.read_into(key, low, part)
            if count is None:
                return None
            if count < len(part):
                end = size = low + count
            self._keep(key, start, part[:count], size)
            if count < len(part):
                break
        return max(end - offset, 0)

    def bring(self, key: str, offset: int, length: int) -> bool:
        if not keys.is_object(key):
            return self.inner.bring(key, offset, length)
        first, stop = offset // UNIT, files.units(offset + length)
        self._ahead.ask(key, [start * UNIT for start, _ in _pieces(self._missing(key, first, stop))])
        self._ahead.wait(key, offset, length)
        return not self._missing(key, first, stop)

    def leave(self, key: str) -> None:
        self._ahead.leave(key)
        self.inner.leave(key)

    def _missing(self, key: str, first: int, stop: int) -> list[tuple[int, int]]:
        """The runs of units that are not there."""
        with contextlib.suppress(OSError), files.opened(self._root, _name(key)) as found:
            if found is not None:
                size = found.size()
                return list(found.missing(first, stop if size is None else min(stop, files.units(size))))
        return [(first, stop)]

    def _fetch_ahead(self, key: str, offset: int, length: int) -> int | None:
        """Bring a range into the cache; return how many bytes of it the object has, None on failure."""
        if not hasattr(self._spaces, "view"):
            self._spaces.view = page_aligned(BLOCK)
        try:
            return self._read_into(key, offset, self._spaces.view[:length])
        except MvfsError:
            return None  # whoever reads it next is told

    def _take(self, key: str, offset: int, view: memoryview) -> tuple[int | None, list[tuple[int, int]]]:
        """Copy what is there into ``view``; return the object's size where known, and what is not there."""
        first, stop = offset // UNIT, files.units(offset + len(view))
        with contextlib.suppress(OSError), files.opened(self._root, _name(key)) as found:
            if found is not None:
                return _fill(found, offset, view)
        return None, [(first, stop)]

    def _look(
        self, key: str, first: int, stop: int
    ) -> tuple[int | None, list[tuple[int, int]], dict[int, bytes]]:
        """The object's size where it is known, the runs of units that are not there, and those that are."""
        with contextlib.suppress(OSError), files.opened(self._root, _name(key)) as found:
            if found is not None:
                return _read(found, first, stop)
        return None, [(first, stop)], {}

    def _keep(self, key: str, start: int, data: bytes | memoryview, size: int | None) -> None:
        """Leave a copy of what was fetched in the cache, if that can be done."""
        with contextlib.suppress(OSError):
            if not data or not self._room.reserve(len(data) + _MAP):
                return
            with files.opened(self._root, _name(key), create=True, group=self._group) as found:
                if found is not None and found.is_writable:
                    ends_here = size is not None and size > 0
                    found.write(start * UNIT, data, size if ends_here else None)

    def distrust(self, key: str, offset: int, length: int) -> bool:
        if not keys.is_object(key):
            return self.inner.distrust(key, offset, length)
        try:
            with files.opened(self._root, _name(key)) as found:
                return found is not None and found.forget(offset, length)
        except OSError:
            return False

    def local_path(self, key: str) -> Path | None:
        if not keys.is_object(key):
            return self.inner.local_path(key)
        with contextlib.suppress(OSError), files.opened(self._root, _name(key)) as found:
            if found is None:
                return None
            if found.size() is None and (filled := found.filled()) and found.is_writable:
                self._learn(found, key, filled)
            if found.is_complete():
                return files.data_file(self._root, _name(key))
        return None

    def _learn(self, found: CachedObject, key: str, filled: int) -> None:
        """Ask for the size of what may be complete: an object of whole units ends where no read tells."""
        with contextlib.suppress(MvfsError):
            info = self.inner.head(key)
            if info is not None and info.size == filled:
                found.learn(info.size)

    def delete(self, key: str) -> None:
        self.inner.delete(key)
        if keys.is_object(key):
            with contextlib.suppress(OSError):
                if not files.remove(self._root, _name(key)):
                    with files.opened(self._root, _name(key)) as found:
                        if found is not None:
                            found.forget_all()


def _name(key: str) -> str:
    """Blobs go by their content, whatever store they come from; manifests by their own name."""
    name = key.rpartition("/")[2]
    return name if name.endswith(".mf") else name.partition(".")[0]


def _pieces(gaps: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of runs of units that lie in different blocks."""
    step = BLOCK // UNIT
    for start, stop in gaps:
        at = start
        while at < stop:
            end = min((at // step + 1) * step, stop)
            yield at, end
            at = end


def _bound(end: int, size: int | None) -> int:
    return end if size is None else min(end, size)


def _read(
    found: CachedObject, first: int, stop: int
) -> tuple[int | None, list[tuple[int, int]], dict[int, bytes]]:
    """What an open object has of a range; a run that is cut short counts as not there."""
    size = found.size()
    if size is not None:
        stop = min(stop, files.units(size))
        if stop <= first:
            return size, [], {}
    gaps = list(found.missing(first, stop))
    parts: dict[int, bytes] = {}
    at = first
    for start, end in [*gaps, (stop, stop)]:
        if at < start:
            right = _bound(start * UNIT, size) - at * UNIT
            data = found.read(at * UNIT, right)
            if len(data) == right:
                parts[at] = data
            else:
                return size, [(first, stop)], {}
        at = end
    return size, gaps, parts


def _fill(found: CachedObject, offset: int, view: memoryview) -> tuple[int | None, list[tuple[int, int]]]:
    """Copy what an open object has of a range; a run that is cut short counts as not there."""
    size = found.size()
    end = offset + len(view) if size is None else min(offset + len(view), size)
    first, stop = offset // UNIT, files.units(max(end, offset))
    gaps = list(found.missing(first, stop)) if stop > first else []
    at = first
    for start, next_at in [*gaps, (stop, stop)]:
        if at < start:
            part = view[at * UNIT - offset : min(start * UNIT, end) - offset]
            if found.read_into(at * UNIT, part) != len(part):
                return size, [(first, stop)]
        at = next_at
    return size, gaps


def _cut(parts: dict[int, bytes], base: int, offset: int, length: int) -> bytes:
    """Join what was found, up to the first hole, and cut the range out of it."""
    runs = [parts[start] for start in sorted(parts)]
    data = runs[0] if len(runs) == 1 else b"".join(runs)
    low = offset - base
    return data if low == 0 and len(data) <= length else data[low : low + length]
