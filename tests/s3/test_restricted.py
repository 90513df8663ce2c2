"""Credentials that may only read, only add, or not list: what works, what is said, what is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.checking import copies
from mvfs.catalog.checking.store import check_store
from mvfs.catalog.pointers import set_aliases
from mvfs.catalog.recording import Draft, log
from mvfs.index import checkpoint, index
from mvfs.store import segments
from mvfs.store.backend.opening import backend_of
from mvfs.store.sources import scan
from tests.cli.conftest import Call
from tests.s3 import guard, servers
from tests.s3.servers import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.moto(guard.guarded) as running:
        yield running


As = Callable[[str], None]


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> As:
    """Go on with other credentials, and without what this machine remembers."""

    def become(who: str) -> None:
        monkeypatch.setenv("MVFS_S3_KEY", who)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / who / "cache"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / who / "state"))

    return become


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 6000)
    (folder / "readme.txt").write_text("hello\n")
    return folder


def objects(url: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    with monkeypatch.context() as patch:
        patch.setenv("MVFS_S3_KEY", servers.KEY)
        return [info.key for info in backend_of(url).list("")]


def refused(done: object, *words: str) -> None:
    code, _, err = done  # type: ignore[misc]
    assert code == 6, err
    assert err.count("\n") == 1, err
    for word in words:
        assert word in err


def test_who_may_only_read(
    call: Call, store: str, model: Path, become: As, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("log", model, "vision/model/net", "-a", "production")
    before = objects(store, monkeypatch)
    become(guard.READER)
    for words in (
        ["ls", "vision/net"],
        ["show", "vision/net"],
        ["get", "vision/net:production", tmp_path / "back"],
        ["cat", "vision/net/readme.txt"],
        ["verify", "vision/net"],
        ["fsck", "--read-data"],
    ):
        done = call(*words)
        assert done.code == 0, (words, done.err)
        assert "AccessDenied" not in done.err
    for words in (
        ["log", model / "readme.txt", "vision/model/net"],
        ["alias", "vision/net", "best-so-far"],
        ["note", "vision/net", "hello"],
        ["init"],
        ["sweep", "--yes"],
    ):
        refused(call(*words), "AccessDenied", "credentials")
    assert objects(store, monkeypatch) == before


def test_who_may_only_read_finds_no_store(call: Call, store: str, model: Path, become: As) -> None:
    become(guard.READER)
    assert call("ls").code == 0
    refused(call("log", model, "vision/model/net"), "AccessDenied")


def test_who_may_only_add(
    call: Call, store: str, model: Path, become: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(guard.ADDER)
    made = call("init")
    assert (made.code, made.err) == (0, "made and probed a new store\n")
    assert call("log", model, "vision/model/net", "-a", "production").code == 0
    (model / "readme.txt").write_text("hello again\n")
    assert call("log", model, "vision/net").code == 0
    assert call("alias", "vision/net:v1", "production").code == 0
    assert call("note", "vision/net", "the second").code == 0
    assert call("rm", "vision/net:v0", "--aliases", "--yes").code == 0
    assert call("undelete", "vision/net:v0").code == 0
    assert call("rm", "vision/net:v0", "--aliases", "--yes").code == 0
    refused(call("sweep", "--grace", "0s", "--yes"), "the credentials may not delete", store)
    assert call("undelete", "vision/net:v0").code == 0, "the sweep was not even begun"
    checked = call("fsck", "--read-data")
    assert checked.code == 0, checked.out
    assert [one for one in objects(store, monkeypatch) if one.startswith("probe/")]
    become(servers.KEY)
    assert call("rm", "vision/net:v0", "--aliases", "--yes").code == 0
    assert call("sweep", "--grace", "0s", "--yes").code == 0
    assert call("fsck", "--read-data").code == 0


def test_segments_and_checkpoints_that_cannot_be_deleted(
    call: Call, store: str, model: Path, become: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one after every fourth entry, writers keep trying to delete the older checkpoints."""
    for module, name, value in (
        (segments, "ENTRIES", 4),
        (segments, "_ARRAY", b"\xdc\x00\x04"),
        (index, "ENTRIES", 4),
        (copies, "ENTRIES", 4),
        (index, "FAR", 4),
        (checkpoint, "_APART", 1),
    ):
        monkeypatch.setattr(module, name, value)
    become(guard.ADDER)
    project = open_catalog().make_project("vision")
    log(project, Draft("net", "model", scan(model)))
    for number in range(20):
        set_aliases(project, "net", 0, [f"a{number}"])
    there = objects(store, monkeypatch)
    assert sum("/seg/" in key for key in there) == 5
    assert sum("/ckpt/" in key for key in there) > 2, "the old ones are still there"
    become(guard.READER)
    found = open_catalog().project("vision")
    assert len(found.aliases("net")) == 21
    assert not [one for one in check_store(found.backend).findings if one.level < 3]


def test_who_may_list_nothing(
    call: Call, store: str, model: Path, become: As, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("log", model, "vision/model/net")
    before = objects(store, monkeypatch)
    become(guard.BLIND)
    for words in (["ls"], ["log", model, "vision/model/net"]):
        refused(call(*words), "AccessDenied", "list")
    assert objects(store, monkeypatch) == before
