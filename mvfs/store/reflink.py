"""Copies that share their blocks with the original, on file systems that can (btrfs, xfs)."""

from __future__ import annotations

import fcntl

_FICLONE = 0x40049409


def clone(source: int, target: int) -> bool:
    """Make the empty file ``target`` a copy of ``source`` at no cost; False where that is not possible."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True
