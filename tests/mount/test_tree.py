"""The tree by itself, without a kernel."""

from __future__ import annotations

import sys
import threading
from array import array

import pytest
from blake3 import blake3

from mvfs import refs
from mvfs.catalog import deletion, pointers, repacking, sweeping
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.catalog.renaming import rename
from mvfs.catalog.undeletion import undelete
from mvfs.errors import CorruptObject, InvalidInput, NotFound
from mvfs.mount.files import File, FileRun
from mvfs.mount.folders import Folder
from mvfs.mount.nodes import ROOT_ID, Directory, Node
from mvfs.mount.tree import Tree
from mvfs.store.manifest.layout import Run
from tests.conftest import LogFiles


@pytest.fixture
def tree(catalog: Catalog, log_files: LogFiles) -> Tree:
    log_files({"a": "same", "sub/b": "0"})
    log_files({"a": "same", "sub/b": "1", "sub/c": "#!"})
    return Tree(catalog)


def walk(tree: Tree, path: str) -> Node:
    """Look up one name after the other, as the kernel does."""
    node: Node = tree.root
    for name in path.split("/"):
        assert isinstance(node, Directory)
        found = tree.lookup(node, name)
        assert found is not None, name
        node = found
    return node


def changes(tree: Tree) -> list[tuple[int, str]]:
    return [change for origin in tree.origins() for change in tree.changes(origin)]


def names(node: Node) -> list[str]:
    assert isinstance(node, Directory)
    return [name for name, _ in node.list()]


def test_what_each_directory_holds(tree: Tree) -> None:
    assert names(tree.root) == ["vision"]
    assert names(walk(tree, "vision")) == ["model"]
    assert names(walk(tree, "vision/model")) == ["iv3"]
    assert names(walk(tree, "vision/model/iv3")) == ["v0", "v1", "latest"]
    assert names(walk(tree, "vision/model/iv3/v1")) == ["a", "sub"]
    assert names(walk(tree, "vision/model/iv3/v1/sub")) == ["b", "c"]


def test_listing_and_lookup_agree(tree: Tree) -> None:
    def compare(path: str, node: Directory) -> None:
        for name, listed in node.list():
            found = walk(tree, f"{path}/{name}".strip("/"))
            assert (found.key, found.ino, found.mode, found.size) == (
                listed.key,
                listed.ino,
                listed.mode,
                listed.size,
            )
            if isinstance(found, Directory):
                compare(f"{path}/{name}", found)

    compare("", tree.root)


def test_equal_content_is_one_node(tree: Tree) -> None:
    one, other = walk(tree, "vision/model/iv3/v0/a"), walk(tree, "vision/model/iv3/latest/a")
    assert (one.id, one.ino, one.key) == (other.id, other.ino, other.key)
    assert other.lookups == 2
    assert walk(tree, "vision/model/iv3/v0/sub/b").id != walk(tree, "vision/model/iv3/v1/sub/b").id
    assert walk(tree, "vision/model/iv3/v1") is not walk(tree, "vision/model/iv3/latest")


def test_a_shared_file_has_the_time_of_its_oldest_version(tree: Tree) -> None:
    newer = walk(tree, "vision/model/iv3/v1/a").mtime
    older = walk(tree, "vision/model/iv3/v0/a").mtime
    assert older == walk(tree, "vision/model/iv3/v0").mtime < newer
    assert walk(tree, "vision/model/iv3/v1/a").mtime == older


def test_nodes_leave_when_the_last_reference_comes_back(tree: Tree) -> None:
    node = walk(tree, "vision/model/iv3/v0/a")
    walk(tree, "vision/model/iv3/v1/a")
    before = len(tree.table)
    tree.table.forget(node.id, 1)
    left = tree.table.get(node.id)
    assert left is not None
    assert (left.key, left.lookups) == (node.key, 1)
    tree.table.forget(node.id, 1)
    assert tree.table.get(node.id) is None
    assert len(tree.table) == before - 1
    again = walk(tree, "vision/model/iv3/v0/a")
    assert (again.ino, again.lookups) == (node.ino, 1)


