"""What refs mean below ``.mvfs``, in a mounted store and in a mounted part of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mvfs import refs
from mvfs.catalog import deletion, pointers
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.referring import scan_references
from mvfs.mount import facts
from mvfs.mount.nodes import Directory, Node
from mvfs.mount.texts import Text
from mvfs.mount.tree import Tree
from tests.conftest import LogFiles


@pytest.fixture
def logged(catalog: Catalog, project: Project, log_files: LogFiles) -> Catalog:
    log_files({"a": "0", "sub/b": "0"}, aliases=("production",))
    log_files({"a": "1", "sub/b": "1"})
    log_files({"a": "x"}, name="cats", type_="dataset")
    log_files({"a": "y"}, name="odd.json")
    log_files({"a": "z"}, into=catalog.make_project("sound"), name="voice")
    return catalog


def look(catalog: Catalog, root: str | None, path: str) -> Node | None:
    tree = Tree(catalog, refs.parse(root) if root else None)
    node: Node | None = tree.root
    for name in (".mvfs", *path.split("/")):
        if not isinstance(node, Directory):
            return None
        node = tree.lookup(node, name)
    return node


def version_of(catalog: Catalog, root: str | None, path: str) -> str | None:
    """The ref in the text at a path."""
    found = look(catalog, root, path)
    return found.text.decode().split('"')[3] if isinstance(found, Text) else None


IV3 = "vision/model/iv3"


@pytest.mark.parametrize(
    ("root", "path", "ref"),
    [
        (None, "vision/iv3.json", f"{IV3}:v1"),
        (None, "vision/iv3:production.json", f"{IV3}:v0"),
        (None, "vision/model/iv3:v0.json", f"{IV3}:v0"),
        (None, "vision/model/iv3/v0.json", f"{IV3}:v0"),
        (None, "vision/iv3/production.json", f"{IV3}:v0"),
        (None, "vision/iv3:production@2999-01-01.json", f"{IV3}:v0"),
        (None, "vision/odd.json.json", "vision/model/odd.json:v0"),
        (None, "vision/odd.json/v0.json", "vision/model/odd.json:v0"),
        (None, "sound/voice.json", "sound/model/voice:v0"),
        ("vision", "iv3:production.json", f"{IV3}:v0"),
        ("vision", "model/iv3/v0.json", f"{IV3}:v0"),
        ("vision/model", "iv3:production.json", f"{IV3}:v0"),
        ("vision/model", "iv3/latest.json", f"{IV3}:v1"),
        (IV3, "production.json", f"{IV3}:v0"),
        (IV3, "v1.json", f"{IV3}:v1"),
        (f"{IV3}:production", "version.json", f"{IV3}:v0"),
        (f"{IV3}:v1/sub", "version.json", f"{IV3}:v1"),
    ],
)
def test_refs_that_are_found(logged: Catalog, root: str | None, path: str, ref: str) -> None:
    assert version_of(logged, root, path) == ref


@pytest.mark.parametrize(
    ("root", "path"),
    [
        (None, "vision.json"),
        (None, "vision/model.json"),
        (None, "vision/iv3:v7.json"),
        (None, "vision/iv3:none.json"),
        (None, "vision/iv3:v0/a.json"),
        (None, "vision/iv3/sub.json"),
        (None, "vision/iv3/v0/sub.json"),
        (None, "vision/dataset/iv3.json"),
        (None, "vision/iv3:production@x.json"),
        (None, "vision/.json"),
        (None, ".json"),
        (None, "vision::iv3.json"),
        (None, "version.json"),
        (None, "nothing/iv3.json"),
        ("vision", "sound/voice.json"),
        ("vision", "vision/iv3.json"),
        ("vision/model", "cats.json"),
        ("vision/model", "dataset/cats.json"),
        (IV3, "cats.json"),
        (f"{IV3}:production", "v0.json"),
        (f"{IV3}:production", "iv3.json"),
    ],
)
def test_refs_that_are_not(logged: Catalog, root: str | None, path: str) -> None:
    assert look(logged, root, path) is None


def test_a_type_does_not_open_a_name_that_is_called_like_it(logged: Catalog, log_files: LogFiles) -> None:
    tree = Tree(logged, refs.parse("vision/model"))
    log_files({"a": "q"}, name="model", type_="dataset", aliases=("secret",))
    assert version_of(logged, None, "vision/model/secret.json") == "vision/dataset/model:v0"
    hidden = tree.lookup(tree.root, ".mvfs")
    assert isinstance(hidden, Directory)
    assert tree.lookup(hidden, "secret.json") is None
    assert isinstance(tree.lookup(hidden, "iv3.json"), Text)


def test_directories_are_projects_types_and_names(logged: Catalog) -> None:
    for path in ("vision", "vision/model", "vision/iv3", "vision/model/iv3"):
        assert isinstance(look(logged, None, path), Directory), path
    for path in (
        "none",
        "vision/none",
        "vision/model/none",
        "vision/iv3/v0",
        "vision/iv3:v0",
        "vision/dataset/iv3",
    ):
        assert look(logged, None, path) is None, path


def test_it_is_what_it_is_now(logged: Catalog, project: Project) -> None:
    pointers.set_aliases(project, "iv3", 1, ["production"])
    assert version_of(logged, None, "vision/iv3:production.json") == f"{IV3}:v1"
    deletion.delete(project, [deletion.Target("iv3", (0,))])
    assert look(logged, None, "vision/iv3:v0.json") is None
    logged.rename_project("vision", "sight")
    assert look(logged, None, "vision/iv3.json") is None
    assert version_of(logged, None, "sight/iv3.json") == "sight/model/iv3:v1"


def test_a_mounted_project_may_be_renamed(logged: Catalog, project: Project) -> None:
    tree = Tree(logged, refs.parse("vision"))
    logged.rename_project("vision", "sight")
    hidden = tree.lookup(tree.root, ".mvfs")
    assert isinstance(hidden, Directory)
    assert isinstance(tree.lookup(hidden, "iv3.json"), Text)


def test_references_are_told_unless_they_are_too_many(
    catalog: Catalog, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(tmp_path))
    for name in "abc":
        (tmp_path / name).write_text(name)
    log(project, Draft("far", "dataset", scan_references(tmp_path.as_uri())))

    def told() -> Any:
        found = look(catalog, None, "vision/far.json")
        assert isinstance(found, Text)
        return json.loads(found.text)["references"]

    everything = [one["path"] for one in told()]
    assert {"a", "b", "c"} <= set(everything)
    monkeypatch.setattr(facts, "MOST_REFERENCES", len(everything))
    assert len(told()) == len(everything)
    monkeypatch.setattr(facts, "MOST_REFERENCES", len(everything) - 1)
    assert told() is None


def test_a_file_of_the_version_goes_before_ours(logged: Catalog, log_files: LogFiles) -> None:
    log_files({".mvfs/version.json": "theirs"}, name="odd")
    tree = Tree(logged, refs.parse("vision/odd:v0"))
    found = tree.lookup(tree.root, ".mvfs")
    assert isinstance(found, Directory)
    assert [name for name, _ in found.list()] == ["version.json"]
    assert not isinstance(tree.lookup(found, "version.json"), Text)
