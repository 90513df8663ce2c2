"""Finds out what kernel and user can do here: an empty store is mounted for a moment, where nobody looks."""

from __future__ import annotations

import contextlib
import ctypes
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mvfs.catalog.catalog import Catalog
from mvfs.errors import MountUnavailable
from mvfs.mount import mounting
from mvfs.mount.linux import LinuxDriver
from mvfs.mount.options import Options
from mvfs.mount.patience import within
from mvfs.mount.tree import Tree
from mvfs.store.backend.memory import MemoryBackend

_SECONDS = 10.0
_NEW_NAMESPACE, _PRIVATE = 0x20000, 1 << 18 | 1 << 14


@dataclass(frozen=True, slots=True)
class Tried:
    """What was seen."""

    passthrough: bool
    """Whether the kernel took a file to read by itself."""
    read_ahead: int | None
    """KiB that the kernel reads ahead; None where it does not say."""


def try_mount() -> Tried:
    """Mount, look and unmount; as root in a mount namespace that nobody else sees.

    Raises:
        MountUnavailable: it does not work; the message says why.
    """
    try:
        return within(_SECONDS, _try_mount)  # in a thread of its own, and so may be the namespace
    except TimeoutError:
        raise MountUnavailable(
            f"an empty store was mounted and did not answer within {_SECONDS:g} s"
        ) from None


def _try_mount() -> Tried:
    with tempfile.TemporaryDirectory(prefix="mvfs-trial-") as folder:
        if os.geteuid() == 0:
            _hide()
        return _look(Path(folder).resolve())


def _hide() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if (
        libc.unshare(_NEW_NAMESPACE) != 0
        or libc.mount(b"none", b"/", None, ctypes.c_ulong(_PRIVATE), None) != 0
    ):
        reason = os.strerror(ctypes.get_errno()).lower()
        raise MountUnavailable(f"cannot mount: {reason}; a container needs CAP_SYS_ADMIN for it")


def _look(folder: Path) -> Tried:
    driver = LinuxDriver(Tree(Catalog(MemoryBackend())), Options(), folder, "mvfs-trial", lambda: None)
    driver.start()
    try:
        if not driver.ready.wait(_SECONDS):
            raise MountUnavailable("an empty store was mounted, but the kernel does not talk to mvfs")
        found = os.listdir(folder)
        if found:
            raise MountUnavailable("an empty store was mounted, but it is not empty")
        mounting.raise_read_ahead(folder)
        return Tried(driver.opens.passthrough.is_granted, _read_ahead(folder))
    finally:
        mounting.detach(folder)
        if driver.session.left.wait(_SECONDS):
            os.close(driver.device)


def _read_ahead(folder: Path) -> int | None:
    number = os.stat(folder).st_dev
    with contextlib.suppress(OSError, ValueError):
        return int(Path(f"/sys/class/bdi/{os.major(number)}:{os.minor(number)}/read_ahead_kb").read_text())
    return None
