"""Text in a store is hostile: nothing that was stored may reach the terminal as a command, or end the UI."""

from __future__ import annotations

import math
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mvfs.catalog import runs
from mvfs.catalog.metadata import parse_metadata
from mvfs.catalog.project import Project
from mvfs.index.policies import AliasChange, Retention
from mvfs.index.rows import Deleted, Name, Rule, Run, Version
from mvfs.store.manifest.records import DirEntry, FileEntry
from mvfs.text import block, is_inert
from tests.hostile import hostile
from tests.tui.showing import UI, Shop, frame, is_clean, press, showing, text
from tui import strips, theme
from tui.copies import Copy, State
from tui.goal import spans
from tui.mounts import Mount
from tui.screens import alias, best, copies, deleting, metadata, mounting, trash
from tui.screens.copying import ChoiceList, choices
from tui.screens.sorting import KeyList
from tui.viewmodel import notation
from tui.viewmodel import values as values_of
from tui.viewmodel.curve import Curve
from tui.viewmodel.details import Details, Fold
from tui.viewmodel.facts import Facts, Listing, Series, Source, Standing, Story
from tui.viewmodel.shelf import Node
from tui.viewmodel.versions import VersionTable
from tui.viewmodel.wrap import wrapped
from tui.widgets.tree import Tree
from tui.writing.aliases import Pointing
from tui.writing.deletion import Going, Move
from tui.writing.rule import Metric

EVIL = [
    "\x1b]0;PWNED\x07",
    "\x1b]52;c;cHduZWQ=\x07",
    "\x1b[2J\x1b[?1049l",
    "\x9b31mC1",
    "[/]",
    "[red]x[/closing] [@click=app.quit]here[/]",
    "$primary {a} %s \\[",
    "\u202egnp.exe\u202c \u2066x\u2069 \ufeff",
    "nul\x00 del\x7f bell\x07 back\x08",
    "line\u2028para\u2029next\x85",
    "lone \ud800 surrogate",
    "z\u0335\u0321a\u0338l" + "\u0301" * 500,
    "👩‍👩‍👧‍👦🇩🇪" * 40 + "漢字" * 90,
    "\r\n\r\n\t\tindented\r",
    "x" * 10_000,
    " " * 3000 + "end",
    "",
]

evil = st.one_of(
    st.sampled_from(EVIL),
    st.text(st.characters(), max_size=80),
    st.lists(st.sampled_from([*EVIL[:12], "word", "\n", " "]), max_size=6).map("".join),
)


def version(words: list[str], metadata: dict[str, Any], number: int = 3) -> Version:
    word = (words * 12)[number:]
    return Version(word[0], word[1], number, "m", b"h", b"d" * 32, 7, 1 << 40, word[2], metadata, word[3],
                   1_700_000_000_000_000, word[4], (word[5], "best"), (word[6],))  # fmt: skip


def run(words: list[str], values: dict[str, Any]) -> Run:
    return Run(words[0], words[1], words[2], words[3], values, values, words[4], 1, 10**15, words[5])


WORDS = st.lists(evil, min_size=8, max_size=8)
VALUES = st.dictionaries(evil, st.one_of(evil, st.floats(), st.integers(), st.none(), st.booleans(),
                                         st.lists(evil, max_size=3), st.dictionaries(evil, evil, max_size=3)),
                         max_size=6)  # fmt: skip


