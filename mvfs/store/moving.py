"""``--move``: large files become blobs as they are, without a copy; a read-only link stays in their place.

The file is linked into the store first and leaves its old place only after the entry is durable, so that at
no moment it is nowhere. Until then store and source are one file: nobody may write to it.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from mvfs.store import reflink


@dataclass(slots=True)
class Moving:
    """A source on its way into the store."""

    source: str
    mode: int
    """Permission bits that the source had."""
    is_linked: bool = False
    """Whether store and source are one file now."""
    key: str | None = None
    """The blob that holds exactly the source's bytes, once it is known."""

    def take_in(self, staged: Path) -> bool:
        """Make ``staged`` the same file as the source, read-only; False where that cannot be."""
        try:
            os.link(self.source, staged, follow_symlinks=False)
        except OSError:
            return False  # two file systems: it will be copied
        self.is_linked = True
        os.chmod(staged, 0o444)
        return True

    def give_back(self) -> None:
        """Let the source be writable again: it did not become a blob, or the version came to nothing."""
        if self.is_linked:
            with contextlib.suppress(OSError):
                os.chmod(self.source, self.mode)


def leave_link(source: Path, blob: Path) -> None:
    """Put a read-only stand-in for a blob where its source was: a reflink, or else a symbolic link."""
    stand_in = source.with_name(f".{source.name[:200]}.mvfs-{os.getpid()}")
    stand_in.unlink(missing_ok=True)
    fd = os.open(blob, os.O_RDONLY | os.O_CLOEXEC)
    try:
        copy = reflink.clone(fd, stand_in)
    finally:
        os.close(fd)
    if copy is None:
        stand_in.symlink_to(blob)
    else:
        os.close(copy)
    stand_in.replace(source)
