"""How to reach S3, and what its answers mean.

Endpoint, region, profile and credentials are found as other AWS tools find them (environment,
``~/.aws``, roles); ``MVFS_S3_ENDPOINT``, ``_REGION``, ``_PROFILE``, ``_KEY``, ``_SECRET`` and ``_TOKEN``
come first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

from mvfs.errors import MvfsError, Unavailable
from mvfs.store.backend.answers import FULL, NO_CREDENTIALS, Refused

_CONFIG = {
    "connect_timeout": 5,
    "read_timeout": 30,
    "max_pool_connections": 64,
    "retries": {"total_max_attempts": 1, "mode": "standard"},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
_FULL = {"InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "ServiceQuotaExceededException"}
_NO_CREDENTIALS = "no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
_TROUBLE = (OSError, HTTPException)
_LIBRARIES = ("botocore", "aiobotocore", "aiohttp", "urllib3", "fsspec")
_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,100})</Code>")


class Account:
    """Who we are to S3, and where it is, as this process's environment says."""

    def __init__(self) -> None:
        given = {
            "key": os.environ.get("MVFS_S3_KEY"),
            "secret": os.environ.get("MVFS_S3_SECRET"),
            "token": os.environ.get("MVFS_S3_TOKEN"),
            "endpoint_url": os.environ.get("MVFS_S3_ENDPOINT"),
            "profile": os.environ.get("MVFS_S3_PROFILE"),
        }
        self._given = {name: value for name, value in given.items() if value}
        self._region = os.environ.get("MVFS_S3_REGION") or None
        self._session: Any = None

    def client(self, region: str | None = None) -> Any:
        """Return a client of botocore's that sends every request once.

        Raises:
            Refused: there are no credentials.
        """
        from botocore.config import Config

        credentials = self.credentials().get_frozen_credentials()
        return self._opened().create_client(
            "s3",
            region_name=region or self._region,
            endpoint_url=self._given.get("endpoint_url"),
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=Config(**_CONFIG, signature_version="s3v4"),
        )

    def credentials(self) -> Any:
        """Return credentials of botocore's, which renew themselves where they can.

        Raises:
            Refused: there are none.
        """
        from botocore.credentials import Credentials

        if "key" in self._given and "secret" in self._given:
            return Credentials(self._given["key"], self._given["secret"], self._given.get("token"))
        found = self._opened().get_credentials()
        if found is None:
            raise _nobody()
        return found

    def ca_bundle(self) -> str | None:
        """Return the file of certificates to trust, where another than the system's was named."""
        found = self._opened().get_config_variable("ca_bundle")
        return str(found) if found else None

    def file_system(self) -> Any:  # an S3FileSystem: s3fs has no types
        """Return a new s3fs file system that caches nothing and sends every request once.

        Raises:
            Unavailable: the client would drop the condition of a conditional write.
        """
        import s3fs

        fs = s3fs.S3FileSystem(
            **self._given,
            client_kwargs={"region_name": self._region} if self._region else {},
            config_kwargs=dict(_CONFIG),
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        fs.retries = 1
        known = fs.connect().meta.service_model.operation_model("PutObject").input_shape.members
        if not {"IfNoneMatch", "IfMatch"} <= set(known):
            raise Unavailable("the installed botocore knows no conditional writes: pip install -U s3fs")
        return fs

    def _opened(self) -> Any:
        from botocore.session import Session

        if self._session is None:
            self._session = Session(profile=self._given.get("profile"))
        return self._session


@contextmanager
def refusals() -> Iterator[None]:
    """Turn exceptions of s3fs, botocore and sockets into `Refused`; a mistake of ours is none, and passes."""
    try:
        yield
    except (Refused, MvfsError):
        raise
    except Exception as exc:
        found = _refused(exc)
        if found is None:
            raise
        raise found from exc


def refusal(status: int, text: bytes) -> Refused:
    """Return what an answer with this status and text means."""
    found = _CODE.search(text)
    return _answered(status, found[1].decode() if found else "")


def _refused(exc: Exception) -> Refused | None:
    from botocore import exceptions as aws

    if isinstance(exc, (aws.NoCredentialsError, aws.PartialCredentialsError, aws.ProfileNotFound)):
        return _nobody()
    answer = _answer_of(exc)
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if isinstance(status, int):
        code = answer.get("Error", {}).get("Code")
        return _answered(status, code if isinstance(code, str) else "")
    if isinstance(exc, aws.EndpointConnectionError):  # says a whole URL, and not why
        place = str(exc.kwargs.get("endpoint_url", "")).partition("?")[0]
        return Refused(None, type(exc).__name__, f"cannot connect to {place}")
    if isinstance(exc, _TROUBLE) or type(exc).__module__.partition(".")[0] in _LIBRARIES:
        return Refused(None, type(exc).__name__, str(exc))
    return None


def _answered(status: int, code: str) -> Refused:
    return Refused(status, FULL, code) if code in _FULL else Refused(status, code)


def _nobody() -> Refused:
    return Refused(None, NO_CREDENTIALS, _NO_CREDENTIALS)


def _answer_of(exc: BaseException) -> dict[str, Any]:
    """What the server answered; s3fs hides it behind an exception of its own."""
    for one in (exc, exc.__cause__):
        answer = getattr(one, "response", None)
        if isinstance(answer, dict):
            return answer
    return {}
