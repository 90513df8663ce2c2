"""What can be compared beside a whole version: a part of one, and what lies on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Set
from pathlib import Path

from msgspec.structs import replace

from mvfs.catalog.content import Content
from mvfs.diff.files import Files, Readable
from mvfs.errors import InvalidInput, NotFound, SourceChanged
from mvfs.store.backend.local import explain
from mvfs.store.hashing import hash_file
from mvfs.store.manifest.records import FileEntry
from mvfs.store.manifest.tensors import StoredTensor, with_digests
from mvfs.store.sources import SourceFile, scan


class Part:
    """What lies at a path of a version; the paths of its files begin there."""

    def __init__(self, content: Content, path: str) -> None:
        """Look at a folder, or at a file, which is then the only one, under its name.

        Raises:
            NotFound: the version holds neither.
        """
        self._content = content
        found = content.find(path)
        if found is None:
            raise NotFound(f"{content.version.name}:{content.version.label} holds no '{path}'", path=path)
        self.is_file = isinstance(found, FileEntry)
        self._above = f"{path.rpartition('/')[0]}/" if self.is_file else f"{path}/"
        self._above = self._above.removeprefix("/")
        self._path = path

    def files(self) -> Iterator[FileEntry]:
        """Yield its files."""
        for entry in self._content.below(self._path):
            yield replace(entry, path=entry.path.removeprefix(self._above))

    def reader(self, entry: FileEntry) -> Readable:
        """Return a reader of one of them."""
        return self._content.reader(self._whole(entry))

    def tensors(self, entry: FileEntry) -> list[StoredTensor]:
        """Return the tensors of one of them."""
        return self._content.tensors(self._whole(entry))

    def _whole(self, entry: FileEntry) -> FileEntry:
        return replace(entry, path=self._above + entry.path)


class Folder:
    """A folder or file on this machine. It is hashed only where it could be the same as a stored file."""

    def __init__(self, path: Path, sizes: Set[int]) -> None:
        """Compare with files of these sizes: one of another size can equal none of them.

        Raises:
            NotFound: there is nothing.
            InvalidSource: it holds what cannot be logged, such as devices, or nothing.
        """
        if not os.path.lexists(path):
            raise NotFound(f"there is no '{path}'", path=str(path))
        self.is_file = path.is_file()
        self._sizes = sizes
        self._sources = {source.path: source for source in scan(path)}

    def files(self) -> Iterator[FileEntry]:
        """Yield its files as `log` would take them.

        Raises:
            NoPermission, Unavailable, SourceChanged: a file cannot be read.
        """
        for source in self._sources.values():
            digest = _digest(source) if source.size in self._sizes else b""
            yield FileEntry(source.path, source.size, digest, source.executable, ())

    def reader(self, entry: FileEntry) -> Readable:
        """Return a reader of one of them."""
        return _LocalReader(self._sources[entry.path].file)

    def tensors(self, entry: FileEntry) -> list[StoredTensor]:
        """Return the tensors of one of them; reads all of their bytes."""
        from mvfs.store.cutting.recognition import tensors_of  # only what is not in a store is parsed

        read = self.reader(entry).read
        try:
            return with_digests(tensors_of(read, entry.size), None, read)
        except InvalidInput as exc:
            raise SourceChanged(f"'{entry.path}' changed while it was read: {exc}") from exc


class Renamed:
    """One file under another name, to be compared with a file of that name."""

    def __init__(self, side: Files, name: str, other: str) -> None:
        """Show the only file of ``side``, which is called ``name``, as ``other``."""
        self._side, self._name, self._other = side, name, other

    def files(self) -> Iterator[FileEntry]:
        """Yield it."""
        for entry in self._side.files():
            yield replace(entry, path=self._other)

    def reader(self, entry: FileEntry) -> Readable:
        """Return its reader."""
        return self._side.reader(replace(entry, path=self._name))

    def tensors(self, entry: FileEntry) -> list[StoredTensor]:
        """Return its tensors."""
        return self._side.tensors(replace(entry, path=self._name))


class _LocalReader:
    def __init__(self, file: str) -> None:
        self._file = file

    def read(self, offset: int, length: int) -> bytes:
        return _explained(self._file, lambda fd: os.pread(fd, length, offset))


def _digest(source: SourceFile) -> bytes:
    try:
        return _explained(source.file, lambda fd: hash_file(fd, source.size).digest)
    except EOFError:
        raise SourceChanged(f"'{source.file}' changed while it was read") from None


def _explained(file: str, do: Callable[[int], bytes]) -> bytes:
    try:
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return do(fd)
        finally:
            os.close(fd)
    except OSError as exc:
        raise explain(exc, f"cannot read '{file}'") from exc
