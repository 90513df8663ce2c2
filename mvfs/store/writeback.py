"""Starts writing a file's pages to disk while more of it is still being produced.

Without this the kernel begins when the final fsync asks, and the disk sits idle until then. It is a hint:
the fsync that follows is what makes the bytes durable. Measured in docs/design/002.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache

PERIOD = 8 << 20
"""Bytes after which it is worth telling the disk: 4 to 8 MiB measured best."""

_WRITE = 2
"""SYNC_FILE_RANGE_WRITE: start writing dirty pages, wait for none."""


def start(fd: int, offset: int, length: int) -> None:
    """Have the kernel begin to write a range of a file."""
    _sync_file_range()(fd, offset, length, _WRITE)


@cache
def _sync_file_range() -> Callable[[int, int, int, int], int]:
    if not sys.platform.startswith("linux"):
        return lambda *_: 0
    function = ctypes.CDLL(None).sync_file_range
    function.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    result: Callable[[int, int, int, int], int] = function
    return result
