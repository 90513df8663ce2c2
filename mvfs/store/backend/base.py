"""The eight verbs that a place for objects must offer.

Keys are ``/``-separated ASCII. Objects are immutable once written, except through `Backend.replace`, and
except for those of a run that its one writer puts anew.
The journal needs only `Backend.create` to be exact: of any number of callers that create one key, at
most one is told ``True``, and only if every later reader sees all of its bytes.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import msgspec


class ObjectInfo(msgspec.Struct, frozen=True):
    """What a store knows of an object without reading it."""

    key: str
    size: int
    """Bytes."""
    modified: int
    """Nanoseconds since 1970 by the store's clock; for display and politeness only."""


class Body(ABC):
    """Bytes that are read when they are sent, perhaps from several threads, perhaps more than once."""

    size: int

    @abstractmethod
    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill ``view`` with the bytes from ``offset``."""


class FileBody(Body):
    """A file of this machine."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.size = os.fstat(fd).st_size

    def read_into(self, offset: int, view: memoryview) -> None:
        while view:
            count = os.preadv(self._fd, [view], offset)
            if not count:
                raise EOFError("the file shrank while it was sent")
            view, offset = view[count:], offset + count


class BytesBody(Body):
    """Bytes in memory."""

    def __init__(self, data: bytes | bytearray) -> None:
        self._data = memoryview(data)
        self.size = len(data)

    def read_into(self, offset: int, view: memoryview) -> None:
        view[:] = self._data[offset : offset + len(view)]


Data = bytes | bytearray | Path | Body
"""What can be written: bytes, those of a file, or such as are read when they are sent."""


def whole(data: Data) -> bytes:
    """Return all of it."""
    if isinstance(data, Path):
        return data.read_bytes()
    if isinstance(data, Body):
        space = bytearray(data.size)
        data.read_into(0, memoryview(space))
        return bytes(space)
    return bytes(data)


class Backend(ABC):
    """A place for objects. All methods may be called from several threads."""

    location: str
    """How a user names this place."""

    streams: int = 4
    """How many reads under way at once make the most of it."""
    is_far = False
    """Whether each request goes over a network: then few are worth more than simple ones."""

    @abstractmethod
    def head(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object, or None where there is none."""

    @abstractmethod
    def get(self, key: str, limit: int) -> bytes | None:
        """Return a whole object, or None where there is none.

        Raises:
            CorruptObject: the object is larger than ``limit`` bytes.
        """

    @abstractmethod
    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        """Return up to ``length`` bytes from ``offset``; fewer at the end; None where there is no object."""

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        """Fill ``view`` from ``offset`` with what `get_range` returns; return how many bytes that were."""
        data = self.get_range(key, offset, len(view))
        if data is None:
            return None
        view[: len(data)] = data
        return len(data)

    def bring(self, key: str, offset: int, length: int) -> bool:  # noqa: ARG002
        """Have a range kept near, and return whether it is; False where nothing is nearer than the store."""
        return False

    def leave(self, key: str) -> None:  # noqa: B027 - most have nothing to do
        """Nobody reads an object any more: what is still to be fetched ahead of its readers need not be."""

    @abstractmethod
    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        """Yield the objects whose keys begin with ``prefix`` and sort after ``after``, in key order."""

    @abstractmethod
    def put(self, key: str, data: Data) -> None:
        """Write an object durably under a key that nobody else uses.

        A ``Path`` below `staging` is moved in, any other file is copied.
        """

    @abstractmethod
    def create(self, key: str, data: bytes) -> bool:
        """Write an object durably if the key is free; return False where it is taken.

        Any exception leaves it open whether the object was written: read it back. So does ``False`` where
        answers can be lost, for the second try of one's own create finds the key taken.
        """

    @abstractmethod
    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        """Swap an object if its bytes are still ``old`` (None: if there is none). For hints, never truth."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is no error."""

    def staging(self) -> Path | None:
        """A private scratch directory from which `put` moves files at no cost, or None."""
        return None

    def turn(self, folder: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Queue up with other writers below a folder, where that costs little. It spares them lost races."""
        return nullcontext()

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002
        """The file that holds an object, where the operating system can open it itself, or None."""
        return None

    def stored(self) -> Backend:
        """The place itself, without copies of its objects that are kept nearer: for who asks for truth."""
        return self

    def distrust(self, key: str, offset: int, length: int) -> bool:  # noqa: ARG002
        """Forget nearer copies of bytes that were found to be wrong.

        Returns True if there were any, so that reading them again is worth it.
        """
        return False

    def leftovers(self) -> tuple[ObjectInfo, ...]:
        """What writers that died left beside the objects; the next writer removes it."""
        return ()

    def end_uploads(self, prefix: str, is_over: Callable[[str, int], bool]) -> None:  # noqa: ARG002
        """End uploads in parts whose writers are gone, where a place has such a thing.

        ``is_over`` takes the key and when it was begun, in nanoseconds by the store's clock. The writer of
        one that is ended fails, if there is one still.
        """
        return
