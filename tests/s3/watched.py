"""An HTTP proxy that notes each request, and stops at the one that a test waits for."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}


@dataclass(frozen=True)
class Request:
    """What a client asked for."""

    method: str
    path: str
    """With the bucket."""
    query: dict[str, list[str]]
    size: int
    """Bytes of its body."""


@dataclass(frozen=True)
class Trap:
    """The request at which a test wants to stop, and what is done then; happens once."""

    matches: Callable[[Request], bool]
    when: Literal["within", "after"]
    """After half of its body came, with nothing passed on; or after the server did it, with no answer."""
    spring: Callable[[], None]


class Watched:
    """Stands before a server."""

    def __init__(self, endpoint: str, trap: Trap | None) -> None:
        self._target = urlsplit(endpoint).netloc
        self._trap = trap
        self._lock = threading.Lock()
        self.sprung = threading.Event()
        self.seen: list[Request] = []
        """Requests that the server has answered, in the order of its answers."""
        watched = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with contextlib.suppress(OSError):  # the client is gone
                    super().handle_one_request()

            def do_GET(self) -> None:
                watched._serve(self)

            do_PUT = do_POST = do_HEAD = do_DELETE = do_GET  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """A test has nothing to say to anybody."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Take no more requests."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        place = urlsplit(handler.path)
        size = int(handler.headers.get("Content-Length", 0))
        query = parse_qs(place.query, keep_blank_values=True)
        request = Request(handler.command, place.path, query, size)
        when = self._caught(request)
        body = handler.rfile.read(size // 2)
        if when == "within":
            self._spring(handler)
            return
        body += handler.rfile.read(size - len(body))
        if len(body) < size:  # who sent it was killed; the server would wait for the rest
            handler.close_connection = True
            return
        status, headers, answer = self._pass_on(handler, body)
        self.seen.append(request)
        if when == "after":
            self._spring(handler)
            return
        handler.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer)

    def _pass_on(
        self, handler: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        server = http.client.HTTPConnection(self._target)
        with contextlib.closing(server):
            server.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                if name.lower() not in (*_HOP_BY_HOP, "expect"):
                    server.putheader(name, value)
            server.endheaders(body)
            answer = server.getresponse()
            headers = answer.getheaders()
            data = answer.read()
        if handler.command != "HEAD" and answer.getheader("Content-Length") is None:
            headers.append(("Content-Length", str(len(data))))
        return answer.status, headers, data

    def _caught(self, request: Request) -> str | None:
        with self._lock:
            if self._trap is None or self.sprung.is_set() or not self._trap.matches(request):
                return None
            self.sprung.set()
            return self._trap.when

    def _spring(self, handler: BaseHTTPRequestHandler) -> None:
        assert self._trap is not None
        self._trap.spring()
        handler.close_connection = True


@contextlib.contextmanager
def watched(endpoint: str, trap: Trap | None = None) -> Iterator[Watched]:
    """A proxy before a server, for as long as the context lasts."""
    proxy = Watched(endpoint, trap)
    try:
        yield proxy
    finally:
        proxy.close()