def test_contents_whose_hashes_begin_alike_are_different_nodes(tree: Tree) -> None:
    folder = walk(tree, "vision/model/iv3/v0")
    assert isinstance(folder, Folder)
    digests = [bytes(31) + bytes([last]) for last in range(3)]
    run = Run(0, [b"a", b"b", b"c"], array("Q", [1, 2, 3]), b"".join(digests), bytes(3))
    held = tree.table.hold_run(FileRun(folder.home, run), 0, 3)
    assert len(set(held.ids)) == 3
    assert len(set(held.inos)) == 1
    for number, digest, size in zip(held.ids, digests, (1, 2, 3), strict=True):
        found = tree.table.get(number)
        assert found is not None
        assert (found.key, found.size, found.lookups) == (digest, size, 1)
        again = tree.table.hold(File(folder.home, 0, size, digest, False))
        assert (again.id, again.lookups) == (number, 2)
    program = tree.table.hold(File(folder.home, 0, 1, digests[0], True))
    assert program.id not in held.ids


def test_nothing_of_a_version_is_kept_when_its_files_are_forgotten(tree: Tree) -> None:
    walk(tree, "vision/model/iv3/v0")
    before = len(tree.table)
    seen = [walk(tree, f"vision/model/iv3/{version}/a") for version in ("v0", "v1", "latest", "v0")]
    assert len({node.id for node in seen}) == 1
    assert len(tree.table._files._homes) == 2
    tree.table.forget(seen[0].id, 4)
    assert not tree.table._files._homes
    tree.table.forget(walk(tree, "vision/model/iv3/v1").id, 2)
    tree.table.forget(walk(tree, "vision/model/iv3/latest").id, 2)
    assert len(tree.table) == before


def test_the_root_is_never_forgotten(tree: Tree) -> None:
    tree.table.forget(ROOT_ID, 1000)
    assert tree.table.get(ROOT_ID) is tree.root


def test_a_moved_alias_is_another_node(tree: Tree, project: Project) -> None:
    before = walk(tree, "vision/model/iv3/latest")
    held = walk(tree, "vision/model/iv3/latest/sub/b")
    pointers.set_aliases(project, "iv3", 0, ["best"])
    best = walk(tree, "vision/model/iv3/best")
    assert changes(tree) == [(walk(tree, "vision/model/iv3").id, "best")]
    pointers.set_aliases(project, "iv3", 1, ["best"])
    assert changes(tree) == [(walk(tree, "vision/model/iv3").id, "best")]
    assert changes(tree) == []
    assert walk(tree, "vision/model/iv3/best") is not best
    assert names(best) == ["a", "sub"]
    assert walk(tree, "vision/model/iv3/latest") is before
    assert isinstance(held, File)
    assert held.reader().read(0, 10) == b"1"


