"""A TCP proxy that can be shut and opened again: shut, the server is out of reach, as without a network."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

_REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) /")


class Gate:
    """Forwards to ``endpoint`` while it is open; its own address stays the same."""

    def __init__(self, endpoint: str) -> None:
        self._target = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self._address = ("127.0.0.1", 0)
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_thawed = threading.Event()
        self._is_thawed.set()
        self.requests = 0
        """How many went through."""
        self.open()
        self.endpoint = f"http://127.0.0.1:{self._address[1]}"

    def open(self) -> None:
        """Take connections."""
        self._listening = socket.create_server(self._address, reuse_port=True)
        self._address = self._listening.getsockname()
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def freeze(self) -> None:
        """Take connections and requests, and let nothing through: the server hangs."""
        self._is_thawed.clear()

    def thaw(self) -> None:
        """Let everything through that waits."""
        self._is_thawed.set()

    def shut(self) -> None:
        """Break all connections and refuse new ones."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes up who accepts
        self._listening.close()
        with self._lock:
            for end in self._ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self._target)
        with self._lock:
            self._ends |= {client, server}
        up = threading.Thread(target=self._pass, args=(client, server, True), daemon=True)
        up.start()
        self._pass(server, client, False)
        up.join()
        with self._lock:
            self._ends -= {client, server}
        client.close()
        server.close()

    def _pass(self, source: socket.socket, target: socket.socket, are_requests: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self._is_thawed.wait()
                if are_requests and _REQUEST.match(data):
                    with self._lock:
                        self.requests += 1
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def gate(endpoint: str) -> Iterator[Gate]:
    """A gate before a server, for as long as the context lasts."""
    made = Gate(endpoint)
    try:
        yield made
    finally:
        made.shut()
