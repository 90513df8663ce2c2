"""References to objects in buckets, against a simulated S3 and a simulated driver for Google Cloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mvfs.errors import InvalidInput, NotFound, SourceChanged, Unavailable
from mvfs.references import buckets
from mvfs.references.lookup import drift, listing, look, read_range, stream
from mvfs.references.reference import Reference

s3fs = pytest.importorskip("s3fs")
server = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    running = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
                        "AWS_DEFAULT_REGION": "us-east-1"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem(use_listings_cache=False)
    fs.call_s3("create_bucket", Bucket="team")
    yield fs
    fs.rm("team", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


def put(s3: Any, key: str, body: bytes) -> None:
    s3.call_s3("put_object", Bucket="team", Key=key, Body=body)


def test_an_object_is_looked_at_read_and_watched(s3: Any) -> None:
    put(s3, "a b?c#d%20", b"x" * 5_000_000)
    ref = look("s3://team/a b?c#d%20")
    assert (ref.size, ref.version) == (5_000_000, None)
    assert b"".join(stream(ref)) == b"x" * 5_000_000
    assert drift(ref) is None
    put(s3, "a b?c#d%20", b"y" * 5_000_000)
    assert str(drift(ref)).startswith("ETag is ")
    with pytest.raises(SourceChanged, match="ETag"):
        read_range(ref, 0, 5)
    put(s3, "a b?c#d%20", b"short")
    assert drift(ref) == "size is 5 bytes, recorded were 5000000"
    s3.call_s3("delete_object", Bucket="team", Key="a b?c#d%20")
    assert drift(ref) == "gone"


def test_a_change_between_two_parts_is_noticed(s3: Any) -> None:
    put(s3, "big", b"x" * (buckets.CHUNK + 10))
    parts = stream(look("s3://team/big"))
    assert len(next(parts)) == buckets.CHUNK
    put(s3, "big", b"y" * (buckets.CHUNK + 10))
    with pytest.raises(SourceChanged, match="its ETag is another one"):
        next(parts)


def test_a_recorded_version_is_read_whatever_the_newest_is(s3: Any) -> None:
    s3.call_s3("create_bucket", Bucket="kept")
    s3.call_s3("put_bucket_versioning", Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    s3.call_s3("put_object", Bucket="kept", Key="k", Body=b"old")
    ref = look("s3://kept/k")
    assert ref.version is not None
    s3.call_s3("put_object", Bucket="kept", Key="k", Body=b"newer")
    assert read_range(ref, 0, 3) == b"old"
    assert drift(ref) is None
    assert look(f"s3://kept/k?versionId={ref.version}").etag == ref.etag


def test_a_prefix_is_listed_up_to_its_limit(s3: Any) -> None:
    for number in range(5):
        put(s3, f"set/{number}", b"x" * number)
    put(s3, "set/", b"")
    put(s3, "settings", b"no")
    for uri in ("s3://team/set", "s3://team/set/"):
        assert [(ref.uri, ref.size) for ref in listing(uri, 5)] == [
            (f"s3://team/set/{n}", n) for n in range(5)
        ]
    with pytest.raises(InvalidInput, match="holds more than 4 objects"):
        listing("s3://team/set", 4)
    assert listing("s3://team/settings") == [look("s3://team/settings")]
    assert listing("s3://team/set/3") == [look("s3://team/set/3")]
    for uri in ("s3://team/none", "s3://nobody-has-this/x"):
        with pytest.raises(NotFound):
            listing(uri)
    with pytest.raises(InvalidInput, match="not one object"):
        look("s3://team/")


def test_a_listing_goes_on_over_its_pages(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        put(s3, f"paged/{number}", b"x")
    whole = s3fs.S3FileSystem.call_s3
    pages: list[object] = []

    def small_pages(self: Any, method: str, *args: object, **words: object) -> Any:
        if method == "list_objects_v2":
            words["MaxKeys"] = 2
            pages.append(words)
        return whole(self, method, *args, **words)

    monkeypatch.setattr(s3fs.S3FileSystem, "call_s3", small_pages)
    assert len(listing("s3://team/paged")) == 5
    assert len(pages) == 3


def test_a_service_that_does_not_answer(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    with pytest.raises(Unavailable, match="cannot read 's3://team/x'"):
        look("s3://team/x")


class _Google:
    """As gcsfs answers, as far as references ask it."""

    generation = 7

    def info(self, path: str) -> dict[str, object]:
        if path.startswith("team/dir"):
            return {"type": "directory", "name": path, "size": 0}
        return {"type": "file", "size": "5", "etag": "abc", "generation": str(self.generation)}

    def cat_file(self, path: str, start: int, end: int) -> bytes:
        assert path == "team/k#7"
        return b"hello"[start:end]

    def find(self, path: str, *, detail: bool) -> dict[str, dict[str, object]]:
        assert detail
        return {path + name: self.info("team/k") for name in ("a", "b", "c")}


def test_google_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    google = _Google()
    monkeypatch.setattr("fsspec.filesystem", lambda scheme, **_: google if scheme == "gs" else None)
    ref = look("gs://team/k")
    assert ref == Reference(uri="gs://team/k", size=5, etag="abc", version="7")
    assert read_range(ref, 1, 4) == b"ell"
    assert [item.uri for item in listing("gs://team/dir/")] == [f"gs://team/dir/{name}" for name in "abc"]
    with pytest.raises(InvalidInput, match="holds more than 2 objects"):
        listing("gs://team/dir/", 2)
    google.generation = 8
    assert drift(ref) == "version is '8', recorded was '7'"


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no module")

    monkeypatch.setattr("fsspec.filesystem", missing)
    with pytest.raises(Unavailable, match="need the package gcsfs"):
        look("gs://team/k")
