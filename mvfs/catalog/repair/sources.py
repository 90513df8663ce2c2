"""Where lost bytes can be found again: any directory tree, and versions of any project or store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mvfs.catalog.checking.history import fold_anew
from mvfs.errors import InvalidInput, MvfsError
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.references.reference import Reference
from mvfs.store import identity, keys
from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import LocalBackend
from mvfs.store.hashing import content_digest, hash_file, reference_digest
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import FileEntry
from mvfs.store.reading import FileReader, copy_out


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that a version must have."""

    path: str
    size: int
    digest: bytes
    """As in `FileEntry`: of an external file, what stands for its hash."""
    executable: bool
    reference: Reference | None = None

    @property
    def is_external(self) -> bool:
        """Whether the store never had its bytes."""
        return self.reference is not None and self.digest == reference_digest(self.reference)


class Source(Protocol):
    """Something that may hold lost bytes."""

    name: str

    def file(self, size: int, digest: bytes, scratch: Path) -> Path | None:
        """Return a file with exactly these bytes, which may be made at ``scratch``; None if there is none."""

    def listing(self, version: Version) -> list[Listed] | None:
        """Return the files of a version whose manifest is lost, in order; None if they are not known here."""


class Folder:
    """Any directory tree; files are hashed only if they have the right size. Links are not followed."""

    def __init__(self, root: Path) -> None:
        self.name = str(root)
        self._root = root
        self._by_size: dict[int, list[Path]] | None = None
        self._folders: dict[Path, tuple[int, int]] = {}
        self._hashes: dict[Path, bytes | None] = {}

    def file(self, size: int, digest: bytes, scratch: Path) -> Path | None:  # noqa: ARG002 - it is there
        return next((path for path in self._sizes().get(size, ()) if self._hash(path) == digest), None)

    def listing(self, version: Version) -> list[Listed] | None:
        self._sizes()
        for folder, (files, size) in self._folders.items():
            if (files, size) == (version.files, version.size):
                found = self._matching(version, folder, sorted(_files_below(folder)))
                if found is not None:
                    return found
        if version.files == 1:
            for path in self._sizes().get(version.size, ()):
                found = self._matching(version, path.parent, [path.name])
                if found is not None:
                    return found
        return None

    def _matching(self, version: Version, folder: Path, names: list[str]) -> list[Listed] | None:
        found = []
        for name in names:
            path = folder / name
            digest = self._hash(path)
            if digest is None:
                return None
            info = path.stat()
            found.append(Listed(name, info.st_size, digest, bool(info.st_mode & 0o100)))
        digest = content_digest((one.path.encode(), one.size, one.digest) for one in found)
        return found if digest == version.digest else None

    def _sizes(self) -> dict[int, list[Path]]:
        if self._by_size is None:
            self._by_size = {}
            for name in _files_below(self._root):
                path = self._root / name
                size = path.lstat().st_size
                self._by_size.setdefault(size, []).append(path)
                for parent in path.relative_to(self._root).parents:
                    files, total = self._folders.get(self._root / parent, (0, 0))
                    self._folders[self._root / parent] = files + 1, total + size
        return self._by_size

    def _hash(self, path: Path) -> bytes | None:
        if path not in self._hashes:
            self._hashes[path] = hash_of(path)
        return self._hashes[path]


def _files_below(root: Path) -> Iterator[str]:
    """Yield the regular files of a tree whose names can be kept, relative to it."""
    for place, _, names in os.walk(root):
        for name in names:
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                relative = path.relative_to(root).as_posix()
                if relative.isprintable():
                    yield relative


def hash_of(path: Path) -> bytes | None:
    """Return the hash of a file's bytes, None if it cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return hash_file(fd, os.fstat(fd).st_size).digest
    except (OSError, EOFError):
        return None
    finally:
        os.close(fd)


class Versions:
    """The files of versions, of one store; each byte is verified on its way out."""

    def __init__(self, name: str, backend: Backend, versions: Sequence[Version]) -> None:
        self.name = name
        self._backend, self._versions = backend, versions
        self._places: dict[bytes, list[tuple[Version, int]]] | None = None

    def file(self, size: int, digest: bytes, scratch: Path) -> Path | None:
        for version, number in self._index().get(digest, ()):
            manifest = self._open(version)
            entry = manifest.entry(number) if manifest else None
            if manifest is not None and entry is not None and entry.size == size:
                found = fetch(self._backend, manifest, entry, scratch)
                if found is not None:
                    return found
        return None

    def listing(self, version: Version) -> list[Listed] | None:
        for other in self._versions:
            manifest = self._open(other) if other.digest == version.digest else None
            try:
                if manifest is not None:
                    return listed(manifest)
            except MvfsError:
                continue
        return None

    def _open(self, version: Version) -> Manifest | None:
        try:
            return Manifest(self._backend, version.manifest, version.manifest_hash)
        except MvfsError:
            return None

    def _index(self) -> dict[bytes, list[tuple[Version, int]]]:
        if self._places is None:
            self._places = {}
            for version in self._versions:
                manifest = self._open(version)
                try:
                    for number, entry in enumerate(manifest.entries() if manifest else ()):
                        self._places.setdefault(entry.digest, []).append((version, number))
                except MvfsError:
                    continue  # what comes before the damage is of use
        return self._places


class Store(Versions):
    """Another store directory: perhaps a copy of this one, of an earlier day."""

    def __init__(self, path: Path) -> None:
        self.backend = LocalBackend(path)
        who = identity.read(self.backend)
        assert who is not None
        self.store_id = who.store_id
        found: list[Version] = []
        for project in queries.projects(fold_anew(self.backend, keys.ROOT_JOURNAL).index):
            index = fold_anew(self.backend, keys.project_journal(project.id)).index
            found += queries.live(index)
            found += [gone.version for gone in queries.trash(index)]
        super().__init__(str(path), self.backend, found)


def open_source(text: str) -> Folder | Store:
    """Return what ``--from`` names.

    Raises:
        InvalidInput: it is no directory.
    """
    path = Path(text)
    if not path.is_dir():
        raise InvalidInput(f"'{text}' is no directory to repair from", path=text)
    return Store(path.absolute()) if (path / keys.STORE).is_file() else Folder(path)


def listed(manifest: Manifest) -> list[Listed]:
    """Return the files of a manifest, in order."""
    return [
        Listed(one.path, one.size, one.digest, one.executable, one.reference) for one in manifest.entries()
    ]


def fetch(backend: Backend, manifest: Manifest, entry: FileEntry, scratch: Path) -> Path | None:
    """Return a file that holds a stored file's bytes, made at ``scratch`` if need be; None if damaged."""
    reader = FileReader(backend, manifest, entry)
    whole = reader.whole_blob()
    path = backend.stored().local_path(whole) if whole else None
    if path is not None and hash_of(path) == entry.digest:
        return path
    try:
        copy_out(reader, scratch)
    except MvfsError:
        return None
    return scratch if hash_of(scratch) == entry.digest else None
