"""Local blobs opened as descriptors, and how it is known that their bytes are right."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from pathlib import Path

from mvfs.store.hashing import hash_file
from mvfs.store.trust import Stamps

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class OpenBlob:
    """A blob's descriptor together with the identity that its file had when its bytes were known good."""

    __slots__ = ("digest", "fd", "path", "seen")

    def __init__(self, fd: int, path: Path, digest: bytes) -> None:
        self.fd = fd
        self.path = path
        self.digest = digest
        self.seen = os.fstat(fd)

    def is_unchanged(self) -> bool:
        """Whether the file is still the one that was trusted. Asked after a read, it covers that read."""
        return _identity(os.fstat(self.fd)) == _identity(self.seen)

    def verify(self, stamps: Stamps) -> bool:
        """Hash the whole blob; if it is right, trust and stamp it, else return False."""
        before = os.fstat(self.fd)
        try:
            digest = hash_file(self.fd, before.st_size, workers=1).digest
        except EOFError:
            return False
        after = os.fstat(self.fd)
        if digest != self.digest or _identity(before) != _identity(after):
            return False
        self.seen = after
        stamps.record([(after, digest)])
        return True

    def close(self) -> None:
        """Release the descriptor."""
        os.close(self.fd)


def open_blob(path: Path, size: int, digest: bytes, *, hold: bool = False) -> OpenBlob | None:
    """Open a blob, or return None if there is no regular file of its size to open.

    ``hold`` keeps a cache from removing it while it is open.
    """
    try:
        fd = os.open(path, _FLAGS)
    except OSError:
        return None  # the verifying reader says what is wrong
    if hold:
        with contextlib.suppress(OSError):  # without the lock, it stays readable, too
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    blob = OpenBlob(fd, path, digest)
    if not stat.S_ISREG(blob.seen.st_mode) or blob.seen.st_size != size:
        blob.close()
        return None
    return blob


def _identity(found: os.stat_result) -> tuple[int, int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
