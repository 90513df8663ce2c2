"""Artifacts after they are logged: versions, aliases, files."""

from __future__ import annotations

from pathlib import Path

import pytest

import mvfs
from mvfs.errors import (
    ArtifactFinalizedError,
    Conflict,
    InvalidInput,
    InvalidName,
    InvalidSource,
    NoSuchFile,
    NotFound,
)
from mvfs.sdk.draft import DraftEntry
from tests.sdk.conftest import LogText


@pytest.fixture(autouse=True)
def run(work: Path) -> mvfs.Run:
    return mvfs.init(project="p", entity="me")


def test_versions_count_up_and_latest_moves(log_text: LogText) -> None:
    first, second = log_text("1"), log_text("2", aliases=["prod"])
    assert (first.version, first.name, first.state) == ("v0", "m:v0", "COMMITTED")
    assert (second.version, second.aliases) == ("v1", ["latest", "prod"])
    assert second.qualified_name == "me/p/m:v1"
    assert second.ref == "p/m:v1"
    assert (second.project, second.entity, second.file_count, second.size) == ("p", "me", 1, 1)
    assert len(second.digest) == 64
    assert second.wait() is second
    first.reload()
    assert first.aliases == []


def test_equal_content_is_reused_and_aliases_move(log_text: LogText) -> None:
    log_text("1", description="first", metadata={"a": 1}, aliases=["prod"])
    log_text("2")
    again = log_text("1", description="other", metadata={"a": 2}, aliases=["best"])
    assert (again.version, again.reused) == ("v0", True)
    assert again.aliases == ["best", "latest", "prod"]
    assert (again.description, again.metadata) == ("first", {"a": 1})


def test_a_second_producer_is_recorded(log_text: LogText) -> None:
    first = log_text("1").logged_by()
    mvfs.finish()
    run = mvfs.init(project="p")
    again = log_text("1")
    assert first is not None
    assert again.logged_by().id == first.id  # type: ignore[union-attr]
    assert [a.name for a in mvfs.Api().run(run.id).logged_artifacts()] == ["m:v0"]


def test_finalized_ones_take_nothing_more(log_text: LogText, work: Path) -> None:
    logged = log_text("1")
    (work / "b.txt").write_text("x")
    for name, change in {
        "add_file": lambda: logged.add_file("b.txt"),
        "add_dir": lambda: logged.add_dir("."),
        "remove": lambda: logged.remove("a.txt"),
        "new_file": lambda: logged.new_file("c").__enter__(),
        "add": lambda: logged.add(mvfs.Table(), "t"),
        "add_reference": lambda: logged.add_reference("s3://b/k"),
    }.items():
        with pytest.raises(ArtifactFinalizedError) as caught:
            change()
        assert str(caught.value) == (
            f"'Artifact.{name}' used on logged artifact. Can't modify finalized artifact."
        )


def test_other_type_under_a_name(log_text: LogText) -> None:
    log_text("1")
    with pytest.raises(
        Conflict,
        match=r"^Artifact m already exists with type 'model'; cannot create another with type 'data'$",
    ):
        mvfs.log_artifact(mvfs.Artifact("m", "data"))


def test_a_failed_log_leaves_a_draft_that_can_be_logged(log_text: LogText) -> None:
    draft = mvfs.Artifact("m", "model")
    with draft.new_file("a.txt") as file:
        file.write("1")
    with pytest.raises(InvalidName):
        mvfs.log_artifact(draft, aliases=["a/b"])
    assert draft.is_draft()
    assert mvfs.log_artifact(draft, aliases=["a"]).version == "v0"


def test_log_path(work: Path, run: mvfs.Run) -> None:
    (work / "w.bin").write_bytes(b"x")
    (work / "d").mkdir()
    (work / "d" / "a.txt").write_text("x")
    file, folder = run.log_artifact("w.bin"), run.log_artifact("d/", name="dd", type="dataset", tags=["t"])
    assert (file.name, file.type) == (f"run-{run.id}-w.bin:v0", "unspecified")
    assert (folder.name, folder.type, folder.tags) == ("dd:v0", "dataset", ["t"])
    run.log_model(Path("w.bin"), name="w", aliases=["a"])
    assert Path(run.use_model("w:a")).read_bytes() == b"x"


