"""Directories that something is or could be mounted on, as the kernel lists them."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from pathlib import Path

from mvfs.errors import Conflict, NoPermission, NotFound

FILE_SYSTEM = "fuse.mvfs"
"""The type under which mounts of mvfs appear in ``/proc/self/mountinfo``."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """One line of mountinfo."""

    path: str
    type: str
    device: str
    """``major:minor``."""


def mounted_at(path: Path) -> Mounted | None:
    """Return what is mounted on a directory: the topmost, where there are several."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        found = [entry for line in lines if (entry := _entry(line)).path == str(path)]
    return found[-1] if found else None


def resolved(path: str) -> Path:
    """An absolute path without symlinks; unlike ``Path.resolve`` it gets along with dead mounts."""
    return Path(os.path.realpath(os.path.expanduser(path)))


def is_dead(path: Path) -> bool:
    """Whether a mount's process is gone, so that nobody answers any more."""
    try:
        os.statvfs(path)
    except OSError as exc:
        return exc.errno in (errno.ENOTCONN, errno.ECONNABORTED)
    return False


def check_free(path: Path) -> None:
    """Refuse a directory that cannot be mounted on.

    Raises:
        NotFound: it is not there.
        Conflict: it is no directory, not empty, or a mount of mvfs already.
        NoPermission: it cannot be read.
    """
    mounted = mounted_at(path)
    if mounted is not None and mounted.type == FILE_SYSTEM:
        raise Conflict(f"{path} is mounted already; 'mvfs umount {path}' ends that", path=str(path))
    try:
        names = os.listdir(path)
    except FileNotFoundError:
        raise NotFound(f"{path} does not exist; make the directory first", path=str(path)) from None
    except NotADirectoryError:
        raise Conflict(f"{path} is not a directory", path=str(path)) from None
    except PermissionError:
        raise NoPermission(f"{path} cannot be read: permission denied", path=str(path)) from None
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise Conflict(f"{path} cannot be mounted on: {reason}", path=str(path)) from None
    if names:
        raise Conflict(
            f"{path} is not empty: it holds '{sorted(names)[0]}'; mount on an empty directory", path=str(path)
        )


def _entry(line: str) -> Mounted:
    before, _, after = line.partition(" - ")
    fields = before.split(" ")
    return Mounted(_unescaped(fields[4]), after.split(" ", 1)[0], fields[2])


def _unescaped(field: str) -> str:
    """Undo mountinfo's octal escapes of space, tab, newline and backslash."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
