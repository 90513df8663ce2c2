"""The directories inside a version, and its files. Nothing here ever changes, but where it is stored may."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from itertools import islice
from typing import TypeVar

from mvfs.catalog.content import Content
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject
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
        """
        try:
            return question(self._contents.open(self.project, self.version))
        except CorruptObject:
            if not self.has_moved():
                raise
            return question(self._contents.open(self.project, self.version))

    def has_moved(self) -> bool:
        """Whether the version has another manifest by now, as after a repack; it is used from here on."""
        self.project.refresh()
        now = queries.version(self.project.index, self.version.name, self.version.number)
        if now is None or now.manifest == self.version.manifest:
            return False
        self.version = now
        return True


class File(Node):
    """A file: its bytes and whether it can be executed. Shared by all versions that hold it."""

    __slots__ = ("home", "path")

    def __init__(self, home: Home, row: Row) -> None:
        # Written out, for listings of many files: a call of super().__init__ would cost as much again.
        self.path, self.size, digest, executable = row
        self.home = home
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
        read from where they were seen last, so a copy that was logged anew replaces a damaged one.
        """
        assert isinstance(again, File)
        self.mtime = min(self.mtime, again.mtime)
        self.home, self.path = again.home, again.path

    @property
    def digest(self) -> bytes:
        """BLAKE3 of the file's bytes; of a reference whose bytes are not in the store, its identity."""
        assert isinstance(self.key, bytes)
        return self.key[:32]

    def reader(self) -> Reader:
        """Return a reader of the file's bytes.

        Raises:
            CorruptObject: the manifest is missing or was changed.
        """
        return self.home.ask(self._reader)

    def moved_reader(self) -> Reader | None:
        """Return a reader of the bytes where they are now, or None if they are where they were."""
        return self.reader() if self.home.has_moved() else None

    def _reader(self, content: Content) -> Reader:
        entry = content.find(self.path)
        assert isinstance(entry, FileEntry)
        return content.reader(entry)


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
