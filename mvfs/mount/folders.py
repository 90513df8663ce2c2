"""The directories inside a version, and its files. Nothing here ever changes, but where it is stored may."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from itertools import islice
from typing import TypeVar

from mvfs.catalog.content import Content
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject, MvfsError
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.mount.nodes import FILE_MODE, PROGRAM_MODE, Directory, Node, content_ino
from mvfs.store.manifest.layout import Row
from mvfs.store.manifest.records import DirEntry, FileEntry
from mvfs.store.reading import Reader

T = TypeVar("T")

CONTENTS_KEPT = 32
"""Opened manifests that are kept; a closed one is opened again when it is asked for."""


class Contents:
    """Opened versions, the least recently used ones closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: OrderedDict[str, Content] = OrderedDict()

    def open(self, project: Project, version: Version) -> Content:
        """Return the content of a version.

        Raises:
            CorruptObject: the manifest is missing or was changed.
        """
        with self._lock:
            found = self._opened.get(version.manifest)
            if found is not None:
                self._opened.move_to_end(version.manifest)
                return found
        opened = project.content(version)
        with self._lock:
            self._opened[version.manifest] = opened
            while len(self._opened) > CONTENTS_KEPT:
                self._opened.popitem(last=False)
        return opened


class Home:
    """A version under one of its names: where directories and files come from."""

    __slots__ = ("_contents", "key", "mtime", "project", "version")

    def __init__(self, contents: Contents, project: Project, version: Version, label: str) -> None:
        self._contents = contents
        self.project = project
        self.version = version
        self.mtime = version.created
        self.key = (project.id, version.name, label, version.number)

    def ask(self, question: Callable[[Content], T]) -> T:
        """Answer a question to the opened version, also if it was stored elsewhere meanwhile.

        Raises:
            CorruptObject: the version is damaged.
            OSError: ESTALE, it was deleted and its objects are gone.
        """
        try:
            return question(self._contents.open(self.project, self.version))
        except CorruptObject:
            if not self.has_moved():
                raise
            return question(self._contents.open(self.project, self.version))

    def is_version_of(self, other: Home) -> bool:
        """Whether both are the same version, under whatever names."""
        one, two = self.version, other.version
        return one.number == two.number and one.name == two.name and self.project is other.project

    def has_moved(self) -> bool:
        """Whether the version has another manifest by now, as after a repack; it is used from here on.

        Raises:
            OSError: ESTALE, the version was deleted.
        """
        self.project.refresh()
        now = queries.version(self.project.index, self.version.name, self.version.number)
        if now is None:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        if now.manifest == self.version.manifest:
            return False
        self.version = now
        return True


_PLACES = 4
"""Versions that a file remembers to lie in, beside the one where it was seen last."""

_meeting = threading.Lock()


class File(Node):
    """A file: its bytes and whether it can be executed. Shared by all versions that hold it.

    ``home`` and ``path`` say where it was seen last; both together are asked of `places`.
    """

    __slots__ = ("_before", "home", "path")

    def __init__(self, home: Home, row: Row) -> None:
        # Written out, for listings of many files: a call of super().__init__ would cost as much again.
        self.path, self.size, digest, executable = row
        self.home = home
        self._before: tuple[tuple[Home, str], ...] = ()
        self.mtime = home.mtime
        self.ino = content_ino(digest)
        self.id = self.lookups = 0
        if executable:
            self.key, self.mode = digest + b"x", PROGRAM_MODE
            self.ino ^= 1
        else:
            self.key, self.mode = digest, FILE_MODE

    def meet(self, again: Node) -> None:
        """Keep the earliest time and the latest home.

        One inode has one time: that of the oldest version through which its bytes were seen. They are
        read from where they were seen last, so a copy that was logged anew replaces a damaged one; the
        places before are for when that version is deleted.
        """
        assert isinstance(again, File)
        with _meeting:
            self.mtime = min(self.mtime, again.mtime)
            if not again.home.is_version_of(self.home):
                others = [
                    (home, path)
                    for home, path in ((self.home, self.path), *self._before)
                    if not home.is_version_of(again.home)
                ]
                self._before = tuple(others[:_PLACES])
            self.home, self.path = again.home, again.path

    def places(self) -> list[tuple[Home, str]]:
        """The versions it is known to lie in, each with its path there; the one seen last comes first."""
        with _meeting:  # a home with the path in another one would lead to another file
            return [(self.home, self.path), *self._before]

    @property
    def digest(self) -> bytes:
        """BLAKE3 of the file's bytes; of a reference whose bytes are not in the store, its identity."""
        assert isinstance(self.key, bytes)
        return self.key[:32]

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
        for home, path in self.places():
            try:
                has_moved = home.has_moved()
            except OSError as stale:
                gone = stale
                continue
            is_left = True
            if has_moved or isinstance(exc, CorruptObject):
                with contextlib.suppress(CorruptObject):  # what failed first is told
                    yield self._reader_in(home, path)
        if gone is not None and not is_left:
            raise gone

    def _reader_in(self, home: Home, path: str) -> Reader:
        def find(content: Content) -> Reader:
            entry = content.find(path)
            assert isinstance(entry, FileEntry)
            assert isinstance(self.key, bytes)
            assert self.key[:32] in (entry.digest, entry.identity)
            return content.reader(entry)

        return home.ask(find)


class Folder(Directory):
    """A directory of a version; the version's own root has the path ``""``."""

    __slots__ = ("home", "path")

    def __init__(self, home: Home, path: str = "") -> None:
        key: Hashable = ("content", *home.key, path)
        super().__init__(key, home.mtime)
        self.home = home
        self.path = path

    def find(self, name: str) -> Node | None:
        path = f"{self.path}/{name}" if self.path else name
        found = self.home.ask(lambda content: content.find(path))
        if found is None:
            return None
        if isinstance(found, DirEntry):
            return Folder(self.home, found.path)
        return File(self.home, (found.path, found.size, found.digest, found.executable))

    def list(self) -> Iterator[tuple[str, Node]]:
        home = self.home
        below = len(self.path) + 1 if self.path else 0
        for row in self._rows():
            if isinstance(row, tuple):
                yield row[0][below:], File(home, row)
            else:
                yield row.path[below:], Folder(home, row.path)

    def _rows(self) -> Iterator[Row | DirEntry]:
        """The rows of the listing; if the version moves meanwhile, the rest comes from where it is then."""
        done = 0
        try:
            for row in self.home.ask(lambda content: content.rows(self.path)):
                yield row
                done += 1
        except CorruptObject:
            if not self.home.has_moved():
                raise
            yield from islice(self.home.ask(lambda content: content.rows(self.path)), done, None)
