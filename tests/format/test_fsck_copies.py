"""fsck compares segments and checkpoints with the entries; what is wrong with one is a note."""

from __future__ import annotations

from pathlib import Path

import msgpack
import pytest
from blake3 import blake3

from mvfs.cli import main
from tests.format.golden import unpack_with_checkpoint
from tests.format.targets import unzstd, zstd
from tests.unit.damage import flip, full_check, notes, told


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    store = unpack_with_checkpoint("golden-1", tmp_path)
    monkeypatch.setenv("MVFS_STORE", str(store))
    return store


def one(store: Path, pattern: str) -> Path:
    return sorted(store.glob(f"p/*/{pattern}"))[0]


def replaced(path: Path, payload: bytes) -> Path:
    """Other content under the name that fits it."""
    frame = zstd(payload)
    new = path.with_name(f"{path.name.split('.')[0]}.{blake3(frame).hexdigest(length=8)}.mpz")
    path.unlink()
    new.write_bytes(frame)
    return new


def assert_noted_and_deleted(store: Path, wrong: Path, capfd: pytest.CaptureFixture[str]) -> None:
    key = str(wrong.relative_to(store))
    check = full_check(store, percent=0)
    assert (told(check), notes(check)) == ([], ["copy_wrong"])
    assert main(["fsck"]) == 0
    assert f"note: copy_wrong {key}" in capfd.readouterr().out
    assert main(["fsck", "--repair"]) == 0
    assert f"healed: {key}: deleted" in capfd.readouterr().out
    assert not wrong.exists()
    assert full_check(store, percent=0).findings == []


@pytest.mark.parametrize("pattern", ["seg/*.mpz", "ckpt/*.mpz"])
def test_a_damaged_copy_is_a_note(store: Path, pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    flip(one(store, pattern), 100)
    assert_noted_and_deleted(store, one(store, pattern), capfd)


def test_a_segment_of_other_entries_is_a_note(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    segment = one(store, "seg/000000000128-*.mpz")
    other = one(store, "seg/000000000256-*.mpz")
    assert_noted_and_deleted(store, replaced(segment, unzstd(other.read_bytes())), capfd)


def test_a_checkpoint_that_tells_another_state_is_a_note(
    store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = one(store, "ckpt/*.mpz")
    state = msgpack.unpackb(unzstd(path.read_bytes()))
    state[4][2][9] = (
        ["a note that nobody wrote", *state[4][2][9][1:]] if state[4][2][9] else ["planted", None, None]
    )
    assert_noted_and_deleted(store, replaced(path, msgpack.packb(state)), capfd)


def test_a_checkpoint_for_another_mvfs_is_left_alone(store: Path) -> None:
    path = one(store, "ckpt/*.mpz")
    state = msgpack.unpackb(unzstd(path.read_bytes()))
    state[0] += 1
    replaced(path, msgpack.packb(state))
    assert full_check(store, percent=0).findings == []


@pytest.mark.parametrize("name", ["000000000064-000000000191.0123456789abcdef.mpz", "note.txt"])
def test_a_copy_that_no_reader_looks_for_is_a_note(
    store: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    stray = one(store, "seg/*.mpz").with_name(name)
    stray.write_bytes(b"x")
    assert_noted_and_deleted(store, stray, capfd)


def test_copies_of_entries_that_are_not_there_are_notes(
    store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = one(store, "ckpt/*.mpz")
    far = path.with_name(f"{999_999_999_999 - 9000:012d}.{path.name.split('.')[1]}.mpz")
    far.write_bytes(path.read_bytes())
    assert_noted_and_deleted(store, far, capfd)


def test_a_broken_journal_is_damage_whatever_copies_say(store: Path) -> None:
    journal = one(store, "seg/*.mpz").parent.parent / "journal"
    (journal / "000000000400.mp").unlink()
    check = full_check(store, percent=0)
    assert told(check)[0][0] == "entry_missing"
    assert "copy_wrong" not in notes(check)
