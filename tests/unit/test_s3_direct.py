"""S3 servers that behave badly, and what the direct way to them makes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from mvfs.errors import NoPermission, Unavailable
from mvfs.store.backend.base import Backend
from mvfs.store.backend.opening import backend_of
from tests.unit import web as webs
from tests.unit.web import Web, reply

DATA = bytes(range(256)) * 40


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    with webs.web() as web:
        monkeypatch.setenv("MVFS_S3_ENDPOINT", web.url)
        monkeypatch.setenv("MVFS_S3_REGION", "us-east-1")
        monkeypatch.setenv("MVFS_S3_KEY", "test")
        monkeypatch.setenv("MVFS_S3_SECRET", "secret")
        yield web


@pytest.fixture
def bucket(web: Web) -> Backend:
    return backend_of("s3://bucket/x")


def ranged(to: BaseHTTPRequestHandler) -> tuple[int, bytes]:
    first, _, last = to.headers["Range"].removeprefix("bytes=").partition("-")
    return int(first), DATA[int(first) : int(last) + 1]


def test_a_server_that_knows_no_ranges(web: Web, bucket: Backend) -> None:
    web.answers["/bucket/x/key"] = lambda to: reply(to, 200, DATA, Content_Length=str(len(DATA)))
    assert bucket.get_range("key", 300, 500) == DATA[300:800]
    view = memoryview(bytearray(500))
    assert bucket.read_into("key", 300, view) == 500
    assert view == DATA[300:800]


def test_an_answer_that_breaks_off_is_asked_for_again(web: Web, bucket: Backend) -> None:
    tries = 0

    def answer(to: BaseHTTPRequestHandler) -> None:
        nonlocal tries
        tries += 1
        _, body = ranged(to)
        cut = body[: len(body) // 2] if tries % 2 else body
        reply(to, 206, cut, Content_Length=str(len(body)))
        to.close_connection = True

    web.answers["/bucket/x/key"] = answer
    assert bucket.get_range("key", 10, 1000) == DATA[10:1010]
    view = memoryview(bytearray(1000))
    assert bucket.read_into("key", 10, view) == 1000
    assert view == DATA[10:1010]
    assert tries == 4


def test_a_bucket_in_another_region(web: Web, bucket: Backend) -> None:
    def answer(to: BaseHTTPRequestHandler) -> None:
        if "/eu-north-1/s3/" in to.headers["Authorization"]:
            _, body = ranged(to)
            reply(to, 206, body, Content_Length=str(len(body)))
        else:
            reply(to, 400, b"", Content_Length="0", x_amz_bucket_region="eu-north-1")

    web.answers["/bucket/x/key"] = answer
    assert bucket.get_range("key", 5, 9) == DATA[5:14]


def test_busy_for_a_moment(web: Web, bucket: Backend) -> None:
    tries = 0

    def answer(to: BaseHTTPRequestHandler) -> None:
        nonlocal tries
        tries += 1
        body = b"<Error><Code>SlowDown</Code></Error>" if tries < 3 else ranged(to)[1]
        reply(to, 503 if tries < 3 else 206, body, Content_Length=str(len(body)))

    web.answers["/bucket/x/key"] = answer
    assert bucket.get_range("key", 0, 4) == DATA[:4]


@pytest.mark.parametrize(
    ("status", "code", "error", "said"),
    [
        (403, "AccessDenied", NoPermission, "cannot read key in s3://bucket/x: AccessDenied"),
        (404, "NoSuchBucket", Unavailable, "no such bucket"),
        (500, "", Unavailable, "the server answers 500"),
    ],
)
def test_refusals(
    web: Web, bucket: Backend, status: int, code: str, error: type[Exception], said: str
) -> None:
    body = f"<Error><Code>{code}</Code></Error>".encode()
    web.answers["/bucket/x/key"] = lambda to: reply(to, status, body, Content_Length=str(len(body)))
    with pytest.raises(error, match=said):
        bucket.get_range("key", 0, 4)


def test_a_missing_object(web: Web, bucket: Backend) -> None:
    body = b"<Error><Code>NoSuchKey</Code></Error>"
    web.answers["/bucket/x/key"] = lambda to: reply(to, 404, body, Content_Length=str(len(body)))
    assert bucket.get_range("key", 0, 4) is None


def test_behind_a_proxy_s3fs_does_it(web: Web, bucket: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", web.url)  # it is asked for whole URLs, as proxies are
    monkeypatch.setenv("MVFS_S3_ENDPOINT", "http://127.0.0.1:9")
    body = b"by proxy"
    web.answers["http://127.0.0.1:9/bucket/x/key"] = lambda to: reply(
        to, 206, body, Content_Length=str(len(body)), Content_Range="bytes 0-7/8"
    )
    assert bucket.get_range("key", 0, 8) == body
    assert web.seen[-1][1] == "http://127.0.0.1:9/bucket/x/key"


def test_a_server_that_never_answers_is_asked_twice(
    web: Web, bucket: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mvfs.store.backend.http_connections._TIMEOUT", 0.2)
    web.answers["/bucket/x/key"] = lambda _: time.sleep(1)
    with pytest.raises(Unavailable, match="cannot read key in s3://bucket/x: timed out"):
        bucket.get_range("key", 0, 4)
    assert len(web.seen) == 2
