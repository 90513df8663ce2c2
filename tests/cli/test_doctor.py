"""What ``mvfs doctor`` says of a machine and of a store, and that it changes neither."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from mvfs.cli.doctor import checks, fuse, machine
from mvfs.cli.doctor import store as store_check
from mvfs.errors import MountUnavailable
from mvfs.mount.mountpoints import Mounted, State
from mvfs.mount.mounts import Mount
from mvfs.mount.trial import Tried
from tests.cli.conftest import Call
from tests.conftest import LogFiles

Ask = Callable[[], dict[str, dict[str, Any]]]


@pytest.fixture(autouse=True)
def no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests mount for real, and others' mounts are none of these tests' business."""
    monkeypatch.setattr(fuse, "try_mount", lambda: Tried(True, 4096))
    monkeypatch.setattr(fuse, "mounts", list)
    monkeypatch.setattr(fuse, "_DEVICE", Path("/dev/null"))


@pytest.fixture
def ask(call: Call) -> Ask:
    """Returns what is found, by check; a trouble in it must show in the exit code."""

    def ask_it() -> dict[str, dict[str, Any]]:
        done = call("doctor", "--json")
        found = {one["check"]: one for one in done.json["findings"]}
        is_well = all(one["level"] != "trouble" for one in done.json["findings"])
        assert (done.code, done.json["well"]) == (0 if is_well else 1, is_well)
        return found

    return ask_it


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """What is in a directory, but for what SQLite keeps beside a database that is open."""
    found = {str(path): path.stat() for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm"))}
    return {path: (seen.st_mtime_ns, seen.st_size) for path, seen in found.items()}


def test_all_is_well_and_stays_as_it_is(call: Call, log_files: LogFiles, tmp_path: Path, store: Path) -> None:
    log_files({"a": "1"})
    (tmp_path / "home/.cache/mvfs/blobs").mkdir(parents=True)
    before = tree(tmp_path)
    done = call("doctor")
    assert tree(tmp_path).keys() == before.keys()
    assert tree(store) == {path: seen for path, seen in before.items() if path.startswith(f"{store}/")}
    assert (done.code, done.err) == (0, "all is well\n")
    lines = done.out.splitlines()
    assert all(line.startswith(("ok ", "note ", " " * 20 + "  -> ")) for line in lines)
    assert f"ok       store        {store} (by $MVFS_STORE) can be read: format 1" in done.out
    assert "many may write" in done.out


def test_the_store(
    ask: Ask, call: Call, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_files: LogFiles
) -> None:
    log_files({"a": "1"})
    identity = msgspec.msgpack.decode((store / "store.mp").read_bytes())

    def remade(**changes: Any) -> dict[str, Any]:
        names = ["magic", "format", "id", "created", "capabilities"]
        new = [changes.get(name, value) for name, value in zip(names, identity, strict=True)]
        (store / "store.mp").chmod(0o644)
        (store / "store.mp").write_bytes(msgspec.msgpack.encode(new))
        return ask()

    assert remade(capabilities=["create-once"])["writers"]["what"].endswith("tried when it was made")
    assert remade(capabilities=["single-writer"])["writers"]["level"] == "note"
    found = remade(format=99)["store"]
    assert (found["level"], "upgrade mvfs" in found["what"]) == ("trouble", True)
    assert remade(magic="else")["store"]["level"] == "trouble"
    remade()
    entry = Mounted(str(store), "nfs4", "0:50", "server:/", None)
    monkeypatch.setattr(store_check, "mounted", lambda: [entry])
    assert ask()["writers"]["what"].startswith("it is on nfs4")
    monkeypatch.setenv("MVFS_STORE", str(tmp_path / "new" / "store"))
    assert ask()["store"]["level"] == "note"
    monkeypatch.setenv("MVFS_STORE", str(tmp_path))
    assert ask()["store"]["level"] == "trouble"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MVFS_STORE", str(tmp_path / "file" / "store"))
    assert "you may not make one" in ask()["store"]["what"]
    monkeypatch.setenv("MVFS_STORE", "ftp://nowhere")
    assert ask()["store"]["level"] == "trouble"
    monkeypatch.delenv("MVFS_STORE")
    config = tmp_path / "home/.config/mvfs/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("store = [")
    assert "cannot read" in ask()["store"]["what"]


def test_a_store_that_does_not_answer(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for, and everything else is told."""
    monkeypatch.setattr(checks, "_PATIENCE", 0.2)
    monkeypatch.setattr(store_check, "open_catalog", lambda _: time.sleep(60))
    monkeypatch.setenv("MVFS_STORE", "/tmp")
    found = ask()
    assert (found["store"]["level"], found["store"]["what"]) == ("trouble", "no answer within 0.2 s")
    assert found["libraries"]["level"] == "ok"


def test_a_check_that_fails_hides_no_other(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_version", lambda _: 1 / 0)
    found = ask()
    assert found["libraries"]["what"].startswith("cannot be looked at: ZeroDivisionError")
    assert found["store"]["level"] == "note"


def test_what_is_told_is_inert(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MVFS_STORE", f"{tmp_path}/\x1b]0;title\x07\x9b31m\nok       store")
    done = call("doctor")
    assert done.code == 0
    assert not any(mark in done.out for mark in "\x1b\x07\x9b")
    assert sum("title" in line for line in done.out.splitlines()) == 1


def test_places_that_cannot_be_written(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for variable in ("MVFS_CACHE_DIR", "MVFS_STATE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / "file" / "x"))
    found = ask()
    assert [found[name]["level"] for name in ("index", "state", "cache")] == ["note"] * 3
    monkeypatch.setenv("MVFS_STORE", "gs://bucket")
    monkeypatch.setattr(
        store_check, "backend_of", lambda _: SimpleNamespace(get=lambda *_: None, location="")
    )
    found = ask()
    assert (found["cache"]["level"], found["store"]["level"]) == ("trouble", "note")
    monkeypatch.setenv("MVFS_CACHE", "off")
    assert ask()["cache"]["level"] == "note"


def test_the_cache(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_CACHE_LIMIT", "20G")
    assert ask()["cache"]["what"].endswith("0 B of at most 20.0 GiB, by $MVFS_CACHE_LIMIT")
    monkeypatch.setenv("MVFS_CACHE_LIMIT", "20M")
    assert ask()["cache"]["level"] == "note"
    monkeypatch.setenv("MVFS_CACHE_LIMIT", "much")
    assert ask()["cache"]["level"] == "trouble"


def test_libraries_and_limits(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (1024, 1024))
    known = machine._version
    monkeypatch.setattr(machine, "_version", lambda name: None if name == "gcsfs" else known(name))
    found = ask()
    assert (found["open files"]["level"], found["libraries"]["level"]) == ("note", "ok")
    assert "not installed: gcsfs (for gs://)" in found["libraries"]["what"]


@pytest.mark.parametrize("uid", [0, 1000])
def test_a_machine_that_cannot_mount(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, uid: int, tmp_path: Path
) -> None:
    def refuse() -> Tried:
        raise MountUnavailable("cannot mount: operation not permitted")

    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(fuse, "try_mount", refuse)
    monkeypatch.setattr(fuse.shutil, "which", lambda _: None)
    monkeypatch.setattr(fuse, "_DEVICE", tmp_path / "fuse")
    monkeypatch.setattr(fuse, "_CONFIG", tmp_path / "fuse.conf")
    found = ask()
    assert (found["fuse"]["level"], "modprobe fuse" in found["fuse"]["remedy"]) == ("trouble", True)
    assert found["mount"] == {
        "check": "mount", "level": "trouble", "what": "cannot mount: operation not permitted", "remedy": None,
    }  # fmt: skip
    assert found["fusermount3"]["level"] == ("note" if uid == 0 else "trouble")
    assert ("allow_other" in found) == (uid != 0)
    if uid:
        (tmp_path / "fuse.conf").write_text("# user_allow_other\nuser_allow_other\n")
        assert ask()["allow_other"]["level"] == "ok"


@pytest.mark.parametrize("uid", [0, 1000])
def test_a_machine_that_mounts_slowly(ask: Ask, monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(fuse, "try_mount", lambda: Tried(False, 128))
    found = ask()
    assert found["passthrough"]["level"] == "note"
    assert ("CONFIG_FUSE_PASSTHROUGH" in found["passthrough"]["remedy"]) == (uid == 0)
    assert found["read-ahead"]["level"] == ("note" if uid == 0 else "ok")


def test_mounts_that_are_not_well(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.geteuid()
    some = [
        Mount("/well", "/store", me, State.ANSWERS, None),
        Mount("/dead", "/store", me, State.DEAD, None),
        Mount("/other", "/store", me + 1, None, None),
    ]
    monkeypatch.setattr(fuse, "mounts", lambda: some)
    assert [finding.what for finding in fuse.mounted()] == [
        "/dead is dead: its process was killed",
        "1 of yours answers",
    ]
    some[1] = Mount("/silent", "/store", me, State.SILENT, None)
    assert "umount --lazy /silent" in str(next(iter(fuse.mounted())).remedy)
    ask()
