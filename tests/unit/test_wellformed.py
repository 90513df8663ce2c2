"""Text with half a surrogate pair is refused by name, and before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mvfs
from mvfs.errors import InvalidInput
from mvfs.store import effects as fx
from mvfs.store.entry import Entry, encode
from mvfs.wellformed import check_text

if TYPE_CHECKING:
    from collections.abc import Callable

HALF = "a\ud800b"


@pytest.mark.parametrize("value", ["", "ä😀", b"\xff", 5, None, ["x", {"ö": ("y",)}]])
def test_what_is_text_or_none_at_all_passes(value: object) -> None:
    assert check_text(value, "it") is value


@pytest.mark.parametrize("value", [HALF, [HALF], {"a": [{HALF: 1}]}, {"k": (1, HALF)}])
def test_half_a_pair_is_refused_wherever_it_is(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^it.*: U\+D800 is half of a surrogate pair") as caught:
        check_text(value, "it")
    assert str(caught.value).isascii()


def test_no_entry_takes_one() -> None:
    entry = Entry(1, 0, bytes(16), bytes(16), 0, "me@here", [], [fx.NoteWritten("n", 0, HALF)])
    with pytest.raises(InvalidInput, match=r"U\+D800"):
        encode(entry)


def _log(**given: Any) -> None:
    artifact = mvfs.Artifact(
        "a", "t", metadata=given.pop("metadata", None), description=given.pop("note", None)
    )
    artifact.add_file(__file__)
    mvfs.log_artifact(artifact, **given)


CASES: dict[str, Callable[[], object]] = {
    "metadata": lambda: _log(metadata={"k": [HALF]}),
    "a key of it": lambda: _log(metadata={HALF: 1}),
    "description": lambda: _log(note=HALF),
    "alias": lambda: _log(aliases=[HALF]),
    "tag": lambda: _log(tags=[HALF]),
    "reason": lambda: _log(force=True, reason=HALF),
    "config": lambda: mvfs.config.update({"k": HALF}),
    "summary": lambda: mvfs.summary.update({"k": HALF}),
    "logged key": lambda: mvfs.log({HALF: 1}),
    "metric": lambda: mvfs.define_metric(HALF),
    "run's notes": lambda: setattr(mvfs.run, "notes", HALF),
    "run's tags": lambda: setattr(mvfs.run, "tags", [HALF]),
    "run's name": lambda: setattr(mvfs.run, "name", HALF),
}


@pytest.mark.parametrize("act", CASES.values(), ids=CASES)
def test_the_sdk_refuses_it_and_the_run_goes_on(
    act: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVFS_STORE", str(tmp_path / "store"))
    run = mvfs.init(project="p", settings={"console": "off"})
    before = _files(tmp_path / "store")
    with pytest.raises(InvalidInput):
        act()
    assert _files(tmp_path / "store") == before
    mvfs.log({"text": HALF, "loss": 1})  # a training does not end by what it logs
    run.finish()
    assert [row["text"] for row in mvfs.Api().run(f"p/{run.id}").scan_history()] == ["a?b"]


@pytest.mark.parametrize("what", ["name", "notes", "group", "job_type", "config"])
def test_no_run_begins_with_it(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_STORE", str(tmp_path / "store"))
    with pytest.raises(InvalidInput, match="surrogate"):
        mvfs.init(project="p", **{what: {"k": HALF} if what == "config" else HALF})
    assert mvfs.run is None
    assert not (tmp_path / "store").exists()


def _files(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*") if path.is_file() and "alive" not in str(path)}
