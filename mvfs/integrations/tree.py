"""A store as a tree of paths: projects, types, names, versions and aliases, files. A path is a ref."""

from __future__ import annotations

import errno
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from mvfs import refs
from mvfs.catalog.catalog import Catalog, Place
from mvfs.catalog.content import Content
from mvfs.errors import InvalidInput, NoSuchFile, NotFound
from mvfs.index.rows import Version
from mvfs.refs import Ref
from mvfs.store.backend.base import Backend
from mvfs.store.manifest.records import DirEntry, FileEntry
from mvfs.store.reading import Reader

Info = dict[str, Any]

_REF_WORDS = 3
"""Words of a path among which one may have the ``:`` of a selector; later on, it is part of a file name."""


class Found(NamedTuple):
    """A file or directory of a version."""

    backend: Backend
    version: Version
    content: Content
    entry: FileEntry | DirEntry

    def read(self, start: int | None, end: int | None) -> bytes:
        """The bytes of the file, or of a range as Python slices it.

        Raises:
            CorruptObject: bytes are missing or changed.
        """
        entry, reader = self.file()
        first, last, _ = slice(start, end).indices(entry.size)
        return reader.read(first, max(last - first, 0))

    def file(self) -> tuple[FileEntry, Reader]:
        """The file and its reader.

        Raises:
            IsADirectoryError: it is none.
        """
        if isinstance(self.entry, DirEntry):
            raise _is_directory(f"{self.version.name}:{self.version.label}/{self.entry.path}")
        return self.entry, self.content.reader(self.entry)


def place(catalog: Catalog, path: str) -> Place | None:
    """Return what a path stands for; None for the root.

    Raises:
        NoSuchFile: nothing.
    """
    if not path:
        return None
    try:
        return catalog.resolve(_ref(path))
    except (NotFound, InvalidInput) as exc:
        raise NoSuchFile(exc.message, **{**exc.fields, "path": path}) from exc


def find(catalog: Catalog, path: str) -> Found:
    """Return the file or directory of a version at a path.

    Raises:
        NoSuchFile: there is none.
        IsADirectoryError: it is a project, a type, or a name, which has versions.
    """
    there = place(catalog, path)
    if there is None or there.version is None:
        raise _is_directory(path)
    return _in_version(there)


def info(catalog: Catalog, path: str) -> Info:
    """Describe what is at a path.

    Raises:
        NoSuchFile: nothing.
    """
    there = place(catalog, path)
    if there is None or there.version is None:
        return _directory(path)
    found = _in_version(there)
    return _described(path, found.version, found.entry)


def children(catalog: Catalog, path: str) -> Iterator[Info]:
    """Describe what a directory holds, or the file at ``path``.

    Raises:
        NoSuchFile: there is nothing.
    """
    there = place(catalog, path)
    if there is None:
        yield from map(_directory, catalog.projects())
    elif there.version is not None:
        found = _in_version(there)
        if isinstance(found.entry, FileEntry):
            yield _described(path, found.version, found.entry)
            return
        for entry in found.content.children(found.entry.path):
            yield _described(f"{path}/{entry.name}", found.version, entry)
    elif there.name is not None:
        versions = {row.number: row for row in there.project.versions(there.name.name)}
        names = {row.label: row.number for row in versions.values()}
        for name, number in {**names, **there.project.aliases(there.name.name)}.items():
            yield _version(f"{path}/{name}", versions[number])
    elif there.type is not None:
        yield from (_directory(f"{path}/{row.name}") for row in there.project.names(there.type))
    else:
        yield from (_directory(f"{path}/{type_}") for type_ in there.project.types())


def _ref(path: str) -> Ref:
    """A path is a ref without a store: in it ``::`` is part of a file name, if anything."""
    words = path.split("/")
    for count, word in enumerate(words[:_REF_WORDS], 1):
        if ":" in word:
            ref = refs.parse("/".join(words[:count]))
            if ref.store is not None:
                raise InvalidInput(f"'{path}' has a '::'; the store is named by the option store=", ref=path)
            return Ref(path, None, ref.words, ref.selector, "/".join(words[count:]))
    words[:2] = [refs.check_name(word, "name") for word in words[:2]]
    return Ref(path, None, tuple(unicodedata.normalize("NFC", word) for word in words))


def _in_version(there: Place) -> Found:
    assert there.version is not None
    content = there.project.content(there.version)
    entry = content.find(there.path)
    if entry is None:
        raise NoSuchFile(
            f"{there.version.name}:{there.version.label} holds no '{there.path}'", path=there.path
        )
    return Found(there.project.backend, there.version, content, entry)


def _described(path: str, version: Version, entry: FileEntry | DirEntry) -> Info:
    if isinstance(entry, DirEntry):
        return _directory(path) if entry.path else _version(path, version)
    digest = entry.digest.hex()
    return {
        "name": path,
        "size": entry.size,
        "type": "file",
        "digest": digest,
        "ETag": digest,  # what others look for to see whether a file changed
        "version": version.label,
        "created": version.created / 1e6,
    }


def _version(path: str, version: Version) -> Info:
    about = {"digest": version.digest.hex(), "version": version.label, "created": version.created / 1e6}
    return {**_directory(path), **about}


def _directory(path: str) -> Info:
    return {"name": path, "size": 0, "type": "directory"}


def _is_directory(path: str) -> IsADirectoryError:
    return IsADirectoryError(errno.EISDIR, "a directory is there, no file", path)
