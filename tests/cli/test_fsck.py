"""``mvfs fsck`` and ``mvfs verify`` as a user meets them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mvfs.cli import main
from tests.unit.damage import blob_of, flip

BIG = os.urandom(1_500_000)
REF = "vision/model/iv3:v0"


@pytest.fixture
def model(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(BIG)
    (folder / "sub/config.json").write_text("{}")
    assert main(["log", "model", "vision/model/iv3"]) == 0
    capfd.readouterr()
    return folder


def test_a_sound_store(model: Path, store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["fsck", "--read-data"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert err == f"{store} is sound: 1 project, 1 version, 2 blobs, 1.4 MiB read\n"
    assert main(["fsck", "vision", "--read-data=25%", "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["findings"] == []
    assert shown["summary"]["versions"] == 1


def test_damage_is_one_line_that_names_the_file(
    model: Path, store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flip(blob_of(store, len(BIG)), 1_200_000)
    assert main(["fsck"]) == 0
    assert main(["fsck", "--read-data"]) == 5
    out, err = capfd.readouterr()
    assert out.count("\n") == 1
    assert out.startswith("damage: blob_changed p/")
    assert "(leaf 1 of 2); 'mvfs fsck --repair --from DIR_OR_STORE'" in out
    assert out.endswith(f"[hurt: {REF} weights.bin]\n")
    assert "1 damaged, 0 unreadable, 1 version hurt" in err
    assert main(["fsck", "--read-data", "--json"]) == 5
    (finding,) = json.loads(capfd.readouterr().out)["findings"]
    assert finding["versions"] == [{"ref": REF, "files": ["weights.bin"], "in_trash": False}]
    assert (finding["kind"], finding["level"], finding["leaves"]) == ("blob_changed", 4, [1])


def test_repair_tells_what_it_did(model: Path, store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    flip(blob_of(store, len(BIG)), 7)
    assert main(["fsck", "--repair"]) == 5
    out = capfd.readouterr().out
    assert f"not healed: {REF}: 1 of its files were found nowhere" in out
    assert "lost: weights.bin (1,500,000 bytes, BLAKE3 " in out
    assert main(["fsck", "--repair", "--from", "model"]) == 0
    out, err = capfd.readouterr()
    assert f"healed: {REF}: 1 file stored anew" in out
    assert "note: orphans" in out
    assert "is sound" in err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["fsck", "nope"], 3, "has no project 'nope'"),
        (["fsck", "--read-data=120%"], 2, "from 0% to 100%"),
        (["fsck", "--read-data=many"], 2, "read-data"),
        (["fsck", "--from", "model"], 2, "add --repair"),
        (["fsck", "--repair", "--from", "nope"], 2, "'nope' is no directory"),
        (["fsck", "--store", "empty"], 3, "there is no store at"),
        (["fsck", "--store", "model"], 6, "is no mvfs store"),
        (["verify", "vision/nope"], 3, "nope"),
        (["verify", "vision/iv3", "nope"], 3, "there is no copy 'nope'"),
    ],
)
def test_wrong_calls(
    model: Path, words: list[str], code: int, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        found = main(words)
    except SystemExit as exc:
        found = int(exc.code or 0)
    err = capfd.readouterr().err
    assert (found, says in err, err.count("\n")) == (code, True, 1), err


def test_verify_tells_every_difference(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "vision/iv3", "model"]) == 0
    assert "is the same" in capfd.readouterr().err
    (model / "weights.bin").write_bytes(BIG[:-1] + b"x" * (BIG[-1] != 120) + b"y" * (BIG[-1] == 120))
    (model / "sub/config.json").unlink()
    (model / "sub/new").write_text("new")
    (model / "sub/link").symlink_to("new")
    assert main(["verify", "vision/iv3", "model"]) == 1
    assert capfd.readouterr().out.splitlines() == [
        "missing: sub/config.json (2 bytes)",
        "changed: weights.bin (other bytes of the same size)",
        "extra: sub/link (not in the version)",
        "extra: sub/new (not in the version)",
    ]
    (model / "weights.bin").write_bytes(b"short")
    assert main(["verify", "vision/iv3:v0/weights.bin", "model/weights.bin", "--json"]) == 1
    (difference,) = json.loads(capfd.readouterr().out)["differences"]
    assert difference == {
        "kind": "changed", "path": "weights.bin", "message": "5 bytes instead of 1,500,000"
    }  # fmt: skip


def test_verify_reads_the_stored_bytes(model: Path, store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "vision/iv3"]) == 0
    assert f"{REF}: 2 files, 1.4 MiB, all as logged" in capfd.readouterr().err
    flip(blob_of(store, 2), 0)
    assert main(["verify", "vision/iv3"]) == 5
    out, err = capfd.readouterr()
    assert out.startswith("damaged: sub/config.json (")
    assert "1 of 2 files are damaged" in err
    assert main(["verify", "vision/iv3:v0/weights.bin"]) == 0
    assert main(["verify", "vision/iv3", "--json"]) == 5
    assert [one["path"] for one in json.loads(capfd.readouterr().out)["damaged"]] == ["sub/config.json"]
