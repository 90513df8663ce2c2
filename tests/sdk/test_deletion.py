"""Artifacts that are deleted, or expire."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import mvfs
from mvfs.errors import ArtifactNotLoggedError, CommError, NotFound
from tests.sdk.conftest import LogText

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def run(work: Path) -> mvfs.Run:
    return mvfs.init(project="p")


def test_delete(log_text: LogText) -> None:
    first, second = log_text("1"), log_text("2", aliases=["prod"])
    with pytest.raises(CommError, match="v1 is latest, prod"):
        second.delete()
    assert second.state == "COMMITTED"
    second.delete(delete_aliases=True)
    assert second.state == "DELETED"
    with pytest.raises(NotFound, match="deleted it"):
        mvfs.Api().artifact("p/m:v1")
    assert mvfs.Api().artifact("p/m:latest").version == "v0"
    first.reload()
    assert first.aliases == ["latest"]
    with pytest.raises(ArtifactNotLoggedError):
        mvfs.Artifact("x", "model").delete()


def test_ttl_of_a_draft_and_of_a_logged_one(log_text: LogText) -> None:
    assert log_text("1").ttl is None
    draft = mvfs.Artifact("m", "model")
    draft.ttl = DAY
    with draft.new_file("a.txt") as file:
        file.write("2")
    draft.save()
    assert draft.ttl is not None
    assert abs(draft.ttl - DAY) < timedelta(minutes=1)
    found = mvfs.Api().artifact("p/m:v1")
    found.ttl = 30 * DAY
    found.save()
    assert mvfs.Api().artifact("p/m:v1").ttl == 30 * DAY
    found.ttl = None
    found.save()
    assert mvfs.Api().artifact("p/m:v1").ttl is None


@pytest.mark.parametrize("ttl", [timedelta(0), -DAY, timedelta.max])
def test_what_is_no_ttl(log_text: LogText, ttl: timedelta) -> None:
    with pytest.raises(ValueError, match=r"has to be positive|is too long"):
        log_text("1").ttl = ttl
    with pytest.raises(TypeError, match="takes a timedelta"):
        log_text("1").ttl = 5  # type: ignore[assignment]
