"""The files of an artifact that is not logged yet."""

from __future__ import annotations

import logging
import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mvfs.errors import InvalidInput, InvalidName, InvalidSource, NoSuchFile
from mvfs.references.reference import Reference
from mvfs.sdk import wandb_digest
from mvfs.sdk.entry import ArtifactManifestEntry
from mvfs.sdk.staging import Staging
from mvfs.store.backend.local import explain
from mvfs.store.hashing import content_digest, hash_file, reference_digest
from mvfs.store.paths import check_path
from mvfs.store.sources import SourceFile, scan

if TYPE_CHECKING:
    from mvfs.sdk.stored import Entry

_log = logging.getLogger("mvfs")


@dataclass(frozen=True, slots=True)
class DraftEntry(ArtifactManifestEntry):
    """A file that will be in the version."""

    path: str
    size: int
    local_path: str | None
    """None for a reference, and for a file of a version that is not copied yet."""
    executable: bool = False
    reference: Reference | None = None
    origin: Entry | None = None
    """The file of a logged version that it is."""

    def hashed(self) -> bytes:
        """Read the file and return its BLAKE3; of a reference, what stands for it."""
        if self.reference is not None:
            return reference_digest(self.reference)
        if self.origin is not None:
            return self.origin.hashed()
        assert self.local_path is not None
        try:
            fd = os.open(self.local_path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as exc:
            raise explain(exc, f"cannot read '{self.local_path}'") from exc
        try:
            return hash_file(fd, self.size).digest
        except EOFError:
            raise InvalidSource(f"'{self.local_path}' is shorter than when it was added") from None
        finally:
            os.close(fd)

    def wandb_digest(self) -> str:
        """Read the file and return W&B's digest."""
        if self.origin is not None:
            return self.origin.wandb_digest()
        try:
            if self.reference is not None:
                path = Path(unquote(urlsplit(self.reference.uri).path))
                return wandb_digest.of_reference(self.reference, wandb_digest.pieces_of(path))
            assert self.local_path is not None
            return wandb_digest.of_pieces(wandb_digest.pieces_of(Path(self.local_path)))
        except OSError as exc:
            raise explain(exc, f"cannot read '{self.path}'") from exc


class DraftFiles:
    """Collects files under their paths in the version. Mutable ones are copied at once, so that what is
    logged is what was added.
    """

    def __init__(self) -> None:
        self._entries: dict[str, DraftEntry] = {}
        self._added: dict[str, str] = {}
        """By the path in the version, the file that was given."""
        self._staging = Staging()

    def __iter__(self) -> Iterator[DraftEntry]:
        return iter(sorted(self._entries.values(), key=lambda entry: entry.path))

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self._entries.values())

    def digest(self) -> bytes:
        """Return the identity that the version would have; reads all files."""
        return content_digest((entry.path.encode(), entry.size, entry.hashed()) for entry in self)

    def sources(self) -> list[SourceFile]:
        """Return the files as they are to be logged; copies what is still in other versions only.

        Raises:
            CorruptObject: stored bytes are damaged.
            NoSpace, NoPermission, Unavailable: a copy cannot be made.
        """
        for entry in list(self._entries.values()):
            if entry.origin is not None and entry.local_path is None and entry.reference is None:
                staged = self._staging.new_path()
                entry.origin.copy_to(staged)
                self._put(replace(entry, local_path=str(staged)))
        return [
            SourceFile(e.path, e.ref or str(e.local_path), e.size, e.executable, reference=e.reference)
            for e in self
        ]

    def adopt(self, entries: Iterable[Entry]) -> None:
        """Begin with files of a logged version, where the paths are free."""
        for entry in entries:
            if entry.path not in self._entries:
                self._put(DraftEntry(entry.path, entry.size, None, entry.executable, entry.reference, entry))

    def find_local(self, file: str) -> str | None:
        """Return under which path a file was added last; None if it was not."""
        sought = os.path.abspath(file)
        return next((path for path, added in reversed(self._added.items()) if added == sought), None)

    def add_references(self, sources: Iterable[SourceFile]) -> list[DraftEntry]:
        """Add files whose bytes stay where they are.

        Raises:
            InvalidInput: a path is taken by other content.
        """
        entries = [DraftEntry(entry_path(s.path), s.size, None, reference=s.reference) for s in sources]
        return [self._put_new(entry) for entry in entries]

    def add_copy(self, path: str, copy: Callable[[Path], None], *, overwrite: bool = False) -> DraftEntry:
        """Add the file that ``copy`` writes where it is told to.

        Raises:
            InvalidInput: the path is taken by other content, and ``overwrite`` is not set.
        """
        path, staged = entry_path(path), self._staging.new_path()
        copy(staged)
        found = staged.stat()
        entry = DraftEntry(path, found.st_size, str(staged), bool(found.st_mode & stat.S_IXUSR))
        return self._put(entry) if overwrite else self._put_new(entry)

    def add_file(self, file: Path, name: str | None, policy: str, *, overwrite: bool) -> DraftEntry:
        """Add one file.

        Raises:
            InvalidInput: it is no file, the policy is unknown, or the path is taken by other content.
        """
        _check_policy(policy)
        try:
            found = file.stat()
        except OSError:
            raise InvalidSource(f"Path is not a file: {str(file)!r}", path=str(file)) from None
        if not stat.S_ISREG(found.st_mode):
            raise InvalidSource(f"Path is not a file: {str(file)!r}", path=str(file))
        path = entry_path(name or file.name)
        source = SourceFile(path, str(file), found.st_size, bool(found.st_mode & stat.S_IXUSR))
        return self._add(source, policy, overwrite=overwrite)

    def add_dir(self, folder: Path, name: str | None, policy: str, *, merge: bool) -> None:
        """Add all files below a directory.

        Raises:
            InvalidInput: it is no directory, or a path is taken by other content and ``merge`` is not set.
        """
        _check_policy(policy)
        if not folder.is_dir():
            raise InvalidSource(f"Path is not a directory: {str(folder)!r}", path=str(folder))
        prefix = entry_path(name) + "/" if name not in (None, "", ".", "/") else ""
        for source in scan(folder):
            moved = SourceFile(prefix + source.path, source.file, source.size, source.executable)
            self._add(moved, policy, overwrite=merge)

    @contextmanager
    def new_file(self, name: str, mode: str, encoding: str | None) -> Iterator[IO[Any]]:
        """Open a file to be written; it is added when the context ends well.

        Raises:
            InvalidInput: the mode is not for writing, or the path is taken.
        """
        path = entry_path(name)
        if not set(mode) <= set("xwbt+") or len(set(mode) & set("xw")) != 1:
            raise InvalidInput(f"mode '{mode}' is not for new files; use 'x' or 'w', and 'b' for bytes")
        if "x" in mode and path in self._entries:
            there = self._entries[path].local_path
            raise InvalidInput(f"File with name {name!r} already exists at {there!r}", path=path)
        staged = self._staging.new_path()
        try:
            with open(staged, mode, encoding=encoding) as file:
                yield file
        except UnicodeEncodeError as exc:
            _log.warning(
                "mvfs: Failed to open the provided file (UnicodeEncodeError: %s). Please provide the proper"
                " encoding.",
                exc,
            )
            raise
        self._put(DraftEntry(path, staged.stat().st_size, str(staged)))

    def remove(self, path: str) -> None:
        """Remove a file, or all files below a directory.

        Raises:
            NoSuchFile: there is neither.
        """
        path = path.rstrip("/")
        gone = [known for known in self._entries if known == path or known.startswith(path + "/")]
        if not gone:
            raise NoSuchFile(f"No such file or directory: {path}", path=path)
        for known in gone:
            del self._entries[known]

    def clear(self) -> None:
        """Forget all files and remove their copies."""
        self._entries.clear()
        self._added.clear()
        self._staging.clear()

    def _add(self, source: SourceFile, policy: str, *, overwrite: bool) -> DraftEntry:
        file = Path(source.file)
        if policy != "immutable":
            file = self._staging.take(file)
        entry = DraftEntry(source.path, file.stat().st_size, os.path.abspath(file), source.executable)
        self._added.pop(source.path, None)
        self._added[source.path] = os.path.abspath(source.file)
        return self._put(entry) if overwrite else self._put_new(entry)

    def _put_new(self, entry: DraftEntry) -> DraftEntry:
        known = self._entries.get(entry.path)
        if known is None:
            return self._put(entry)
        if (known.size, known.hashed()) != (entry.size, entry.hashed()):
            raise InvalidInput(f"Cannot add the same path twice: {entry.path!r}", path=entry.path)
        return known

    def _put(self, entry: DraftEntry) -> DraftEntry:
        self._entries[entry.path] = entry
        return entry


def entry_path(name: str | os.PathLike[str]) -> str:
    """Return a file's path in a version in normal form.

    Raises:
        InvalidName: it is absolute, leaves the version, or breaks another rule of paths.
    """
    text = unicodedata.normalize("NFC", os.fspath(name))
    windows = PureWindowsPath(text)
    path = PurePosixPath(text)
    if path.is_absolute() or windows.drive or not path.parts or ".." in path.parts:
        raise InvalidName(f"Invalid artifact path: {text!r}", path=text)
    check_path(str(path))
    return str(path)


def _check_policy(policy: str) -> None:
    if policy not in ("mutable", "immutable"):
        raise InvalidInput(f"Invalid policy {policy!r}. Policy may only be `mutable` or `immutable`.")
