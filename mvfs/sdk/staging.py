"""Private copies of files that were added to an artifact and may change before it is logged."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from mvfs.errors import SourceChanged
from mvfs.sdk import active
from mvfs.store.backend.local import explain

_FICLONE = 0x40049409
"""The ioctl by which btrfs, xfs and others share a copy's bytes until one side changes."""


class Staging:
    """A scratch directory, made when it is first needed and removed with its artifact.

    It lies in the store, whose file system has room for the files anyway and where the scratch of dead
    processes is cleaned up.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._numbers = itertools.count()

    def new_path(self) -> Path:
        """Return the path of a file to be written."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="draft-", dir=active.scratch()))
            weakref.finalize(self, _remove, self._folder, os.getpid())
        return self._folder / str(next(self._numbers))

    def take(self, source: Path) -> Path:
        """Return a copy of a file as it is now.

        Raises:
            SourceChanged: it changed while it was copied.
            NoSpace, NoPermission, Unavailable: it cannot be read, or the copy cannot be written.
        """
        target = self.new_path()
        try:
            before = source.stat()
            _copy(source, target)
            after = source.stat()
        except OSError as exc:
            raise explain(exc, f"cannot copy '{source}' for the artifact") from exc
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise SourceChanged(f"'{source}' changed while it was added; add it again when it is whole")
        return target

    def clear(self) -> None:
        """Remove all files."""
        if self._folder is not None:
            _remove(self._folder, os.getpid())
            self._folder = None


def _copy(source: Path, target: Path) -> None:
    with open(source, "rb") as reader, open(target, "xb") as writer:
        try:
            fcntl.ioctl(writer, _FICLONE, reader.fileno())
        except OSError:  # most file systems cannot
            shutil.copyfile(source, target)


def _remove(folder: Path, owner: int) -> None:
    """A forked child must not remove what its parent still needs."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
