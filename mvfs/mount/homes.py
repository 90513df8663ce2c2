"""Opened versions, and which one under which name a directory or file comes from."""

from __future__ import annotations

import errno
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from mvfs.catalog.content import Content
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject
from mvfs.index import queries
from mvfs.index.rows import Version

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

    __slots__ = ("_contents", "held", "key", "mtime", "number", "project", "version")

    def __init__(self, contents: Contents, project: Project, version: Version, label: str) -> None:
        self._contents = contents
        self.project = project
        self.version = version
        self.mtime = version.created
        self.key = (project.id, version.name, label, version.number)
        self.number = 0
        """What stands for it in the records of `HeldFiles`."""
        self.held = 0
        """How many places in these records lie in it."""

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
