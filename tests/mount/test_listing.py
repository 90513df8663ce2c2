"""Directory entries in the kernel's form: every one exactly once, from any offset, in any buffer."""

from __future__ import annotations

import pytest

from mvfs import refs
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.mount import kernel
from mvfs.mount.encoding import Encoder
from mvfs.mount.listing import Listing
from mvfs.mount.tree import Tree
from tests.conftest import LogFiles
from tests.mount.large import log_versions

NAMES = [f"file-{number:03d}" + "x" * (number % 9) for number in range(100)]


@pytest.fixture
def tree(catalog: Catalog, log_files: LogFiles) -> Tree:
    log_files({name: name for name in NAMES})
    return Tree(catalog, refs.parse("vision/iv3:v0"))


def decode(data: bytes, *, plus: bool) -> list[tuple[str, int]]:
    """Names and the offsets after them."""
    found = []
    at = 0
    while at < len(data):
        at += kernel.ENTRY_OUT.size if plus else 0
        _, after, length, _ = kernel.DIRENT.unpack_from(data, at)
        at += kernel.DIRENT.size
        found.append((data[at : at + length].decode(), after))
        at += length + -length % 8
    assert at == len(data)
    return found


def read(listing: Listing, tree: Tree, offset: int, size: int, *, plus: bool) -> list[tuple[str, int]]:
    encoder = Encoder(0, 0)
    if plus:
        data, given = listing.fill_plus(encoder, tree.table, offset, size)
        assert len(given) == sum(name not in (".", "..") for name, _ in decode(data, plus=True))
    else:
        data = listing.fill(encoder, offset, size)
    assert len(data) <= size
    return decode(data, plus=plus)


@pytest.mark.parametrize("plus", [False, True])
@pytest.mark.parametrize("size", [200, 1000, 4096, 1 << 20])
def test_every_entry_once(tree: Tree, size: int, plus: bool) -> None:
    listing = Listing(tree.root)
    found: list[str] = []
    offset = 0
    while part := read(listing, tree, offset, size, plus=plus):
        found += [name for name, _ in part]
        offset = part[-1][1]
    assert found == [".", "..", *NAMES]


@pytest.mark.parametrize("offset", [0, 1, 2, 3, 57, 101, 102, 500])
def test_any_offset(tree: Tree, offset: int) -> None:
    listing = Listing(tree.root)
    read(listing, tree, 0, 1000, plus=False)
    found = [name for name, _ in read(listing, tree, offset, 1 << 20, plus=False)]
    assert found == [".", "..", *NAMES][offset:]


def test_references_are_counted_exactly(tree: Tree) -> None:
    listing = Listing(tree.root)
    for _ in range(3):
        _, given = listing.fill_plus(Encoder(0, 0), tree.table, 0, 2000)
    assert len(tree.table) == 1 + len(given)
    for number in given:
        node = tree.table.get(number)
        assert node is not None
        assert node.lookups == 3
        tree.table.forget(number, 3)
    assert len(tree.table) == 1


def test_a_changing_directory_is_listed_as_it_was(catalog: Catalog, log_files: LogFiles) -> None:
    log_files({"a": "0"})
    tree = Tree(catalog, refs.parse("vision/iv3"))
    listing = Listing(tree.root)
    first = read(listing, tree, 0, 100, plus=False)
    log_files({"a": "1"})
    rest = read(listing, tree, first[-1][1], 4096, plus=False)
    assert [name for name, _ in first + rest] == [".", "..", "v0", "latest"]
    again = read(listing, tree, 0, 4096, plus=False)
    assert [name for name, _ in again] == [".", "..", "v0", "v1", "latest"]


def test_a_changing_directory_of_many_names_gives_out_no_nodes(
    catalog: Catalog, project: Project, log_files: LogFiles
) -> None:
    """Each of them would be held for as long as the kernel has memory."""
    log_files({"a": "0"})
    log_versions(project, names=1, versions=200)
    for name, expected in (("iv3", 2), ("n0", 0)):
        tree = Tree(catalog, refs.parse(f"vision/{name}"))
        listing, encoder = Listing(tree.root), Encoder(0, 0)
        found: list[str] = []
        offset = 0
        while data := listing.fill_plus(encoder, tree.table, offset, 4096)[0]:
            part = decode(data, plus=True)
            found += [entry for entry, _ in part]
            offset = part[-1][1]
        assert found == [".", "..", *[entry for entry, _ in tree.root.list()]]
        assert len(tree.table) == 1 + expected
