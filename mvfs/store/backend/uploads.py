"""Uploads in parts that were begun and neither completed nor aborted: what writers that died leave behind.

Nobody can read them and no listing of objects tells of them, but they take space and are paid for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

_MAX_PAGES = 1000
"""Pages of a listing after which we stop: a server that never ends one must not hold us."""


class Upload(msgspec.Struct, frozen=True):
    """An upload in parts."""

    key: str
    """As S3 has it: with the prefix of the store."""
    id: str
    begun: int
    """Nanoseconds since 1970 by the store's clock; the end of time where it does not say."""


def find(page: Callable[..., dict[str, Any]], prefix: str) -> Iterator[Upload]:
    """Yield the uploads below a prefix of the bucket; ``page`` asks for one page of them."""
    request: dict[str, Any] = {"Prefix": prefix}
    for _ in range(_MAX_PAGES):
        answer = page(**request)
        for found in answer.get("Uploads", ()):
            key, when = found.get("Key", ""), found.get("Initiated")
            if key.startswith(prefix) and "UploadId" in found:  # not every server looks at the prefix
                yield Upload(key, found["UploadId"], int(when.timestamp() * 1e9) if when else sys.maxsize)
        after, upload = answer.get("NextKeyMarker"), answer.get("NextUploadIdMarker")
        if not answer.get("IsTruncated") or not after or not upload:
            return
        request |= {"KeyMarker": after, "UploadIdMarker": upload}
