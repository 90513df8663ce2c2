"""References over http and https: one request at a time, to addresses that were checked.

A name is resolved once per request and the socket connects to the very address that passed the check, so
a second answer of the name server changes nothing. Redirects are followed here, each checked in the same
way. Proxies of the environment are not used, and no request carries credentials or cookies.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
from collections.abc import Generator, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from mvfs import text
from mvfs.errors import InvalidInput, MvfsError, NotFound, Unavailable
from mvfs.references.addresses import Allowed, Endpoint, resolve
from mvfs.references.reference import Reference, changed_source, require_same
from mvfs.references.uri import Target, parse

MAX_REDIRECTS = 5
TIMEOUT = 30.0
"""Seconds for connecting, and for each wait for bytes."""
CHUNK = 1 << 20

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_RANGE = re.compile(r"bytes (?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18})")
_LENGTH = re.compile(r"[0-9]{1,18}")


class _Checked(http.client.HTTPConnection):
    """A connection to an address that passed the check, speaking to the host it was looked up for."""

    def __init__(self, target: Target, endpoints: list[Endpoint]) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT)
        self._endpoints = endpoints
        self._secure = target.scheme == "https"
        self.default_port = 443 if self._secure else 80  # decides whether the Host header names the port

    def connect(self) -> None:
        failure = OSError("no address")
        for endpoint in self._endpoints:
            sock = socket.socket(endpoint.family, socket.SOCK_STREAM)
            try:
                sock.settimeout(TIMEOUT)
                sock.connect(endpoint.address)
                self.sock = (
                    ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
                    if self._secure
                    else sock
                )
                return
            except OSError as exc:
                sock.close()
                failure = exc
        raise failure


def look(target: Target, permitted: Allowed) -> Reference:
    """Return size and ETag, else the time of change, by HEAD or a GET of one byte.

    Raises:
        InvalidInput: an address or a redirect that is refused, or a server that tells no size.
        NotFound: the server has no such object.
        Unavailable: it cannot be reached, or answers with an error.
    """
    with _request("HEAD", target, {}, permitted) as answer:
        if answer.status in _GONE:
            raise _failure(target, answer)
        if answer.status == 200 and (found := _reference(target, answer)) is not None:
            return found
    with _request("GET", target, {"Range": "bytes=0-0"}, permitted) as answer:
        if answer.status not in (200, 206, 416):
            raise _failure(target, answer)
        if (found := _reference(target, answer)) is not None:
            return found
    raise InvalidInput(
        f"'{text.line(target.uri)}': the server tells no size, so it cannot be a reference; "
        "download it and log the file"
    )


def stream(
    ref: Reference, target: Target, start: int, end: int, permitted: Allowed
) -> Generator[bytes, None, None]:
    """Yield bytes ``start`` to ``end`` (exclusive) of what was recorded.

    Raises:
        SourceChanged: headers or length are not the recorded ones; before the last chunk at the latest.
        InvalidInput, NotFound, Unavailable: as `look`.
    """
    whole = start == 0 and end == ref.size
    headers = {} if whole or start == end else {"Range": f"bytes={start}-{end - 1}"}
    with _request("GET", target, headers, permitted) as answer:
        if answer.status not in (200, 206):
            raise changed_source(ref, "it is shorter") if answer.status == 416 else _failure(target, answer)
        length = answer.getheader("Content-Length")
        if answer.status == 206:
            if not headers or _span(answer) != (start, end - 1):
                raise Unavailable(f"'{text.line(ref.uri)}': the server sent another range than was asked for")
            limit = end - start
        else:
            limit = ref.size
        found = _reference(target, answer)
        if found is not None:
            require_same(ref, found)
        elif length is None:
            require_same(ref, _described(target, answer, ref.size))
        skip = 0 if answer.status == 206 else start
        stop = limit if answer.status == 206 or end == ref.size else end
        yield from _body(ref, answer, skip, stop, ends=stop == limit)


def _body(
    ref: Reference, answer: http.client.HTTPResponse, skip: int, stop: int, *, ends: bool
) -> Iterator[bytes]:
    """Bytes ``skip`` to ``stop`` of a body, which has no more than that if it ``ends`` there."""
    position = 0
    while True:
        chunk = answer.read(min(CHUNK, stop - position)) if position < stop else b""
        if not chunk and position < stop:
            raise changed_source(ref, f"the body ended after {position} of {stop} bytes")
        position += len(chunk)
        if position == stop and ends and answer.read(1):
            raise changed_source(ref, f"the body is longer than {stop} bytes")
        if position > skip:
            yield chunk[max(len(chunk) - (position - skip), 0) :]
        if position == stop:
            return


@contextlib.contextmanager
def _request(
    method: str, target: Target, headers: dict[str, str], permitted: Allowed
) -> Iterator[http.client.HTTPResponse]:
    """The final answer after redirects, its body unread."""
    at = target
    for _ in range(MAX_REDIRECTS + 1):
        connection = _Checked(at, resolve(at.host, at.port, permitted))
        try:
            connection.request(
                method, at.path, headers={"Accept-Encoding": "identity", "User-Agent": "mvfs", **headers}
            )
            answer = connection.getresponse()
            if answer.status not in _REDIRECTS:
                with contextlib.closing(answer):  # which may outlive its connection
                    yield answer
                return
            at = _next(at, answer.getheader("Location"))
        except (OSError, http.client.HTTPException) as exc:
            if isinstance(exc, MvfsError):
                raise
            reason = text.line(str(exc)) or type(exc).__name__
            raise Unavailable(f"cannot read '{text.line(target.uri)}': {reason}") from exc
        finally:
            connection.close()
    raise InvalidInput(f"'{text.line(target.uri)}' redirects more than {MAX_REDIRECTS} times")


def _next(at: Target, location: str | None) -> Target:
    if not location:
        raise Unavailable(f"'{text.line(at.uri)}' redirects to nowhere")
    try:
        to = parse(urljoin(at.uri, location))
    except ValueError as exc:
        raise InvalidInput(f"'{text.line(at.uri)}' redirects to where it must not: {exc}") from exc
    if to.scheme not in ("http", "https"):
        raise InvalidInput(f"'{text.line(at.uri)}' redirects to '{text.line(to.uri)}', which is not http")
    if at.scheme == "https" and to.scheme == "http":
        raise InvalidInput(f"'{text.line(at.uri)}' redirects to plain http: '{text.line(to.uri)}'")
    return to


def _reference(target: Target, answer: http.client.HTTPResponse) -> Reference | None:
    """What the headers say; None if they tell no size of the whole."""
    if (answer.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise Unavailable(f"'{text.line(target.uri)}': the server sends it compressed, though asked not to")
    if answer.status in (206, 416):
        found = _RANGE.fullmatch(answer.getheader("Content-Range") or "")
        size = None if found is None else int(found[3])
    else:
        length = answer.getheader("Content-Length") or ""
        size = int(length) if _LENGTH.fullmatch(length) else None
    return None if size is None else _described(target, answer, size)


def _described(target: Target, answer: http.client.HTTPResponse, size: int) -> Reference:
    etag = (answer.getheader("ETag") or "").strip().removeprefix("W/").strip('"') or None
    modified = None if etag else _moment(answer.getheader("Last-Modified"))
    return Reference(uri=target.uri, size=size, etag=etag, modified=modified)


def _moment(value: str | None) -> int | None:
    try:
        return None if value is None else int(parsedate_to_datetime(value).timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        return None


def _span(answer: http.client.HTTPResponse) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(answer.getheader("Content-Range") or "")
    return None if found is None or found[1] is None else (int(found[1]), int(found[2]))


def _failure(target: Target, answer: http.client.HTTPResponse) -> MvfsError:
    said = f"the server says {answer.status} {text.line(answer.reason)}"
    if answer.status in _GONE:
        return NotFound(f"'{text.line(target.uri)}' is not there: {said}", uri=target.uri)
    return Unavailable(f"cannot read '{text.line(target.uri)}': {said}", uri=target.uri)
