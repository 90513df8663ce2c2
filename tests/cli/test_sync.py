"""``mvfs sync`` as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.fixture
def logged(call: Call, tmp_path: Path) -> Path:
    """vision/iv3 with two versions; returns the file that was logged."""
    file = tmp_path / "model.bin"
    for number in range(2):
        file.write_bytes(bytes([number]) * 300_000)
        assert call("log", file, "vision/model/iv3", "-a", f"a{number}", "-m", f"note {number}").code == 0
    return file


@pytest.mark.usefixtures("logged")
def test_sync_shows_sends_and_has_nothing_left(call: Call, store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shown = call("sync", store, other, "-n")
    assert (shown.code, shown.out.split()) == (0, ["vision/model/iv3:v0", "vision/model/iv3:v1"])
    assert "would be sent" in shown.err
    assert not other.exists()
    sent = call("sync", store, other)
    assert (sent.code, sent.out) == (0, shown.out)
    assert sent.err.startswith("2 versions, 0 runs, ")
    told = call("--store", other, "show", "vision/iv3:v0").out
    assert "note 0" in told
    assert "a0" in told
    again = call("sync", store, other)
    assert (again.code, again.out, again.err) == (0, "", "nothing to send\n")
    back = call("sync", other, store, "--json")
    assert (back.code, back.json["sent"], back.json["changes"]) == (0, [], 0)


def test_what_differs_is_told_after_the_rest(call: Call, store: Path, tmp_path: Path, logged: Path) -> None:
    other = tmp_path / "other"
    logged.write_bytes(b"theirs")
    call("--store", other, "log", logged, "vision/model/iv3", "-a", "a0")
    done = call("sync", store, other, "vision/iv3")
    assert done.code == 4
    assert done.out.splitlines() == ["vision/model/iv3:v0 -> v1", "vision/model/iv3:v1 -> v2"]
    assert "differs: 'a0' of 'vision/iv3' is at v0 in the target, not at v1; --force moves it" in done.err
    assert call("sync", store, other, "--force").code == 0
    aliases = json.loads(call("--store", other, "ls", "vision/iv3", "--json").out)[1]["aliases"]
    assert aliases == ["a0"]


def test_damage_is_told(call: Call, store: Path, tmp_path: Path, logged: Path) -> None:
    logged.write_bytes(b"x" * 1_200_000)
    call("log", logged, "vision/iv3")
    (blob,) = [path for path in store.glob("p/*/blobs/*/*") if path.stat().st_size == 1_200_000]
    blob.chmod(0o644)
    with blob.open("r+b") as file:
        file.write(b"y")
    done = call("sync", store, tmp_path / "other")
    assert done.code == 5
    assert "damaged, not sent: vision/iv3:v2" in done.err
    assert len(done.out.splitlines()) == 2


@pytest.mark.usefixtures("logged")
def test_wrong_words(call: Call, store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for words, code, told in (
        ((store, store), 2, "cannot be synced with itself"),
        ((other, store), 3, "there is no store at"),
        ((store, other, "vision/none"), 3, "no name or type 'none'"),
        ((store, other, "vision/iv3:v0/model.bin"), 2, "is a file"),
        ((store, other, f"{store}::vision"), 2, "names a store"),
    ):
        done = call("sync", *words)
        assert done.code == code, words
        assert told in done.err, words
    assert not other.exists()
