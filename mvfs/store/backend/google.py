"""Google Cloud Storage, over its JSON API."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mvfs.store.backend.answers import Refused
from mvfs.store.backend.google_api import GoogleApi, json_of
from mvfs.store.backend.service import Bytes, Found, Page, Parts, Service


class GoogleService(Service):
    """A bucket."""

    forbids_what_is_taken = True

    def __init__(self, bucket: str) -> None:
        """Connect.

        Raises:
            Unavailable: the package that does it is not installed.
            Refused: there are no credentials.
        """
        self._api = GoogleApi(bucket)

    def head(self, key: str) -> Found:
        _, _, body = self._api.request("GET", self._url(key))
        return _found(json_of(body))

    def fetch(self, key: str, offset: int, length: int) -> bytes:
        headers = {"Range": f"bytes={offset}-{offset + length - 1}"}
        status, _, body = self._api.request(
            "GET", self._url(key), {"alt": "media"}, headers=headers, most=length
        )
        if status != 206 and offset:
            raise Refused(None, "", "the server sends whole objects where a part was asked for")
        return body

    def page(self, prefix: str, after: str, token: str | None) -> Page:
        wanted = {"prefix": prefix, "startOffset": after, "pageToken": token}
        _, _, body = self._api.request("GET", self._api.objects, {k: v for k, v in wanted.items() if v})
        answer = json_of(body)
        try:
            items = [(str(item["name"]), _found(item)) for item in answer.get("items", ())]
        except (KeyError, TypeError) as exc:
            raise Refused(None, "", "the server sends a listing without names") from exc
        return Page(items, answer.get("nextPageToken"))

    def put(self, key: str, body: Bytes, *, absent: bool = False, tag: str | None = None) -> None:
        wanted = {"uploadType": "multipart"}
        if absent or tag is not None:
            wanted["ifGenerationMatch"] = tag or "0"
        line = os.urandom(16).hex()  # gcsfs always takes the same one, and an object may hold it
        headers = {"Content-Type": f"multipart/related; boundary={line}"}
        content = _related(line, {"name": key}, body)
        _, _, answer = self._api.request("POST", self._api.uploads, wanted, headers=headers, body=content)
        if (written := _found(json_of(answer)).size) != len(body):
            raise Refused(None, "", f"the server took {written} of {len(body)} bytes")

    def begin(self, key: str, size: int) -> Parts:
        wanted = {"uploadType": "resumable", "name": key}
        _, headers, _ = self._api.request("POST", self._api.uploads, wanted)
        if not (session := headers.get("Location", "")).startswith(f"{self._api.root}/"):
            raise Refused(None, "", "the server names no place of its own for an upload")
        return _Session(self._api, session, size)

    def delete(self, key: str) -> None:
        self._api.request("DELETE", self._url(key))

    def abandon(self) -> None:
        self._api.library.abandon()

    def _url(self, key: str) -> str:
        return f"{self._api.objects}/{quote(key, safe='')}"


class _Session(Parts):
    """A resumable upload: parts in order, and the server says how far it got."""

    at_once = 1

    def __init__(self, api: GoogleApi, url: str, size: int) -> None:
        self._api, self._url, self._size = api, url, size

    def send(self, number: int, offset: int, body: memoryview) -> None:  # noqa: ARG002 - they have an order
        stop = offset + len(body)
        there = offset
        while there < stop:
            piece = f"bytes {there}-{stop - 1}/{self._size}"
            status, headers, _ = self._api.request(
                "PUT", self._url, headers={"Content-Range": piece}, body=body[there - offset :]
            )
            if status != 308:
                return
            kept = headers.get("Range", "").rpartition("-")[2]
            before, there = there, int(kept) + 1 if kept.isdecimal() else 0
            if there <= before:
                raise Refused(None, "", "the server does not keep what it is sent")

    def finish(self) -> None:
        """The last part has done it."""


def _related(line: str, description: dict[str, str], body: Bytes) -> bytes:
    """An object and what it is called, in one body of two parts."""
    head = (
        f"--{line}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(description)}\r\n"
        f"--{line}\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    return b"".join((head.encode("ascii"), body, f"\r\n--{line}--\r\n".encode("ascii")))


def _found(item: Mapping[str, Any]) -> Found:
    try:
        modified = int(datetime.fromisoformat(item["timeCreated"]).timestamp() * 1e9)
        return Found(int(item["size"]), modified, str(item["generation"]))
    except (KeyError, TypeError, ValueError) as exc:
        raise Refused(None, "", "the server describes an object without size, time or generation") from exc
