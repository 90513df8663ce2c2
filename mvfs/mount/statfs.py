"""The numbers behind ``df``."""

from __future__ import annotations

import os
from pathlib import Path

from mvfs.mount.kernel import MAX_NAME, PAGE


def statfs_of(path: Path | None) -> dict[str, int]:
    """What the file system that holds the store says of itself; of a bucket (None) nothing is known."""
    if path is None:
        return {"f_bsize": PAGE, "f_frsize": PAGE, "f_namemax": MAX_NAME}
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    names = ("f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail", "f_bsize", "f_frsize")
    return {name: getattr(found, name) for name in names} | {"f_namemax": MAX_NAME}
