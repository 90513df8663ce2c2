"""The plain parts: columns, numbers, rows, keys and colours."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from mvfs.index.rows import Name, Rule, Version
from tui import glyphs, keys, paint, strips, theme
from tui.place import WORDS
from tui.screens.help import topics
from tui.viewmodel import values
from tui.viewmodel.chips import chip, chips
from tui.viewmodel.shelf import Shelf
from tui.viewmodel.versions import VersionTable


def table(
    *metadata: dict[str, object], rule: Rule | None = None, aliases: tuple[str, ...] = ()
) -> VersionTable:
    versions = [
        Version("iv3", "model", n, "m", b"", b"", 1, 1000, None, one, "a note", 0, "me", aliases, ())
        for n, one in enumerate(metadata)
    ]
    return VersionTable(
        "vision", Name("iv3", "model", len(versions), len(versions) - 1, rule), versions[::-1], now=0
    )


def test_the_metric_of_the_rule_comes_first_and_what_never_differs_last() -> None:
    shown = table({"epochs": 9, "loss": 2.0, "acc": 0.5}, {"epochs": 9, "loss": 1.0, "acc": 0.6},
                  rule=Rule("acc", "max"))  # fmt: skip
    assert [metric.title for metric in shown.metrics] == ["acc", "loss", "epochs"]
    assert [metric.tells for metric in shown.metrics] == [True, True, False]


def test_nested_metrics_have_short_titles_unless_these_are_ambiguous() -> None:
    shown = table({"val": {"acc": 0.1, "f1": 1.0}, "train/acc": 0.2}, {"val": {"acc": 0.2}, "train/acc": 0.3})
    assert {metric.path: metric.title for metric in shown.metrics} == {
        "val.acc": "val.acc", "train/acc": "train/acc", "val.f1": "f1",
    }  # fmt: skip


@pytest.mark.parametrize("width", [10, 24, 40, 60, 100, 180])
def test_columns_never_exceed_the_width(width: int) -> None:
    shown = table(
        {"acc": 0.5, "loss": 1.5}, {"acc": 0.6, "loss": 1}, aliases=("best", "production", "a-long-one")
    )
    columns = shown.columns(width)
    assert paint.width_of(shown.header(columns)) == paint.width_of(shown.row(shown.versions[0], columns))
    assert width < 40 or paint.width_of(shown.header(columns)) <= width


@pytest.mark.parametrize(
    ("sample", "value", "shown"),
    [
        ([1.0, 20000.0], 20000.0, "20,000"),
        ([0.5, 0.25], 0.5, "0.50"),
        ([0.123456], 0.123456, "0.1235"),
        ([1e-9, 2.0], 1e-9, "1.000e-09"),
        ([150.25, 3.5], 3.5, "3.50"),
        ([], 1.0, "1"),
    ],
)
def test_numbers_of_a_column_are_written_alike(sample: list[float], value: float, shown: str) -> None:
    assert values.NumberFormat(sample)(value) == shown


def test_known_aliases_have_glyphs_of_their_own() -> None:
    glyphs = {chip(alias)[0][0] for alias in ("best", "latest", "production", "other")}
    assert len(glyphs) == 4
    assert [text for text, _ in chips(["other", "latest", "best"])[::2]] == ["★ best", "● latest", "◇ other"]


def test_a_shelf_shows_what_is_open() -> None:
    shelf = Shelf(["a", "b"])
    shelf.take_names("a", [Name("n", "model", 3, 2, None), Name("d", "dataset", 1, 0, None)])
    assert [node.path for node in shelf.nodes()] == [("a",), ("b",)]
    shelf.open.add(("a",))
    assert [node.path for node in shelf.nodes()] == [
        ("a",), ("a", "dataset"), ("a", "dataset", "d"), ("a", "model"), ("a", "model", "n"), ("b",),
    ]  # fmt: skip
    shelf.open.discard(("a", "model"))
    shelf.take_names("a", [Name("n", "model", 3, 2, None)])
    assert ("a", "model", "n") not in [node.path for node in shelf.nodes()]


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("漢字漢", 4, "漢…"),
        ("", 3, ""),
        ("abc", 0, ""),
        ("é" * 9, 4, "ééé…"),
    ],
)
def test_text_is_cut_to_columns(text: str, width: int, shown: str) -> None:
    assert paint.cut(text, width) == shown


def test_only_what_changed_is_painted_again() -> None:
    def strip(text: str) -> Strip:
        return Strip([Segment(text, Style())])

    assert strips.changed(strip("abcdef"), strip("abXdef")) == (2, 3)
    assert strips.changed(strip("abc"), strip("abc")) is None
    assert strips.changed(None, strip("abc")) == (0, 3)
    assert strips.changed(strip("a漢b"), strip("axyb")) == (1, 3)
    assert strips.changed(strip("漢"), strip("字")) == (0, 2)


def test_the_footer_offers_at_most_seven_keys_and_all_exist() -> None:
    names = [action.name for action in keys.ACTIONS]
    assert len(keys.footer(names, 1000)) == 14


@pytest.mark.parametrize("width", [8, 20, 44, 60, 200])
def test_the_footer_fits_and_help_and_quit_stay(width: int) -> None:
    spans = keys.footer(("open", "filter", "note", "alias", "copy", "help", "quit"), width)
    shown = "".join(text for text, _ in spans)
    assert len(shown.rstrip()) <= max(width, 16)
    assert "? help" in shown
    assert "q quit" in shown


def test_no_key_does_two_things() -> None:
    for view in WORDS:
        used = [key for action in keys.of(view) for key in action.keys]
        assert sorted(used) == sorted(set(used)), view


def test_the_help_is_the_registry_and_finds_by_word_and_by_key() -> None:
    actions = keys.of("browse")
    listed = {topic.action for topic in topics(actions, {}) if topic.action}
    assert listed == {*actions}
    assert topics(actions, {}, "note")[0].action == keys.find("note")
    assert topics(actions, {}, "y")[0].action == keys.find("copy")
    assert topics(actions, {}, "ctrl+d")[0].action == keys.find("half_down")
    assert topics(actions, {"note": "no version is selected"}, "e")[0].reason == "no version is selected"


@pytest.mark.parametrize("name", [theme.DARK, theme.LIGHT])
@pytest.mark.parametrize("ground", ["plain", "cursor", "resting", "bar", "box"])
def test_text_is_readable_on_every_ground(ground: str, name: str) -> None:
    """WCAG AA: 4.5 to 1; lines that only divide may be fainter."""
    for role, style in getattr(theme.palette(name), ground).items():
        assert style.color is not None
        assert style.bgcolor is not None
        if role != "line":
            assert contrast(style.color, style.bgcolor) >= 4.5, role


def test_every_glyph_has_one_column_and_an_ascii_character() -> None:
    drawn = set()
    for path in Path(keys.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        told = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in told]
        drawn |= {char for node in texts if isinstance(node.value, str) for char in node.value}
    assert {char for char in drawn if not char.isascii()} <= set(glyphs.TABLE)
    for glyph, plain in glyphs.TABLE.items():
        assert cell_len(glyph) == 1 == len(plain)
        assert plain.isascii()


def contrast(one: Color, other: Color) -> float:
    def light(color: Color) -> float:
        assert color.triplet is not None
        parts = [part / 255 for part in color.triplet]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_the_terminals_own_colours_over_ssh_and_without_colour() -> None:
    assert theme.wanted_theme({}) == theme.DARK
    assert theme.wanted_theme({"SSH_TTY": "/dev/pts/0"}) == theme.ANSI
    assert theme.wanted_theme({"NO_COLOR": "1"}, "light") == theme.ANSI
    assert theme.wanted_theme({"SSH_TTY": "/dev/pts/0"}, "light") == theme.LIGHT
    for ground in ("plain", "cursor", "resting", "bar", "box"):
        styles = getattr(theme.palette(theme.ANSI), ground)
        assert set(styles) == set(theme.palette(theme.DARK).plain)
        assert all(style.bgcolor is None for style in styles.values())
