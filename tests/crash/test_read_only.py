"""A store that cannot be written can be read and mounted, and writing says why not, in one line."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mount.people import NOBODY, Outcome
from tests.mount.worlds import World, world_of

FILES = {"large": bytes(3 << 20), "small": b"small", "a/b": b"b"}
REF = "vision/model/iv3"


@pytest.fixture(params=["modes", pytest.param("bind mount", marks=pytest.mark.needs_root)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Somebody with a store that was filled before it became read-only, and no cache yet."""
    uid = NOBODY if os.getuid() == 0 and request.param == "modes" else os.getuid()
    with world_of(uid) as made:
        made.log(FILES, aliases=("prod",))
        made.log({**FILES, "small": b"changed"})
        made.log({"small": b"deleted"})
        assert made.person.mvfs("rm", f"{REF}:v2", "--yes", "--aliases").code == 0
        if request.param == "modes":
            assert made.sh("chmod", "-R", "a-w", made.store).code == 0
        else:
            assert made.sh("mount", "--bind", made.store, made.store).code == 0
            assert made.sh("mount", "-o", "remount,bind,ro", made.store).code == 0
        shutil.rmtree(made.home / "cache")
        shutil.rmtree(made.home / "state")
        yield made
        made.person.sh("umount", made.store)
        made.person.sh("chmod", "-R", "u+w", made.store)


def test_reading_verbs_work(world: World) -> None:
    person = world.person
    assert "iv3" in person.mvfs("ls", "vision").out
    assert "v1" in person.mvfs("show", f"{REF}:latest").out
    assert person.mvfs("cat", f"{REF}:prod/small").out == "small"
    target = world.home / "copy"
    assert person.mvfs("get", f"{REF}:v1", target).code == 0
    assert (target / "small").read_bytes() == b"changed"
    assert person.mvfs("verify", f"{REF}:v1", target).code == 0
    checked = person.mvfs("fsck", "--read-data", "100%")
    assert (checked.code, "is sound" in checked.err) == (0, True), checked


def test_it_can_be_mounted(world: World) -> None:
    mount = world.mount()
    assert world.read(f"{REF}/prod/small") == b"small"
    assert world.read(f"{REF}/v1/large") == FILES["large"]
    world.umount(mount)


def test_writing_verbs_say_why_not(world: World) -> None:
    person = world.person
    source = Path(tempfile.mkdtemp(dir=world.home))
    (source / "new").write_bytes(b"new" * 1000)
    (source / "large").write_bytes(os.urandom(2 << 20))
    source.chmod(0o755)
    before = set(world.store.rglob("*"))
    for words in (
        ("log", source, REF),
        ("log", source, "other/model/new"),
        ("alias", f"{REF}:v1", "prod"),
        ("note", f"{REF}:v1", "a note"),
        ("rm", f"{REF}:v0", "--yes", "--aliases"),
        ("undelete", f"{REF}:v2"),
        ("rename", REF, "vision/iv4"),
        ("sweep", "vision", "--grace", "0s", "--yes"),
    ):
        check_refused(person.mvfs(*words), words)
    assert set(world.store.rglob("*")) == before


def check_refused(done: Outcome, words: object) -> None:
    """The exit code of what is unavailable, and one line with the reason."""
    assert done.code == 6, (words, done)
    assert len(done.err.splitlines()) == 1, (words, done.err)
    reasons = ("permission denied", "read-only file system")
    assert any(reason in done.err for reason in reasons), (words, done.err)
