"""The rest of an artifact's surface: names and rules, digests, drafts of versions, parts, times to live."""

from __future__ import annotations

import inspect
import logging
from datetime import timedelta
from pathlib import Path

import pytest

import mvfs
from mvfs import errors
from mvfs.catalog import pointers
from mvfs.errors import ArtifactFinalizedError, ArtifactNotLoggedError, InvalidInput, NoSuchFile
from mvfs.index import queries
from tests.sdk.conftest import LogText

NEVER_LOGGED = [
    "version", "project", "entity", "url", "collection", "commit_hash", "created_at", "updated_at",
    "file_count", "history_step", "aliases", "tags", "linked_artifacts", "linked_at", "source_artifact",
    "source_collection", "source_entity", "source_project", "source_version",
]  # fmt: skip


def draft_of(files: dict[str, str], name: str = "m", **about: object) -> mvfs.Artifact:
    draft = mvfs.Artifact(name, "model", **about)  # type: ignore[arg-type]
    for path, text in files.items():
        with draft.new_file(path) as file:
            file.write(text)
    return draft


def saved(artifact: mvfs.Artifact) -> mvfs.Artifact:
    artifact.save(project="p")
    return artifact


def read(artifact: mvfs.Artifact) -> dict[str, str]:
    root = Path(artifact.download())
    return {entry.path: (root / entry.path).read_text() for entry in artifact.files()}


@pytest.mark.parametrize("what", NEVER_LOGGED)
def test_drafts_lack_what_logging_gives(what: str) -> None:
    with pytest.raises(ArtifactNotLoggedError) as caught:
        getattr(mvfs.Artifact("m", "model"), what)
    assert str(caught.value) == (
        f"'Artifact.{what}' used prior to logging artifact or while in offline mode."
        " Call Artifact.wait() before accessing logged artifact properties."
    )


@pytest.mark.parametrize(
    "method",
    [
        "wait",
        "download",
        "checkout",
        "verify",
        "file",
        "files",
        "json_encode",
        "new_draft",
        "delete",
        "unlink",
    ],
)
def test_drafts_lack_what_only_logged_ones_do(method: str) -> None:
    with pytest.raises(ArtifactNotLoggedError, match=rf"'Artifact\.{method}' used prior"):
        getattr(mvfs.Artifact("m", "model"), method)()


@pytest.mark.parametrize("method", ["get", "get_entry", "get_path"])
def test_drafts_give_no_entries(method: str) -> None:
    named = method.replace("path", "entry")  # it is only another word for it
    with pytest.raises(ArtifactNotLoggedError, match=rf"'Artifact\.{named}' used prior"):
        getattr(mvfs.Artifact("m", "model"), method)("x")


@pytest.mark.parametrize(
    ("name", "type_"), [("m", "job"), ("m", "wandb-history"), ("run-x", "run_table"), ("source-x", "code")]
)
def test_reserved_types(name: str, type_: str) -> None:
    with pytest.raises(
        ValueError,
        match=rf"^Artifact type '{type_}' is reserved for internal use. Please use a different type.$",
    ):
        mvfs.Artifact(name, type_)
    if type_ in ("run_table", "code"):
        assert mvfs.Artifact("other", type_).type == type_


def test_names_in_wandbs_words() -> None:
    with pytest.raises(
        ValueError,
        match=r"^Artifact name may only contain alphanumeric characters, dashes, underscores, and dots."
        r" Invalid name: 'a b'$",
    ):
        mvfs.Artifact("a b", "model")
    assert mvfs.Artifact("größe-1.0_x", "model").name == "größe-1.0_x"


def test_aliases_and_tags_that_are_refused(log_text: LogText) -> None:
    with mvfs.init(project="p"):
        for alias in ("a/b", "a:b"):
            with pytest.raises(
                ValueError, match=r"^Aliases must not contain any of the following characters: '/', ':'$"
            ):
                log_text("1", aliases=[alias])
        logged = log_text("1")
        with pytest.raises(ValueError, match=r"^Aliases must not contain"):
            logged.aliases = ["a/b"]
        logged.aliases.append("a:b")
        with pytest.raises(ValueError, match=r"^Aliases must not contain"):
            logged.save()
    for tag in ("a/b", " a", "", "a.b"):
        with pytest.raises(ValueError, match=r"^Invalid tag\(s\)\.  Tags must only contain"):
            logged.tags = [tag]
    logged.reload()
    logged.tags = ["b b", "ä-1", "b b", "a"]
    assert logged.tags == ["b b", "ä-1", "a"]
    logged.save()
    assert mvfs.Api().artifact("p/m").tags == ["a", "b b", "ä-1"]


