"""References to local files: only below the allowed roots, wherever links lead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mvfs.errors import InvalidInput, NotFound, SourceChanged
from mvfs.references.lookup import drift, listing, look, read_range, stream


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    root.mkdir()
    (root / "a.bin").write_bytes(b"hello")
    return root


@pytest.fixture
def root(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", f"/nowhere{os.pathsep}{data}")
    return data


def test_a_file_the_user_names_is_looked_at_anywhere_and_read_nowhere(data: Path) -> None:
    ref = look((data / "a.bin").as_uri(), given_by_user=True)
    assert (ref.size, ref.etag) == (5, None)
    assert ref.modified == (data / "a.bin").stat().st_mtime_ns // 1000
    for ask in (drift, lambda it: list(stream(it)), lambda it: look(it.uri)):
        with pytest.raises(InvalidInput, match="file_roots under"):
            ask(ref)


def test_a_file_below_a_root_is_read(root: Path) -> None:
    ref = look((root / "a.bin").as_uri())
    assert b"".join(stream(ref)) == b"hello"
    assert read_range(ref, 1, 3) == b"el"
    assert drift(ref) is None


def test_roots_come_from_the_config_file_too(data: Path, home: Path) -> None:
    config = home / ".config" / "mvfs" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[references]\nfile_roots = ["{data}"]\n')
    assert look((data / "a.bin").as_uri()).size == 5


def test_links_lead_nowhere_outside(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (root / "file").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    (root / "inside").symlink_to("a.bin")
    for path in ("file", "folder/secret", "../outside/secret", "%2e%2e/outside/secret"):
        with pytest.raises(InvalidInput, match="outside of the allowed"):
            look(f"file://{root}/{path}")
    assert look(f"file://{root}/inside").size == 5


def test_a_root_that_is_a_link_itself(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(data)
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(tmp_path / "link"))
    assert look(f"file://{tmp_path}/link/a.bin").size == 5


def test_a_name_that_begins_like_a_root_is_outside(root: Path) -> None:
    sibling = root.with_name("data2")
    sibling.mkdir()
    (sibling / "x").write_text("x")
    with pytest.raises(InvalidInput, match="outside of the allowed"):
        look((sibling / "x").as_uri())


def test_only_regular_files(root: Path) -> None:
    os.mkfifo(root / "pipe")
    for path in (root / "pipe", root):
        with pytest.raises(InvalidInput, match="no regular file"):
            look(path.as_uri())
    with pytest.raises(InvalidInput, match="no regular file"):
        look("file:///dev/zero", given_by_user=True)
    with pytest.raises(NotFound, match="is not there"):
        look((root / "missing").as_uri())


def test_drift(root: Path) -> None:
    ref = look((root / "a.bin").as_uri())
    os.utime(root / "a.bin", ns=(0, 1_700_000_000_000_000_000))
    assert "modified 2023-11-14T22:13:20" in str(drift(ref))
    (root / "a.bin").write_bytes(b"hello!")
    assert drift(ref) == "size is 6 bytes, recorded were 5"
    with pytest.raises(SourceChanged, match="has changed since it was recorded: size is 6 bytes"):
        list(stream(ref))
    (root / "a.bin").unlink()
    assert drift(ref) == "gone"


def test_a_change_while_reading_is_noticed(root: Path) -> None:
    (root / "large").write_bytes(b"x" * 3_000_000)
    chunks = stream(look((root / "large").as_uri()))
    assert len(next(chunks)) == 1 << 20
    (root / "large").write_bytes(b"y" * 3_000_000)
    os.utime(root / "large", ns=(0, 1))
    with pytest.raises(SourceChanged):
        list(chunks)


def test_a_directory_is_listed_up_to_its_limit(data: Path) -> None:
    (data / "sub").mkdir()
    (data / "sub" / "b%20ü").write_text("b")
    (data / "loop").symlink_to(data)
    found = listing(data.as_uri(), 2)
    assert [ref.uri.removeprefix(data.as_uri()) for ref in found] == ["/a.bin", "/sub/b%2520%C3%BC"]
    with pytest.raises(InvalidInput, match="holds more than 1 objects") as refused:
        listing(data.as_uri(), 1)
    assert refused.value.fields == {"max_objects": 1}
    (data / "none").mkdir()
    with pytest.raises(NotFound, match="holds no objects"):
        listing((data / "none").as_uri())
