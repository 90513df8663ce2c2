"""References over http: what is recorded, what is refused, and where a connection must never go."""

from __future__ import annotations

import importlib.util
import ipaddress
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import ModuleType

import pytest

from mvfs.errors import InvalidInput, NotFound, SourceChanged, Unavailable
from mvfs.references.addresses import Allowed, allowed, refused
from mvfs.references.lookup import drift, listing, look, read_range, stream
from mvfs.references.reference import Reference


def _helpers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("web", Path(__file__).with_name("web.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


web = _helpers()
BODY = bytes(range(256)) * 100


@pytest.fixture
def server() -> Iterator[web.Web]:
    with web.web() as running:
        running.answers["/model"] = web.serving(BODY)
        yield running


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ALLOW", "127.0.0.0/8, [::1]")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("head", [True, False])
def test_a_file_is_looked_at_and_read(server: web.Web, head: bool) -> None:
    server.answers["/model"] = web.serving(BODY, 'W/"one"', head=head)
    ref = look(server.url + "/model")
    assert ref == Reference(uri=server.url + "/model", size=len(BODY), etag="one")
    assert b"".join(stream(ref)) == BODY
    assert read_range(ref, 300, 700) == BODY[300:700]
    assert drift(ref) is None
    assert listing(ref.uri) == [ref]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (0, 10), (250, 260), (25_599, 25_600), (7, 25_600), (5, 5)]
)
def test_ranges_of_a_server_that_knows_none(server: web.Web, start: int, end: int) -> None:
    server.answers["/model"] = web.serving(BODY, ranges=False)
    assert read_range(look(server.url + "/model"), start, end) == BODY[start:end]


@pytest.mark.usefixtures("trusted")
def test_an_empty_file(server: web.Web) -> None:
    server.answers["/empty"] = web.serving(b"", head=False)
    ref = look(server.url + "/empty")
    assert ref.size == 0
    assert list(stream(ref)) == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"]
)
def test_loopback_is_refused_in_every_spelling(server: web.Web, host: str) -> None:
    uri = f"http://{host}:{server.server_address[1]}/model"
    with pytest.raises(InvalidInput, match="is a loopback address; if you trust it"):
        look(uri, given_by_user=True)
    with pytest.raises(InvalidInput, match="loopback"):
        list(stream(Reference(uri=uri, size=1)))
    assert server.seen == []


@pytest.mark.parametrize(
    ("address", "kind"),
    [("0.0.0.0", "unspecified"), ("::", "unspecified"), ("::1", "loopback"), ("10.1.2.3", "private"),
     ("172.16.0.1", "private"), ("192.168.1.1", "private"), ("169.254.169.254", "link-local"),
     ("fe80::1", "link-local"), ("fd00::1", "private"), ("fec0::1", "not a public"),
     ("224.0.0.1", "multicast"),
     ("ff02::1", "multicast"), ("240.0.0.1", "private"), ("100.64.0.1", "not a public"),
     ("::ffff:127.0.0.1", "loopback"), ("::ffff:169.254.169.254", "link-local"), ("::127.0.0.1", "loopback"),
     ("2002:7f00:1::", "loopback"), ("2002:a00:1::", "private"), ("64:ff9b::a9fe:a9fe", "link-local"),
     ("64:ff9b:1::a00:1", "private"), ("2001:db8::1", "private")],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str, kind: str) -> None:
    assert kind in str(refused(ipaddress.ip_address(address), Allowed()))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses(address: str) -> None:
    assert refused(ipaddress.ip_address(address), Allowed()) is None


def test_a_network_is_allowed_and_its_neighbour_is_not() -> None:
    permitted = allowed(["10.1.0.0/16", "nas.local"])
    assert refused(ipaddress.ip_address("::ffff:10.1.9.9"), permitted) is None
    assert refused(ipaddress.ip_address("10.2.0.1"), permitted) is not None
    assert permitted.hosts == {"nas.local"}
    with pytest.raises(InvalidInput, match="neither a host nor a network"):
        allowed(["10.0.0.0/64"])


def test_a_host_is_allowed_by_the_config_file(server: web.Web, home: Path) -> None:
    config = home / ".config" / "mvfs" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[references]\nallow_hosts = ["localhost"]\n')
    port = server.server_address[1]
    assert look(f"http://localhost:{port}/model").size == len(BODY)
    with pytest.raises(InvalidInput, match="loopback"):
        look(f"http://127.0.0.1:{port}/model")
    config.write_text('[references]\nallow_hosts = "localhost"\n')
    with pytest.raises(InvalidInput, match="must be a list of strings"):
        look(f"http://localhost:{port}/model")


