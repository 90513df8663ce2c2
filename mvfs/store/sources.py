"""The files that a path to log stands for, and what may not be among them."""

from __future__ import annotations

import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from mvfs.errors import InvalidName, InvalidSource
from mvfs.references.reference import Reference
from mvfs.store.paths import check_paths

_KINDS = {
    stat.S_IFBLK: "a block device",
    stat.S_IFCHR: "a character device",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to be logged."""

    path: str
    """Where it will be in the version."""
    file: str
    """Where it is now: a path, or the URI of a reference."""
    size: int
    executable: bool
    found: os.stat_result | None = None
    """What `scan` saw of it."""
    reference: Reference | None = None
    """Where its bytes stay, if it is logged by reference."""


def scan(source: Path) -> list[SourceFile]:
    """Return what logging ``source`` (a file or a directory) takes in, in the order of the paths.

    Symbolic links that stay inside the directory are followed, others are refused.

    Raises:
        InvalidSource: missing, unreadable, empty, a device, a link out of the directory, or a file name
            that cannot be kept.
    """
    try:
        found = os.stat(source)
        if stat.S_ISDIR(found.st_mode):
            files = _Walk(source).run()
        else:
            files = [_source_file(source.name, str(source), found)]
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise InvalidSource(f"cannot read '{exc.filename or source}': {reason}", path=str(source)) from exc
    if not files:
        raise InvalidSource(f"'{source}' is an empty directory; there is nothing to log", path=str(source))
    return check_sources(files)


def check_sources(files: list[SourceFile]) -> list[SourceFile]:
    """Return files in the order of their paths, or say which two cannot stand beside each other.

    Raises:
        InvalidSource: a path breaks the rules, occurs twice, or is also a directory.
    """
    ordered = sorted(files, key=lambda file: file.path)
    directories = set()
    try:
        check_paths([file.path for file in ordered])
    except InvalidName as exc:
        bad = next(file.file for file in ordered if file.path == exc.fields["path"])
        raise InvalidSource(f"cannot log '{bad}': {exc}", path=bad) from exc
    for file in ordered:
        parent = file.path.rpartition("/")[0]
        while parent and parent not in directories:
            directories.add(parent)
            parent = parent.rpartition("/")[0]
    seen: set[str] = set()
    for file in ordered:
        if file.path in seen or file.path in directories:
            raise InvalidSource(f"two sources claim the path '{file.path}' in the version", path=file.path)
        seen.add(file.path)
    return ordered


def _source_file(path: str, file: str, found: os.stat_result) -> SourceFile:
    mode = found.st_mode
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise InvalidSource(f"'{file}' is {kind}; only files and directories can be logged", path=file)
    is_mine = found.st_uid == os.geteuid() and mode & stat.S_IRUSR
    if not is_mine and not os.access(file, os.R_OK):
        raise PermissionError(13, "permission denied", file)
    path = path if path.isascii() else unicodedata.normalize("NFC", path)
    return SourceFile(path, file, found.st_size, bool(mode & stat.S_IXUSR), found)


class _Walk:
    """One walk over a directory, links resolved against its real path."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real_root = Path(os.path.realpath(root))
        self._files: list[SourceFile] = []

    def run(self) -> list[SourceFile]:
        self._enter(str(self._root), "", (str(self._real_root),))
        return self._files

    def _enter(self, folder: str, prefix: str, above: tuple[str, ...]) -> None:
        with os.scandir(folder) as entries:
            found = list(entries)
        for entry in found:
            path = prefix + entry.name
            inner = above
            if entry.is_symlink():
                real = self._inside(entry.path)
                if real in above:
                    raise InvalidSource(f"'{entry.path}' links to a directory it lies in", path=entry.path)
                inner = (*above, real)
            if entry.is_dir():
                self._enter(entry.path, path + "/", inner)
            else:
                self._files.append(_source_file(path, entry.path, entry.stat()))

    def _inside(self, link: str) -> str:
        """Return where a link leads, if that is a place below the root."""
        real = os.path.realpath(link)
        if not Path(real).is_relative_to(self._real_root):
            raise InvalidSource(
                f"'{link}' links to '{real}', outside of the logged directory; copy the file in, or log that"
                " place by itself",
                path=link,
            )
        return real