def test_changes_of_all_kinds_are_told(tree: Tree, catalog: Catalog, log_files: LogFiles) -> None:
    for path in ("vision", "vision/model", "vision/model/iv3", "vision/model/iv3/latest"):
        walk(tree, path)
    assert changes(tree) == []
    log_files({"a": "third"})
    log_files({"a": "other"}, name="cats", type_="dataset")
    other = Tree(catalog)  # whoever else folds the journal first must not hide it from this tree
    changes(other)
    catalog.make_project("sound")
    told = {(type(tree.table.get(parent)).__name__, name) for parent, name in changes(tree)}
    assert told == {
        ("NamePlace", "v2"), ("NamePlace", "latest"), ("ProjectPlace", "dataset"), ("StorePlace", "sound"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["v2", "v01", "V0", "", ".", "..", ".git", "lat est", "a:b", "best", "latest@", "latest@x"]
)
def test_names_that_mean_nothing(tree: Tree, name: str) -> None:
    place = walk(tree, "vision/model/iv3")
    assert isinstance(place, Directory)
    assert tree.lookup(place, name) is None


def test_another_unicode_form_is_another_name(tree: Tree, project: Project) -> None:
    pointers.set_aliases(project, "iv3", 0, ["caf\N{LATIN SMALL LETTER E WITH ACUTE}"])
    place = walk(tree, "vision/model/iv3")
    assert isinstance(place, Directory)
    assert tree.lookup(place, "caf\N{LATIN SMALL LETTER E WITH ACUTE}") is not None
    assert tree.lookup(place, "cafe\N{COMBINING ACUTE ACCENT}") is None


def test_an_alias_at_a_date(tree: Tree) -> None:
    assert names(walk(tree, "vision/model/iv3/latest@2999-01-01/sub")) == ["b", "c"]
    place = walk(tree, "vision/model/iv3")
    assert isinstance(place, Directory)
    assert tree.lookup(place, "latest@1999-01-01") is None
    assert "latest@2999-01-01" not in names(place)


def test_roots(tree: Tree, catalog: Catalog) -> None:
    def root(ref: str) -> list[str]:
        return names(Tree(catalog, refs.parse(ref)).root)

    assert root("vision") == ["model"]
    assert root("vision/model") == ["iv3"]
    assert root("vision/iv3") == ["v0", "v1", "latest"]
    assert root("vision/iv3:v0") == root("vision/model/iv3/latest") == ["a", "sub"]
    assert root("vision/iv3:v1/sub") == ["b", "c"]
    with pytest.raises(InvalidInput, match="is a file"):
        root("vision/iv3:v1/a")
    with pytest.raises(NotFound):
        root("vision/iv3:v7")


def test_a_name_is_found_below_its_own_type_only(tree: Tree, log_files: LogFiles) -> None:
    log_files({"a": "x"}, name="cats", type_="dataset")
    place = walk(tree, "vision/model")
    assert isinstance(place, Directory)
    assert tree.lookup(place, "cats") is None
    assert names(walk(tree, "vision/dataset/cats")) == ["v0", "latest"]


def test_what_is_deleted_or_renamed_is_gone(tree: Tree, project: Project, log_files: LogFiles) -> None:
    for path in ("vision/model/iv3/v0", "vision/model/iv3/latest"):
        walk(tree, path)
    place = walk(tree, "vision/model/iv3")
    assert isinstance(place, Directory)
    deletion.delete(project, [deletion.Target("iv3", (0,))])
    assert changes(tree) == [(place.id, "v0")]
    assert names(place) == ["v1", "latest"]
    assert tree.lookup(place, "v0") is None
    assert tree.lookup(place, "latest@1999-01-01") is None
    undelete(project, "iv3")
    assert changes(tree) == [(place.id, "v0")]
    assert names(walk(tree, "vision/model/iv3/v0")) == ["a", "sub"]
    type_place = walk(tree, "vision/model")
    assert isinstance(type_place, Directory)
    rename(project, "iv3", "iv4")
    told = changes(tree)
    assert {(type_place.id, "iv3"), (type_place.id, "iv4"), (place.id, "v0"), (place.id, "v1")} <= set(told)
    assert (names(type_place), names(place)) == (["iv4"], [])
    assert tree.lookup(type_place, "iv3") is None
    deletion.delete(project, [deletion.target(project, "iv4")])
    changes(tree)
    assert names(walk(tree, "vision")) == []
    log_files({"a": "new"}, name="iv4")
    assert names(walk(tree, "vision/model/iv4")) == ["v2", "latest"]


def test_a_renamed_project_has_one_name(tree: Tree, catalog: Catalog) -> None:
    walk(tree, "vision/model")
    catalog.rename_project("vision", "sight")
    assert {(tree.root.id, "vision"), (tree.root.id, "sight")} <= set(changes(tree))
    assert names(tree.root) == ["sight"]
    assert names(walk(tree, "sight/model/iv3")) == ["v0", "v1", "latest"]


def repack_and_sweep(project: Project) -> None:
    """Store v1 elsewhere, and delete where it was."""
    deletion.delete(project, [deletion.target(project, "iv3", 0)], aliases=True)
    assert repacking.repack(project).versions == 1
    sweeping.sweep(project, grace=0)


def test_a_version_that_is_stored_elsewhere_goes_on(
    catalog: Catalog, project: Project, log_files: LogFiles
) -> None:
    log_files({"a": "x" * 9000, "b": "b", "sub/c": "c"})
    log_files({"b": "b", "sub/c": "c"})
    tree = Tree(catalog)
    version, found = walk(tree, "vision/model/iv3/v1"), walk(tree, "vision/model/iv3/v1/b")
    assert isinstance(version, Directory)
    assert isinstance(found, File)
    before = found.reader()
    listing = version.list()
    next(listing)
    repack_and_sweep(project)
    with pytest.raises(CorruptObject) as failed:
        before.read(0, 9)
    (moved,) = found.other_readers(failed.value)
    assert moved.read(0, 9) == b"b"
    assert [name for name, _ in listing] == ["sub"]
    assert names(version) == ["b", "sub"]
    for path in ("b", "sub/c"):
        file = walk(tree, f"vision/model/iv3/v1/{path}")
        assert isinstance(file, File)
        assert file.reader().read(0, 9) == path[-1:].encode()


def delete_and_sweep(project: Project, number: int) -> None:
    deletion.delete(project, [deletion.target(project, "iv3", number)], aliases=True)
    sweeping.sweep(project, grace=0)


def test_a_file_outlives_the_version_in_which_it_was_seen_last(
    catalog: Catalog, project: Project, log_files: LogFiles
) -> None:
    shared = "shared" * 500_000  # so large that the manifest is asked for the hashes of its leaves
    log_files({"a": shared, "b": "0"})
    log_files({"sub/c": shared, "d": "1"})
    tree = Tree(catalog)
    version = walk(tree, "vision/model/iv3/v1")
    file = walk(tree, "vision/model/iv3/v0/a")
    assert walk(tree, "vision/model/iv3/v1/sub/c").id == file.id
    assert isinstance(file, File)
    before = file.reader()
    delete_and_sweep(project, 1)
    tree._manner.contents._opened.clear()
    assert file.reader().read(0, 6) == b"shared"
    with pytest.raises(CorruptObject) as failed:
        before.read(0, 6)
    assert [reader.read(0, 6) for reader in file.other_readers(failed.value)] == [b"shared"]
    with pytest.raises(OSError, match="Stale"):
        names(version)


def test_a_file_of_which_no_version_is_left(catalog: Catalog, project: Project, log_files: LogFiles) -> None:
    log_files({"a": "0"})
    log_files({"a": "1"})
    file = walk(Tree(catalog), "vision/model/iv3/v0/a")
    assert isinstance(file, File)
    before = file.reader()
    delete_and_sweep(project, 0)
    with pytest.raises(CorruptObject) as failed:
        before.read(0, 9)
    with pytest.raises(OSError, match="Stale"):
        list(file.other_readers(failed.value))


def test_a_file_is_never_looked_for_at_the_path_of_another_version(
    catalog: Catalog, log_files: LogFiles
) -> None:
    """One thread opens a file while others look it up in versions where it has other names."""
    log_files({"a": "shared", "b": "other"})
    log_files({"a": "other", "b": "shared"})
    tree = Tree(catalog)
    paths = [f"vision/model/iv3/{path}" for path in ("v0/a", "v1/b")]
    file = walk(tree, paths[0])
    assert isinstance(file, File)
    nodes = [walk(tree, path) for path in paths]
    ended = threading.Event()

    def look_up() -> None:
        while not ended.is_set():
            for node in nodes:
                tree.table.hold(node)

    thread = threading.Thread(target=look_up)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        assert {file.reader().entry.digest for _ in range(20_000)} == {blake3(b"shared").digest()}
    finally:
        ended.set()
        thread.join()
        sys.setswitchinterval(interval)