def test_the_address_that_was_checked_is_connected_to(
    server: web.Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server answers with a public address first and with loopback ever after."""
    port = server.server_address[1]
    asked: list[str] = []
    connected: list[object] = []

    def answer(host: str, port: int, *_: object, **__: object) -> list[object]:
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(_: socket.socket, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(Unavailable, match="nobody there"):
        look(f"http://rebind.example:{port}/model")
    assert connected == [("93.184.216.34", port)]
    with pytest.raises(InvalidInput, match="loopback"):
        look(f"http://rebind.example:{port}/model")
    assert len(connected) == 1


@pytest.mark.usefixtures("trusted")
def test_redirects_are_followed_and_counted(server: web.Web) -> None:
    for step in range(7):
        server.answers[f"/{step}"] = web.redirect(f"/{step + 1}" if step < 6 else "/model")
    ref = look(server.url + "/2")
    assert ref.uri == server.url + "/2"
    assert read_range(ref, 0, 9) == BODY[:9]
    with pytest.raises(InvalidInput, match="redirects more than 5 times"):
        look(server.url + "/0")


@pytest.mark.parametrize(
    ("location", "said"),
    [("http://127.0.0.2:1/", "loopback"), ("http://10.0.0.1/", "private"), ("http://[::1]/", "loopback"),
     ("//169.254.169.254/latest", "link-local"), ("file:///etc/passwd", "not http"),
     ("s3://team/k", "not http"),
     ("http://u:p@127.0.0.1/", "credentials"), ("gopher://127.0.0.1/", "must not")],
)  # fmt: skip
def test_redirects_lead_nowhere_else(
    server: web.Web, monkeypatch: pytest.MonkeyPatch, location: str, said: str
) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ALLOW", "127.0.0.1")
    server.answers["/away"] = web.redirect(location)
    with pytest.raises(InvalidInput, match=said):
        look(server.url + "/away")
    with pytest.raises(InvalidInput, match=said):
        list(stream(Reference(uri=server.url + "/away", size=1)))


@pytest.mark.usefixtures("trusted")
def test_proxies_of_the_environment_are_not_used(server: web.Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    look(server.url + "/model")
    assert [path for _, path, _ in server.seen] == ["/model"]
    assert {name.lower() for name in server.seen[0][2]} == {"host", "accept-encoding", "user-agent"}


@pytest.mark.usefixtures("trusted")
def test_drift(server: web.Web) -> None:
    ref = look(server.url + "/model")
    server.answers["/model"] = web.serving(BODY, '"two"')
    assert drift(ref) == "ETag is 'two', recorded was 'one'"
    with pytest.raises(SourceChanged, match="ETag is 'two', recorded was 'one'; log it anew"):
        read_range(ref, 0, 10)
    server.answers["/model"] = web.serving(BODY + b"!")
    assert drift(ref) == "size is 25601 bytes, recorded were 25600"
    del server.answers["/model"]
    assert drift(ref) == "gone"
    with pytest.raises(NotFound, match="is not there: the server says 404"):
        list(stream(ref))


@pytest.mark.usefixtures("trusted")
def test_the_time_of_change_stands_in_for_an_etag(server: web.Web) -> None:
    def dated(to: BaseHTTPRequestHandler) -> None:
        web.reply(to, 200, b"x", Content_Length="1", Last_Modified=date)

    date = "Sun, 01 Nov 2026 14:30:05 GMT"
    server.answers["/dated"] = dated
    ref = look(server.url + "/dated")
    assert (ref.etag, ref.modified) == (None, 1_793_543_405_000_000)
    date = "Sun, 01 Nov 2026 14:30:06 GMT"
    assert "modified 2026-11-01T14:30:06" in str(drift(ref))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("length", "body", "said"),
    [("100", b"x" * 60, "ended after 60 of 100 bytes"), ("90", b"x" * 90, "size is 90 bytes"),
     ("110", b"x" * 110, "size is 110 bytes"), (None, b"x" * 60, "ended after 60 of 100 bytes"),
     (None, b"x" * 5_000_000, "longer than 100 bytes")],
)  # fmt: skip
def test_lies_about_the_size(server: web.Web, length: str | None, body: bytes, said: str) -> None:
    headers = {"ETag": '"one"'} | ({} if length is None else {"Content_Length": length})
    server.answers["/lie"] = lambda to: web.reply(to, 200, body, **headers)
    got: list[bytes] = []
    with pytest.raises(SourceChanged, match=said):
        got.extend(stream(Reference(uri=server.url + "/lie", size=100, etag="one")))
    assert len(b"".join(got)) < 100


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("status", "headers", "error", "said"),
    [(200, {}, InvalidInput, "tells no size"), (500, {}, Unavailable, "the server says 500"),
     (403, {}, Unavailable, "the server says 403"), (302, {}, Unavailable, "redirects to nowhere"),
     (200, {"Content_Encoding": "gzip", "Content_Length": "3"}, Unavailable, "compressed"),
     (200, {"Content_Length": "-3"}, InvalidInput, "tells no size")],
)  # fmt: skip
def test_answers_that_are_no_use(
    server: web.Web, status: int, headers: dict[str, str], error: type[Exception], said: str
) -> None:
    server.answers["/odd"] = lambda to: web.reply(to, status, **headers)
    with pytest.raises(error, match=said):
        look(server.url + "/odd")


@pytest.mark.usefixtures("trusted")
def test_another_range_than_asked_for(server: web.Web) -> None:
    server.answers["/odd"] = lambda to: web.reply(
        to, 206, b"abcde", Content_Length="5", Content_Range="bytes 0-4/100", ETag='"one"'
    )
    with pytest.raises(Unavailable, match="another range"):
        read_range(Reference(uri=server.url + "/odd", size=100, etag="one"), 10, 15)
    with pytest.raises(InvalidInput, match="bytes 90 to 101 are not in"):
        read_range(Reference(uri=server.url + "/odd", size=100), 90, 101)
