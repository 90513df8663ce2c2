"""How to reach S3, and what its answers mean.

Endpoint, region, profile and credentials are found as other AWS tools find them (environment,
``~/.aws``, roles); ``MVFS_S3_ENDPOINT``, ``_REGION``, ``_PROFILE``, ``_KEY``, ``_SECRET`` and ``_TOKEN``
come first.
"""

from __future__ import annotations

import os
from typing import Any

from mvfs.errors import MvfsError, NoPermission, NoSpace, Unavailable
from mvfs.store.backend.answers import forbidden

_CONFIG = {
    "connect_timeout": 5,
    "read_timeout": 60,
    "max_pool_connections": 64,
    "retries": {"total_max_attempts": 1, "mode": "standard"},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
_FULL = {"InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "ServiceQuotaExceededException"}
_NO_BUCKET = "NoSuchBucket"
_FORBIDDEN = {401, 403, 405}


def connect() -> Any:  # an S3FileSystem: s3fs has no types
    """Return a new s3fs file system that caches nothing and sends every request once.

    Raises:
        Unavailable: the client would drop the condition of a conditional write.
    """
    import s3fs

    given = {
        "key": os.environ.get("MVFS_S3_KEY"),
        "secret": os.environ.get("MVFS_S3_SECRET"),
        "token": os.environ.get("MVFS_S3_TOKEN"),
        "endpoint_url": os.environ.get("MVFS_S3_ENDPOINT"),
        "profile": os.environ.get("MVFS_S3_PROFILE"),
    }
    region = os.environ.get("MVFS_S3_REGION")
    fs = s3fs.S3FileSystem(
        **{name: value for name, value in given.items() if value},
        client_kwargs={"region_name": region} if region else {},
        config_kwargs=dict(_CONFIG),
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    fs.retries = 1
    try:
        known = fs.connect().meta.service_model.operation_model("PutObject").input_shape.members
    except Exception as exc:
        raise explain(exc, "cannot connect to S3") from exc
    if not {"IfNoneMatch", "IfMatch"} <= set(known):
        raise Unavailable("the installed botocore knows no conditional writes: pip install -U s3fs")
    return fs


def status_of(exc: BaseException) -> int | None:
    """The HTTP status behind an exception of s3fs or botocore, if there was an answer."""
    status = _answer_of(exc).get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else None


def is_missing(exc: BaseException) -> bool:
    """Whether an answer says that there is no such object, in a bucket that exists."""
    return status_of(exc) == 404 and _code_of(exc) != _NO_BUCKET


def explain(exc: BaseException, what: str) -> MvfsError:
    """Turn an exception of s3fs or botocore into ours: ``what`` says what could not be done."""
    if isinstance(exc, MvfsError):
        return exc
    from botocore import exceptions as aws

    status, code = status_of(exc), _code_of(exc)
    if isinstance(exc, (aws.NoCredentialsError, aws.PartialCredentialsError, aws.ProfileNotFound)):
        return NoPermission(
            f"{what}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        )
    if code == _NO_BUCKET:
        return Unavailable(f"{what}: there is no such bucket; make it with the tools of whoever hosts it")
    if code in _FULL:
        return NoSpace(f"{what}: {code}; make room and run it again, nothing was changed")
    if status in _FORBIDDEN:
        return forbidden(what, code or str(status))
    if status is not None:
        return Unavailable(f"{what}: the server answers {status}{f' {code}' if code else ''}")
    return Unavailable(f"{what}: {str(exc).splitlines()[0] if str(exc) else type(exc).__name__}")


def _code_of(exc: BaseException) -> str | None:
    code = _answer_of(exc).get("Error", {}).get("Code")
    return code if isinstance(code, str) else None


def _answer_of(exc: BaseException) -> dict[str, Any]:
    """What the server answered; s3fs hides it behind an exception of its own."""
    for one in (exc, exc.__cause__):
        answer = getattr(one, "response", None)
        if isinstance(answer, dict):
            return answer
    return {}
