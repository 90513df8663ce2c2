"""Extended attributes of versions and files."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from mvfs import refs
from mvfs.catalog import deletion, pointers
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.materializing import materialize
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.referring import scan_references
from mvfs.mount import attributes
from mvfs.mount.attributes import LIMIT, LISTED
from mvfs.mount.nodes import Directory, Node
from mvfs.mount.tree import Tree
from mvfs.store.backend.counting import CountingBackend
from mvfs.store.backend.local import LocalBackend
from tests.conftest import LogFiles
from tests.mount.worlds import World

NOTE = 'two\nlines, \x1b[31m한국어 🙂 "quoted"'


def node_at(tree: Tree, path: str) -> Node:
    node: Node = tree.root
    for name in path.split("/"):
        assert isinstance(node, Directory)
        found = tree.lookup(node, name)
        assert found is not None, name
        node = found
    return node


def known(tree: Tree, path: str) -> dict[str, bytes]:
    """All attributes that are listed, with their values."""
    node = node_at(tree, path)
    found = {name: tree.xattr(node, name) for name in tree.xattrs(node)}
    assert None not in found.values()
    return {name.removeprefix("user.mvfs."): value for name, value in found.items() if value is not None}


def test_of_a_version(catalog: Catalog, project: Project, log_files: LogFiles) -> None:
    logged = log_files(
        {"a": "0", "sub/b": "1"}, aliases=("production", "a b"), metadata={"acc": 0.9, "ko": "값"}
    )
    pointers.set_note(project, "iv3", 0, NOTE)
    tree = Tree(catalog)
    expected = {
        "ref": b"vision/model/iv3:v0",
        "digest": logged.version.digest.hex().encode(),
        "aliases": b"a b,latest,production",
        "note": NOTE.encode(),
        "metadata": '{"acc": 0.9, "ko": "값"}'.encode(),
    }
    for label in ("v0", "production", "a b", "latest@2999-01-01"):
        assert known(tree, f"vision/model/iv3/{label}") == expected
    assert known(Tree(catalog, refs.parse("vision/iv3:v0")), "a") == known(tree, "vision/model/iv3/v0/a")
    for path in (
        "vision",
        "vision/model",
        "vision/model/iv3",
        "vision/model/iv3/v0/sub",
        ".mvfs",
        ".mvfs/status",
    ):
        assert known(tree, path) == {}


def test_of_a_mounted_version(catalog: Catalog, log_files: LogFiles) -> None:
    log_files({"a": "0", "sub/b": "1"})
    for ref, names in (
        ("vision/iv3:v0", ["user.mvfs.ref", "user.mvfs.digest", "user.mvfs.aliases"]),
        ("vision/iv3:v0/sub", []),
    ):
        tree = Tree(catalog, refs.parse(ref))
        assert tree.xattrs(tree.root) == names


def test_of_a_file(catalog: Catalog, log_files: LogFiles) -> None:
    log_files({"a": "same", "sub/b": "#!"})
    tree = Tree(catalog)
    assert known(tree, "vision/model/iv3/v0/a") == {"hash": blake3(b"same").hexdigest().encode()}
    assert known(tree, "vision/model/iv3/v0/sub/b") == {"hash": blake3(b"#!").hexdigest().encode()}


def test_the_hash_of_a_reference_is_known_once_it_is_here(
    catalog: Catalog, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(tmp_path))
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a").write_bytes(b"elsewhere")
    log(project, Draft("far", "dataset", scan_references((tmp_path / "far").as_uri())))
    assert known(Tree(catalog), "vision/dataset/far/v0/a") == {}
    materialize(project, project.version("far"))
    assert known(Tree(catalog), "vision/dataset/far/v0/a") == {
        "hash": blake3(b"elsewhere").hexdigest().encode()
    }


def test_they_say_what_is_so_now(catalog: Catalog, project: Project, log_files: LogFiles) -> None:
    log_files({"a": "0"})
    tree = Tree(catalog)
    node = node_at(tree, "vision/model/iv3/v0")
    pointers.set_note(project, "iv3", 0, "later")
    pointers.set_aliases(project, "iv3", 0, ["best"])
    assert tree.xattr(node, "user.mvfs.note") == b"later"
    assert tree.xattr(node, "user.mvfs.aliases") == b"best,latest"
    deletion.delete(project, [deletion.target(project, "iv3", 0)], aliases=True)
    assert tree.xattr(node, "user.mvfs.ref") == b"vision/model/iv3:v0"


def test_large_values_are_whole_or_not_there(catalog: Catalog, project: Project, log_files: LogFiles) -> None:
    numbers = [number / 3 for number in range(6000)]
    log_files({"a": "0"}, metadata={"x": numbers})
    log_files({"a": "1"}, metadata={"x": numbers[:2000]})
    pointers.set_note(project, "iv3", 1, "n" * 100)
    tree = Tree(catalog)
    large, middling = (node_at(tree, f"vision/model/iv3/v{number}") for number in (0, 1))
    assert tree.xattr(large, "user.mvfs.metadata") is None
    value = tree.xattr(middling, "user.mvfs.metadata")
    assert value is not None
    assert LISTED < len(value) <= LIMIT
    assert value.endswith(b"]}")
    assert "user.mvfs.metadata" not in tree.xattrs(large) + tree.xattrs(middling)
    assert "user.mvfs.note" in tree.xattrs(middling)


def test_what_is_not_ours_costs_nothing(store: Path, log_files: LogFiles) -> None:
    log_files({"a": "0", "sub/b": "1"})
    backend = CountingBackend(LocalBackend(store))
    tree = Tree(Catalog(backend))
    nodes = [node_at(tree, path) for path in ("vision/model/iv3/v0", "vision/model/iv3/v0/a")]
    backend.requests.clear()
    for node in nodes:
        for name in ("security.selinux", "system.posix_acl_access", "user.other"):
            assert tree.xattr(node, name) is None
    assert backend.requests == []
    for node in nodes:
        assert tree.xattrs(node)
    assert not [request for request in backend.requests if "journal" not in request]


def test_refusals() -> None:
    assert attributes.refusal("user.mvfs.other") == errno.ENODATA
    assert attributes.refusal("security.selinux") == errno.EOPNOTSUPP


def test_through_the_kernel(world: World) -> None:
    world.log({"a": b"0", "sub/b": b"1"}, aliases=("production",))
    world.mount()
    version = world.mountpoint / "vision/model/iv3/production"

    def ask(path: Path, name: str) -> Any:
        try:
            return os.getxattr(path, name)
        except OSError as exc:
            return exc.errno

    assert world.run(lambda: os.listxattr(version)) == [
        "user.mvfs.ref",
        "user.mvfs.digest",
        "user.mvfs.aliases",
    ]
    assert world.run(lambda: os.listxattr(version.parent)) == []
    found = world.run(
        lambda: [ask(version, f"user.mvfs.{name}") for name in ("ref", "aliases", "note", "other")]
    )
    assert found == [b"vision/model/iv3:v0", b"latest,production", errno.ENODATA, errno.ENODATA]
    assert world.run(lambda: ask(version / "sub/b", "user.mvfs.hash")) == blake3(b"1").hexdigest().encode()
    for name in ("security.selinux", "system.posix_acl_access", "trusted.x"):
        assert world.run(lambda name=name: ask(version, name)) in (errno.EOPNOTSUPP, errno.ENODATA)
    assert world.run(lambda: os.listxattr(world.mountpoint / ".mvfs/status")) == []


def test_room_that_is_too_small(mine: World) -> None:
    mine.log({"a": b"0"})
    mine.mount()
    path = os.fsencode(mine.mountpoint / "vision/model/iv3/v0")

    def ask() -> list[tuple[int, int]]:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        found = []
        for size in (0, 18, 19, 100):
            room = ctypes.create_string_buffer(128)
            found.append((libc.getxattr(path, b"user.mvfs.ref", room, size), ctypes.get_errno()))
            ctypes.set_errno(0)
        found.append((libc.listxattr(path, ctypes.create_string_buffer(128), 5), ctypes.get_errno()))
        return found

    full = len("vision/model/iv3:v0")
    assert mine.run(ask) == [(full, 0), (-1, errno.ERANGE), (full, 0), (full, 0), (-1, errno.ERANGE)]


def test_copies_take_them_along_as_far_as_there_is_room(mine: World) -> None:
    """Metadata that no ext4 could hold does not make a copy fail, not even one that insists."""
    mine.log({"a": b"0"})

    def note() -> None:
        from mvfs.catalog.catalog import open_catalog

        pointers.set_note(open_catalog().project("vision"), "iv3", 0, "n" * 20_000)

    mine.run(note)
    mine.mount()
    version, copy = mine.mountpoint / "vision/model/iv3/v0", mine.home / "copy"
    mine.sh("cp", "-a", version, copy)
    mine.sh("cp", "-r", "--preserve=xattr", version, mine.home / "strict")
    assert mine.run(lambda: os.getxattr(version, "user.mvfs.note")) == b"n" * 20_000
    assert mine.run(lambda: os.getxattr(copy, "user.mvfs.ref")) == b"vision/model/iv3:v0"
    assert mine.run(lambda: os.getxattr(copy / "a", "user.mvfs.hash")) == blake3(b"0").hexdigest().encode()
