"""The driver that speaks the kernel's protocol itself, on ``/dev/fuse``."""

from __future__ import annotations

import os

from mvfs.mount.driver import Driver
from mvfs.mount.encoding import Encoder
from mvfs.mount.notifier import FAR_INTERVAL, INTERVAL, Notifier
from mvfs.mount.operations import Operations
from mvfs.mount.session import Session


class LinuxDriver(Driver):
    """A session with the kernel, a thread that reads ahead, and one that tells the kernel what changed."""

    device: int
    """The descriptor on which the kernel asks."""
    session: Session

    def start(self) -> None:
        backend = self.tree.catalog.backend
        operations = Operations(self.tree, self.opens, Encoder(os.getuid(), os.getgid()))
        self.device = self.mount()
        self.session = session = Session(
            self.device,
            operations,
            self.on_end,
            ready=self.ready,
            ended=self.ended,
            passthrough=self.options.passthrough,
            threads=backend.streams,
        )
        session.start()
        operations.ahead.start(self.device)
        Notifier(self.tree, session, FAR_INTERVAL if backend.is_far else INTERVAL).start()
