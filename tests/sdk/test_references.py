"""`Artifact.add_reference`: W&B's names, words and rules, and what of them is better here."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

import mvfs
from mvfs.catalog.materializing import materialize
from mvfs.errors import ArtifactFinalizedError, InvalidInput, InvalidSource, NotFound, SourceChanged
from tests.unit import web


@pytest.fixture
def data(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = work / "data"
    (folder / "nest").mkdir(parents=True)
    (folder / "file1.txt").write_text("hello")
    (folder / "nest" / "file2.txt").write_text("my")
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(folder))
    return folder


@pytest.fixture
def draft() -> mvfs.Artifact:
    return mvfs.Artifact("photos", "dataset")


def saved(artifact: mvfs.Artifact) -> mvfs.Artifact:
    artifact.save(project="p")
    return artifact


def test_names_are_those_of_wandb(draft: mvfs.Artifact, data: Path) -> None:
    uri = data.as_uri()
    assert [entry.path for entry in draft.add_reference(uri)] == ["file1.txt", "nest/file2.txt"]
    assert [entry.path for entry in draft.add_reference(uri, name="top")] == [
        "top/file1.txt", "top/nest/file2.txt",
    ]  # fmt: skip
    assert [entry.name for entry in draft.add_reference(uri + "/file1.txt")] == ["file1.txt"]
    assert [entry.name for entry in draft.add_reference(uri + "/file1.txt", "as/this")] == ["as/this"]


def test_entries_tell_where_they_lead(draft: mvfs.Artifact, data: Path) -> None:
    (entry,) = draft.add_reference((data / "file1.txt").as_uri())
    plain = draft.add_file(str(data / "nest" / "file2.txt"))
    assert (entry.ref, entry.ref_target(), entry.size) == (
        (data / "file1.txt").as_uri(), (data / "file1.txt").as_uri(), 5,
    )  # fmt: skip
    digests = {one.path: one.digest for one in (entry, plain)}
    draft_digest = draft.digest
    logged = saved(draft)
    assert logged.digest == draft_digest
    stored = logged.get_entry("file1.txt")
    assert (stored.ref, stored.ref_target(), stored.ref_url(), stored.size) == (
        entry.ref, entry.ref, entry.ref, 5,
    )  # fmt: skip
    assert {one.path: one.digest for one in logged.files()} == digests
    other = logged.get_entry("file2.txt")
    assert other.ref is None
    assert other.ref_url().endswith("::p/photos:v0/file2.txt")
    for one in (plain, other):
        with pytest.raises(ValueError, match=r"^Only reference entries support ref_target\(\)\.$"):
            one.ref_target()


def test_what_is_refused_is_refused_in_the_words_of_wandb(draft: mvfs.Artifact, data: Path) -> None:
    with pytest.raises(
        ValueError, match=r"^References must be URIs\. To reference a local file, use file://$"
    ):
        draft.add_reference(str(data))
    with pytest.raises(
        InvalidSource, match=r"^Path 'file:///nowhere' must be a valid file or directory path$"
    ):
        draft.add_reference("file:///nowhere")
    with pytest.raises(
        InvalidInput, match=r"^Exceeded 1 objects tracked, pass max_objects to add_reference$"
    ):
        draft.add_reference(data.as_uri(), max_objects=1)
    with pytest.raises(InvalidInput, match="one of the schemes"):
        draft.add_reference("ref://example.com/somefile.txt", name="ref")
    draft.add_reference((data / "file1.txt").as_uri())
    draft.add_reference((data / "file1.txt").as_uri())
    with pytest.raises(ValueError, match=r"^Cannot add the same path twice: 'file1\.txt'$"):
        draft.add_reference((data / "nest" / "file2.txt").as_uri(), "file1.txt")
    assert saved(draft).file_count == 1
    with pytest.raises(ArtifactFinalizedError):
        draft.add_reference(data.as_uri())


def test_an_object_that_is_not_there_is_no_file(
    draft: mvfs.Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ALLOW", "127.0.0.1")
    with web.web() as server, pytest.raises(FileNotFoundError) as caught:
        draft.add_reference(server.url + "/x/model.bin")
    assert str(caught.value).startswith(f"Unable to find model.bin at {server.url}/x/model.bin")


def test_equal_references_are_one_version_and_download(data: Path) -> None:
    for _ in range(2):
        artifact = mvfs.Artifact("photos", "dataset")
        artifact.add_reference(data.as_uri(), name="in")
        logged = saved(artifact)
        assert logged.version == "v0"
    root = Path(logged.download())
    assert (root / "in/nest/file2.txt").read_text() == "my"
    assert Path(logged.get_entry("in/file1.txt").download("one")).read_text() == "hello"


def test_checksum_false_looks_at_the_size_only(data: Path) -> None:
    loose = mvfs.Artifact("loose", "dataset")
    loose.add_reference((data / "file1.txt").as_uri(), checksum=False)
    logged = saved(loose)
    (data / "file1.txt").write_text("HELLO")
    assert Path(logged.file()).read_text() == "HELLO"
    (data / "file1.txt").write_text("longer")
    with pytest.raises(SourceChanged, match="size is 6 bytes, recorded were 5"):
        logged.file()


def test_references_that_are_gone_can_be_left_out(
    draft: mvfs.Artifact, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draft.add_reference(data.as_uri())
    with draft.new_file("own.txt") as file:
        file.write("own")
    logged = saved(draft)
    (data / "file1.txt").unlink()
    with pytest.raises(NotFound, match=r"'file1.txt' is a reference: .* is not there"):
        logged.download("whole")
    with caplog.at_level(logging.WARNING, "mvfs"):
        root = Path(logged.download("part", allow_missing_references=True))
    assert sorted(os.listdir(root)) == ["nest", "own.txt"]
    assert "it is left out" in caplog.text


def test_verify_passes_references_over(
    draft: mvfs.Artifact, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draft.add_reference(data.as_uri())
    draft.add_file(str(data / "file1.txt"), "own.txt")
    logged = saved(draft)
    root = Path(logged.download())
    with caplog.at_level(logging.WARNING, "mvfs"):
        logged.verify()
    assert "skipped verification of 2 refs" in caplog.text
    (root / "own.txt").write_text("other")
    with pytest.raises(ValueError, match=r"^Digest mismatch for file: own\.txt$"):
        logged.verify()


def test_entries_of_logged_artifacts_are_added_as_they_are(draft: mvfs.Artifact, data: Path) -> None:
    draft.add_reference((data / "file1.txt").as_uri())
    draft.add_file(str(data / "nest" / "file2.txt"), "deep/own.txt")
    first = saved(draft)
    second = mvfs.Artifact("second", "dataset")
    second.add_reference(first.get_entry("file1.txt"), "renamed.txt")
    second.add_reference(first.get_entry("deep/own.txt"))
    logged = saved(second)
    assert {one.path: one.ref is not None for one in logged.files()} == {
        "own.txt": False, "renamed.txt": True,
    }  # fmt: skip
    assert logged.get_entry("renamed.txt").digest == first.get_entry("file1.txt").digest


def test_incremental_ones_go_on_with_references_materialized_or_not(draft: mvfs.Artifact, data: Path) -> None:
    draft.add_reference(data.as_uri())
    first = saved(draft)
    digest = first.get_entry("file1.txt").digest
    materialize(*first.stored())
    (data / "file1.txt").unlink()
    more = mvfs.Artifact("photos", "dataset", incremental=True)
    with more.new_file("own.txt") as file:
        file.write("own")
    second = saved(more)
    assert (second.version, second.get_entry("file1.txt").digest) == ("v1", digest)
    assert (Path(second.download()) / "file1.txt").read_text() == "hello"


def test_a_run_logs_a_uri_as_references(data: Path) -> None:
    with mvfs.init(project="p") as run:
        logged = run.log_artifact(data.as_uri(), name="photos", type="dataset")
        unnamed = run.log_artifact((data / "file1.txt").as_uri())
    assert [entry.ref is not None for entry in logged.files()] == [True, True]
    assert (unnamed.name, unnamed.type) == (f"run-{run.id}-file1.txt:v0", "unspecified")


def test_files_that_could_not_be_read_later_are_told_of_at_once_and_once(
    draft: mvfs.Artifact, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "nest").mkdir(exist_ok=True)
    (data / "nest" / "n.txt").write_text("n")
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(data / "nest"))
    draft.add_reference((data / "nest" / "n.txt").as_uri(), "allowed")
    assert capsys.readouterr().err == ""
    for name in ("one", "two"):
        draft.add_reference((data / "file1.txt").as_uri(), name)
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith(f"mvfs: references into '{data}' are recorded, but cannot be read here")
    assert "MVFS_REFERENCES_ROOTS" in told