def all_facts(
    words: list[str],
    values: dict[str, Any],
    versions: list[Version],
    producer: Run,
    listings: dict[str, Listing],
) -> Facts:
    """Facts in which every text is evil."""
    link = Source(words[3], words[4], 7)
    git = {"commit": words[2], "branch": words[3], "remote": words[4], "dirty": True}
    captured: dict[str, Any] = {
        "argv": words,
        "host": words[0],
        "gpus": words,
        "python": words[1],
        "diff": "\n+".join(words),
    }
    captured["git"] = git
    series = {word: Series([0.1, math.nan, 3.0], 1) for word in values}
    curves = {word: Curve([0, 1], [0, 1], [1.0, 2.0], 2, 2.0) for word in values}
    story = Story(captured, curves, series, Standing(0.5, 2, 3, 1, 0.7))
    moves = [AliasChange(word, 3, 2, 1, words[1], words[2]) for word in words]
    moves += [AliasChange(word, None, 1, 1, words[1], None, True) for word in words]
    name = Name(words[0], words[1], 3, 3, Rule(words[2], "max"), "\n".join(words), tuple(words[:2]))
    return Facts(words[0], versions[0], [producer, producer], [Source(words[1], words[2], 1)], versions,
                 [producer] * 3, listings, None, name, {producer.id: versions}, moves, frozenset(words),
                 Retention(3, 10**12), link, [link] * 9, words[5], story)  # fmt: skip


def check(rows: list[list[tuple[str, str]]], width: int) -> None:
    for row in rows:
        for ground in ("plain", "cursor", "resting", "bar", "box"):
            strip = strips.row(row, width, getattr(theme.palette(theme.DARK), ground))
            assert is_clean(strip.text)
            assert strip.cell_length == width
            assert cell_len(strip.text) <= width


@settings(max_examples=60, deadline=None)
@given(WORDS, VALUES, st.integers(17, 200))
def test_no_row_holds_a_control_character(words: list[str], values: dict[str, Any], width: int) -> None:
    versions = [version(words, values, number) for number in (3, 2, 1)]
    producer = run(words, values)
    table = VersionTable(words[0], Name(words[1], words[2], 3, 3, Rule(words[3], "max")), versions,
                         {words[2]: producer})  # fmt: skip
    columns = table.columns(width)
    check([table.header(columns), *(table.row(one, columns) for one in versions)], width)

    files = [FileEntry(f"d/{word}", 5, b"", False, ()) for word in words]
    listings = {"": Listing([DirEntry(words[4], 9), *files], 3), words[4]: Listing(files, 2)}
    details = Details(all_facts(words, values, versions, producer, listings), 10**15)
    check([list(line.spans) for line in details.lines(width)], width + 8)
    for section in ("note", "metadata", "config", "aliases", "about"):
        details.show_more(section)
    details.bounds.folds |= {line.target for line in details.lines(width) if isinstance(line.target, Fold)}
    check([list(line.spans) for line in details.lines(width)], width + 8)
    damaged = Details(Facts(words[0], versions[0], trouble=words[1]), 1)
    check([list(line.spans) for line in damaged.lines(width)], width + 8)
    check([spans((words[0], words[1], words[2]), versions[0].label, words[3])], width)
    check([list(Tree(id="t").spans(Node(tuple(words[:n]), False, n), width)) for n in (1, 2, 3)], width)
    sorting = KeyList("-" + words[0])
    check([list(sorting.spans(key, width)) for key in ("", "-" + words[0], *table.sort_keys())], width)
    table.finder.passing(words[0])
    table.finder.order(words[1])
    check([list(ChoiceList(id="c").spans(one, width)) for one in choices(words[0], versions[0])], width)
    assert table.holds(versions[0], versions[0].label)


@settings(max_examples=60, deadline=None)
@given(WORDS, VALUES, st.integers(20, 100))
def test_no_row_of_a_box_holds_a_control_character(
    words: list[str], values: dict[str, Any], width: int
) -> None:
    one = version(words, values)
    point = Pointing(words[0], 3, words[1], 1, words[2], True, words[3])
    metric = Metric(words[0], 3, (3, 0.5), (1, 0.1))
    going = Going(words[0], (one, one), (2, 0), (Move(words[1], words[2], 3, None, True),))
    copy = Copy(words[0], one, words[1], Path(words[2].replace("\0", "")), 7)
    failed = Copy(words[0], one, "", Path("x"), 7, State.FAILED, trouble=words[3])
    rows = [alias._spans(point, 12, width), best._spans(metric, "max", 12, width)]
    rows += [trash._spans(Deleted(one, 3, 1, words[4]), 10**15, width)]
    rows += [metadata._spans(key, value, 12, width) for key, value in values.items()]
    rows += [mounting._mounted(Mount(words[5], words[6], "dead", False), 12, width)]
    rows += [list(row.spans) for row in deleting._rows(going, width)]
    rows += [list(row.spans) for which in (copy, failed) for row in copies._rows(which, width)]
    check(rows, width)
    for said in (copy.said(), failed.said(), copy.ref):
        assert is_clean(said)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(hostile, st.one_of(hostile, st.floats(allow_nan=False, allow_infinity=False),
                                          st.booleans(), st.lists(hostile, max_size=3)),
                       max_size=4))  # fmt: skip
