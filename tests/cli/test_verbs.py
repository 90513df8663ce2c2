"""The command line: each verb with right input, and what wrong input gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call, Result


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"w" * 3_000_000)
    (folder / "sub/config.json").write_text("{}")
    return folder


def logged(call: Call, model: Path, *more: str) -> Result:
    result = call("log", model, "vision/model/iv3", *more)
    assert result.code == 0, result.err
    return result


def test_log_and_ls(call: Call, model: Path) -> None:
    result = logged(call, model, "-a", "production", "-m", "first", "--meta", "acc=0.5", "--tag", "t")
    assert result.out == "vision/model/iv3:v0\n"
    assert "2 files" in result.err
    assert "vision" in call("ls").out
    assert call("ls", "vision").out.split("\n")[1].split()[:3] == ["model", "iv3", "1"]
    (version,) = call("ls", "vision/iv3", "--json").json  # type: ignore[misc]
    assert version["ref"] == "vision/model/iv3:v0"
    assert version["aliases"] == ["latest", "production"]
    assert (version["note"], version["metadata"], version["tags"]) == ("first", {"acc": 0.5}, ["t"])
    assert call("ls", "vision/iv3:v0").out == "sub/\nweights.bin\n"
    assert call("ls", "vision/model/iv3/production/sub").out == "config.json\n"


def test_log_json_shape(call: Call, model: Path) -> None:
    shown = call("log", model, "vision/model/iv3", "--json").json
    assert isinstance(shown, dict)
    assert {"ref", "version", "digest", "reused", "size", "aliases"} <= set(shown)
    assert (shown["version"], shown["reused"], shown["aliases"]) == ("v0", False, ["latest"])
    again = call("log", model, "vision/iv3", "--json").json
    assert isinstance(again, dict)
    assert (again["version"], again["reused"]) == ("v0", True)


def test_not_kept_is_a_negative_answer(call: Call, model: Path) -> None:
    logged(call, model, "--meta", "acc=0.9")
    (model / "new").write_text("x")
    result = call("log", model, "vision/iv3", "--meta", "acc=0.8", "--if-better", "acc:max")
    assert result.code == 1
    assert "not kept: 0.8 <= 0.9 of v0" in result.err


def test_get_and_cat(call: Call, model: Path, tmp_path: Path) -> None:
    logged(call, model)
    assert call("get", "vision/iv3").out == "iv3-v0\n"
    assert (tmp_path / "iv3-v0/sub/config.json").read_text() == "{}"
    assert call("get", "vision/iv3:latest/weights.bin", "w").code == 0
    assert (tmp_path / "w").read_bytes() == b"w" * 3_000_000
    assert call("get", "vision/iv3", "json", "--include", "*.json").code == 0
    assert [p.name for p in (tmp_path / "json").rglob("*") if p.is_file()] == ["config.json"]
    assert call("get", "vision/iv3", "--include", "*.nope").code == 3
    assert call("cat", "vision/iv3/latest/sub/config.json").out == "{}"
    assert call("cat", "vision/iv3").code == 2


def test_get_repairs_a_changed_copy_and_keeps_foreign_files(call: Call, model: Path, tmp_path: Path) -> None:
    logged(call, model)
    call("get", "vision/iv3", "copy")
    (tmp_path / "copy/sub/config.json").write_text("changed")
    (tmp_path / "copy/mine").write_text("mine")
    assert call("get", "vision/iv3", "copy").code == 0
    assert (tmp_path / "copy/sub/config.json").read_text() == "{}"
    assert (tmp_path / "copy/mine").read_text() == "mine"


def test_get_does_not_follow_links_out_of_the_target(call: Call, model: Path, tmp_path: Path) -> None:
    logged(call, model)
    (tmp_path / "copy").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "copy/sub").symlink_to(tmp_path / "outside")
    assert call("get", "vision/iv3", "copy").code == 2
    assert list((tmp_path / "outside").iterdir()) == []


def test_alias_note_best_show(call: Call, model: Path) -> None:
    logged(call, model, "--meta", "acc=0.5")
    (model / "new").write_text("x")
    logged(call, model, "--meta", "acc=0.4")
    assert call("alias", "vision/iv3:v0", "production", "--expect", "none").code == 0
    assert call("alias", "vision/iv3", "--json").json == {"latest": "v1", "production": "v0"}
    moved = call("alias", "vision/iv3:v1", "production", "--expect", "v1")
    assert moved.code == 4
    assert "is at v0, not at v1: moved by" in moved.err
    assert call("alias", "vision/iv3", "production", "--remove").code == 0
    history = call("alias", "vision/iv3", "production", "--history", "--json").json
    assert [(m["from"], m["to"]) for m in history] == [(None, "v0"), ("v0", None)]  # type: ignore[attr-defined]
    assert call("note", "vision/iv3:v0", "two\nlines").code == 0
    assert call("note", "vision/iv3:v0").out == "two\nlines\n"
    best = call("best", "vision/iv3", "--metric", "acc", "--mode", "max", "--json").json
    assert best["best"] == "v0"  # type: ignore[index,call-overload]
    shown = call("show", "vision/iv3:best")
    assert "vision/model/iv3:v0" in shown.out
    assert "two" in shown.out
    assert "has a number as 'typo', so none is 'best'" in call("best", "vision/iv3", "--metric", "typo").err


def test_an_empty_store_is_no_error(call: Call, store: Path) -> None:
    result = call("ls")
    assert (result.code, result.out) == (0, "")
    assert "is empty; log something" in result.err
    assert not store.exists()


def test_init(call: Call, store: Path) -> None:
    assert call("init").out == f"{store}\n"
    again = call("init")
    assert (again.code, "already" in again.err) == (0, True)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["ls", "nope"], 3, "no project 'nope'"),
        (["ls", "vision/nope"], 3, "no name or type 'nope'"),
        (["show", "vision/iv3:nope"], 3, "no alias 'nope'; it has: latest"),
        (["get", "vision/iv3:v9"], 3, "no version v9"),
        (["cat", "vision/iv3:v0/nope"], 3, "holds no 'nope'"),
        (["log", "missing", "vision/model/iv3"], 2, "cannot read 'missing': no such file"),
        (["log", "model", "vision/model/.."], 2, "'..' begins with a dot"),
        (["log", "model", "vision/model/v3"], 2, "looks like a version number"),
        (["log", "model", "vision/model/a\nb"], 2, "control character U+000A"),
        (["log", "model", "vision/model/" + "x" * 200], 2, "too long: 200 characters"),
        (["log", "model", "vision/model/iv3/x"], 2, "log makes a new version by itself"),
        (["log", "model", "vision/iv3:v7"], 2, "log makes a new version by itself"),
        (["log", "model", "vision/new"], 3, "give its type too, as in vision/model/new"),
        (["log", "model", "vision"], 2, "write project/type/name"),
        (["log", "model", "vision/dataset/iv3"], 4, "already exists with type 'model'"),
        (["log", "model", "vision/iv3", "-a", "v3"], 2, "looks like a version number"),
        (["log", "model", "vision/iv3", "-a", "a/b"], 2, "alias 'a/b' has a '/'"),
        (["log", "model", "vision/iv3", "--meta", "x"], 2, "is not KEY=VALUE"),
        (["alias", "vision/iv3", "latest"], 4, "kept by mvfs"),
        (["alias", "vision/iv3", ".."], 2, "begins with a dot"),
        (["alias", "vision/iv3:v9", "x"], 3, "no version v9"),
        (["best", "vision/nope", "--metric", "acc"], 3, "nope"),
        (["frobnicate"], 2, "frobnicate"),
        (["get"], 2, "required: REF"),
        (["show", ""], 2, "names nothing"),
    ],
)
def test_bad_input_gets_one_line_and_changes_nothing(
    call: Call, model: Path, store: Path, words: list[str], code: int, says: str
) -> None:
    logged(call, model)
    before = sorted(p for p in store.rglob("*") if "tmp" not in p.parts)
    result = call(*words)
    assert result.code == code, result.err
    assert says in result.err
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err
    assert result.out == ""
    assert sorted(p for p in store.rglob("*") if "tmp" not in p.parts) == before


def test_errors_as_json(call: Call, model: Path) -> None:
    logged(call, model)
    error = json.loads(call("show", "vision/iv3:nope", "--json").err)["error"]
    assert (error["kind"], error["alias"]) == ("not_found", "nope")


def test_places_that_are_no_store(call: Call, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/file").write_text("x")
    for place, says in (("other", "is no mvfs store"), ("other/file", "is a file")):
        result = call("--store", tmp_path / place, "ls")
        assert (result.code, says in result.err) == (6, True), result.err


def test_a_store_of_a_newer_format(call: Call, model: Path, store: Path) -> None:
    import msgpack

    logged(call, model)
    identity = msgpack.unpackb((store / "store.mp").read_bytes())
    (store / "store.mp").unlink()
    (store / "store.mp").write_bytes(msgpack.packb([identity[0], 2, *identity[2:], "more"]))
    result = call("ls")
    assert result.code == 6
    assert "has format 2; this mvfs knows up to 1: upgrade" in result.err


def test_damaged_bytes_are_refused_with_code_5(call: Call, model: Path, store: Path, tmp_path: Path) -> None:
    logged(call, model)
    (blob,) = (p for p in store.glob("p/*/blobs/*/*") if p.stat().st_size == 3_000_000)
    blob.chmod(0o644)
    with open(blob, "r+b") as file:
        file.write(b"evil")
    for words in (["cat", "vision/iv3:v0/weights.bin"], ["get", "vision/iv3:v0", "copy"]):
        result = call(*words)
        assert result.code == 5
        assert result.out == ""
        assert "is damaged" in result.err
        assert str(blob) in result.err
    assert not (tmp_path / "copy/weights.bin").exists()


def test_links_and_devices_are_refused_by_name(call: Call, model: Path) -> None:
    (model / "out").symlink_to("/etc/hostname")
    assert "out' links to '/etc/hostname', outside" in call("log", model, "vision/model/iv3").err
    (model / "out").unlink()
    os.mkfifo(model / "pipe")
    assert "pipe' is a named pipe" in call("log", model, "vision/model/iv3").err


def test_store_before_or_after_the_verb(call: Call, model: Path, tmp_path: Path) -> None:
    other = str(tmp_path / "second")
    assert call("--store", other, "log", model, "a/model/b").code == 0
    assert call("ls", "--store", other).out.split()[3] == "a"
    assert call("ls", f"{other}::a/b").code == 0
    assert call("ls", "a").code == 3


def test_the_default_store_needs_no_configuration(
    call: Call, model: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MVFS_STORE")
    logged(call, model)
    assert (home / ".local/share/mvfs/store/store.mp").exists()


def test_a_full_disk_is_one_line_and_nothing_lost(model: Path, tmp_path: Path) -> None:
    """A real full file system: a tmpfs of 2 MiB, mounted in a namespace of its own."""
    script = f"""
        mount -t tmpfs -o size=2m none {tmp_path / "disk"} || exit 99
        {sys.executable} -m mvfs log {model} vision/model/iv3 --store {tmp_path / "disk"}/store
        echo "code $?"
        find {tmp_path / "disk"}/store -type f -size +0 -path '*/blobs/*' | wc -l
        {sys.executable} -m mvfs ls --store {tmp_path / "disk"}/store
    """
    (tmp_path / "disk").mkdir()
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    done = subprocess.run([*namespace, "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "code 6\n0\n" in done.stdout, done.stdout + done.stderr
    assert "no space left on device; make room" in done.stderr
    assert "Traceback" not in done.stderr
