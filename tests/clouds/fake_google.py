"""A small, strict server with the calls of Google's JSON API that mvfs makes.

It is our own fake, not Google's: of the emulators on PyPI, gcp-storage-emulator 2026.7 ignores
``ifGenerationMatch``, and fake-gcs-server comes only as somebody's binary. It is written from the API's
reference, and answers 400 to whatever it does not know, so that no parameter goes unnoticed.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_QUANTUM = 256 << 10
"""Parts of a resumable upload, all but the last, are multiples of this."""


@dataclass
class Blob:
    data: bytes
    generation: int
    created: str

    def described(self, bucket: str, name: str) -> dict[str, Any]:
        return {
            "kind": "storage#object",
            "bucket": bucket,
            "name": name,
            "generation": str(self.generation),
            "metageneration": "1",
            "size": str(len(self.data)),
            "timeCreated": self.created,
            "updated": self.created,
            "md5Hash": base64.b64encode(hashlib.md5(self.data).digest()).decode(),
        }


@dataclass
class Session:
    bucket: str
    name: str
    data: bytearray = field(default_factory=bytearray)


@dataclass
class World:
    """What the server knows, and how it behaves."""

    buckets: dict[str, dict[str, Blob]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    generation: int = 1_700_000_000_000_000
    page: int = 1000
    ignores_conditions: bool = False
    lose_answers: int = 0
    """How many of the next answers to uploads are lost: they are carried out, and the connection breaks."""
    keep_only: int = 0
    """Bytes of the next part of a resumable upload that are kept, where it is not 0."""
    knows_nobody: bool = False
    """Answers 401 to everybody."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each."""

    def store(self, bucket: str, name: str, data: bytes, condition: str | None) -> Blob | None:
        """Write an object; None where the condition does not hold."""
        there = self.buckets[bucket].get(name)
        is_met = condition in (None, str(there.generation if there else 0))
        if not is_met and not self.ignores_conditions:
            return None
        self.generation += 1
        blob = Blob(data, self.generation, datetime.now(UTC).isoformat())
        self.buckets[bucket][name] = blob
        return blob


