"""Makes a server on loopback answer like one that is far away.

    python benchmarks/far/proxy.py PORT DELAY_MS MB_S

Prints its own port, and forwards to PORT until standard input ends. The first byte of each HTTP answer comes
DELAY_MS later, and each connection brings at most MB_S to the client (0: as much as it can). HTTP/1.1 without
pipelining or TLS. Connecting costs no delay, and what goes up is not held back.

Bytes go from socket to socket by way of a pipe, and Python never sees them: the proxy shares its cores with
what is measured through it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import sys
import threading
import time
from collections.abc import Callable

_PIPE = 1 << 20
"""Bytes that may be between two sockets."""

_PIECE = 256 << 10
"""Bytes that are forwarded at a time where the rate is limited."""


class Connection:
    """One client's connection, and ours to the server."""

    def __init__(self, client: socket.socket, port: int, delay: float, rate: float) -> None:
        """``delay`` in seconds, ``rate`` in bytes per second (0: unlimited)."""
        self._client = client
        self._server = socket.create_connection(("127.0.0.1", port))
        for end in (self._client, self._server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._delay, self._rate = delay, rate
        self._is_asked = True
        """Whether a request went up and its answer has not begun."""
        self._due = 0.0
        """When the client may have the next bytes of the answer."""

    def serve(self) -> None:
        """Forward both ways until either end closes."""
        upward = threading.Thread(target=self._up)
        upward.start()
        with contextlib.suppress(OSError):
            _forward(self._server, self._client, self._answered, self._sent)
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):  # it is gone already
                end.shutdown(socket.SHUT_RDWR)
        upward.join()
        self._client.close()
        self._server.close()

    def _up(self) -> None:
        with contextlib.suppress(OSError):
            _forward(self._client, self._server, self._asking, lambda _: None)
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_WR)

    def _asking(self) -> None:
        self._is_asked = True

    def _answered(self) -> None:
        if self._is_asked:
            self._is_asked = False
            time.sleep(self._delay)
            self._due = time.monotonic()

    def _sent(self, count: int) -> None:
        if self._rate:
            self._due += count / self._rate
            time.sleep(max(self._due - time.monotonic(), 0))


def _forward(
    source: socket.socket, sink: socket.socket, before: Callable[[], None], after: Callable[[int], None]
) -> None:
    """Move bytes until the source ends: ``before`` each piece is passed on, and ``after`` so many were."""
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
        while count := os.splice(source.fileno(), writing, _PIECE):
            before()
            left = count
            while left:
                left -= os.splice(reading, sink.fileno(), left)
            after(count)
    finally:
        os.close(reading)
        os.close(writing)


def serve(port: int, delay: float, rate: float) -> None:
    """Accept connections for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            client, _ = listening.accept()
            try:
                connection = Connection(client, port, delay, rate)
            except OSError:  # the server takes no more: neither do we
                client.close()
                continue
            threading.Thread(target=connection.serve, daemon=True).start()


def main(port: str, delay_ms: str, mb_s: str) -> None:
    threading.Thread(
        target=serve, args=(int(port), float(delay_ms) / 1e3, float(mb_s) * 1e6), daemon=True
    ).start()
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
