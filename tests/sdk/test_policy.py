"""Policies and protected aliases in scripts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import mvfs
from mvfs.errors import Conflict, InvalidInput
from mvfs.sdk.collection import ArtifactCollection
from tests.sdk.conftest import LogText


@pytest.fixture
def collection(log_text: LogText) -> ArtifactCollection:
    mvfs.init(project="vision")
    for number in range(3):
        log_text(f"{number}", aliases=["production"] if number == 1 else None)
    return mvfs.Api().artifact_collection("model", "vision/m")


def test_a_collection_has_a_policy(collection: ArtifactCollection, log_text: LogText) -> None:
    policy = collection.policy
    assert (policy.keep_last, policy.ttl, policy.best, policy.protected_aliases) == (None, None, None, [])
    policy.keep_last, policy.ttl = 1, timedelta(microseconds=1)
    policy.best = "acc:max"
    assert (policy.keep_last, policy.ttl, policy.best) == (1, timedelta(microseconds=1), "acc:max")
    log_text("new")
    assert [one.version for one in collection.artifacts()] == ["v3", "v1"]
    policy.keep_last = policy.ttl = policy.best = None
    assert (policy.keep_last, policy.ttl, policy.best) == (None, None, None)
    for wrong in (0, -1):
        with pytest.raises(InvalidInput):
            policy.keep_last = wrong
    with pytest.raises(InvalidInput):
        policy.ttl = timedelta(0)


def test_protected_aliases_take_force_and_a_reason(collection: ArtifactCollection) -> None:
    collection.policy.protect("production")
    api = mvfs.Api()
    artifact = api.artifact("vision/m:v2")
    artifact.aliases.append("production")
    with pytest.raises(Conflict, match="force=True"):
        artifact.save()
    artifact.save(force=True, reason="passed the gate")
    artifact.aliases.remove("production")
    with pytest.raises(Conflict, match="protected"):
        artifact.save()
    with pytest.raises(Conflict, match="protected"):
        api.artifact("vision/m:production").delete(delete_aliases=True)
    with pytest.raises(Conflict, match="protected"):
        collection.set_alias("production", "v0")
    collection.set_alias("production", "latest", force=True, reason="again")
    collection.set_alias("production", "v0", force=True, reason="rolled back")
    api.artifact("vision/m:production").delete(delete_aliases=True, force=True, reason="leaked")
    said = [(one.old, one.new, one.reason) for one in collection.alias_history("production")]
    assert said == [
        (None, 1, None),
        (None, None, None),
        (1, 2, "passed the gate"),
        (2, 0, "rolled back"),
        (0, None, "leaked"),
    ]
    with pytest.raises(InvalidInput, match="protected"):
        collection.policy.unprotect("production")
    collection.policy.unprotect("production", force=True, reason="no such stage any more")
    assert collection.policy.protected_aliases == []


def test_an_alias_as_it_was_at_a_moment(collection: ArtifactCollection) -> None:
    from mvfs import units

    moved = collection.alias_history("production")[0]
    collection.set_alias("production", "v2")
    then = units.iso(moved.time)
    api = mvfs.Api()
    assert api.artifact(f"vision/m:production@{then}").version == "v1"
    assert api.artifact("vision/m:production").version == "v2"


def test_only_what_is_better_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    run = mvfs.init(project="vision")

    def log(text: str, **metadata: float) -> mvfs.Artifact:
        artifact = mvfs.Artifact("m", "model", metadata=metadata)
        with artifact.new_file("a.txt") as file:
            file.write(text)
        return run.log_artifact(artifact, aliases=["candidate"], if_better="acc:max")

    assert log("a", acc=0.5).kept
    worse = log("b", acc=0.4)
    assert (worse.kept, worse.version, worse.aliases) == (False, "v0", ["candidate", "latest"])
    assert "0.4 <= 0.5 of v0" in caplog.text
    assert log("c", acc=0.6).version == "v1"
    run.summary["acc"] = 0.7
    assert log("d").version == "v2"
    with pytest.raises(InvalidInput, match="METRIC:max"):
        run.log_artifact("work", if_better="acc")
    with pytest.raises(InvalidInput, match="logged already"):
        run.log_artifact(worse, if_better="acc:max")


def test_a_protected_alias_when_logging(collection: ArtifactCollection, work: Path) -> None:
    collection.policy.protect("production")
    (work / "f").write_text("new")
    with pytest.raises(Conflict, match="protected"):
        mvfs.log_artifact("f", "m", "model", aliases=["production"])
    found = mvfs.log_artifact("f", "m", "model", aliases=["production"], force=True, reason="hotfix")
    assert "production" in found.aliases
    old = mvfs.Api().artifact("vision/m:v0")
    with pytest.raises(Conflict, match="protected"):
        mvfs.log_artifact(old, aliases=["production"])
    mvfs.log_artifact(old, aliases=["production"], force=True, reason="rolled back")
    assert [one.reason for one in collection.alias_history("production")][-2:] == ["hotfix", "rolled back"]


def test_terms_hold_in_the_background_too(log_text: LogText) -> None:
    run = mvfs.init(project="vision")
    run.log({"acc": 0.9})
    log_text("good", aliases=["production"])
    mvfs.Api().artifact_collection("model", "vision/m").policy.protect("production")
    worse = run.log_artifact(_draft("worse"), wait=False, if_better="acc:max").wait()
    assert (worse.kept, worse.version) == (False, "v0")
    refused = run.log_artifact(_draft("other"), aliases=["production"], wait=False)
    with pytest.raises(Conflict, match="protected"):
        refused.wait()
    why = {"force": True, "reason": "passed the gate"}
    moved = run.log_artifact(_draft("other"), aliases=["production"], wait=False, **why).wait()
    assert (moved.version, moved.aliases) == ("v1", ["latest", "production"])
    with pytest.raises(InvalidInput, match="rule"):
        run.log_artifact(_draft("another"), wait=False, if_better="acc")


def _draft(content: str) -> mvfs.Artifact:
    draft = mvfs.Artifact("m", "model")
    with draft.new_file("w") as file:
        file.write(content)
    return draft