class Refusal(Exception):
    def __init__(self, status: int, reason: str, text: str) -> None:
        self.status, self.reason, self.text = status, reason, text


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    world: World

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        self.world.requests.append(f"{self.command} {parts.path}")
        try:
            with self.world.lock:
                status, headers, content = self._answer(parts.path, dict(parse_qsl(parts.query)), body)
        except Refusal as exc:
            error = {"code": exc.status, "message": exc.text, "errors": [{"reason": exc.reason}]}
            status, headers, content = exc.status, {}, json.dumps({"error": error}).encode()
        if self.command in ("POST", "PUT") and status == 200 and self.world.lose_answers > 0:
            self.world.lose_answers -= 1
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.world.knows_nobody:
            raise Refusal(401, "required", "Anonymous caller does not have storage.objects.get access")
        match [unquote(word) for word in path.strip("/").split("/")]:
            case ["storage", "v1", "b", bucket, "o"] if self.command == "GET":
                return self._list(self._bucket(bucket), bucket, query)
            case ["storage", "v1", "b", bucket, "o", name] if self.command == "GET":
                return self._get(self._bucket(bucket), bucket, name, query)
            case ["storage", "v1", "b", bucket, "o", name] if self.command == "DELETE":
                self._known(query)
                if self._bucket(bucket).pop(name, None) is None:
                    raise Refusal(404, "notFound", f"No such object: {bucket}/{name}")
                return 204, {}, b""
            case ["upload", "storage", "v1", "b", bucket, "o"] if self.command == "POST":
                self._bucket(bucket)
                return self._upload(bucket, query, body)
            case ["upload", "session", number] if self.command == "PUT":
                return self._part(number, body)
        raise Refusal(400, "invalid", f"the fake knows no {self.command} {path}")

    def _bucket(self, name: str) -> dict[str, Blob]:
        if name not in self.world.buckets:
            raise Refusal(404, "notFound", "The specified bucket does not exist.")
        return self.world.buckets[name]

    def _known(self, query: dict[str, str], *names: str) -> None:
        if unknown := set(query) - set(names):
            raise Refusal(400, "invalidParameter", f"the fake knows no {sorted(unknown)}")

    def _list(
        self, objects: dict[str, Blob], bucket: str, query: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        self._known(query, "prefix", "startOffset", "pageToken")
        start = query.get("startOffset", "")
        names = sorted(n for n in objects if n.startswith(query.get("prefix", "")) and n >= start)
        first = int(query.get("pageToken", "0"))
        page = names[first : first + self.world.page]
        answer: dict[str, Any] = {"kind": "storage#objects"}
        if page:
            answer["items"] = [objects[name].described(bucket, name) for name in page]
        if first + len(page) < len(names):
            answer["nextPageToken"] = str(first + len(page))
        return 200, {}, json.dumps(answer).encode()

    def _get(
        self, objects: dict[str, Blob], bucket: str, name: str, query: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        self._known(query, "alt")
        found = objects.get(name)
        if found is None:
            raise Refusal(404, "notFound", f"No such object: {bucket}/{name}")
        if query.get("alt") != "media":
            return 200, {}, json.dumps(found.described(bucket, name)).encode()
        wanted = self.headers.get("Range")
        if wanted is None:
            return 200, {}, found.data
        low, _, high = wanted.removeprefix("bytes=").partition("-")
        data = found.data[int(low) : int(high) + 1]
        if not data:
            raise Refusal(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.")
        there = f"bytes {low}-{int(low) + len(data) - 1}/{len(found.data)}"
        return 206, {"Content-Range": there}, data

    def _upload(self, bucket: str, query: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        self._known(query, "uploadType", "name", "ifGenerationMatch")
        if query["uploadType"] == "multipart":
            name, data = _parts(self.headers["Content-Type"], body)
            blob = self.world.store(bucket, name, data, query.get("ifGenerationMatch"))
            if blob is None:
                raise Refusal(412, "conditionNotMet", "At least one of the pre-conditions did not hold.")
            return 200, {}, json.dumps(blob.described(bucket, name)).encode()
        if query["uploadType"] != "resumable" or "ifGenerationMatch" in query or body:
            raise Refusal(400, "invalid", "the fake knows no such upload")
        number = str(len(self.world.sessions))
        self.world.sessions[number] = Session(bucket, query["name"])
        return 200, {"Location": f"http://{self.headers['Host']}/upload/session/{number}"}, b""

    def _part(self, number: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        session = self.world.sessions[number]
        ranges, _, total = self.headers["Content-Range"].removeprefix("bytes ").partition("/")
        low, high = map(int, ranges.split("-"))
        there = len(session.data)
        if low > there or high - low + 1 != len(body):
            raise Refusal(400, "invalid", f"the fake has {there} bytes and was sent {ranges}")
        if high + 1 < int(total) and (high + 1) % _QUANTUM:
            raise Refusal(400, "invalid", "a part must end at a multiple of 256 KiB")
        if self.world.keep_only:
            body, self.world.keep_only = body[: self.world.keep_only], 0
        session.data += body[there - low :]
        if len(session.data) < int(total):
            kept = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
            return 308, kept, b""
        blob = self.world.store(session.bucket, session.name, bytes(session.data), None)
        assert blob is not None
        return 200, {}, json.dumps(blob.described(session.bucket, session.name)).encode()


def _parts(content_type: str, body: bytes) -> tuple[str, bytes]:
    """The name and the bytes of an object that was sent in a body of two parts."""
    kind, _, boundary = content_type.partition("; boundary=")
    line = b"--" + boundary.encode()
    if kind != "multipart/related" or not boundary or body.count(line) != 3:
        raise Refusal(400, "invalid", "the fake takes multipart/related with two parts")
    before, description, data, after = body.split(line)
    if before or after != b"--\r\n":
        raise Refusal(400, "invalid", "there is something around the parts")
    head, _, text = description.partition(b"\r\n\r\n")
    if b"application/json" not in head:
        raise Refusal(400, "invalid", "the first part must be JSON")
    return json.loads(text)["name"], data.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


@contextlib.contextmanager
def fake_google() -> Iterator[tuple[str, World]]:
    """The server's address and what it knows, for as long as the context lasts."""
    world = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"world": world}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", world
    finally:
        server.shutdown()
        server.server_close()
