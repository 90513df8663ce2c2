"""A service that is connected to when it is first asked for, and anew after a fork."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable

from mvfs.store.backend.service import Service


class Connection:
    """Each process has a service of its own."""

    def __init__(self, connect: Callable[[], Service]) -> None:
        self._connect = connect
        self._service: Service | None = None
        self._lock = threading.Lock()
        _alive.add(self)

    def service(self) -> Service:
        """Return it.

        Raises:
            Refused, MvfsError: as whoever connects does.
        """
        with self._lock:
            if self._service is None:
                self._service = self._connect()
            return self._service

    def forked(self) -> None:
        """Begin anew in a child process."""
        self._lock = threading.Lock()
        if self._service is not None:
            self._service.abandon()
            self._service = None


_alive: weakref.WeakSet[Connection] = weakref.WeakSet()


def _forked() -> None:
    for connection in list(_alive):
        connection.forked()


os.register_at_fork(after_in_child=_forked)
