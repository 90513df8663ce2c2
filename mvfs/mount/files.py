"""Files: each is its bytes and whether it can be executed, whichever versions hold it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from mvfs.catalog.content import Content
from mvfs.errors import CorruptObject, MvfsError
from mvfs.mount.homes import Home
from mvfs.mount.nodes import FILE_MODE, PROGRAM_MODE, Node, content_ino
from mvfs.store.manifest.layout import Run
from mvfs.store.reading import Reader

Place = tuple[Home, int]
"""Where a file lies: a version, and the file's number in it."""


class Holder(Protocol):
    """Who knows where a file was seen since it was looked up."""

    def file_places(self, number: int) -> list[Place]:
        """The places of the file with this node id; none if it is not held."""


class File(Node):
    """A file as it was when it was looked up or listed; where its bytes are now is asked of `places`."""

    __slots__ = ("_place", "digest", "executable", "holder")

    def __init__(self, home: Home, number: int, size: int, digest: bytes, executable: bool) -> None:
        """Take the version it was seen in and its number there."""
        key = digest + b"x" if executable else digest
        mode = PROGRAM_MODE if executable else FILE_MODE
        super().__init__(key, content_ino(digest, executable), mode, size, home.mtime)
        self.digest = digest
        self.executable = executable
        self.holder: Holder | None = None
        self._place = home, number

    @property
    def home(self) -> Home:
        """The version it was seen in."""
        return self._place[0]

    @property
    def number(self) -> int:
        """Its number in the version it was seen in."""
        return self._place[1]

    @property
    def path(self) -> str:
        """Its path in that version.

        Raises:
            CorruptObject: the manifest is missing or was changed.
            OSError: ESTALE, the version was deleted.
        """
        return self.home.ask(lambda content: content.entry(self.number)).path

    def places(self) -> list[Place]:
        """The versions it is known to lie in; the one seen last comes first."""
        return (self.holder and self.holder.file_places(self.id)) or [self._place]

    def reader(self) -> Reader:
        """Return a reader of the file's bytes.

        Raises:
            CorruptObject: the manifest is missing or was changed.
            OSError: ESTALE, no version that is known to hold it is left.
        """
        trouble: CorruptObject | OSError | None = None
        for place in self.places():
            try:
                return self._reader_in(*place)
            except CorruptObject as exc:
                trouble = exc if not isinstance(trouble, CorruptObject) else trouble
            except OSError as exc:
                trouble = trouble or exc
        assert trouble is not None
        raise trouble

    def other_readers(self, exc: MvfsError) -> Iterator[Reader]:
        """Yield readers of the same bytes where they may be had after a reader failed.

        Of a version that is stored elsewhere by now, and of missing or changed bytes in other versions too.

        Raises:
            OSError: ESTALE, no version that is known to hold it is left.
        """
        gone = None
        is_left = False
        for home, number in self.places():
            try:
                has_moved = home.has_moved()
            except OSError as stale:
                gone = stale
                continue
            is_left = True
            if has_moved or isinstance(exc, CorruptObject):
                with contextlib.suppress(CorruptObject):  # what failed first is told
                    yield self._reader_in(home, number)
        if gone is not None and not is_left:
            raise gone

    def _reader_in(self, home: Home, number: int) -> Reader:
        def find(content: Content) -> Reader:
            entry = content.entry(number)
            if self.digest not in (entry.digest, entry.identity):
                raise CorruptObject(f"'{entry.path}' has other bytes in the manifest than before")
            return content.reader(entry)

        return home.ask(find)


class FileRun:
    """Consecutive files of a directory, not yet made into nodes: a listing of very many is made of these."""

    __slots__ = ("home", "run")

    def __init__(self, home: Home, run: Run) -> None:
        self.home = home
        self.run = run

    def __len__(self) -> int:
        return len(self.run.names)

    def nodes(self, start: int = 0) -> Iterator[tuple[str, File]]:
        """Yield each name with its node, from number ``start`` in the run on."""
        run = self.run
        for index, name in enumerate(islice(run.names, start, None), start):
            digest = run.digests[32 * index : 32 * index + 32]
            executable = run.modes[index] == 1
            yield name.decode(), File(self.home, run.first + index, run.sizes[index], digest, executable)
