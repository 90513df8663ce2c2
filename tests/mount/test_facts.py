"""``.mvfs`` through the kernel."""

from __future__ import annotations

import json
import mmap
import os
from pathlib import Path

import pytest

from mvfs.catalog import pointers
from mvfs.catalog.catalog import open_catalog
from tests.mount.conftest import Kind
from tests.mount.worlds import World, until


def status(world: World, mountpoint: Path | None = None) -> dict[str, str]:
    text = world.run(((mountpoint or world.mountpoint) / ".mvfs/status").read_text)
    return dict(line.split(": ", 1) for line in text.splitlines())


def set_note(world: World, note: str) -> None:
    world.run(lambda: pointers.set_note(open_catalog().project("vision"), "iv3", 0, note))


def test_status(world: World, kind: Kind) -> None:
    world.log({"a": b"0"})
    mount = world.mount(*kind.options)
    found = status(world)
    assert found["store"] == str(world.store)
    assert found["mounted"] == "all of it"
    assert found["on"] == str(world.mountpoint)
    assert (found["reach"], found["cache"]) == ("local", "none: the store is local")
    assert found["process"] == str(mount.pid)
    expected = {
        "passthrough": "on",
        "served": "off: passthrough=off",
        "hashed": "off: verify=always",
        "user": "off: the kernel grants it to root only (operation not permitted)",
        "libfuse": "off: driver=libfuse",
        "libfuse-user": "off: driver=libfuse",
    }
    assert found["passthrough"] == expected[kind.name]
    assert set(kind.options[1:]) <= set(found["options"].split(","))

    def while_open() -> str:
        with open(world.mountpoint / "vision/model/iv3/v0/a", "rb"):
            return (world.mountpoint / ".mvfs/status").read_text()

    assert found["open files"] == "0"
    assert "\nopen files: 1\n" in world.run(while_open)
    until(lambda: status(world)["open files"] == "0")


def test_status_of_a_part(mine: World) -> None:
    mine.log({"a": b"0", "sub/b": b"1"}, aliases=("production",))
    for ref, shown in (
        ("vision", "vision"),
        ("vision/iv3", "vision/model/iv3"),
        ("vision/iv3:production", "vision/model/iv3:v0"),
        ("vision/iv3:v0/sub", "vision/model/iv3:v0/sub"),
    ):
        mount = mine.mount(ref)
        assert status(mine)["mounted"] == shown
        mine.umount(mount)


def test_what_is_known_of_a_version_is_what_show_says(world: World) -> None:
    world.log({"a": b"0"}, aliases=("production", "릴리스 1"))
    set_note(world, "first\nof \x1b[31mmany")
    world.mount()
    for ref in ("vision/iv3:production", "vision/model/iv3:v0", "vision/iv3:릴리스 1", "vision/iv3"):
        shown = world.person.mvfs("--json", "show", ref)
        assert shown.code == 0, shown.err
        assert world.read(f".mvfs/{ref}.json").decode() == shown.out
    known = json.loads(world.read(".mvfs/vision/model/iv3/v0.json"))
    assert known["note"] == "first\nof \x1b[31mmany"
    assert known["aliases"] == ["latest", "production", "릴리스 1"]


def test_it_is_found_but_listed_nowhere(world: World) -> None:
    world.log({"a": b"0"})
    world.mount()
    assert world.names() == ["vision"]
    assert world.names(".mvfs") == ["status"]
    assert world.names(".mvfs/vision/iv3") == []
    assert world.sh("find", world.mountpoint, "-name", ".mvfs").out == ""


@pytest.mark.beyond_libfuse("the size of a text is that of the last lookup")
def test_each_open_has_a_text_of_its_own(world: World) -> None:
    world.log({"a": b"0"})
    set_note(world, "short")
    world.mount()
    path = world.mountpoint / ".mvfs/vision/iv3:v0.json"

    def hold(change: int, changed: int) -> tuple[bytes, bytes, int, bytes]:
        with open(path, "rb") as file, open(path, "rb") as beside:
            before = os.fstat(file.fileno()).st_size
            mapped = mmap.mmap(beside.fileno(), 0, prot=mmap.PROT_READ)
            os.write(change, b"1")
            os.read(changed, 1)
            return file.read(), mapped[:], before, path.read_bytes()

    from concurrent.futures import ThreadPoolExecutor

    ready, telling = os.pipe()
    moved, waiting = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(world.run, lambda: hold(telling, moved))
        os.read(ready, 1)
        set_note(world, "a note that is a good deal longer than the first")
        os.write(waiting, b"1")
        old, mapped, size, new = reader.result()
    assert json.loads(old)["note"] == "short"
    assert (mapped, size) == (old, len(old))
    assert json.loads(new)["note"] == "a note that is a good deal longer than the first"


def test_tools_that_trust_the_size_get_all_of_it(mine: World) -> None:
    mine.log({"a": b"0"})
    mine.mount()
    known, copies = mine.mountpoint / ".mvfs/vision/iv3.json", mine.home / "copies"
    text = mine.run(known.read_text)
    assert mine.run(lambda: os.stat(known).st_size) == len(text)
    mine.sh("mkdir", copies)
    mine.sh("cp", "-a", known, mine.mountpoint / ".mvfs/status", copies)
    assert mine.run((copies / "iv3.json").read_text) == text
    mine.sh("tar", "-C", known.parent, "-cf", copies / "a.tar", known.name)
    assert mine.sh("tar", "-xOf", copies / "a.tar").out == text
    assert mine.sh("cat", known).out == text
    assert mine.sh("tail", "-c", "5", known).out == text[-5:]
    assert "store: " in mine.run((copies / "status").read_text)
