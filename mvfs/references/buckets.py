"""References to objects in S3 and Google Cloud Storage, through fsspec.

Credentials, endpoint and region are those of the user's own configuration, as the drivers take them; nothing
of a reference but bucket, key and version reaches them. The drivers are imported when first needed.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from mvfs import text
from mvfs.errors import InvalidInput, NoPermission, NotFound, Unavailable
from mvfs.references.reference import Reference, changed_source, require_same
from mvfs.references.uri import Target, parse

CHUNK = 4 << 20

_DRIVERS = {"s3": "s3fs", "gs": "gcsfs"}
_SPAN = re.compile(r"bytes [0-9]+-[0-9]+/([0-9]+)")


def look(target: Target) -> Reference:
    """Return size, ETag and version of an object, by one HEAD.

    Raises:
        InvalidInput: a bucket or prefix instead of an object.
        NotFound: no such object.
        NoPermission: the credentials are refused.
        Unavailable: the driver is missing, or the service does not answer.
    """
    _require_key(target)
    with _service(target) as fs:
        if target.scheme == "s3":
            return _s3_reference(target, fs.call_s3("head_object", **_s3_words(target)))
        return _gs_reference(target, fs.info(_gs_path(target)))


def stream(ref: Reference, target: Target, start: int, end: int) -> Generator[bytes, None, None]:
    """Yield bytes ``start`` to ``end`` (exclusive) of what was recorded.

    An object with a recorded version is read at that version, whatever the newest is.

    Raises:
        SourceChanged: size, ETag or version is another one.
        InvalidInput, NotFound, NoPermission, Unavailable: as `look`.
    """
    require_same(ref, look(target))
    while start < end:
        chunk = _range(ref, target, start, min(start + CHUNK, end))
        if not chunk:
            raise changed_source(ref, f"it ends after {start} bytes")
        start += len(chunk)
        yield chunk


def below(target: Target, limit: int) -> list[Reference]:
    """Look at up to ``limit`` objects whose keys begin with the target's as a directory.

    Raises:
        NotFound, NoPermission, Unavailable: as `look`.
    """
    prefix = target.key.rstrip("/") + "/" if target.key.rstrip("/") else ""
    with _service(target) as fs:
        found = _s3_keys(fs, target, prefix) if target.scheme == "s3" else _gs_keys(fs, target, prefix)
        listed: list[Reference] = []
        for ref in found:
            listed.append(ref)
            if len(listed) == limit:
                break
        return listed


def is_directory(target: Target) -> bool:
    """Whether the target names a bucket or a prefix by its form: no key, or a key that ends in ``/``."""
    return target.key == "" or target.key.endswith("/")


def _s3_keys(fs: Any, target: Target, prefix: str) -> Iterator[Reference]:
    words: dict[str, object] = {"Bucket": target.bucket, "Prefix": prefix}
    while True:
        page = fs.call_s3("list_objects_v2", **words)
        for item in page.get("Contents", []):
            if not item["Key"].endswith("/"):
                at = parse(f"s3://{target.bucket}/{item['Key']}")
                yield Reference(uri=at.uri, size=int(item["Size"]), etag=item["ETag"].strip('"'))
        if not page.get("IsTruncated"):
            return
        words["ContinuationToken"] = page["NextContinuationToken"]


def _gs_keys(fs: Any, target: Target, prefix: str) -> Iterator[Reference]:
    for path, facts in fs.find(f"{target.bucket}/{prefix}", detail=True).items():
        yield _gs_reference(parse(f"gs://{path.partition('#')[0]}"), facts)


def _range(ref: Reference, target: Target, start: int, end: int) -> bytes:
    with _service(target) as fs:
        if target.scheme == "gs":
            chunk = fs.cat_file(_gs_path(target), start=start, end=end)
            require_same(ref, _gs_reference(target, fs.info(_gs_path(target))))
            return bytes(chunk)
        words = _s3_words(target)
        if ref.etag is not None:
            words["IfMatch"] = f'"{ref.etag}"'
        try:
            answer = fs.call_s3("get_object", Range=f"bytes={start}-{end - 1}", **words)
        except OSError as exc:
            if "pre-condition" in str(exc).lower() or "precondition" in str(exc).lower():
                raise changed_source(ref, "its ETag is another one") from exc
            raise
        from fsspec.asyn import sync

        span = _SPAN.fullmatch(answer.get("ContentRange") or "")
        if span is None or int(span[1]) != ref.size:
            answer["Body"].close()
            raise changed_source(ref, f"it no longer has {ref.size} bytes")
        chunk = sync(fs.loop, answer["Body"].read)
        if len(chunk) != end - start:
            raise changed_source(ref, f"it ends after {start + len(chunk)} bytes")
        return bytes(chunk)


@contextmanager
def _service(target: Target) -> Iterator[Any]:
    """The driver for a target, its failures turned into ours."""
    driver = _DRIVERS[target.scheme]
    shown = text.line(target.uri)
    try:
        import fsspec

        yield fsspec.filesystem(target.scheme, use_listings_cache=False)
    except ImportError as exc:
        raise Unavailable(f"references to {target.scheme}:// need the package {driver}; install it") from exc
    except FileNotFoundError as exc:
        raise NotFound(f"'{shown}' is not there", uri=target.uri) from exc
    except PermissionError as exc:
        raise NoPermission(f"'{shown}' is refused to your credentials: {text.line(str(exc))}") from exc
    except OSError as exc:
        raise Unavailable(f"cannot read '{shown}': {text.line(str(exc))}") from exc
    except Exception as exc:
        if (reason := _driver_failure(exc)) is None:
            raise
        raise Unavailable(f"cannot read '{shown}': {reason}") from exc


def _driver_failure(exc: Exception) -> str | None:
    """What a failure of the driver's own classes says; None for others."""
    if type(exc).__module__.partition(".")[0] in ("botocore", "aiobotocore", "aiohttp", "gcsfs", "google"):
        return text.line(str(exc))
    return None


def _require_key(target: Target) -> None:
    if is_directory(target):
        raise InvalidInput(f"'{text.line(target.uri)}' is a bucket or prefix, not one object; list it")


def _s3_words(target: Target) -> dict[str, object]:
    words: dict[str, object] = {"Bucket": target.bucket, "Key": target.key}
    if target.version is not None:
        words["VersionId"] = target.version
    return words


def _s3_reference(target: Target, answer: dict[str, Any]) -> Reference:
    version = answer.get("VersionId")
    return Reference(
        uri=target.uri,
        size=int(answer["ContentLength"]),
        etag=str(answer.get("ETag") or "").strip('"') or None,
        version=None if version in (None, "null") else str(version),
    )


def _gs_path(target: Target) -> str:
    path = f"{target.bucket}/{target.key}"
    return path if target.version is None else f"{path}#{target.version}"


def _gs_reference(target: Target, facts: dict[str, Any]) -> Reference:
    if facts.get("type") == "directory":
        raise InvalidInput(f"'{text.line(target.uri)}' is a prefix, not one object; list it")
    return Reference(
        uri=target.uri,
        size=int(facts["size"]),
        etag=str(facts.get("etag") or "").strip('"') or None,
        version=None if facts.get("generation") is None else str(facts["generation"]),
    )
