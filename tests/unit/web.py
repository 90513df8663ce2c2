"""A small web server on loopback whose answers each test writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = Callable[[BaseHTTPRequestHandler], None]


class Web(ThreadingHTTPServer):
    """Answers by path; ``seen`` holds (method, path, headers) of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of these tests hang up in the middle; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def _answer(self) -> None:
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        answer = self.server.answers.get(self.path)
        if answer is None:
            reply(self, 404)
        else:
            answer(self)

    do_GET = do_HEAD = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Quiet."""


def reply(to: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """Send headers as given (``_`` for ``-``), and the body unless it is HEAD."""
    to.send_response(status)
    for name, value in headers.items():
        to.send_header(name.replace("_", "-"), value)
    to.end_headers()
    if to.command == "GET":
        to.wfile.write(body)


def serving(body: bytes, etag: str = '"one"', *, head: bool = True, ranges: bool = True) -> Answer:
    """A well-behaved file; or one without HEAD, or without ranges."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        if to.command == "HEAD" and not head:
            return reply(to, 405)
        asked = to.headers.get("Range")
        if asked is None or not ranges:
            return reply(to, 200, body, Content_Length=str(len(body)), ETag=etag)
        first, _, last = asked.removeprefix("bytes=").partition("-")
        if int(first) >= len(body):
            return reply(to, 416, Content_Range=f"bytes */{len(body)}", Content_Length="0")
        part = body[int(first) : int(last) + 1]
        span = f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"
        return reply(to, 206, part, Content_Length=str(len(part)), Content_Range=span, ETag=etag)

    return answer


def redirect(location: str) -> Answer:
    return lambda to: reply(to, 302, Location=location, Content_Length="0")


@contextmanager
def web() -> Iterator[Web]:
    server = Web()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
