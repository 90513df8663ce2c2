"""URIs: one normal form, and none that hides where it leads."""

import pytest

from mvfs.errors import InvalidInput
from mvfs.references.uri import parse


@pytest.mark.parametrize(
    ("given", "normal"),
    [("HTTP://Example.COM", "http://example.com/"), ("https://example.com:443/a b", "https://example.com/a%20b"),
     ("http://example.com:8080/é?q=ü#part", "http://example.com:8080/%C3%A9?q=%C3%BC"),
     ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
     ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
     ("http://example.com/%2e%2e/a%0ab", "http://example.com/%2e%2e/a%0ab"),
     ("file:///data/a b/../100%.csv", "file:///data/100%25.csv"), ("file://localhost//data", "file:///data"),
     ("s3://bucket/a?b#c%20ü", "s3://bucket/a?b#c%20ü"), ("gs://bucket", "gs://bucket/")],
)  # fmt: skip
def test_normal_form(given: str, normal: str) -> None:
    assert parse(given).uri == normal
    assert parse(normal).uri == normal


def test_versions_are_told_from_keys() -> None:
    found = parse("s3://bucket/a/b?versionId=3sL4")
    assert (found.bucket, found.key, found.version) == ("bucket", "a/b", "3sL4")
    found = parse("gs://bucket/a/b#17")
    assert (found.key, found.version) == ("a/b", "17")
    assert parse("s3://bucket/a#17").version is None


@pytest.mark.parametrize(
    ("uri", "said"),
    [("model.pt", "is no URI"), ("/data/model.pt", "file:///path"),
     ("ftp://example.com/x", "one of the schemes"),
     ("javascript:alert(1)", "is no URI"), ("http://example.com/a\r\nX: y", "control"),
     ("s3://bucket/\x1b[2J", "control"),
     ("http://exa\u200bmple.com/", "control or invisible"),
     ("http:///x", "is no host name"), ("http://[::1/x", "is no URI"),
     ("http://a.example:99999/", "port"), ("http://a.example:0/", "port"), ("http://a.example:x/", "port"),
     ("http://a.example\\@b.example/", "credentials"), ("http://a.example/\\x", "backslash"),
     ("http://a%00.example/", "no host name"),
     ("file://nas/share/x", "on the host 'nas'"), ("file://", "names no file"),
     ("file:///a%00b", "names no file"), ("s3://b:ad/x", "no bucket name"), ("s3:///x", "no bucket name"),
     ("http://a.example/" + "x" * 9000, "9017 characters")],
)  # fmt: skip
def test_what_is_refused(uri: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse(uri)


@pytest.mark.parametrize("scheme", ["http", "https", "s3", "gs"])
def test_credentials_are_refused_and_not_repeated(scheme: str) -> None:
    with pytest.raises(InvalidInput, match="cannot hold credentials") as refused:
        parse(f"{scheme}://user:secret@bucket.example/key")
    assert "secret" not in str(refused.value)
    assert "bucket.example/key" in str(refused.value)
