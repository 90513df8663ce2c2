"""Files of versions and folders: what was added, removed, changed and moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from mvfs.catalog.content import Content
from mvfs.catalog.project import Project
from mvfs.diff.files import Files, changes
from mvfs.diff.model import Kind
from mvfs.diff.opened import of_file
from mvfs.diff.sides import Folder, Part
from mvfs.errors import NotFound
from mvfs.store.backend.counting import CountingBackend
from mvfs.store.manifest import layout, reader, writer
from tests.conftest import LogFiles


def told(old: Files, new: Files) -> list[tuple[str, ...]]:
    return [
        (change.kind.value, change.old.path, change.path)
        if change.kind is Kind.MOVED
        else (change.kind.value, change.path)
        for change in changes(old, new)
    ]


def test_added_removed_changed_moved(project: Project, log_files: LogFiles) -> None:
    old = log_files({"a": "1", "b": "2", "c/d": "moved", "c/e": "moved", "gone": "x", "empty": ""})
    new = log_files({"a": "1", "b": "3", "z": "moved", "new/d": "moved", "fresh": "y", "hollow": ""})
    pair = project.content(old.version), project.content(new.version)
    assert told(*pair) == [
        ("changed", "b"),
        ("moved", "c/d", "new/d"),
        ("moved", "c/e", "z"),
        ("added", "fresh"),
        ("added", "hollow"),
        ("removed", "empty"),
        ("removed", "gone"),
    ]
    assert told(pair[0], pair[0]) == []


FILES = st.dictionaries(
    st.sampled_from(["a", "b", "c/a", "c/b", "c/d/e", "f", "g/a", "z"]), st.sampled_from("xyz"), min_size=1
)


@given(FILES, FILES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changes_make_new_out_of_old(
    project: Project, log_files: LogFiles, old: dict[str, Any], new: dict[str, Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch:  # several blocks of few files
        for module in (layout, reader, writer):
            patch.setattr(module, "BLOCK_FILES", 2)
        left = project.content(log_files(dict(old)).version)
        right = project.content(log_files(dict(new)).version)
        found = list(changes(left, right))
    made = dict(old)
    for change in found:
        if change.old is not None:
            assert made.pop(change.old.path) == old[change.old.path]
    for change in found:
        if change.new is not None:
            made[change.path] = new[change.path]
    assert made == new
    both = list(changes(Part(left, ""), Part(right, "")))  # the same without a look at blocks
    assert both == found


def test_equal_blocks_are_not_read(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (layout, reader, writer):
        monkeypatch.setattr(module, "BLOCK_FILES", 10)
    files = {f"f{i:03}": str(i) for i in range(100)}
    left = log_files(dict(files)).version
    right = log_files(files | {"f099": "other"}).version
    read: list[int] = []
    block = reader.Manifest._read_block

    def counting(self: Any, number: int) -> Any:
        read.append(number)
        return block(self, number)

    monkeypatch.setattr(reader.Manifest, "_read_block", counting)
    assert told(project.content(left), project.content(right)) == [("changed", "f099")]
    assert set(read) == {9}, read


def test_of_a_far_store_only_what_differs_is_read(project: Project, log_files: LogFiles) -> None:
    tensors = np.arange(600_000, dtype="f4")
    files: dict[str, bytes | str] = {
        "m.safetensors": save({"w": tensors, "b": tensors[:9]}),
        "a.txt": "".join(f"{i}\n" for i in range(200_000)),
        "b.txt": "same\n" * 300_000,
    }
    old = log_files(dict(files)).version
    files["m.safetensors"] = save({"w": tensors + 1, "b": tensors[:9]})
    files["a.txt"] = "".join(f"{i}\n" for i in range(200_001))
    new = log_files(files).version
    backend = CountingBackend(project.backend)
    sides = Content(backend, old), Content(backend, new)
    found = {change.path: change for change in changes(*sides)}
    assert found.keys() == {"m.safetensors", "a.txt"}
    assert of_file(found["m.safetensors"], *sides).body.changes[0].path == "w"  # type: ignore[union-attr]
    assert {request.split()[1] for request in backend.requests} == {old.manifest, new.manifest}
    assert len(backend.requests) <= 6
    backend.requests.clear()
    of_file(found["a.txt"], *sides)
    blobs = {request.split()[1] for request in backend.requests} - {old.manifest, new.manifest}
    assert len(blobs) == 2  # that of old, and what new does not share with it
    assert len(backend.requests) <= 12


def test_parts(project: Project, log_files: LogFiles) -> None:
    old = project.content(log_files({"x/a": "1", "x/b": "2", "y/a": "1"}).version)
    assert told(Part(old, "x"), Part(old, "y")) == [("removed", "b")]
    assert told(Part(old, "x/a"), Part(old, "y/a")) == []
    assert [entry.path for entry in Part(old, "x/b").files()] == ["b"]
    with pytest.raises(NotFound):
        Part(old, "z")


def test_a_folder_on_this_machine(project: Project, log_files: LogFiles, tmp_path: Path) -> None:
    content = project.content(log_files({"a": "same", "b": "old!", "c": "cc", "d": "moves"}).version)
    folder = tmp_path / "work"
    (folder / "sub").mkdir(parents=True)
    for name, words in {"a": "same", "b": "new!", "sub/d": "moves", "e": "longer than all"}.items():
        (folder / name).write_text(words)
    side = Folder(folder, {entry.size for entry in content.files()})
    assert told(content, side) == [
        ("changed", "b"),
        ("moved", "d", "sub/d"),
        ("added", "e"),
        ("removed", "c"),
    ]
    entries = {entry.path: entry for entry in side.files()}
    assert side.reader(entries["b"]).read(1, 2) == b"ew"
    assert entries["e"].digest == b""  # nothing in the version has its size
