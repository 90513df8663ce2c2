"""HTTP connections to one server that are kept open and used again, by the threads of one process."""

from __future__ import annotations

import select
import ssl
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection

_TIMEOUT = 30.0
"""Seconds without a byte after which an answer is given up."""

_CONNECT_TIMEOUT = 5.0
_KEPT = 64
"""Open connections that are kept while nobody uses them."""


class Connections:
    """Connections to ``host``. They do not survive a fork."""

    def __init__(self, host: str, port: int | None, tls: ssl.SSLContext | None) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._free: list[HTTPConnection] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._free)  # not __del__: sockets might be collected before it

    @contextmanager
    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | bytearray | memoryview | None
    ) -> Iterator[HTTPResponse]:
        """Send a request once, and hand out its answer; a connection whose answer was read is used again.

        Raises:
            OSError, http.client.HTTPException: the connection broke; the request may have been served.
        """
        connection = self._take()
        is_clean = False
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            yield answer
            is_clean = answer.isclosed()
        finally:
            if is_clean:
                self._give(connection)
            else:
                connection.close()

    def _take(self) -> HTTPConnection:
        with self._lock:
            while self._free:
                connection = self._free.pop()
                if _is_open(connection):
                    return connection
                connection.close()
        return self._connect()

    def _connect(self) -> HTTPConnection:
        if self._tls is None:
            connection = HTTPConnection(self._host, self._port, timeout=_CONNECT_TIMEOUT)
        else:
            connection = HTTPSConnection(self._host, self._port, timeout=_CONNECT_TIMEOUT, context=self._tls)
        connection.connect()
        connection.sock.settimeout(_TIMEOUT)
        return connection

    def _give(self, connection: HTTPConnection) -> None:
        with self._lock:
            if len(self._free) < _KEPT and connection.sock is not None:
                self._free.append(connection)
                return
        connection.close()


def _close(connections: list[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _is_open(connection: HTTPConnection) -> bool:
    """Whether the server left it open: nothing may come before the next request is sent."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN | select.POLLRDHUP)
    return not poll.poll(0)
