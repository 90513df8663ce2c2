"""What every verb writes to a terminal is inert, whatever is in the store and in its arguments."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mvfs.catalog.catalog import open_catalog
from mvfs.cli import VERBS, main, progress
from mvfs.settings import StoreLocation
from tests.hostile import AT_LENGTH, EXAMPLES, WORDS, Places, fill, hostile, leaks

CALLS = {
    "ls": [
        "",
        "PROJECT",
        "NAME",
        "NAME -l",
        "PROJECT -l",
        "NAME:v2",
        "NAME:v2 -l",
        "NAME:v2/d0 -l",
        "LINKED -l",
        "--trash",
        "PROJECT --where metadata.acc>0 --columns note,tag,metadata.acc",
        "NAME --sort -metadata.acc",
    ],
    "show": ["NAME", "NAME:v0", "LINKED"],
    "diff": [
        "NAME:v1 NAME:v2",
        "NAME:v1 NAME:v2 --stat",
        "NAME:v1 NAME:v2 -u",
        "NAME:v1 NAME:v2 --values --limit 0",
        "NAME:v1 NAME:v2 --files d0/* --values",
        "NAME:v2 LINKED",
        *(f"NAME:v1 NAME:v2 --files *{end}" for end in (".json", ".csv", ".txt", ".md")),
    ],
    "compare": ["NAME:v0 NAME:v1 NAME:v2", "NAME:v0 NAME:v2 --all --limit 0"],
    "runs": ["", "state=failed -p PROJECT"],
    "run": ["show RUN", "show RUN --console", "show RUN --patch", "show BROKEN"],
    "lineage": [
        "NAME",
        "NAME --explode --limit 9",
        "NAME --names",
        "NAME --format graph",
        "NAME --format dot",
        "NAME --format mermaid",
        "NAME --format graph --ascii --explode",
        "NAME --runs",
        "NAME --made WORD",
    ],
    "alias": ["NAME", "NAME --history", "NAME:v1 shown --reason WORD", "NAME shown --remove"],
    "note": ["NAME:v0", "NAME:v0 --history", "NAME:v1 WORD"],
    "best": ["NAME", "NAME --metric WORD --mode max"],
    "policy": ["NAME", "NAME --protect WORD --reason WORD"],
    "log": ["FOLDER PROJECT/more/more --note WORD --meta WORD=WORD", "FOLDER NAME --if-better acc:min"],
    "get": ["NAME:v2 TARGET/copy", "NAME:v2/f.txt TARGET/one"],
    "verify": ["NAME:v2", "NAME:v2 TARGET/copy", "NAME:v2 --refs"],
    "materialize": ["NAME:v2"],
    "cp": ["NAME:v1 PROJECT/copied"],
    "mv": ["PROJECT/copied PROJECT/moved", "PROJECT/copied PROJECT/moved --yes"],
    "rename": ["PROJECT/moved PROJECT/renamed"],
    "rm": ["PROJECT/renamed", "PROJECT/renamed --yes"],
    "undelete": ["TRASHED"],
    "ttl": ["NAME:v0", "NAME:v0 never"],
    "prune": ["PROJECT --keep-last 1", "NAME --keep-last 1 --keep-aliased"],
    "sweep": ["PROJECT"],
    "du": ["", "PROJECT", "NAME", "NAME:v2"],
    "fsck": ["", "PROJECT --read-data"],
    "sync": ["STORE TARGET/second", "STORE TARGET/second --dry-run"],
    "watch": ["PROJECT --from start --no-wait --on any", "NAME --from start --no-wait --on any"],
    "cache": ["show"],
    "doctor": [""],
    "init": ["TARGET/new", "TARGET/new"],
    "mount": ["--list", "WORD TARGET/nowhere"],
    "umount": ["TARGET/nowhere", "WORD"],
    "tui": ["--frame NAME", "--frame diff NAME:v1 NAME:v2 --size 60x20"],
}
"""Of each verb, calls that show all that it can show, in this order; words in capitals are replaced."""

RAW = {
    "cat": "the bytes of a file are handed out as they are, as by cat(1)",
}


class Terminal(io.TextIOWrapper):
    """Takes what is written as a terminal would."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="strict", newline="", write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def written(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