@pytest.mark.parametrize(
    ("files", "digest"),
    [
        ({}, "64e7c61456b10382e2f3b571ac24b659"),
        ({"file1.txt": "hello"}, "a00c2239f036fb656c1dcbf9a32d89b4"),
        ({"great-file.txt": "hello"}, "585b9ada17797e37c9cbab391e69b8c5"),
        ({"subdir/file1.txt": "hello"}, "a757208d042e8627b2970d72a71bed5b"),
        (
            {"file1.txt": "hello", "nest/file2.txt": "my", "nest/nest/file3.txt": "dude"},
            "72414374bfd4b0f60a116e7267845f71",
        ),
        (
            {"top/file1.txt": "hello", "top/nest/file2.txt": "my", "top/nest/nest/file3.txt": "dude"},
            "f718baf2d4c910dc6ccd0d9c586fa00f",
        ),
    ],
)
def test_wandbs_digests(files: dict[str, str], digest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = draft_of(files)
    ours = artifact.digest
    assert (artifact.manifest.digest(), artifact.digest_algorithm) == (digest, "BLAKE3")
    saved(artifact)
    assert (artifact.manifest.digest(), artifact.digest, artifact.commit_hash) == (digest, ours, ours)
    monkeypatch.setenv("MVFS_DIGEST", "md5")
    assert (artifact.digest, artifact.digest_algorithm) == (digest, "MD5")
    assert draft_of(files).digest == digest == mvfs.Api().artifact("p/m").digest


def test_digests_of_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = draft_of({"a": "hello"})
    (entry,) = artifact._files
    monkeypatch.setenv("MVFS_DIGEST", "md5")
    assert (entry.digest, entry.digest_algorithm()) == ("XUFAKrxLKna5cZ2REBfFkg==", "MD5")
    stored = saved(artifact).get_entry("a")
    assert stored.to_json() == {
        "path": "a", "digest": "XUFAKrxLKna5cZ2REBfFkg==", "size": 5, "extra": {}, "skip_cache": False,
    }  # fmt: skip
    assert stored.parent_artifact().name == "m:v0"
    assert artifact.get_path("a") == stored
    with pytest.raises(InvalidInput, match=r"^Only reference entries support ref_target\(\).$"):
        stored.ref_target()


def test_manifest() -> None:
    manifest = draft_of({"a": "hello", "d/b": "x"}).manifest
    assert (len(manifest), manifest.size(), list(manifest.entries)) == (2, 6, ["a", "d/b"])
    assert manifest.get_entry_by_path("x") is None
    assert [entry.path for entry in manifest.get_entries_in_directory("d")] == ["d/b"]
    assert manifest.to_manifest_json() == {
        "version": 1,
        "storagePolicy": "wandb-storage-policy-v1",
        "storagePolicyConfig": {"storageLayout": "V2"},
        "contents": {
            "a": {"digest": "XUFAKrxLKna5cZ2REBfFkg==", "size": 5},
            "d/b": {"digest": "ndTkYSaMgDT1yFZOFVxnpg==", "size": 1},
        },
    }


def test_added_files_are_found_again(work: Path) -> None:
    (work / "a.txt").write_text("x")
    draft = mvfs.Artifact("m", "model")
    draft.add_file("a.txt", name="d/b.txt")
    assert draft.get_added_local_path_name("a.txt") == "d/b.txt"
    assert draft.get_added_local_path_name(str(work / "a.txt")) == "d/b.txt"
    assert draft.get_added_local_path_name("nothing") is None


def test_a_wrong_encoding_is_told(caplog: pytest.LogCaptureFixture) -> None:
    draft = mvfs.Artifact("m", "model")
    with pytest.raises(UnicodeEncodeError), draft.new_file("a", encoding="ascii") as file:
        file.write("é")
    assert "Failed to open the provided file (UnicodeEncodeError" in caplog.text
    assert "Please provide the proper encoding." in caplog.text


def test_a_draft_of_a_version() -> None:
    first = saved(draft_of({"a": "1", "b": "2"}, description="d", metadata={"x": 1}))
    draft = first.new_draft()
    assert (draft.name, draft.type, draft.description, draft.metadata) == ("m", "model", "d", {"x": 1})
    assert (draft.digest, draft.size, draft.is_draft()) == (first.digest, 2, True)
    draft.remove("a")
    with draft.new_file("c") as file:
        file.write("3")
    with pytest.raises(ValueError, match=r"^Cannot add the same path twice: 'b'$"):
        draft.add_reference(saved(draft_of({"b": "other"}, name="n")).get_entry("b"))
    with pytest.raises(ValueError, match=r"^Artifact m exists in project 'p'; it can't be moved to 'other'$"):
        draft.save(project="other")
    saved(draft)
    assert (draft.version, read(draft)) == ("v1", {"b": "2", "c": "3"})
    assert (read(first), saved(first.new_draft()).version) == ({"a": "1", "b": "2"}, "v0")


def test_incremental_copies_only_when_it_is_logged(store: Path) -> None:
    saved(draft_of({"a": "1", "b": "2"}))
    draft = draft_of({"b": "new"}, incremental=True)
    assert draft.incremental
    assert [entry.path for entry in draft._files] == ["b"]
    assert read(saved(draft)) == {"a": "1", "b": "new"}
    assert not list(store.glob("tmp/*/draft-*/*"))


def test_parts_of_several_processes_make_one_version() -> None:
    with mvfs.init(project="p", group="g", id="one") as run:
        run.upsert_artifact(draft_of({"a": "1", "same": "old"}))
    with mvfs.init(project="p", group="g", id="two") as run:
        part = run.upsert_artifact(draft_of({"b": "2", "same": "new"}))
        assert (part.distributed_id, part.wait()) == ("g", part)
        with pytest.raises(ArtifactFinalizedError):
            part.add_file(__file__)
        other = run.upsert_artifact(draft_of({"x": "other"}), distributed_id="another")
        assert other.distributed_id == "another"
    with mvfs.init(project="p", group="g", id="three") as run:
        done = run.finish_artifact(draft_of({"c": "3"}, metadata={"m": 1}), aliases=["prod"])
    assert (done.name, done.aliases, done.metadata) == ("m:v0", ["latest", "prod"], {"m": 1})
    assert read(done) == {"a": "1", "b": "2", "c": "3", "same": "new"}
    (left,) = mvfs.Api().artifact_collections("p", "parts")
    assert [read(one) for one in left.artifacts()] == [{"x": "other"}]


def test_parts_need_something_in_common() -> None:
    with mvfs.init(project="p") as run:
        with pytest.raises(
            TypeError,
            match=r"^Cannot upsert artifact unless run is in a group or distributed_id is provided$",
        ):
            run.upsert_artifact(draft_of({"a": "1"}))
        with pytest.raises(TypeError, match=r"^Cannot finish artifact unless run is in a group"):
            run.finish_artifact(draft_of({"a": "1"}))
    with mvfs.init(mode="disabled", group="g") as run:
        run.upsert_artifact(draft_of({"a": "1"}))
        assert run.finish_artifact(draft_of({"a": "1"})).state == "PENDING"


def test_time_to_live() -> None:
    draft = draft_of({"a": "1"})
    with pytest.raises(ArtifactNotLoggedError, match=r"'Artifact\.ttl' used prior"):
        _ = draft.ttl
    with pytest.raises(ValueError, match=r"^Artifact TTL Duration has to be positive. ttl: -1.0$"):
        draft.ttl = timedelta(seconds=-1)
    draft.ttl = timedelta(days=2)
    assert saved(draft).ttl is not None
    draft.ttl = mvfs.ArtifactTTL.INHERIT
    draft.save()
    assert mvfs.Api().artifact("p/m").ttl is None
    draft.ttl = timedelta(days=1)
    draft.save()
    assert mvfs.Api().artifact("p/m").ttl == timedelta(days=1)
    draft.ttl = None
    draft.save()
    assert mvfs.Api().artifact("p/m").ttl is None


def test_history_step(log_text: LogText) -> None:
    with mvfs.init(project="p") as run:
        early = log_text("0")
        for value in range(3):
            run.log({"loss": value})
        late = log_text("1")
    assert (early.history_step, late.history_step) == (None, 2)
    assert saved(draft_of({"a": "no run"}, name="n")).history_step is None


def test_updated_at_follows_aliases_and_notes() -> None:
    artifact = saved(draft_of({"a": "1"}))
    project, _ = artifact.stored()
    for change in (
        lambda: pointers.set_aliases(project, "m", 0, ["x"]),
        lambda: pointers.set_note(project, "m", 0, "n"),
        lambda: pointers.remove_aliases(project, "m", ["x"]),
    ):
        before = queries.changed_at(project.index, "m", 0)
        change()
        assert queries.changed_at(project.index, "m", 0) > before
    assert artifact.updated_at >= artifact.created_at


def test_what_stands_for_it_elsewhere(store: Path) -> None:
    artifact = saved(draft_of({"a": "1"}))
    assert artifact.url == f"{store}::p/m:v0"
    assert mvfs.Api().artifact(artifact.url).id == artifact.id
    assert artifact.json_encode()["id"] == artifact.id
    assert artifact.json_encode()["_type"] == "artifactVersion"
    assert artifact.use_as is None


def test_recorded_runs_take_inputs_and_outputs_later(log_text: LogText) -> None:
    with mvfs.init(project="p", id="one"):
        log_text("1")
    with mvfs.init(project="p", id="two"):
        pass
    run, artifact = mvfs.Api().run("p/two"), mvfs.Api().artifact("p/m")
    run.use_artifact(artifact)
    run.log_artifact(artifact, aliases=["prod", "latest"], tags=["t"])
    assert ([a.name for a in run.used_artifacts()], [a.name for a in run.logged_artifacts()]) == (
        ["m:v0"],
        ["m:v0"],
    )
    assert (artifact.aliases, artifact.tags) == (["latest", "prod"], ["t"])
    with pytest.raises(ValueError, match=r"^Only existing artifacts are accepted by this api"):
        run.use_artifact(draft_of({"a": "x"}))
    with pytest.raises(TypeError, match=r"^You must pass a mvfs.Api\(\).artifact\(\) to use_artifact$"):
        run.use_artifact("m")  # type: ignore[arg-type]
    other = draft_of({"a": "x"})
    other.save(project="q")
    with pytest.raises(ValueError, match=r"^A run can't log an artifact to a different project.$"):
        run.log_artifact(other)


def test_errors_are_those_that_scripts_catch(log_text: LogText) -> None:
    assert mvfs.CommError is mvfs.Error is errors.MvfsError is mvfs.errors.CommError
    assert mvfs.UsageError is errors.InvalidInput
    with mvfs.init(project="p") as run:
        log_text("1")
        with pytest.raises(ValueError, match=r"^Artifact m already exists with type 'model'"):
            run.log_artifact(mvfs.Artifact("m", "dataset"))
        run.log_artifact(mvfs.Artifact("d", "dataset"))
        with pytest.raises(AssertionError, match=r"^You can only use this method for 'model' artifacts"):
            run.use_model("d")
        with pytest.raises(NoSuchFile, match="Path not contained in artifact"):
            run.use_artifact("m").get_path("x")


def test_signatures_are_wandbs() -> None:
    """Names, order and defaults of parameters, as the reference lists them; more of them may follow."""
    wanted = {
        "__init__": "name type description metadata incremental use_as storage_region digest_algorithm",
        "add_file": "local_path name is_tmp skip_cache policy overwrite",
        "add_dir": "local_path name skip_cache policy merge",
        "add_reference": "uri name checksum max_objects",
        "new_file": "name mode encoding policy",
        "add": "obj name overwrite",
        "download": "root allow_missing_references skip_cache path_prefix multipart",
        "checkout": "root",
        "verify": "root",
        "file": "root",
        "files": "names per_page start",
        "wait": "timeout",
        "save": "project settings",
        "delete": "delete_aliases",
        "link": "target_path aliases",
    }
    for method, names in wanted.items():
        parameters = list(inspect.signature(getattr(mvfs.Artifact, method)).parameters.values())[1:]
        assert [one.name for one in parameters] == names.split()
        assert all(one.kind is one.POSITIONAL_OR_KEYWORD for one in parameters)


def test_links_warn_by_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "mvfs")
    link = saved(draft_of({"a": "1"})).link("n")
    link.aliases.append("x")
    link.save()
    assert caplog.text == ""
