"""What serves a tree to the kernel: the interface of both drivers, and which of them is taken."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from mvfs.mount import mounting
from mvfs.mount.opens import Opens
from mvfs.mount.options import Options
from mvfs.mount.tree import Tree
from mvfs.store.trust import stamps

LINUX = "linux"
"""Speaks the kernel's protocol itself, and does everything that the mount promises."""

LIBFUSE = "libfuse"
"""Lets libfuse speak, through the Python package mfusepy, and does what can be done so."""

DRIVERS = (LINUX, LIBFUSE)


class Driver(ABC):
    """Mounts a tree on a directory and answers for it, in threads of its own, until it is unmounted."""

    def __init__(
        self, tree: Tree, options: Options, mountpoint: Path, source: str, on_end: Callable[[], None]
    ) -> None:
        """Nothing is mounted before `start`.

        ``source`` is what the kernel's list names the mount; ``on_end`` is called once, when nothing more
        will come.
        """
        self.tree = tree
        self.options = options
        self.opens = Opens(options, stamps())
        self.mountpoint = mountpoint
        self.source = source
        self.on_end = on_end
        self.ready = threading.Event()
        """Set when the mount answers, and when it has ended without."""
        self.ended = threading.Event()
        """Set when the file system was unmounted."""

    @abstractmethod
    def start(self) -> None:
        """Mount, and begin to serve in the background.

        Raises:
            MountUnavailable: it was refused; the message says why.
        """

    def mount(self) -> int:
        """Mount as the options say; return the descriptor on which the kernel will ask.

        Raises:
            MountUnavailable: it was refused; the message says why.
        """
        return mounting.mount(
            self.mountpoint,
            self.source,
            allow_other=self.options.allow_other,
            executable=self.options.executable,
        )


def check(name: str) -> None:
    """Make sure that this machine has what a driver needs beside a kernel with FUSE.

    Raises:
        MountUnavailable: it lacks something; the message says what to do.
    """
    if name == LIBFUSE:
        from mvfs.mount.libfuse import library

        library()


def driver_class(name: str) -> type[Driver]:
    """The driver of this name."""
    if name == LIBFUSE:
        from mvfs.mount.libfuse import LibfuseDriver

        return LibfuseDriver
    from mvfs.mount.linux import LinuxDriver

    return LinuxDriver
