"""The directories inside a version. Nothing here ever changes, but where it is stored may."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from mvfs.catalog.content import Content
from mvfs.errors import CorruptObject
from mvfs.mount.files import File, FileRun
from mvfs.mount.homes import Home
from mvfs.mount.nodes import Directory, Node
from mvfs.store.manifest.layout import Run
from mvfs.store.manifest.records import DirEntry


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

        def find(content: Content) -> Node | None:
            number = content.number(path)
            if number is not None:
                entry = content.entry(number)
                return File(self.home, number, entry.size, entry.digest, entry.executable)
            return Folder(self.home, path) if content.find(path) is not None else None

        return self.home.ask(find)

    def list(self) -> Iterator[tuple[str, Node]]:
        for piece in self.pieces():
            if isinstance(piece, FileRun):
                yield from piece.nodes()
            else:
                yield piece

    def pieces(self) -> Iterator[FileRun | tuple[str, Node]]:
        """Yield the same as `list`, but files many at a time."""
        below = len(self.path) + 1 if self.path else 0
        for found in self._runs():
            if isinstance(found, DirEntry):
                yield found.path[below:], Folder(self.home, found.path)
            else:
                yield FileRun(self.home, found)

    def _runs(self) -> Iterator[Run | DirEntry]:
        """What is listed; if the version moves meanwhile, the rest comes from where it is then."""
        done = 0
        try:
            for found in self.home.ask(lambda content: content.runs(self.path)):
                yield found
                done += len(found.names) if isinstance(found, Run) else 1
        except CorruptObject:
            if not self.home.has_moved():
                raise
            yield from _after(self.home.ask(lambda content: content.runs(self.path)), done)


def _after(found: Iterator[Run | DirEntry], done: int) -> Iterator[Run | DirEntry]:
    """All but the first ``done`` entries: a manifest that was written anew may be cut into other blocks."""
    for one in found:
        count = len(one.names) if isinstance(one, Run) else 1
        if done < count:
            yield one.after(done) if isinstance(one, Run) else one
        done = max(done - count, 0)
