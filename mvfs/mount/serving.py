"""Mounts, says so, and serves until it is over."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mvfs import text
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.reach import Reach
from mvfs.errors import Conflict, MountUnavailable
from mvfs.mount import mounting
from mvfs.mount.driver import driver_class
from mvfs.mount.mountpoints import mounted_at
from mvfs.mount.options import Options
from mvfs.mount.status import Status
from mvfs.mount.tree import Tree
from mvfs.refs import Ref
from mvfs.settings import StoreLocation

log = logging.getLogger("mvfs.mount")

_ANSWER_SECONDS = 20
_FAR_PATIENCE = 500_000
"""Microseconds for which names of a far store are not asked for again."""

_LONGEST_SOURCE = 1024
"""Bytes: mount(2) takes 4095, fusermount3 has other options in the same line."""

_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be mounted where."""

    location: StoreLocation
    ref: Ref | None
    """None: the whole store."""
    mountpoint: Path
    options: Options

    def source(self, location: str) -> str:
        """How the kernel's list names what is mounted: the store, or ``STORE::ref``."""
        if self.ref is None:
            return location
        named = f"{location}::{self.ref.text.rpartition('::')[2]}"
        return named if len(os.fsencode(named)) <= _LONGEST_SOURCE else location


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    mountpoint: str
    driver: str
    passthrough: bool
    """Whether the kernel reads trusted blobs by itself."""
    pid: int
    warning: str | None = None
    """What is not as it should be: the store is out of reach."""


def serve(wish: Wish, tell: Callable[[Report], None]) -> None:
    """Mount and serve until somebody unmounts, or a signal asks to end; ``tell`` is called once it answers.

    The calling thread waits; SIGTERM, SIGINT and SIGHUP stay blocked in it.

    Raises:
        MvfsError: it cannot be mounted; nothing is left behind.
    """
    # Before any thread is: one could take them, and end us.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    catalog = open_catalog(wish.location)
    catalog.reach.on_change = _log_reach
    tree = Tree(catalog, wish.ref, links=wish.options.aliases == "symlink")
    catalog.refresh()
    if catalog.backend.is_far:
        catalog.reach.patience = _FAR_PATIENCE  # from now on: the first look is a real one
    _tune()
    source = wish.source(catalog.location)
    driver = driver_class(wish.options.driver)(tree, wish.options, wish.mountpoint, source, _wake)
    tree.status = Status(catalog, tree.scope, wish.mountpoint, wish.options, driver.opens).text
    driver.start()
    mounted = mounted_at(wish.mountpoint)
    try:
        if not driver.ready.wait(_ANSWER_SECONDS) or driver.ended.is_set():
            raise MountUnavailable(f"the kernel does not answer for the mount on {wish.mountpoint}")
        mounting.raise_read_ahead(wish.mountpoint)
        log.info("mounted %s on %s", text.line(catalog.location), text.line(str(wish.mountpoint)))
        lost = catalog.reach.say() if catalog.reach.is_lost else None
        granted = driver.opens.passthrough.is_granted
        tell(Report(str(wish.mountpoint), wish.options.driver, granted, os.getpid(), lost))
        signal.sigwait(_SIGNALS)
    finally:
        # Who was detached, while somebody still reads, leaves alone what was mounted there since.
        if not driver.ended.is_set() and mounted_at(wish.mountpoint) == mounted:
            _unmount(wish.mountpoint)
    log.info("unmounted %s", text.line(str(wish.mountpoint)))


def _log_reach(reach: Reach) -> None:
    if reach.is_lost:
        log.warning("%s", text.line(reach.say()))
    else:
        log.info("%s is in reach again", text.line(reach.location))


def _wake() -> None:
    """End the wait of `serve`."""
    os.kill(os.getpid(), signal.SIGTERM)


def _unmount(mountpoint: Path) -> None:
    try:
        mounting.unmount(mountpoint)
    except Conflict as exc:
        log.warning("%s; it is detached, and reads of what is still open will fail", text.line(str(exc)))
        mounting.detach(mountpoint)


def _tune() -> None:
    """Allow as many open blobs as the system does, and do not let the collector walk all nodes so often."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
