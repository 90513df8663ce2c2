"""What each mount of this user says of itself in the state directory, next to its log.

The kernel knows where something is mounted; only the process knows the rest. A record that is missing
or left over costs a column of ``mvfs mount --list``, nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mvfs.mount.mountpoints import Mounted, mounted_at
from mvfs.settings import state_dir

if TYPE_CHECKING:
    from mvfs.mount.serving import Report, Wish

log = logging.getLogger("mvfs.mount")

_MAX = 64 << 10
"""Bytes of a record."""


class Record(msgspec.Struct, frozen=True):
    """One mount."""

    mountpoint: str
    device: str
    """``major:minor``, by which the kernel's list names the mount."""
    pid: int
    started: str
    """When the process began, in the kernel's ticks: numbers of processes are used again."""
    since: int
    """Microseconds since 1970."""
    passthrough: bool
    driver: str
    log: str | None
    """The log file; None where it goes to standard error."""

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return _started(self.pid) == self.started

    def is_of(self, entry: Mounted) -> bool:
        """Whether this is about a mount: at its place, or bound to another one while the process runs."""
        return self.device == entry.device and (self.mountpoint == entry.path or self.is_alive)


def log_file(mountpoint: Path) -> Path:
    """The log of the mount on a directory."""
    return _file(mountpoint, "log")


def records() -> list[Record]:
    """Return the records of this user, the oldest first; what cannot be read is left out."""
    found = []
    for path in (state_dir() / "mounts").glob("*.json"):
        with contextlib.suppress(OSError, ValueError, msgspec.ValidationError):
            if path.stat().st_size <= _MAX:
                found.append(msgspec.convert(json.loads(path.read_bytes()), Record))
    return sorted(found, key=lambda record: record.since)


@contextlib.contextmanager
def recorded(
    wish: Wish, tell: Callable[[Report], None], log_to: Path | None
) -> Iterator[Callable[[Report], None]]:
    """Keep a record of a mount from when it answers until it is over.

    Gives what is to be called in place of ``tell``.
    """

    def told(report: Report) -> None:
        _write(wish.mountpoint, report, log_to)
        tell(report)

    try:
        yield told
    finally:
        _remove(wish.mountpoint, lambda record: record.pid == os.getpid())


def forget(mountpoint: Path) -> None:
    """Remove what a process that was killed left behind."""
    _remove(mountpoint, lambda record: not record.is_alive)


def _write(mountpoint: Path, report: Report, log_to: Path | None) -> None:
    entry = mounted_at(mountpoint)
    if entry is None:
        return  # unmounted again already
    pid = os.getpid()
    record = Record(
        str(mountpoint),
        entry.device,
        pid,
        _started(pid) or "",
        time.time_ns() // 1000,
        report.passthrough,
        report.driver,
        None if log_to is None else str(log_to),
    )
    path = _file(mountpoint, "json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = path.with_suffix(f".{pid}")
        scratch.write_text(json.dumps(msgspec.structs.asdict(record)), "utf-8")
        scratch.replace(path)
    except OSError as exc:
        log.warning("'mvfs mount --list' will know little of this mount: %s", exc.strerror)


def _remove(mountpoint: Path, is_to_go: Callable[[Record], bool]) -> None:
    """Remove the record of a mount point, unless it is of a mount that came later."""
    if any(record.mountpoint == str(mountpoint) and is_to_go(record) for record in records()):
        with contextlib.suppress(OSError):
            _file(mountpoint, "json").unlink()


def _file(mountpoint: Path, kind: str) -> Path:
    name = hashlib.blake2b(os.fsencode(mountpoint), digest_size=4).hexdigest()
    return state_dir() / "mounts" / f"{mountpoint.name[:60] or 'root'}-{name}.{kind}"


def _started(pid: int) -> str | None:
    """When a process began; None of one that is gone, or dead and not buried yet."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return None if state == "Z" else rest[18]
    except (OSError, IndexError):
        return None