def test_log_refused(run: mvfs.Run) -> None:
    with pytest.raises(
        InvalidSource, match=r"^path must be a file, directory or externalreference like s3://bucket/path$"
    ):
        run.log_artifact("nothing")
    with pytest.raises(TypeError, match="valid file path to log_artifact"):
        run.log_artifact(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^`aliases` must be Iterable or None$"):
        run.log_artifact(mvfs.Artifact("m", "model"), aliases=3)  # type: ignore[arg-type]


def test_one_alias_may_be_a_word(log_text: LogText, run: mvfs.Run) -> None:
    log_text("1", aliases="prod")  # type: ignore[arg-type]
    assert run.use_artifact("m:prod").version == "v0"


@pytest.mark.parametrize(
    "name",
    ["m", "m:latest", "m:v0", "m:prod", "p/m:v0", "me/p/m:v0", "me/p/m", "p/model/m:v0", "p/model/m/v0"],
)
def test_use_by_every_form_of_name(log_text: LogText, run: mvfs.Run, name: str) -> None:
    log_text("1", aliases=["prod"])
    used = run.use_artifact(name)
    assert used.name == "m:v0"
    assert [user.id for user in used.used_by()] == [run.id]


def test_use_refused(log_text: LogText, run: mvfs.Run) -> None:
    log_text("1")
    with pytest.raises(ValueError, match=r"^Supplied type a does not match type model of artifact m:v0$"):
        run.use_artifact("m:v0", type="a")
    with pytest.raises(NotFound, match="no version v7"):
        run.use_artifact("m:v7")
    with pytest.raises(NotFound, match="no name or type 'n'"):
        run.use_artifact("me/p/n:v0")
    with pytest.raises(NotFound, match="no project 'q'"):
        run.use_artifact("q/m:v0")
    with pytest.raises(InvalidInput, match="names a file"):
        run.use_artifact("p/m:v0/a.txt")
    with pytest.raises(ValueError, match="You must pass an artifact name"):
        run.use_artifact(3)  # type: ignore[arg-type]


def test_use_of_a_draft_logs_it_first(run: mvfs.Run) -> None:
    draft = mvfs.Artifact("d", "dataset")
    with draft.new_file("a.txt") as file:
        file.write("x")
    used = run.use_artifact(draft, aliases=["raw"])
    assert used is draft
    assert used.aliases == ["latest", "raw"]
    assert [a.name for a in mvfs.Api().run(run.id).used_artifacts()] == ["d:v0"]


def test_use_across_projects(log_text: LogText) -> None:
    log_text("1")
    mvfs.finish()
    run = mvfs.init(project="q")
    assert run.use_artifact("p/m:latest").project == "p"
    assert [a.ref for a in mvfs.Api().run(f"q/{run.id}").used_artifacts()] == ["p/m:v0"]
    with pytest.raises(InvalidInput, match="can't log an artifact to a different project"):
        run.log_artifact(mvfs.Api().artifact("p/m:v0"))


def test_logging_a_logged_one_adds_a_producer_and_aliases(log_text: LogText) -> None:
    log_text("1")
    mvfs.finish()
    run = mvfs.init(project="p")
    again = run.log_artifact(mvfs.Api().artifact("p/m"), aliases=["latest", "again"], tags=["t"])
    assert (again.aliases, again.tags) == (["again", "latest"], ["t"])
    assert [a.name for a in mvfs.Api().run(run.id).logged_artifacts()] == ["m:v0"]


def test_save_stores_what_was_edited(log_text: LogText, run: mvfs.Run) -> None:
    log_text("0", aliases=["prod"])
    logged = log_text("1", aliases=["a", "b"])
    logged.aliases.append("prod")
    logged.aliases.remove("a")
    logged.tags = ["x", "y"]
    logged.description = "hello"
    logged.save()
    found = run.use_artifact("m")
    assert found.aliases == ["b", "latest", "prod"] == logged.aliases
    assert (found.tags, found.description) == (["x", "y"], "hello")
    logged.aliases = ["b"]  # 'latest' is not ours to remove
    logged.description = None
    logged.save()
    assert (logged.aliases, logged.description) == (["b", "latest"], None)


def test_save_keeps_what_others_added(log_text: LogText, run: mvfs.Run) -> None:
    logged = log_text("1")
    other = run.use_artifact("m")
    other.aliases.append("theirs")
    other.save()
    logged.aliases.append("ours")
    logged.save()
    assert logged.aliases == ["latest", "ours", "theirs"]


def test_metadata_is_edited_in_place_and_saved(log_text: LogText, run: mvfs.Run) -> None:
    logged = log_text("1", metadata={"a": 1, "b": [1], "c": 3})
    other = run.use_artifact("m")
    other.metadata["theirs"] = True
    other.save()
    logged.metadata["b"].append(2)
    del logged.metadata["a"]
    logged.save()
    assert logged.metadata == {"b": [1, 2], "c": 3, "theirs": True} == run.use_artifact("m").metadata
    logged.metadata = {"only": float("nan")}
    logged.save()
    assert logged.metadata == {"only": None}
    logged.metadata["x"] = float("inf")
    with pytest.raises(InvalidInput, match="Out of range float values"):
        logged.save()


def test_download(log_text: LogText, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = log_text("1")
    assert logged.download() == str(work / "artifacts" / "m:v0")
    assert logged.download("here") == "here"
    (work / "here" / "a.txt").write_text("changed")
    (work / "here" / "extra.txt").write_text("mine")
    with pytest.raises(
        ValueError, match=rf"^Found file {work}/here/extra.txt which is not a member of artifact m:v0$"
    ):
        logged.verify("here")
    logged.download("here")
    assert (work / "here" / "a.txt").read_text() == "1"
    assert (work / "here" / "extra.txt").read_text() == "mine"
    logged.checkout("here")
    logged.verify("here")
    (work / "here" / "a.txt").write_text("2")
    with pytest.raises(ValueError, match=r"^Digest mismatch for file: a.txt$"):
        logged.verify("here")
    (work / "here" / "a.txt").unlink()
    with pytest.raises(InvalidInput, match=r"^Missing file: a.txt$"):
        logged.verify("here")
    monkeypatch.setenv("WANDB_ARTIFACT_DIR", str(work / "elsewhere"))
    assert logged.download() == str(work / "elsewhere" / "m:v0")
    assert logged.checkout() == str(work / "elsewhere" / "m")


def test_download_by_prefix(run: mvfs.Run) -> None:
    draft = mvfs.Artifact("d", "dataset")
    for name in ("some-prefix.txt", "some-prefix-two.txt", "sub/some.txt", "other.txt"):
        with draft.new_file(name) as file:
            file.write(name)
    logged = run.log_artifact(draft)

    def taken(prefix: str) -> set[str]:
        root = Path(logged.download(f"for-{prefix.replace('/', '-')}", path_prefix=prefix))
        return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}

    assert taken("some-prefix") == {"some-prefix.txt", "some-prefix-two.txt"}
    assert taken("some-prefix/") == set()
    assert taken("sub/") == {"sub/some.txt"}
    assert len(taken("")) == 4
    with pytest.raises(
        ValueError,
        match=r"^This artifact contains more than one file, call `.download\(\)` to get all files or call"
        r' .get_entry\("filename"\).download\(\)$',
    ):
        logged.file()


def test_single_files(log_text: LogText, work: Path) -> None:
    logged = log_text("1")
    entry = logged.get_entry("a.txt")
    assert (entry.name, entry.size) == ("a.txt", 1)
    assert Path(entry.download()).read_text() == "1"
    assert entry.download("x") == "x/a.txt"
    assert Path(logged.file()) == work / "artifacts" / "m:v0" / "a.txt"
    assert [e.path for e in logged.files(names=["a.txt"])] == ["a.txt"]
    with pytest.raises(KeyError, match=r"^Path not contained in artifact: b.txt$"):
        logged.get_entry("b.txt")
    with pytest.raises(NoSuchFile):
        logged.files(names=["b.txt"])


def test_entry_digests_are_those_of_the_draft(run: mvfs.Run) -> None:
    draft = mvfs.Artifact("d", "dataset")
    with draft.new_file("a") as file:
        file.write("hello")
    (entry,) = draft._files
    assert isinstance(entry, DraftEntry)
    digest = entry.digest
    assert run.log_artifact(draft).get_entry("a").digest == digest


def test_an_empty_artifact_is_a_version(run: mvfs.Run) -> None:
    logged = run.log_artifact(mvfs.Artifact("e", "dataset", metadata={"only": "metadata"}))
    assert (logged.version, logged.size, logged.files()) == ("v0", 0, [])


def test_use_model_needs_a_model(run: mvfs.Run) -> None:
    run.log_artifact(mvfs.Artifact("e", "dataset"))
    with pytest.raises(InvalidInput, match=r"^You can only use this method for 'model' artifacts"):
        run.use_model("e")
