"""Names in any script, paths and names as long as can be, and directories of very many entries."""

from __future__ import annotations

import errno
import os
import random
import tracemalloc
import unicodedata
from pathlib import Path

import pytest

from mvfs import refs
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.errors import InvalidName, InvalidSource
from mvfs.mount.encoding import Encoder
from mvfs.mount.listing import Listing
from mvfs.mount.tree import Tree
from mvfs.store.paths import check_path
from mvfs.store.sources import SourceFile, scan
from tests.mount.large import log_many
from tests.mount.worlds import World

SCRIPTS = [
    "모델 한국어.bin",
    "가각힣",
    "日本語/模型.bin",
    "ދިވެހި/نموذج.bin",
    "हिन्दी ক্ষ.txt",
    "👩‍👩‍👧‍👦🏳️‍🌈.png",
    "q̣̇̂ no composed form.txt",
    "ﬀ ligature, Å and Ω",
    "'quotes\" $and; *globs? [x]",
    " leading and trailing ",
    "-rf",
    "~",
    "\u202eright to left\u2066",
    "한" * 85,
    "🙂" * 63 + "abc",
    "x" * 255,
]

LONGEST = "/".join(["d" * 255] * 15 + ["e" * 254, "f"])
"""4,096 bytes."""

MANY = 100_000


def test_names_in_any_script(world: World) -> None:
    files = {path: f"in {path}".encode() for path in SCRIPTS}
    world.log(files, ref="한국/모델/이름", aliases=("프로덕션", "über"))
    world.mount()
    for version in ("v0", "latest", "프로덕션", "über"):
        root = world.mountpoint / "한국/모델/이름" / version
        found = world.sh("find", root, "-type", "f", "-printf", "%P\\0").out.split("\0")[:-1]
        assert sorted(found) == sorted(SCRIPTS)
        for path, data in files.items():
            assert world.run((root / path).read_bytes) == data


def test_each_name_has_one_form(world: World) -> None:
    """Sources may spell names in decomposed form; here they have the composed one, and only that."""
    composed = ["한국어.txt", "é/ñ.txt", "Å.txt"]
    decomposed = [unicodedata.normalize("NFD", path) for path in composed]
    assert not set(composed) & set(decomposed)
    world.log(dict.fromkeys(decomposed, b"x"))
    world.mount()
    root = world.mountpoint / "vision/model/iv3/v0"
    found = world.sh("find", root, "-type", "f", "-printf", "%P\\n").out.splitlines()
    assert sorted(found) == sorted(composed)
    for path in decomposed:
        assert not world.run((root / path).exists)


def test_two_forms_of_a_name_are_refused_together(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        (tmp_path / unicodedata.normalize(form, "é")).write_bytes(b"")
    with pytest.raises(InvalidSource, match="two sources claim"):
        scan(tmp_path)


@pytest.mark.parametrize("name", ["x" * 256, "한" * 86, "x" * 1025])
def test_a_name_longer_than_any_can_be(mine: World, name: str) -> None:
    mine.log({"a": b""})
    mine.mount()
    for folder in ("", "vision/model/iv3", "vision/model/iv3/v0"):
        with pytest.raises(OSError, match="too long") as failed:
            mine.run(lambda folder=folder: os.stat(mine.mountpoint / folder / name))  # type: ignore[misc]
        assert failed.value.errno == errno.ENAMETOOLONG


def test_the_longest_path(world: World) -> None:
    """It is longer than a call takes in one piece, so programs go there step by step."""
    assert len(LONGEST) == 4096
    with pytest.raises(InvalidName):
        check_path(LONGEST + "f")

    def log_it() -> None:
        source = world.home / "source"
        source.write_bytes(b"deep")
        draft = Draft("iv3", "model", [SourceFile(LONGEST, str(source), 4, False)])
        log(open_catalog().make_project("vision"), draft)

    def read_it() -> tuple[bytes, list[int]]:
        folder = os.open(world.mountpoint / "vision/model/iv3/v0", os.O_RDONLY)
        *folders, file = LONGEST.split("/")
        sizes = []
        for name in folders:
            assert os.listdir(folder) == [name]
            sizes.append(os.stat(name, dir_fd=folder).st_size)
            folder, above = os.open(name, os.O_RDONLY, dir_fd=folder), folder
            os.close(above)
        return os.read(os.open(file, os.O_RDONLY, dir_fd=folder), 100), sizes

    world.run(log_it)
    world.mount()
    assert world.run(read_it)[0] == b"deep"
    found = world.sh("find", world.mountpoint / "vision/model/iv3/v0", "-type", "f", "-printf", "%P").out
    assert found == LONGEST


def test_a_directory_of_very_many_entries(world: World) -> None:
    names = [f"file-{number:06d}" for number in range(MANY)]
    world.run(lambda: log_many(open_catalog().make_project("p"), "flat", names))
    world.mount()
    root = world.mountpoint / "p/data/flat/v0"

    def look() -> None:
        assert sorted(os.listdir(root)) == names
        chance = random.Random(1)
        for name in chance.sample(names, 20):
            assert (root / name).read_bytes() == name.encode()
        assert not (root / "file-").exists()

    world.run(look)


def test_what_the_kernel_holds_takes_little_memory(catalog: Catalog) -> None:
    paths = [f"train/n{number:08d}.JPEG" for number in range(20_000)]
    log_many(catalog.make_project("p"), "large", paths)
    tree = Tree(catalog, refs.parse("p/large:v0/train"))
    listing, encoder, offset = Listing(tree.root), Encoder(0, 0), 0
    listing.fill(encoder, 0, 1 << 23)  # so that blocks of the manifest are read
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    while listing.fill_plus(encoder, tree.table, offset, 1 << 15)[1]:
        offset = len(tree.table) + 1  # the root is in the table, and two dots come before the files
    each = (tracemalloc.get_traced_memory()[0] - before) / len(paths)
    tracemalloc.stop()
    assert len(tree.table) == len(paths) + 1
    assert each < 220
