"""The simplest file system on mfusepy: a directory, read-only. What Python on libfuse can do at best.

python benchmarks/near/loopback.py SOURCE MOUNTPOINT
"""

from __future__ import annotations

import os
import sys

import mfusepy

# ruff: noqa: ARG002 - the library says what is passed


class Loopback(mfusepy.Operations):
    """A directory as it is."""

    use_ns = True

    def __init__(self, root: str) -> None:
        self._root = root

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        found = os.lstat(self._root + path)
        names = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid", "st_ino")
        times = {name: getattr(found, f"{name}_ns") for name in ("st_atime", "st_mtime", "st_ctime")}
        return {name: getattr(found, name) for name in names} | times

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self._root + path)]

    def open(self, path: str, flags: int) -> int:
        return os.open(self._root + path, flags)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0


if __name__ == "__main__":
    mfusepy.FUSE(
        Loopback(sys.argv[1]), sys.argv[2], foreground=True, ro=True, kernel_cache=True, max_read=1 << 20
    )
