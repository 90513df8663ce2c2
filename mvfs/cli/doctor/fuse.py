"""Whether and how well stores can be mounted, and whether what is mounted answers."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from mvfs.cli.doctor.finding import Finding, note, ok, trouble
from mvfs.errors import MountUnavailable
from mvfs.mount.mountpoints import State
from mvfs.mount.mounts import Mount, mounts
from mvfs.mount.trial import Tried, try_mount

_DEVICE = Path("/dev/fuse")
_CONFIG = Path("/etc/fuse.conf")
_READ_AHEAD = 1024
"""KiB from which on the kernel asks for as much at a time as it can."""


def device() -> Iterator[Finding]:
    """Look at the device through which the kernel asks."""
    if not _is_linux():
        return
    try:
        os.close(os.open(_DEVICE, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError:
        yield trouble(
            "fuse",
            f"there is no {_DEVICE}: nothing can be mounted",
            "modprobe fuse, or give it to the container (docker run --device /dev/fuse --cap-add SYS_ADMIN)",
        )
    except OSError as exc:
        is_mode = exc.errno == errno.EACCES
        yield trouble(
            "fuse",
            f"{_DEVICE} cannot be opened: {(exc.strerror or str(exc)).lower()}",
            f"as root: chmod 666 {_DEVICE}" if is_mode else "allow the container to use the device",
        )
    else:
        yield ok("fuse", f"{_DEVICE} can be opened")


def helper() -> Iterator[Finding]:
    """Look for the program by which ordinary users mount."""
    found = shutil.which("fusermount3")
    if found is not None:
        yield ok("fusermount3", found)
    elif _is_linux() and os.geteuid() != 0:
        yield trouble(
            "fusermount3",
            "not found, and without being root nothing can be mounted",
            "install the package 'fuse3'",
        )
    elif _is_linux():
        yield note("fusermount3", "not found: only root can mount", "install the package 'fuse3'")


def trial() -> Iterator[Finding]:
    """Mount an empty store where nobody looks."""
    if not _is_linux():
        return
    try:
        tried = try_mount()
    except MountUnavailable as exc:
        yield trouble("mount", exc.message)
        return
    yield ok("mount", "an empty store was mounted and unmounted")
    yield _passthrough(tried)
    yield _read_ahead(tried)


def _passthrough(tried: Tried) -> Finding:
    if tried.passthrough:
        return ok("passthrough", "the kernel reads stored files by itself, as fast as the disk")
    if os.geteuid() != 0:
        return note(
            "passthrough",
            "only root's mounts have it: the bytes come through mvfs, which is slower",
            "mount as root where speed matters",
        )
    return note(
        "passthrough",
        f"Linux {os.uname().release} does not grant it: the bytes come through mvfs, which is slower",
        "it needs Linux 6.9 with CONFIG_FUSE_PASSTHROUGH, and CAP_SYS_ADMIN outside of user namespaces",
    )


def _read_ahead(tried: Tried) -> Finding:
    size = "an unknown amount" if tried.read_ahead is None else f"{tried.read_ahead:,} KiB"
    if tried.read_ahead is not None and tried.read_ahead >= _READ_AHEAD:
        return ok("read-ahead", f"the kernel reads {size} ahead")
    if os.geteuid() != 0:
        return ok("read-ahead", f"the kernel reads {size} ahead, mvfs by itself up to 16 MiB more")
    return note(
        "read-ahead",
        f"the kernel reads {size} ahead, and it cannot be raised: /sys cannot be written",
        "mount /sys writable in the container; until then mvfs reads ahead by itself",
    )


def allow_other() -> Iterator[Finding]:
    """Look whether an ordinary user may show a mount to others."""
    if not _is_linux() or os.geteuid() == 0:
        return
    try:
        lines = _CONFIG.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    if any(line.strip() == "user_allow_other" for line in lines):
        yield ok("allow_other", "you may show mounts to other users (-o allow_other)")
    else:
        yield note(
            "allow_other",
            "only you can look into your mounts",
            f"as root: echo user_allow_other >> {_CONFIG}, if others are to (-o allow_other)",
        )


def mounted() -> Iterator[Finding]:
    """Look for mounts for which nobody answers."""
    found = [mount for mount in mounts() if mount.is_mine]
    for mount in found:
        if mount.state is State.DEAD:
            yield trouble(
                "mounts",
                f"{mount.mountpoint} is dead: its process was killed",
                f"mvfs umount {mount.mountpoint}, or mount it again",
            )
        elif mount.state is State.SILENT:
            yield trouble(
                "mounts",
                f"{mount.mountpoint} does not answer{_process(mount)}",
                f"see its log; mvfs umount --lazy {mount.mountpoint} takes it out of the tree",
            )
    well = sum(mount.state is State.ANSWERS for mount in found)
    if well or not found:
        yield ok(
            "mounts", f"{well} of yours {'answers' if well == 1 else 'answer'}" if well else "you have none"
        )


def _process(mount: Mount) -> str:
    record = mount.record
    return "" if record is None else f" (process {record.pid}{f', log {record.log}' if record.log else ''})"


def _is_linux() -> bool:
    return sys.platform == "linux"