def test_metadata_goes_to_the_editor_and_comes_back(found: dict[str, Any]) -> None:
    written = notation.written(found)
    assert is_inert(written)
    assert notation.read(written) == found
    for key, value in found.items():
        shown = values_of.written(value)
        assert is_clean(shown)
        assert parse_metadata([f"k={shown.strip()}"]) == {"k": value}, key


@settings(max_examples=100, deadline=None)
@given(evil, st.integers(4, 60))
def test_wrapped_rows_fit_and_lose_no_word(written: str, width: int) -> None:

    rows = list(wrapped(block(written), width))
    assert all(cell_len(row) <= width for row in rows)
    assert "".join("".join(rows).split()) == "".join(block(written).split())


def log_evil(shop: Shop, written: str) -> None:
    project: Project = shop.project()
    storable = written.encode("utf-8", "replace").decode()
    start = runs.RunStart(runs.new_run_id(), storable or "r", storable, storable, {storable: storable}, {})
    runs.start(project, start)
    runs.finish(project, start.id, {storable: storable, "loss": 1}, "failed")
    files: dict[str, bytes | str] = {"plain.bin": storable}
    allowed = (char for char in storable if unicodedata.category(char) != "Cc" and char not in "/\\")
    name = unicodedata.normalize("NFC", "".join(allowed)[:40]).strip(" .")
    if name:
        files[f"dir/{name}"] = b"x"
    shop.log("thing", files, note=storable, metadata={storable or "k": storable, "acc": 0.5}, run=start.id)


async def visit(pilot: UI) -> None:
    """Go everywhere that stored text is shown."""
    walk = "enter | j | tab G enter g | escape | y | escape | e | escape | a | escape | f1 | escape | slash x"
    walk += " | escape | t down | escape | m down | escape | b down | escape | x | escape | c down"
    walk += " | escape | M down | escape | U down"
    walk += " | escape | s | j enter | space | colon | t tab | tab | enter | minus | ctrl+p | escape"
    for keys in (walk + " | escape | r").split(" | "):
        await press(pilot, *keys.split())
        assert all(is_clean(row) for row in frame(pilot)), keys


@pytest.mark.parametrize("size", [(80, 24), (150, 45)])
async def test_every_screen_survives_all_of_it(empty: Shop, size: tuple[int, int]) -> None:
    for written in EVIL:
        log_evil(empty, written)
    async with showing(empty, size=size) as pilot:
        await visit(pilot)
        for _ in EVIL:
            await press(pilot, "j")
            assert all(is_clean(row) for row in frame(pilot))
        assert "thing" in text(pilot)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(evil, min_size=1, max_size=3))
async def test_no_note_ends_the_ui(empty: Shop, written: list[str]) -> None:
    for one in written:
        log_evil(empty, one)
    async with showing(empty, "vision/thing") as pilot:
        for keys in (["enter"], ["G"], ["escape", "y"], ["escape", "e"], ["escape"]):
            await press(pilot, *keys)
            assert all(is_clean(row) for row in frame(pilot))


async def test_what_is_pasted_is_made_inert(shop: Shop) -> None:
    from textual import events

    async with showing(shop, "vision/classifier") as pilot:
        await press(pilot, "slash")
        assert pilot.app.focused is not None
        pilot.app.focused.post_message(events.Paste("evil\x1b[2J\nsecond"))
        await press(pilot)
        assert "evil␛[2J" in text(pilot)
        assert all(is_clean(row) for row in frame(pilot))
