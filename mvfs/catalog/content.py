"""The files of one version: look, read, copy out; every byte verified."""

from __future__ import annotations

import fnmatch
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from mvfs.errors import CorruptObject, InvalidInput, NotFound
from mvfs.index.rows import Version
from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import explain
from mvfs.store.hashing import hash_file
from mvfs.store.manifest.differing import differing
from mvfs.store.manifest.layout import Run
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import DirEntry, FileEntry
from mvfs.store.manifest.tensors import StoredTensor
from mvfs.store.pipeline import Progress
from mvfs.store.reading import Reader, copy_out, reader_of
from mvfs.store.sharing import share_out
from mvfs.store.spans import is_plain
from mvfs.store.transfer import Transfer

_OTHERS = 8
"""Files that are copied side by side of those that are not read in spans, such as references."""


class Content:
    """An opened version. Cheap to open: files are looked up when they are asked for."""

    def __init__(self, backend: Backend, version: Version) -> None:
        """Open the manifest.

        Raises:
            CorruptObject: it is missing or was changed.
        """
        self.version = version
        self._backend = backend
        self._manifest = Manifest(backend, version.manifest, version.manifest_hash)
        if self._manifest.digest != version.digest or self._manifest.files != version.files:
            raise CorruptObject(f"manifest {version.manifest} is not that of {version.name}:{version.label}")

    def find(self, path: str) -> FileEntry | DirEntry | None:
        """Return the file or directory at ``path`` (``""`` is the root), or None."""
        return self._manifest.find(path)

    def children(self, path: str = "") -> Iterator[FileEntry | DirEntry]:
        """Yield what lies directly in a directory, in the order of the names; KeyError if there is none."""
        return self._manifest.children(path)

    @property
    def has_references(self) -> bool:
        """Whether any file was logged by reference, be its bytes in the store by now or not."""
        return self._manifest.has_references

    def number(self, path: str) -> int | None:
        """Return the number of the file at ``path`` in the order of the paths, or None."""
        return self._manifest.number(path)

    def entry(self, number: int) -> FileEntry:
        """Return file number ``number``."""
        return self._manifest.entry(number)

    def runs(self, path: str = "") -> Iterator[Run | DirEntry]:
        """Yield the same as `children`, files many at a time: listings of many files are fast."""
        return self._manifest.runs(path)

    def files(self) -> Iterator[FileEntry]:
        """Yield all files in the order of their paths."""
        return self._manifest.entries()

    def below(self, path: str = "") -> Iterator[FileEntry]:
        """Yield the file at ``path``, or all files of the directory there.

        Raises:
            NotFound: the version holds neither.
        """
        found = self.find(path)
        if isinstance(found, FileEntry):
            yield found
        elif found is None:
            raise NotFound(f"{self.version.name}:{self.version.label} holds no file '{path}'", path=path)
        else:
            stack = [self.children(path)]
            while stack:
                child = next(stack[-1], None)
                if child is None:
                    stack.pop()
                elif isinstance(child, FileEntry):
                    yield child
                else:
                    stack.append(self.children(child.path))

    def differing(self, new: Content) -> Iterator[tuple[FileEntry | None, FileEntry | None]]:
        """Yield the files that another version does not have as they are here, each beside that one's.

        They come in the order of their paths; what is the same is not looked at where manifests allow.

        Raises:
            CorruptObject: a manifest was changed.
        """
        for here, there in differing(self._manifest, new._manifest):
            yield None if here is None else self.entry(here), None if there is None else new.entry(there)

    def tensors(self, entry: FileEntry) -> list[StoredTensor]:
        """Return the tensors of one file with their digests, as the manifest has them.

        Raises:
            CorruptObject: the table was changed.
        """
        number = self._manifest.number(entry.path)
        return [] if number is None else self._manifest.tensors(number)

    def reader(self, entry: FileEntry) -> Reader:
        """Return a reader of one file's ranges."""
        return reader_of(self._backend, self._manifest, entry)

    def copy(
        self,
        target: Path,
        path: str = "",
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        progress: Progress | None = None,
        *,
        prefix: str = "",
    ) -> list[FileEntry]:
        """Copy the file or directory at ``path`` to ``target``; return what was asked for.

        ``include`` and ``exclude`` are globs; ``prefix`` is how the whole paths of wanted files begin.

        A file that is there already with the right bytes is kept, another one is replaced; files that are
        not of the version stay. Each file appears under its name only when all of it was verified.

        Raises:
            NotFound: no such path.
            CorruptObject: stored bytes are damaged.
            InvalidInput: something of another kind is in the way.
            NoSpace, NoPermission, Unavailable: the target cannot be written.
        """
        single = isinstance(self.find(path), FileEntry)
        wanted = [
            entry
            for entry in self.below(path)
            if entry.path.startswith(prefix) and _is_wanted(entry.path, include, exclude)
        ]
        missing: list[tuple[FileEntry, Path]] = []
        made: set[Path] = set()
        for entry in wanted:
            name = entry.name if single else entry.path[len(path) + 1 if path else 0 :]
            destination = target if single and not target.is_dir() else target / name
            try:
                _make_way(destination, target if not single else destination.parent, made)
                is_there = is_same_file(destination, entry)
            except OSError as exc:
                raise explain(exc, f"cannot write '{destination}'") from exc
            if not is_there:
                missing.append((entry, destination))
            elif progress is not None:
                progress(entry.size)
        self._transfer(missing, progress)
        return wanted

    def _transfer(self, files: Sequence[tuple[FileEntry, Path]], progress: Progress | None) -> None:
        plain = [(entry, target) for entry, target in files if is_plain(entry)]
        Transfer(self._backend, self._manifest, plain, progress).run()
        others = [(entry, target) for entry, target in files if not is_plain(entry)]
        telling = threading.Lock()

        def copy(one: tuple[FileEntry, Path]) -> None:
            entry, target = one
            try:
                copy_out(self.reader(entry), target)
            except OSError as exc:
                raise explain(exc, f"cannot write '{target}'") from exc
            if progress is not None:
                with telling:
                    progress(entry.size)

        share_out(others, lambda: copy, min(_OTHERS, len(others)))


