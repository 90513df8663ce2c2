"""The rows of diffs: what they show at a width, and that nothing stored gets through as a command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mvfs.diff import mapping, text
from mvfs.diff.image import ImageInfo
from mvfs.diff.model import Change, Kind
from mvfs.diff.opened import ImageDiff
from mvfs.store.manifest.records import FileEntry
from tests.tui.test_evil import check, evil
from tui.viewmodel.diff.clipping import clip, marked
from tui.viewmodel.diff.document import Document
from tui.viewmodel.diff.files import Files
from tui.viewmodel.diff.folding import between, folds
from tui.viewmodel.diff.images import Images, Pixels
from tui.viewmodel.diff.lines import Gap, Lines
from tui.viewmodel.diff.row import Look, Part
from tui.viewmodel.diff.values import Values
from tui.viewmodel.diff.words import Words
from tui.viewmodel.preview.image import Cell, Picture

OLD = [f"line {number}" for number in range(1, 41)]
NEW = [*OLD[:9], "line ten", *OLD[10:29], *OLD[30:], "more"]


def lines(old: list[str] = OLD, new: list[str] = NEW) -> Lines:
    return Lines(old, new, list(text.hunks(old, new)), name="text")


def shown(part: Part, look: Look) -> list[str]:
    return ["".join(piece for piece, _ in row.spans(look)).rstrip() for row in part.rows(look)]


def entry(path: str, size: int = 5, *, executable: bool = False) -> FileEntry:
    return FileEntry(path, size, b"d" * 32, executable, ())


def test_a_text_in_one_column_has_both_numbers_and_the_old_before_the_new() -> None:
    rows = shown(lines(), Look(80))
    assert rows[0] == "   … 6 unchanged lines"
    assert rows[1:6] == [
        " 7  7   line 7",
        " 8  8   line 8",
        " 9  9   line 9",
        "10    - line 10",
        "   10 + line ten",
    ]
    assert rows[-1] == "   40 + more"


def test_a_narrow_one_has_one_number() -> None:
    assert shown(lines(), Look(60))[4:6] == ["10 - line 10", "10 + line ten"]


def test_old_and_new_beside_each_other() -> None:
    rows = shown(lines(), Look(61, split=True))
    assert rows[4] == "10 - line 10                  │10 + line ten"
    assert "30 - line 30                  │" in rows
    assert rows[-1] == " " * 30 + "│40 + more"


def test_an_opened_gap_shows_its_lines() -> None:
    part = lines()
    gap = next(row for row in part.rows(Look(80)) if isinstance(row, Gap))
    opened = shown(part, Look(80, opened={gap.key}))
    assert opened[:2] == [" 1  1   line 1", " 2  2   line 2"]
    assert len(opened) == len(shown(part, Look(80))) + 5


@pytest.mark.parametrize("split", [True, False])
def test_only_what_differs_in_a_line_is_marked(split: bool) -> None:
    part = lines(["the quick fox"], ["the slow fox"])
    spans = [span for row in part.rows(Look(80, split)) for span in row.spans(Look(80, split))]
    assert ("quick", "removed_word") in spans
    assert ("slow", "added_word") in spans


def test_lines_that_have_nothing_in_common_are_not_marked() -> None:
    part = lines(["import numpy as np"], ["x = 1"])
    assert not [role for row in part.rows(Look(80)) for _, role in row.spans(Look(80)) if "word" in role]


def test_panning_shifts_the_text_and_not_the_numbers() -> None:
    part = lines(["0123456789" * 20], ["0123456789" * 19])
    assert shown(part, Look(80, pan=13))[0].startswith(" 1    - 3456789012")
    assert shown(part, Look(80))[0].endswith("…")


@given(st.text(st.sampled_from("ab漢é\u0301👩 "), max_size=40), st.integers(0, 50), st.integers(1, 30))
def test_a_clip_has_its_width(written: str, start: int, width: int) -> None:
    spans = clip([(written[:7], "a"), (written[7:], "b")], start, width, "a")
    assert cell_len("".join(piece for piece, _ in spans)) == width


@given(st.text(st.sampled_from("ab漢é\u0301👩  "), max_size=60), st.integers(2, 20))
def test_folds_lose_nothing_and_fit(written: str, width: int) -> None:
    found = folds(written, width)
    assert "".join(written[start:end] for start, end in found) == written
    assert all(cell_len(written[start:end]) <= width for start, end in found)
    spans = [(written[:5], "a"), (written[5:], "b")]
    parts = ["".join(piece for piece, _ in between(spans, start, end)) for start, end in found]
    assert "".join(parts) == written


@pytest.mark.parametrize("split", [True, False])
def test_prose_is_broken_at_spaces(split: bool) -> None:
    old = ["a short line", "the first of many words " * 4 + "end"]
    new = ["a short line", "the second of many words " * 4 + "end"]
    part = replace(lines(old, new), is_prose=True)
    rows = shown(part, Look(65, split))
    if split:
        assert rows[1:3] == [
            " 2 - the first of many words    │ 2 + the second of many words",
            "     the first of many words    │     the second of many words",
        ]
        assert rows[-1].split("│") == [" " * 32, "     end"]
    else:
        assert rows[1:3] == [
            " 2 - the first of many words the first of many words the first",
            "     of many words the first of many words end",
        ]
    keys = [row.key for row in part.rows(Look(65, split))]
    assert len(keys) == len(set(keys))


def test_marks_cover_the_text() -> None:
    assert marked("abcdef", [(1, 2), (4, 6)], "p", "s") == [("a", "p"), ("b", "s"), ("cd", "p"), ("ef", "s")]


def test_numbers_stand_under_each_other_and_say_what_became_of_them() -> None:
    changes = list(mapping.changes({"acc": 0.5, "loss": 12.25}, {"acc": 0.625, "loss": 9.5, "new": 3}))
    rows = shown(Values("metrics", changes, {"acc": "max", "loss": "max"}), Look(80))
    assert rows == [
        "~ acc     0.5 → 0.625  +0.125, +25.0 %  ▲ better",
        "~ loss  12.25 →   9.5  -2.75, -22.4 %  ▼ worse",
        "+ new               3",
    ]


def test_a_long_value_opens() -> None:
    part = Values("metadata", [Change("text", Kind.CHANGED, "one\ntwo\nthree", "one\n2\nthree")])
    (row,) = part.rows(Look(80))
    assert row.opens
    assert shown(part, Look(80, opened={row.key}))[1:] == [
        " 1  1   one", " 2    - two", "    2 + 2", " 3  3   three",
    ]  # fmt: skip


def test_files_say_where_and_how_much() -> None:
    changes = [
        Change("config.json", Kind.CHANGED, entry("config.json", 100), entry("config.json", 2148)),
        Change("run.sh", Kind.CHANGED, entry("run.sh"), entry("run.sh", executable=True)),
        Change("b/w.bin", Kind.MOVED, entry("a/w.bin"), entry("b/w.bin")),
        Change("gone", Kind.REMOVED, entry("gone"), None),
    ]
    assert shown(Files(changes), Look(80)) == [
        "~ config.json           100 B →  2.1 KiB  +2.0 KiB",
        "~ run.sh                  5 B →      5 B        +x",
        "→ a/w.bin → b/w.bin       5 B →      5 B      ±0 B",
        "- gone                    5 B                 -5 B",
    ]


def test_a_section_shows_so_many_rows_before_more_is_asked_for() -> None:
    document = Document()
    document.put(
        Values("config", [Change(f"k{number}", Kind.ADDED, None, number) for number in range(3_000)])
    )
    rows = list(document.rows(Look(80)))
    assert len(rows) == 2_002
    document.toggle(rows[-1])
    assert len(list(document.rows(Look(80)))) == 3_001
    document.toggle(rows[0])
    assert len(list(document.rows(Look(80)))) == 1


VALUES = st.dictionaries(evil, st.one_of(evil, st.floats(), st.integers(), st.none(), st.booleans(),
                                         st.lists(evil, max_size=3)), max_size=4)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(evil, max_size=6),
    st.lists(evil, max_size=6),
    VALUES,
    VALUES,
    st.integers(20, 180),
    st.booleans(),
)
def test_no_row_holds_a_control_character(
    old: list[str], new: list[str], before: dict[str, Any], after: dict[str, Any], width: int, split: bool
) -> None:
    document = Document()
    words = list(dict.fromkeys([*old, *new]))
    document.put(Words("warning", [(word, "best") for word in words]))
    document.put(Files([Change(word, Kind.MOVED, entry(word[::-1]), entry(word)) for word in words]))
    document.put(Values("metadata", list(mapping.changes(before, after))))
    document.put(lines(old, new))
    document.put(replace(lines(old, new), name="prose", key="prose", is_prose=True))
    look = Look(width, split)
    document.opened |= {row.key for row in document.rows(look) if row.opens and row.key[0] != "heading"}  # type: ignore[index]
    for pan in (0, 8):
        look = Look(width, split, pan, document.opened)
        rows = list(document.rows(look))
        check([list(row.spans(look)) for row in rows], width)
        assert all(row.holds("") or not row.holds("") for row in rows)
        keys = [row.key for row in rows]
        assert len(keys) == len(set(keys))


class Points(Picture):
    """A picture of one colour, as Pillow would have made it."""

    def __init__(self, grey: int) -> None:
        super().__init__(None, "PNG", (4, 4))
        self._grey = grey

    def cells(self, width: int, height: int) -> list[list[Cell]]:
        colour = (self._grey, self._grey, self._grey)
        return [[Cell(colour, colour)] * min(width, 4)] * min(height, 2)


@pytest.mark.parametrize(
    ("width", "titles"), [(80, "  old   new"), (120, "  old         new         difference")]
)
def test_images_stand_side_by_side(width: int, titles: str) -> None:
    info = ImageInfo("PNG", 4, 4)
    part = Images(ImageDiff(info, info, 1.0), (Points(10), Points(30)))
    rows = list(part.rows(Look(width)))
    said = ["".join(piece for piece, _ in row.spans(Look(width))) for row in rows]
    assert said[:3] == ["- old PNG  4 × 4 pixels", "+ new PNG  4 × 4 pixels", titles]
    pixels = [row for row in rows if isinstance(row, Pixels)]
    assert len(pixels) == 2
    greys = [cells[0].upper[0] for _, cells in pixels[0].points()]
    assert greys == [10, 30, 60][: len(titles.split())]
    assert part.tally() == [("  100 % of the pixels differ", "changed")]


def test_of_images_of_two_sizes_no_difference_is_drawn() -> None:
    part = Images(ImageDiff(ImageInfo("PNG", 4, 4), ImageInfo("GIF", 8, 4), None), (Points(1), Points(2)))
    assert "difference" not in "".join(shown(part, Look(150)))
    assert part.tally() == ()
