"""Names, types and lists by page, as `Api` gives them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import mvfs
from mvfs.errors import Conflict, InvalidInput, NotFound
from mvfs.sdk.collection import ArtifactCollection
from mvfs.sdk.pages import Pages
from tests.sdk.conftest import LogText


@pytest.fixture
def api(log_text: LogText) -> mvfs.Api:
    with mvfs.init(project="p"):
        for text in "012":
            log_text(text, aliases=[f"a{text}"])
        mvfs.log_artifact(mvfs.Artifact("n", "model"))
    return mvfs.Api(overrides={"project": "p", "entity": "me"})


@pytest.fixture
def found(api: mvfs.Api) -> ArtifactCollection:
    return api.artifact_collection("model", "m")


def test_renaming_keeps_everything(api: mvfs.Api, found: ArtifactCollection) -> None:
    found.name = "renamed"
    found.save()
    assert [a.name for a in api.artifacts("model", "renamed")] == ["renamed:v2", "renamed:v1", "renamed:v0"]
    assert api.artifact("renamed:a1").logged_by() is not None
    assert not api.artifact_exists("m")
    found.name = "n"
    with pytest.raises(Conflict, match="'p/n' exists"):
        found.save()


def test_names_that_are_refused(found: ArtifactCollection) -> None:
    with pytest.raises(
        ValueError,
        match=r"^Artifact names must not contain any of the following characters: '/'.  Got: 'a/b'$",
    ):
        found.name = "a/b"
    with pytest.raises(ValueError, match=r"^Artifact name is longer than 128 characters"):
        found.name = "x" * 129


def test_description_tags_and_type(api: mvfs.Api, found: ArtifactCollection) -> None:
    found.description = "all of them"
    found.tags.append("a b")
    found.tags += ["c", "c"]
    found.type = "checkpoint"
    found.save()
    again = api.artifact_collection("checkpoint", "m")
    assert (again.description, again.tags, again.type) == ("all of them", ["a b", "c"], "checkpoint")
    assert api.artifact("m").type == "checkpoint"
    again.change_type("model")
    assert api.artifact_collection_exists("m", "model")
    with pytest.raises(ValueError, match=r"^Artifact type 'job' is reserved"):
        again.type = "job"
    with pytest.raises(ValueError, match=r"^Invalid tag\(s\)"):
        again.tags = ["a/b"]
    api.artifact("m").link("links")
    links = api.artifact_collection("model", "links")
    with pytest.raises(
        ValueError, match=r"^Type can only be changed if the artifact collection is a sequence.$"
    ):
        links.type = "x"


def test_delete(api: mvfs.Api, found: ArtifactCollection) -> None:
    found.delete()
    found.description = "too late"
    assert not api.artifact_collection_exists("m", "model")
    with pytest.raises(NotFound, match="were deleted"):
        found.save()


def test_facts(found: ArtifactCollection) -> None:
    assert (found.name, found.type, found.project, found.entity) == ("m", "model", "p", "me")
    assert found.aliases == ["a0", "a1", "a2", "latest"]
    assert found.created_at <= found.updated_at
    assert found.created_at.endswith("Z")
    assert found.is_sequence()
    assert len(found.versions()) == 3


def test_lists_of_names(api: mvfs.Api) -> None:
    kind = api.artifact_type("model")
    assert [one.name for one in kind.collections()] == ["m", "n"]
    assert [one.name for one in kind.collections(order="-name")] == ["n", "m"]
    assert [one.name for one in kind.collections(filters={"name": "n"})] == ["n"]
    assert [one.name for one in api.artifact_collections("p", "model", per_page=1)] == ["m", "n"]
    with pytest.raises(InvalidInput, match="order 'size' of names is unknown"):
        kind.collections(order="size")
    with pytest.raises(InvalidInput, match=r"filters \['x'\] of names are unknown"):
        kind.collections(filters={"x": 1})


def test_pages_go_on_from_a_cursor(api: mvfs.Api) -> None:
    pages = api.artifacts("model", "m", per_page=2)
    assert (pages.cursor, pages.more, len(pages)) == (None, True, 3)
    assert [pages[0].version, pages[1].version] == ["v2", "v1"]
    assert (pages.cursor, pages.more) == ("2", True)
    rest = api.artifacts("model", "m", per_page=2, start=pages.cursor)
    assert [a.version for a in rest] == ["v0"]
    assert (rest.cursor, rest.more, pages[-1].version) == ("3", False, "v0")


def test_pages_are_sequences() -> None:
    asked: list[list[int]] = []

    def load(keys: Sequence[int]) -> list[int]:
        asked.append(list(keys))
        return [10 * key for key in keys]

    pages = Pages(range(10), load, per_page=4)
    assert (pages[1:3], pages[-1], pages[20:]) == ([10, 20], 90, [])
    assert asked == [[0, 1, 2, 3], [8, 9]]
    assert (pages.cursor, pages.more) == ("10", True)
    assert list(pages) == list(range(0, 100, 10)) == pages
    assert (len(asked), pages.more) == (3, False)
    assert Pages.of([1, 2], start="9") == []
    with pytest.raises(IndexError):
        _ = pages[10]
    with pytest.raises(InvalidInput, match="is no cursor"):
        Pages.of([1], start="x")
    with pytest.raises(InvalidInput, match="per_page must be 1 or more, not 0"):
        Pages.of([1], per_page=0)


def test_what_went_away_since_the_list_was_made_is_left_out() -> None:
    pages = Pages(range(5), lambda keys: [key for key in keys if key != 1], per_page=2)
    assert list(pages) == [0, 2, 3, 4]
    with pytest.raises(IndexError, match="went away since"):
        _ = pages[1]
