"""The single requests of S3 that a backend is made of. Two ways to send them: `s3_direct` and `s3_library`.

Each request is sent once. Failures are exceptions that `mvfs.store.backend.s3_access.explain` understands.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

Body = bytes | bytearray | memoryview


class Head(NamedTuple):
    """What a bucket knows of an object."""

    size: int
    """Bytes."""
    modified: int
    """Nanoseconds since 1970, by the bucket's clock."""
    tag: str
    """The ETag as it came, mostly in quotes."""


class Page(NamedTuple):
    """A part of a listing, in key order."""

    objects: Sequence[tuple[str, Head]]
    token: str | None
    """What to ask for the next page with; None at the end."""


def page_of(answer: Mapping[str, Any]) -> Page:
    """Return what a ``ListObjectsV2`` answer holds, as botocore gives it."""
    return Page(
        [
            (one["Key"], Head(one["Size"], nanoseconds(one["LastModified"]), one["ETag"]))
            for one in answer.get("Contents", ())
        ],
        answer["NextContinuationToken"] if answer.get("IsTruncated") else None,
    )


def nanoseconds(when: datetime) -> int:
    """Return a time as nanoseconds since 1970."""
    return int(when.timestamp() * 1e9)


class S3Service(ABC):
    """One bucket. Keys are whole keys of the bucket. Methods may be called from several threads."""

    @abstractmethod
    def head(self, key: str) -> Head:
        """Look an object up."""

    @abstractmethod
    def fetch(self, key: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``, fewer at the end; the answer 416 is an exception."""

    @abstractmethod
    def read_into(self, key: str, offset: int, view: memoryview) -> int:
        """Fill ``view`` from ``offset``; return how many bytes there were."""

    @abstractmethod
    def put(self, key: str, body: Body, condition: Mapping[str, str] | None = None) -> None:
        """Write an object in one request, with ``If-Match`` or ``If-None-Match`` where given."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object."""

    @abstractmethod
    def page(self, prefix: str, after: str, token: str | None) -> Page:
        """List up to a thousand objects."""

    @abstractmethod
    def begin_upload(self, key: str) -> str:
        """Begin an object of several parts; return the upload's id."""

    @abstractmethod
    def put_part(self, key: str, upload: str, number: int, body: Body) -> str:
        """Send part ``number``, from 1 on; return its ETag."""

    @abstractmethod
    def finish_upload(self, key: str, upload: str, tags: Sequence[str]) -> None:
        """Make the object out of the parts with these ETags, in their order."""

    @abstractmethod
    def uploads(self, **request: str) -> Mapping[str, Any]:
        """One page of ``ListMultipartUploads``, as botocore takes and gives it."""

    @abstractmethod
    def abort_upload(self, key: str, upload: str) -> None:
        """Give up an object of several parts."""
