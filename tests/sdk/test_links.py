"""Artifacts under another name: links, and what they stand for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import mvfs
from mvfs.errors import ArtifactNotLoggedError, Conflict, InvalidInput, NotAModel
from tests.sdk.conftest import LogText


@pytest.fixture(autouse=True)
def run(work: Path) -> mvfs.Run:
    return mvfs.init(project="p", entity="me")


@pytest.fixture
def source(log_text: LogText) -> mvfs.Artifact:
    log_text("0")
    return log_text("1", description="first", metadata={"a": 1})


def test_a_link_and_what_it_stands_for(source: mvfs.Artifact) -> None:
    link = source.link("released", aliases=["prod"])
    assert (link.name, link.version, link.is_link, link.aliases) == (
        "released:v0", "v0", True, ["latest", "prod"],
    )  # fmt: skip
    assert (link.source_name, link.source_version, link.source_project) == ("m:v1", "v1", "p")
    assert link.source_qualified_name == "me/p/m:v1"
    assert link.source_collection == source.collection
    assert link.source_artifact.name == "m:v1"
    assert (link.id, link.digest) == (source.id, source.digest)
    assert link.linked_at is not None
    assert (source.is_link, source.linked_at, source.source_name) == (False, None, "m:v1")
    assert source.source_artifact is source
    assert [one.name for one in source.linked_artifacts] == ["released:v0"]
    assert link.linked_artifacts == []
    assert not link.collection.is_sequence()
    assert source.collection.is_sequence()


@pytest.mark.parametrize("target", ["other/released", "you/other/released", "you/wandb-registry-model/r"])
def test_links_into_other_projects(source: mvfs.Artifact, target: str) -> None:
    link = source.link(target)
    assert (link.project, link.name.partition(":")[0]) == tuple(target.split("/")[-2:])
    assert mvfs.Api().artifact(target).source_name == "m:v1"
    assert Path(link.file()).read_text() == "1"
    assert [one.qualified_name for one in source.linked_artifacts] == [link.qualified_name]


@pytest.mark.parametrize("target", ["", "a/b/c/d", "a:v0", "a//b"])
def test_targets_of_another_form(source: mvfs.Artifact, target: str) -> None:
    with pytest.raises(InvalidInput, match="is no target"):
        source.link(target)


def test_linking_a_draft_saves_it_and_again_is_nothing_new() -> None:
    draft = mvfs.Artifact("m", "model")
    with draft.new_file("a") as file:
        file.write("x")
    assert draft.link("released").version == "v0"
    assert draft.state == "COMMITTED"
    assert draft.link("released", aliases=["a"]).name == "released:v0"


def test_linking_a_link_links_its_source(source: mvfs.Artifact, caplog: pytest.LogCaptureFixture) -> None:
    second = source.link("released").link("others")
    assert "Linking to a link artifact will result in directly linking to the source artifact" in caplog.text
    assert second.source_name == "m:v1"
    assert [one.name for one in source.linked_artifacts] == ["released:v0", "others:v0"]


def test_unlink_leaves_the_source(source: mvfs.Artifact, caplog: pytest.LogCaptureFixture) -> None:
    link = source.link("released", aliases=["prod"])
    link.unlink()
    assert (link.state, source.linked_artifacts) == ("DELETED", [])
    with pytest.raises(
        ValueError, match=r"^Artifact 'me/p/m:v1' is not a linked artifact and cannot be unlinked.  To"
    ):
        source.unlink()
    source.link("released").delete()
    assert "Deleting a link artifact will only unlink the artifact" in caplog.text
    assert mvfs.Api().artifact("p/m").version == "v1"
    assert not mvfs.Api().artifact_exists("p/released")


def test_edits_of_a_link_are_made_to_its_source(
    source: mvfs.Artifact, caplog: pytest.LogCaptureFixture
) -> None:
    link = source.link("released")
    link.description, link.metadata["a"], link.tags = "new", 2, ["t"]
    link.aliases.append("mine")
    link.save()
    assert "Editing description will apply the changes to the source artifact and all linked" in caplog.text
    source.reload()
    assert (source.description, source.metadata, source.tags) == ("new", {"a": 2}, ["t"])
    assert source.aliases == ["latest"]
    assert mvfs.Api().artifact("p/released").aliases == ["latest", "mine"]


def test_ttl_of_links(source: mvfs.Artifact) -> None:
    source.ttl = timedelta(days=1)
    source.save()
    link = source.link("released")
    assert source.ttl is None
    with pytest.raises(
        ValueError, match=r"^Cannot set TTL for link artifact. Unlink the artifact first then"
    ):
        link.ttl = timedelta(days=1)


def test_names_hold_either_links_or_versions(source: mvfs.Artifact, log_text: LogText) -> None:
    log_text("x", name="own")
    with pytest.raises(Conflict, match="holds versions that were logged there"):
        source.link("own")


def test_run_link_artifact_and_link_model(run: mvfs.Run, work: Path) -> None:
    draft = mvfs.Artifact("m", "model")
    with draft.new_file("a") as file:
        file.write("x")
    assert run.link_artifact(draft, "released", ["a"]).aliases == ["a", "latest"]
    (work / "w.bin").write_bytes(b"w")
    linked = mvfs.link_model("w.bin", "best-models", name="w", aliases=["staging"])
    assert linked is not None
    assert linked.qualified_name == "me/model-registry/best-models:v0"
    assert (linked.type, linked.source_name) == ("model", "w:v0")
    with pytest.raises(AssertionError, match=r"^Please provide only the name of the registered model"):
        run.link_model("w.bin", "registry/best")
    run.log_artifact(mvfs.Artifact("d", "dataset"))
    with pytest.raises(NotAModel):
        run.link_model("w.bin", "best-models", name="d")


def test_drafts_have_no_links() -> None:
    draft = mvfs.Artifact("m", "model")
    assert (draft.is_link, draft.source_name) == (False, "m")
    for name in ("linked_artifacts", "linked_at", "source_artifact", "source_collection", "source_version"):
        with pytest.raises(ArtifactNotLoggedError, match=rf"'Artifact\.{name}' used prior"):
            getattr(draft, name)
    with pytest.raises(ArtifactNotLoggedError, match=r"'Artifact\.source_entity' used prior"):
        _ = draft.source_qualified_name
