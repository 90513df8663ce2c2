"""The URIs that can be references, checked and brought into one form.

``http`` and ``https`` are percent-encoded ASCII with a lower-case host; ``file`` is an absolute path of this
machine, percent-encoded; ``s3`` and ``gs`` hold the key as it is, since keys may contain any of ``?#%``. An
exact version is ``s3://bucket/key?versionId=…`` or ``gs://bucket/key#generation``.
"""

from __future__ import annotations

import os
import re
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

import msgspec

from mvfs import text
from mvfs.errors import InvalidInput

SCHEMES = ("http", "https", "file", "s3", "gs")
MAX_CHARS = 8192

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
_HOST = re.compile(r"[a-z0-9_.-]{1,253}|[0-9a-f:.]{2,45}")
_VERSION = {
    "s3": re.compile(r"(.*)\?versionId=([^?&=]+)", re.DOTALL),
    "gs": re.compile(r"(.*)#([0-9]+)", re.DOTALL),
}
_PORTS = {"http": 80, "https": 443}
_PATH_KEPT = "/%:@!$&'()*+,;=~-._"
_QUERY_KEPT = _PATH_KEPT + "?"


class Target(msgspec.Struct, frozen=True):
    """A URI in its parts."""

    uri: str
    scheme: str
    host: str = ""
    """Of http and https; an IPv6 address without brackets."""
    port: int = 0
    path: str = ""
    """Of http and https: path and query, as sent. Of a file: the path, absolute and decoded."""
    bucket: str = ""
    key: str = ""
    version: str | None = None


def parse(uri: str) -> Target:
    """Return the parts of ``uri`` and its one normal form.

    Raises:
        InvalidInput: no URI, a scheme that is not known, credentials in it, control characters, a bad host.
    """
    found = _SCHEME.match(uri)
    if found is None:
        raise InvalidInput(
            f"'{_shown(uri)}' is no URI; references look like s3://bucket/key or, for a local file, file:///path"
        )
    if len(uri) > MAX_CHARS:
        raise InvalidInput(f"'{_shown(uri)}…' has {len(uri)} characters; a reference has {MAX_CHARS} at most")
    if not all(ch.isprintable() for ch in uri):
        raise InvalidInput(f"'{_shown(uri)}' has control or invisible characters; percent-encode them")
    scheme = found[1].lower()
    rest = uri[found.end() :]
    if scheme in _PORTS:
        return _http(uri, scheme, rest)
    if scheme == "file":
        return _file(uri, rest)
    if scheme in _VERSION:
        return _object(uri, scheme, rest)
    raise InvalidInput(f"'{_shown(uri)}': references have one of the schemes {', '.join(SCHEMES)}")


def _http(uri: str, scheme: str, rest: str) -> Target:
    parts = _split(uri, f"{scheme}://{rest}")
    if "@" in parts.netloc:
        raise InvalidInput(f"a reference cannot hold credentials: remove them from '{_without_user(uri)}'")
    host, port = _host(uri, parts), _port(uri, parts)
    if "\\" in rest:
        raise InvalidInput(f"'{_shown(uri)}' has a backslash; write / or %5C")
    path = quote(parts.path, safe=_PATH_KEPT) or "/"
    if parts.query:
        path += "?" + quote(parts.query, safe=_QUERY_KEPT)
    authority = f"[{host}]" if ":" in host else host
    if port != _PORTS[scheme]:
        authority += f":{port}"
    return Target(uri=f"{scheme}://{authority}{path}", scheme=scheme, host=host, port=port, path=path)


def _split(uri: str, normal: str) -> SplitResult:
    try:
        return urlsplit(normal)
    except ValueError as exc:
        raise InvalidInput(f"'{_shown(uri)}' is no URI: {exc}") from exc


def _port(uri: str, parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError as exc:
        raise InvalidInput(f"'{_shown(uri)}': the port must be a number from 1 to 65535") from exc
    if port == 0:
        raise InvalidInput(f"'{_shown(uri)}': the port must be a number from 1 to 65535")
    return port or _PORTS[parts.scheme]


def _host(uri: str, parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as exc:
            raise InvalidInput(f"'{_shown(uri)}': '{_shown(host)}' is no host name") from exc
    if _HOST.fullmatch(host) is None:
        raise InvalidInput(f"'{_shown(uri)}': '{_shown(host)}' is no host name")
    return host


def _file(uri: str, rest: str) -> Target:
    host, slash, path = rest.partition("/")
    if host.lower() not in ("", "localhost"):
        raise InvalidInput(
            f"'{_shown(uri)}' is on the host '{_shown(host)}'; a file reference is a path of this machine: "
            "file:///path"
        )
    raw = unquote_to_bytes(slash + path)
    if not slash or b"\0" in raw:
        raise InvalidInput(f"'{_shown(uri)}' names no file; write file:///path")
    local = os.path.normpath("/" + os.fsdecode(raw).lstrip("/"))
    return Target(uri="file://" + quote(os.fsencode(local), safe="/~-._"), scheme="file", path=local)


def _object(uri: str, scheme: str, rest: str) -> Target:
    bucket, _, key = rest.partition("/")
    if "@" in bucket:
        raise InvalidInput(f"a reference cannot hold credentials: remove them from '{_without_user(uri)}'")
    if _BUCKET.fullmatch(bucket) is None:
        raise InvalidInput(f"'{_shown(uri)}': '{_shown(bucket)}' is no bucket name")
    plain, version = key, None
    if (exact := _VERSION[scheme].fullmatch(key)) is not None:
        plain, version = exact[1], exact[2]
    return Target(uri=f"{scheme}://{bucket}/{key}", scheme=scheme, bucket=bucket, key=plain, version=version)


def _without_user(uri: str) -> str:
    """For a message: credentials must not end up in a log."""
    scheme, _, rest = uri.partition("://")
    authority, slash, path = rest.partition("/")
    return _shown(f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}")


def _shown(uri: str) -> str:
    return text.line(uri[:200])