def _make_way(destination: Path, root: Path, made: set[Path]) -> None:
    """Make the directories below ``root`` that a file needs, unless something else is there.

    ``made`` are those that were seen to already.
    """
    if destination.parent not in made:
        root.mkdir(parents=True, exist_ok=True)
        for parent in reversed(destination.relative_to(root).parents[:-1]):
            step = root / parent
            if step.is_symlink() or (step.exists() and not step.is_dir()):
                raise InvalidInput(
                    f"'{step}' is in the way: the version has a directory there", path=str(step)
                )
            step.mkdir(exist_ok=True)
        made.add(destination.parent)
    if destination.is_dir() and not destination.is_symlink():
        raise InvalidInput(
            f"'{destination}' is a directory, the version has a file there", path=str(destination)
        )


def is_same_file(path: Path, entry: FileEntry) -> bool:
    """Whether a regular file on disk holds exactly the entry's bytes; of a reference, nobody can tell."""
    if entry.is_external:
        return False
    if path.is_symlink() or not path.is_file() or path.stat().st_size != entry.size:
        return False
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return hash_file(fd, entry.size).digest == entry.digest
    except EOFError:
        return False
    finally:
        os.close(fd)


def _is_wanted(path: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    if include and not any(_matches(path, glob) for glob in include):
        return False
    return not any(_matches(path, glob) for glob in exclude)


def _matches(path: str, glob: str) -> bool:
    """As in rsync: a pattern without a slash is tried on the name, one with a slash on the whole path."""
    return fnmatch.fnmatchcase(path if "/" in glob else path.rpartition("/")[2], glob)
