"""A TCP proxy that loses answers: the server did what it was asked to, and the client never hears of it."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Lossy:
    """Forwards to ``endpoint``; a ``share`` (0 to 1) of the answers to writes is lost with its connection."""

    def __init__(self, endpoint: str, share: float, seed: int) -> None:
        self._target = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self._share, self._random = share, random.Random(seed)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.lost = 0
        """Answers so far that nobody heard."""
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self._target)
        doomed = threading.Event()

        def up() -> None:
            with contextlib.suppress(OSError):
                while data := client.recv(1 << 16):
                    if data.startswith((b"PUT ", b"POST ")) and self._is_unlucky():
                        doomed.set()
                    server.sendall(data)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_WR)

        threading.Thread(target=up, daemon=True).start()
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if doomed.is_set() and not data.startswith(b"HTTP/1.1 100"):
                    break
                client.sendall(data)
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _is_unlucky(self) -> bool:
        with self._lock:
            unlucky = self._random.random() < self._share
            self.lost += unlucky
            return unlucky


@contextlib.contextmanager
def lossy(endpoint: str, share: float, seed: int = 1) -> Iterator[Lossy]:
    """A lossy proxy before a server, for as long as the context lasts."""
    proxy = Lossy(endpoint, share, seed)
    try:
        yield proxy
    finally:
        proxy.close()
