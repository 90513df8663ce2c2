"""Writes at an offset, in pieces that the page cache takes cheaply."""

from __future__ import annotations

import os

PIECE = 64 << 10
"""Bytes per write into the page cache. Larger ones make the kernel take large folios, which a virtual
machine that hands free memory back to its host pays for dearly: five times the time, docs/design/002."""


def write_at(fd: int, view: memoryview, offset: int) -> None:
    """Write all of ``view`` at ``offset`` of a file.

    Raises:
        OSError: it cannot be written.
    """
    done = 0
    while done < len(view):
        done += os.pwrite(fd, view[done : done + PIECE], offset + done)
