"""What `ObjectBackend` makes of the answers of a service, whichever it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

import pytest

from mvfs.errors import NoPermission, NoSpace, Unavailable
from mvfs.store.backend import objects
from mvfs.store.backend.answers import FULL, TAKEN, Refused
from mvfs.store.backend.base import Backend
from mvfs.store.backend.objects import ObjectBackend
from mvfs.store.backend.service import Bytes, Found, Page, Parts, Service
from mvfs.store.backend.uploads import Upload

NOTHING = Refused(404, "NoSuchKey")


class Simulated(Service):
    """A bucket in memory whose next answers to writes a test says."""

    def __init__(self) -> None:
        self.there: dict[str, tuple[bytes, str]] = {}
        self.says: list[Refused] = []
        """Answers to writes that come first; what they refuse is not done."""
        self.order: list[str] | None = None
        self.tags = (f'"{number}"' for number in count())
        self.writes: list[str | None] = []
        """The tag of each write."""
        self.parts: list[int] = []
        """The size of each part that was kept."""
        self.begun: list[str] = []
        self.ended: list[str] = []

    def head(self, key: str) -> Found:
        if key not in self.there:
            raise NOTHING
        data, tag = self.there[key]
        return Found(len(data), 0, tag)

    def fetch(self, key: str, offset: int, length: int) -> bytes:
        self.head(key)
        return self.there[key][0][offset : offset + length]

    def page(self, prefix: str, after: str, token: str | None) -> Page:
        return Page([(key, self.head(key)) for key in self.order or sorted(self.there)], None)

    def put(self, key: str, body: Bytes, *, absent: bool = False, tag: str | None = None) -> None:
        self.writes.append(tag)
        if self.says:
            raise self.says.pop(0)
        now = self.there.get(key)
        if (absent and now) or (tag is not None and (now is None or now[1].strip('"') != tag)):
            raise Refused(412, "PreconditionFailed")
        self.there[key] = bytes(body), next(self.tags)

    def spellings(self, tag: str) -> Sequence[str]:
        return tag, tag.strip('"')

    def delete(self, key: str) -> None:
        del self.there[key]

    def begin(self, key: str, size: int) -> Parts:
        return SimulatedParts(self, key)

    def unfinished(self, prefix: str) -> Iterable[Upload]:
        return [Upload(key, f"of {key}", 7) for key in self.begun if key.startswith(prefix)]

    def end(self, key: str, upload: str) -> None:
        self.ended.append(upload)


class SimulatedParts(Parts):
    at_once = 1

    def __init__(self, service: Simulated, key: str) -> None:
        self._service, self._key, self._data = service, key, b""

    def send(self, number: int, offset: int, body: memoryview) -> None:
        if self._service.says:
            raise self._service.says.pop(0)
        self._data = self._data[:offset] + bytes(body)
        self._service.parts.append(len(body))

    def finish(self) -> None:
        if self._key in self._service.there:
            raise Refused(404, "NoSuchUpload")
        self._service.there[self._key] = self._data, next(self._service.tags)
        raise Refused(None, "", "the connection broke")

    def end(self) -> None:
        self._service.end(self._key, f"of {self._key}")


@pytest.fixture
def service() -> Simulated:
    return Simulated()


@pytest.fixture
def backend(service: Simulated) -> Backend:
    return ObjectBackend("xy://bucket/a", lambda _: service, streams=1)


@pytest.mark.parametrize("order", [["a/2", "a/1"], ["a/1", "a/1"]])
def test_a_listing_out_of_order_is_refused(backend: Backend, service: Simulated, order: list[str]) -> None:
    for key in ("1", "2"):
        backend.put(key, b"")
    service.order = order
    with pytest.raises(Unavailable, match="another order"):
        list(backend.list(""))


def test_a_create_is_sent_again_only_where_nothing_was_decided(backend: Backend, service: Simulated) -> None:
    service.says = [Refused(409, "Conflict"), Refused(429, "")]
    assert backend.create("key", b"1")
    assert len(service.writes) == 3
    service.says = [Refused(409, TAKEN)]
    assert not backend.create("key", b"2")
    service.says = [Refused(503, "SlowDown"), Refused(None, "", "the connection broke")]
    for _ in range(2):
        with pytest.raises(Unavailable, match="cannot write other to xy://bucket/a"):
            backend.create("other", b"1")
    assert len(service.writes) == 6


def test_a_tag_is_spelled_anew_while_the_object_is_the_same(backend: Backend, service: Simulated) -> None:
    """The service compares tags without their quotes, as some do."""
    backend.put("key", b"1")
    assert backend.replace("key", b"2", b"1")
    assert service.writes == [None, '"0"', "0"]
    looks = iter([service.head("a/key"), Found(1, 0, '"another"')])
    service.head = lambda key: next(looks)  # type: ignore[method-assign]
    service.fetch = lambda key, offset, length: b"2"  # type: ignore[method-assign]
    assert not backend.replace("key", b"3", b"2")
    assert service.writes[3:] == ['"1"']


@pytest.mark.parametrize("forbids", [False, True])
def test_what_is_forbidden_may_be_taken(backend: Backend, service: Simulated, forbids: bool) -> None:
    backend.put("key", b"1")
    service.forbids_what_is_taken = forbids
    service.says = [Refused(403, "AccessDenied")]
    if forbids:
        assert not backend.create("key", b"2")
    else:
        with pytest.raises(NoPermission, match="the credentials do not allow it"):
            backend.create("key", b"2")


def test_a_full_account(backend: Backend, service: Simulated) -> None:
    service.says = [Refused(507, FULL, "InsufficientStorage")]
    with pytest.raises(NoSpace, match="InsufficientStorage; make room"):
        backend.put("key", b"1")
    assert len(service.writes) == 1, "it is full the second time, too"


def test_parts(backend: Backend, service: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part may be sent again, the answer to the last request may be lost; what breaks off is ended."""
    monkeypatch.setattr(objects, "PART", 4)
    (tmp_path / "large").write_bytes(b"0123456789")
    service.says = [Refused(503, "SlowDown")]
    backend.put("large", tmp_path / "large")
    assert backend.get("large", 10) == b"0123456789"
    assert (service.parts, service.ended) == ([4, 4, 2], [])
    service.says = [Refused(403, "AccessDenied")]
    with pytest.raises(NoPermission, match="cannot write other"):
        backend.put("other", tmp_path / "large")
    assert service.ended == ["of a/other"]
    monkeypatch.setattr(objects, "_MAX_PARTS", 2)
    backend.put("few", tmp_path / "large")
    assert service.parts[3:] == [8, 2]


def test_unfinished_uploads(backend: Backend, service: Simulated) -> None:
    service.begun = ["a/p/1", "a/p/2", "a/q"]
    seen: list[tuple[str, int]] = []

    def is_over(key: str, begun: int) -> bool:
        seen.append((key, begun))
        return key == "p/2"

    backend.end_uploads("p/", is_over)
    assert seen == [("p/1", 7), ("p/2", 7)]
    assert service.ended == ["of a/p/2"]
