"""Listings of uploads in parts, from servers of all kinds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mvfs.store.backend.uploads import Upload, find

BEGUN = datetime(2026, 11, 1, tzinfo=UTC)


def upload(key: str, id_: str) -> dict[str, Any]:
    return {"Key": key, "UploadId": id_, "Initiated": BEGUN}


def test_all_pages_and_only_what_is_below_the_prefix() -> None:
    pages: dict[tuple[str | None, str | None], dict[str, Any]] = {
        (None, None): {
            "Uploads": [upload("team/p/1", "a"), upload("other", "b")],
            "IsTruncated": True,
            "NextKeyMarker": "other",
            "NextUploadIdMarker": "b",
        },
        ("other", "b"): {"Uploads": [upload("team/p/1", "c"), {"Key": "team/p/2", "UploadId": "d"}]},
    }

    def page(**request: Any) -> dict[str, Any]:
        assert request.pop("Prefix") == "team/"
        return pages[request.get("KeyMarker"), request.get("UploadIdMarker")]

    begun = int(BEGUN.timestamp()) * 10**9
    first, second, unknown = find(page, "team/")
    assert (first, second) == (Upload("team/p/1", "a", begun), Upload("team/p/1", "c", begun))
    assert unknown.begun > begun * 2  # never old


def test_a_listing_that_never_ends_is_given_up() -> None:
    asked = 0

    def page(**_: Any) -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"IsTruncated": True, "NextKeyMarker": "k", "NextUploadIdMarker": "u"}

    assert [*find(page, "")] == []
    assert 0 < asked < 10_000
    assert [*find(lambda **_: {"IsTruncated": True}, "")] == []
