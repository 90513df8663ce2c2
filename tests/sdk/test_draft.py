"""Artifacts before they are logged: what they take in, and W&B's words where they refuse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import mvfs
from mvfs.errors import ArtifactNotLoggedError, InvalidInput, InvalidName, InvalidSource, NoSuchFile


@pytest.fixture
def draft() -> mvfs.Artifact:
    return mvfs.Artifact("m", "model")


def test_is_pending(draft: mvfs.Artifact) -> None:
    assert draft.is_draft()
    assert (draft.state, draft.id, draft.size, draft.name, draft.type) == ("PENDING", None, 0, "m", "model")


@pytest.mark.parametrize(
    "name",
    ["version", "project", "entity", "aliases", "tags", "created_at", "file_count", "ref"],
)
def test_refuses_what_only_logged_ones_have(draft: mvfs.Artifact, name: str) -> None:
    with pytest.raises(ArtifactNotLoggedError) as caught:
        getattr(draft, name)
    assert str(caught.value) == (
        f"'Artifact.{name}' used prior to logging artifact or while in offline mode."
        " Call Artifact.wait() before accessing logged artifact properties."
    )
    assert isinstance(caught.value, AttributeError)
    assert not hasattr(draft, name)


def test_qualified_name_refuses_with_its_first_part(draft: mvfs.Artifact) -> None:
    with pytest.raises(ArtifactNotLoggedError, match=r"'Artifact\.entity' used prior to"):
        _ = draft.qualified_name


@pytest.mark.parametrize("method", ["wait", "download", "files", "logged_by", "used_by", "verify", "file"])
def test_refuses_methods_of_logged_ones(draft: mvfs.Artifact, method: str) -> None:
    with pytest.raises(ArtifactNotLoggedError, match=rf"'Artifact\.{method}' used prior to"):
        getattr(draft, method)()


def test_what_was_added_is_what_is_logged(draft: mvfs.Artifact, work: Path) -> None:
    source = work / "a.txt"
    source.write_text("as added")
    source.chmod(0o755)
    entry = draft.add_file("a.txt")
    assert (entry.path, entry.size) == ("a.txt", 8)
    source.write_text("changed later")
    source.unlink()
    draft.save(project="p")
    root = Path(draft.download())
    assert (root / "a.txt").read_text() == "as added"
    assert os.access(root / "a.txt", os.X_OK)


def test_immutable_files_are_read_in_place(draft: mvfs.Artifact, work: Path) -> None:
    (work / "a.txt").write_text("x")
    assert draft.add_file("a.txt", policy="immutable").local_path == str(work / "a.txt")


def test_digest_is_that_of_the_version(draft: mvfs.Artifact) -> None:
    with draft.new_file("a.txt") as file:
        file.write("hello")
    before = draft.digest
    draft.save(project="p")
    assert draft.digest == before


def test_messages_for_paths(draft: mvfs.Artifact, work: Path) -> None:
    with pytest.raises(InvalidSource, match=r"^Path is not a file: 'nothing'$"):
        draft.add_file("nothing")
    with pytest.raises(ValueError, match=rf"^Path is not a file: '{work}'$"):
        draft.add_file(work)
    with pytest.raises(InvalidSource, match=r"^Path is not a directory: 'nothing'$"):
        draft.add_dir("nothing")


def test_message_for_policy(draft: mvfs.Artifact, work: Path) -> None:
    (work / "a.txt").write_text("x")
    with pytest.raises(
        ValueError, match=r"^Invalid policy 'x'. Policy may only be `mutable` or `immutable`.$"
    ):
        draft.add_file("a.txt", policy="x")


@pytest.mark.parametrize("path", [".", "/a", "../a", "a/../b", "C:\\a", "\\\\host\\share\\a"])
def test_paths_stay_inside(draft: mvfs.Artifact, work: Path, path: str) -> None:
    (work / "a.txt").write_text("x")
    with pytest.raises(InvalidName, match=r"^Invalid artifact path: "):
        draft.add_file("a.txt", name=path)


def test_an_empty_name_is_none_given(draft: mvfs.Artifact, work: Path) -> None:
    (work / "a.txt").write_text("x")
    assert draft.add_file("a.txt", name="").path == "a.txt"


def test_same_path_twice(draft: mvfs.Artifact, work: Path) -> None:
    (work / "a.txt").write_text("x")
    first = draft.add_file("a.txt")
    assert draft.add_file("a.txt") == first
    (work / "a.txt").write_text("y")
    with pytest.raises(ValueError, match=r"^Cannot add the same path twice: 'a.txt'$"):
        draft.add_file("a.txt")
    assert draft.add_file("a.txt", overwrite=True).digest != first.digest


def test_add_dir_with_and_without_a_name(draft: mvfs.Artifact, work: Path) -> None:
    (work / "d" / "sub").mkdir(parents=True)
    (work / "d" / "a.txt").write_text("x")
    (work / "d" / "sub" / "b.txt").write_text("y")
    draft.add_dir("d")
    draft.add_dir("d", name="copy")
    draft.save(project="p")
    assert [e.path for e in draft.files()] == ["a.txt", "copy/a.txt", "copy/sub/b.txt", "sub/b.txt"]


def test_add_dir_merges_only_when_told(draft: mvfs.Artifact, work: Path) -> None:
    (work / "d").mkdir()
    (work / "d" / "a.txt").write_text("x")
    draft.add_dir("d")
    draft.add_dir("d")
    (work / "d" / "a.txt").write_text("y")
    with pytest.raises(ValueError, match=r"^Cannot add the same path twice"):
        draft.add_dir("d")
    draft.add_dir("d", merge=True)
    assert draft.size == 1


def test_new_file_modes(draft: mvfs.Artifact) -> None:
    with draft.new_file("a.txt") as file:
        file.write("x")
    with pytest.raises(ValueError, match=r"^File with name 'a.txt' already exists at '.+'$"):  # noqa: SIM117
        with draft.new_file("a.txt"):
            pass
    with draft.new_file("a.txt", mode="wb") as file:
        file.write(b"yy")
    assert draft.size == 2
    with pytest.raises(InvalidInput, match="not for new files"), draft.new_file("a.txt", mode="r"):
        pass


def test_new_file_is_not_added_when_writing_fails(draft: mvfs.Artifact) -> None:
    with pytest.raises(UnicodeEncodeError), draft.new_file("a.txt", encoding="ascii") as file:
        file.write("é")
    assert draft.size == 0
    with pytest.raises(NoSuchFile):
        draft.remove("a.txt")


def test_remove(draft: mvfs.Artifact) -> None:
    for name in ("a.txt", "d/b.txt", "d/e/c.txt", "dd.txt"):
        with draft.new_file(name) as file:
            file.write("x")
    entry = draft.remove("a.txt")
    assert entry is None
    draft.remove("d")
    with pytest.raises(FileNotFoundError, match=r"^No such file or directory: d$"):
        draft.remove("d")
    assert draft.size == 1


def test_staging_goes_with_the_artifact(work: Path, store: Path) -> None:
    (work / "a.txt").write_text("x")
    draft = mvfs.Artifact("m", "model")
    draft.add_file("a.txt")
    assert list(store.glob("tmp/*/draft-*/*"))
    del draft
    assert not list(store.glob("tmp/*/draft-*"))


def test_metadata_is_made_json() -> None:
    draft = mvfs.Artifact("m", "model", metadata={"a": (1, 2), 3: float("nan")})  # type: ignore[dict-item]
    assert draft.metadata == {"a": [1, 2], "3": None}
    draft.metadata["later"] = 1
    draft.metadata = {**draft.metadata, "last": 2}
    draft.save(project="p")
    assert draft.metadata == {"a": [1, 2], "3": None, "later": 1, "last": 2}
    assert mvfs.Artifact("m", "model", metadata='{"a": 1}').metadata == {"a": 1}


def test_metadata_refused() -> None:
    with pytest.raises(TypeError, match=r"^Cannot parse <class 'list'> as artifact metadata$"):
        mvfs.Artifact("m", "model", metadata=[1])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^Artifact must not have more than 100 metadata keys.$"):
        mvfs.Artifact("m", "model", metadata={str(i): i for i in range(101)})
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        mvfs.Artifact("m", "model", metadata={"a": float("inf")})


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "..", "v3", "a\n"])
def test_names_that_cannot_be_directories(name: str) -> None:
    with pytest.raises(InvalidName):
        mvfs.Artifact(name, "model")
    with pytest.raises(InvalidName):
        mvfs.Artifact("m", name)


def test_long_name() -> None:
    with pytest.raises(
        ValueError, match=rf"^Artifact name is longer than 128 characters: '{'x' * 128} \.\.\.'$"
    ):
        mvfs.Artifact("x" * 129, "model")


def test_incremental_begins_with_the_latest_version() -> None:
    first = mvfs.Artifact("m", "model")
    for name in ("a.txt", "b.txt"):
        with first.new_file(name) as file:
            file.write("old")
    first.save(project="p")
    second = mvfs.Artifact("m", "model", incremental=True)
    with second.new_file("b.txt") as file:
        file.write("new")
    second.save(project="p")
    root = Path(second.download())
    assert second.version == "v1"
    assert [(path.name, path.read_text()) for path in sorted(root.iterdir())] == [
        ("a.txt", "old"),
        ("b.txt", "new"),
    ]
