"""The requests of S3, in the words of botocore; who sends them is `s3_direct` or `s3_library`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from mvfs.store.backend import uploads
from mvfs.store.backend.answers import Refused
from mvfs.store.backend.service import Bytes, Found, Page, Parts, Service

PAGE = 1000
"""Objects in each part of a listing; the most that S3 gives."""


class S3Service(Service):
    """One bucket."""

    @abstractmethod
    def ask(self, operation: str, **words: Any) -> Any:
        """Send a request to the bucket, as botocore calls it, and return its answer.

        Raises:
            Refused: it is no good one.
        """

    def head(self, key: str) -> Found:
        found = self.ask("head_object", Key=key)
        return found_of(found.get("ContentLength"), found.get("LastModified"), found.get("ETag"))

    def page(self, prefix: str, after: str, token: str | None) -> Page:
        more = {"ContinuationToken": token} if token else {"StartAfter": after} if after else {}
        answer = self.ask("list_objects_v2", Prefix=prefix, MaxKeys=PAGE, **more)
        return Page(
            [
                (one["Key"], found_of(one.get("Size"), one.get("LastModified"), one.get("ETag", "")))
                for one in answer.get("Contents", ())
            ],
            answer.get("NextContinuationToken") if answer.get("IsTruncated") else None,
        )

    def put(self, key: str, body: Bytes, *, absent: bool = False, tag: str | None = None) -> None:
        condition = {"IfNoneMatch": "*"} if absent else {} if tag is None else {"IfMatch": tag}
        self.ask("put_object", Key=key, Body=bytes(body), **condition)

    def delete(self, key: str) -> None:
        self.ask("delete_object", Key=key)

    def begin(self, key: str, size: int) -> Parts:  # noqa: ARG002
        return _S3Parts(self, key, str(self.ask("create_multipart_upload", Key=key)["UploadId"]))

    def put_part(self, key: str, upload: str, number: int, body: memoryview) -> str:
        """Send part ``number``, from 1 on; return its ETag."""
        sent = self.ask("upload_part", Key=key, UploadId=upload, PartNumber=number, Body=bytes(body))
        return str(sent["ETag"])

    def spellings(self, tag: str) -> Sequence[str]:
        """As it comes in the header, mostly in quotes; some servers compare it without them."""
        return tuple(dict.fromkeys((tag, tag.strip('"'))))

    def unfinished(self, prefix: str) -> Iterable[uploads.Upload]:
        return uploads.find(partial(self.ask, "list_multipart_uploads"), prefix)

    def end(self, key: str, upload: str) -> None:
        self.ask("abort_multipart_upload", Key=key, UploadId=upload)


class _S3Parts(Parts):
    """A multipart upload."""

    at_once = 8

    def __init__(self, service: S3Service, key: str, upload: str) -> None:
        self._service, self._key, self._id = service, key, upload
        self._tags: dict[int, str] = {}

    def send(self, number: int, offset: int, body: memoryview) -> None:  # noqa: ARG002
        self._tags[number + 1] = self._service.put_part(self._key, self._id, number + 1, body)

    def finish(self) -> None:
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in sorted(self._tags.items())]
        words = {"Key": self._key, "UploadId": self._id, "MultipartUpload": {"Parts": parts}}
        self._service.ask("complete_multipart_upload", **words)

    def end(self) -> None:
        self._service.end(self._key, self._id)


def found_of(size: object, modified: object, tag: object) -> Found:
    """Return what a server says of an object, once it is seen that it does."""
    if not (isinstance(size, int) and isinstance(modified, datetime) and isinstance(tag, str)):
        raise Refused(None, "", "the server describes an object without size, time or tag")
    return Found(size, int(modified.timestamp() * 1e9), tag)
