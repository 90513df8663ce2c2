"""Directories that something is or could be mounted on, as the kernel lists them."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mvfs.errors import Conflict, NoPermission, NotFound
from mvfs.mount.patience import within

FILE_SYSTEM = "fuse.mvfs"
"""The type under which mounts of mvfs appear in ``/proc/self/mountinfo``."""


_PATIENCE = 2.0
"""Seconds that a mount gets to answer."""

_MOST_LINKS = 40
"""Symlinks that the kernel follows before it speaks of a loop."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """One line of mountinfo."""

    path: str
    type: str
    device: str
    """``major:minor``."""
    source: str
    """What is mounted, as whoever mounted it says."""
    owner: int | None
    """The user who may look into a mount of FUSE; None of other mounts."""


class State(StrEnum):
    """Whether somebody answers for a mount."""

    ANSWERS = "answers"
    DEAD = "dead"
    """The process is gone."""
    SILENT = "silent"
    """The process is there, and does nothing."""


def mounted() -> list[Mounted]:
    """Return all that is mounted where this process can see it, in the order of mounting."""
    with (
        contextlib.suppress(FileNotFoundError),  # another system than Linux
        open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines,
    ):
        return [_entry(line) for line in lines]
    return []


def mounted_at(path: Path) -> Mounted | None:
    """Return what is mounted on a directory: the topmost, where there are several."""
    return next((entry for entry in reversed(mounted()) if entry.path == str(path)), None)


def mounted_above(path: Path) -> Mounted | None:
    """Return the mount of mvfs that a path leads into, or None."""
    above = {str(parent) for parent in path.parents}
    return next((one for one in reversed(mounted()) if one.path in above and one.type == FILE_SYSTEM), None)


def resolved(path: str) -> Path:
    """An absolute path without symlinks. What is mounted there is not asked: it may be dead or silent."""
    path = os.path.expanduser(path)
    for _ in range(_MOST_LINKS):
        head, tail = os.path.split(path.rstrip("/"))
        if tail in ("", ".", ".."):
            break
        at = Path(os.path.realpath(head or "/" * path.startswith("/")), tail)
        if mounted_at(at) is not None or not at.is_symlink():
            return at
        path = str(at.parent / at.readlink())
    return Path(os.path.realpath(path))


def state_of(path: Path) -> State:
    """Find out whether a mount of this user answers; takes two seconds at most.

    The kernel never asks the process about mounts of other users, whose answer is therefore always yes.
    """
    try:
        within(_PATIENCE, lambda: os.statvfs(path))
    except TimeoutError:
        return State.SILENT
    except OSError as exc:
        return State.DEAD if exc.errno in (errno.ENOTCONN, errno.ECONNABORTED) else State.ANSWERS
    return State.ANSWERS


def is_dead(path: Path) -> bool:
    """Whether a mount's process is gone, so that nobody answers any more."""
    return state_of(path) is State.DEAD


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
    before, _, after = line.rstrip("\n").partition(" - ")
    fields = before.split(" ")
    type_, source, options = after.split(" ", 2)
    owner = re.search(r"(?:^|,)user_id=(\d+)", options)
    at = _unescaped(fields[4])
    return Mounted(at, type_, fields[2], _unescaped(source), int(owner[1]) if owner else None)


def _unescaped(field: str) -> str:
    """Undo mountinfo's octal escapes of space, tab, newline and backslash."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