@contextlib.contextmanager
def terminals() -> Iterator[tuple[Terminal, Terminal]]:
    out, err = Terminal(), Terminal()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield out, err


def check(*words: str) -> tuple[int, str]:
    """Call a verb as on a terminal; the exit code, and what it wrote."""
    with terminals() as (out, err):
        try:
            code = main(list(words))
        except SystemExit as exc:
            code = int(exc.code or 0)
    for stream in (out, err):
        assert not leaks(stream.written), f"mvfs {shlex.join(words)[:300]}: {leaks(stream.written)[:3]}"
    assert code in (0, 1, 2, 3, 4, 5, 6), f"mvfs {shlex.join(words)[:300]}: {code}: {err.written[-2000:]}"
    return code, out.written + err.written


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(progress, "_PATIENCE", -1.0)  # whatever takes long is told at once
    monkeypatch.setattr(progress, "_PERIOD", -1.0)
    monkeypatch.setattr("sys.stdin", io.StringIO())


def test_every_verb_is_called() -> None:
    assert {*CALLS, *RAW} == {*VERBS}


@settings(max_examples=EXAMPLES, **AT_LENGTH)
@example(list(WORDS))
@given(st.lists(hostile, min_size=3, max_size=12))
def test_what_a_store_holds_reaches_no_terminal(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        store = folder / "store"
        places = fill(open_catalog(StoreLocation(store, None)), folder / "sources", words)
        source = folder / "source"
        source.mkdir()
        (source / "x\x1b[2J\u202ey".replace("\x1b", "")).write_text("x")
        for verb, calls in CALLS.items():
            for call in calls:
                filled = [_filled(word, places, folder, words) for word in call.split()]
                check("--store", str(store), verb, *filled)


def _filled(word: str, places: Places, folder: Path, words: list[str]) -> str:
    for name, value in {
        "PROJECT": places.project,
        "NAME": places.name,
        "LINKED": places.linked,
        "TRASHED": places.trashed,
        "RUN": places.runs[-1],
        "BROKEN": places.runs[0],
        "FOLDER": str(folder / "source"),
        "STORE": str(folder / "store"),
        "TARGET": str(folder / "target"),
        "WORD": max(words, key=lambda one: (not one.isprintable(), len(one) < 300)),
    }.items():
        if word.startswith(name) and not word[len(name) :][:1].isupper():
            return value + word[len(name) :].replace("WORD", "w")
    return word


def test_the_calls_work(tmp_path: Path) -> None:
    """Else what they would show is not looked at."""
    store = tmp_path / "store"
    places = fill(open_catalog(StoreLocation(store, None)), tmp_path / "sources", ["plain", "words"])
    (tmp_path / "source").mkdir()
    (tmp_path / "source/x").write_text("x")
    failed = {}
    for verb, calls in CALLS.items():
        for call in calls:
            filled = [_filled(word, places, tmp_path, ["word"]) for word in call.split()]
            code, said = check("--store", str(store), verb, *filled)
            if code > 1:
                failed[f"{verb} {call}"] = said
    expected = {
        "verify NAME:v2 --refs",
        "mount WORD TARGET/nowhere",
        "umount TARGET/nowhere",
        "umount WORD",
        "init TARGET/new",
    }
    assert {*failed} <= expected, json.dumps(failed, indent=1)


@settings(max_examples=EXAMPLES * 10, **AT_LENGTH)
@given(st.sampled_from(sorted({*VERBS} - {"tui", "doctor", "watch"})), st.lists(hostile, max_size=3))
def test_what_was_typed_wrong_is_told_inertly(verb: str, words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as made, contextlib.chdir(made):
        storable = [word.replace("/", "").replace("\0", "") for word in words]
        check("--store", f"{made}/store", verb, *storable)
        check("--json", "--store", f"{made}/store", verb, *storable)
