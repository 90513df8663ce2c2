"""Notes as Markdown: what is set apart, and that no text breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.showing import is_clean
from tests.tui.test_evil import EVIL, evil
from tui.viewmodel import markdown
from tui.viewmodel.flow import flowed


def shown(text: str, width: int = 60) -> list[str]:
    return ["".join(part for part, _ in row) for row in markdown.rows(text, width)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("# Title #", ["Title"]),
        ("- one\n- [x] done\n- [ ] open", ["• one", "☑ done", "☐ open"]),
        ("  * inner", ["  • inner"]),
        ("3. third", ["3. third"]),
        ("> said", ["▎ said"]),
        ("---", ["─" * 24]),
        ("```py\n  a  *b*\n```", ["▏   a  *b*"]),
        ("see [this](https://x.y/z)", ["see this (https://x.y/z)"]),
        ("a `co*de*` b", ["a co*de* b"]),
        ("2 * 3 * 4 and snake_case_name", ["2 * 3 * 4 and snake_case_name"]),
        ("one\n\ntwo", ["one", "", "two"]),
    ],
)
def test_what_markdown_means(text: str, rows: list[str]) -> None:
    assert shown(text) == rows


def test_emphasis_code_and_headings_look_different() -> None:
    roles = dict(markdown.inline("plain **strong** *soft* `code` [link](u)"))
    assert roles["strong"] == "strong"
    assert len({roles["plain "], roles["strong"], roles["soft"], roles["code"], roles["link"]}) == 5


def test_items_are_set_in_where_they_go_on_in_the_next_row() -> None:
    assert shown("- aaaa bbbb cccc", 11) == ["• aaaa bbbb", "  cccc"]


MARKS = st.sampled_from(["# ", "- ", "```", "**", "[a](b)", "> ", "`", "_"])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(evil, MARKS), max_size=8).map("".join), st.integers(4, 90))
def test_no_row_is_too_wide_or_holds_a_control_character(text: str, width: int) -> None:
    for row in markdown.rows(text, width):
        written = "".join(part for part, _ in row)
        assert is_clean(written)
        assert cell_len(written) <= max(width, 10)


@pytest.mark.parametrize("mark", ["[", "*", "_", "`", "**a", "[a](", "  ", "> ", "#"])
def test_no_text_takes_long(mark: str) -> None:
    """Bounded patterns: a hundred thousand marks are as quick as a hundred thousand letters."""
    assert sum(1 for _ in markdown.rows(mark * (100_000 // len(mark)), 80)) < 120_000


def test_words_that_are_glued_stay_together() -> None:
    rows = list(flowed([("aa bb\N{NO-BREAK SPACE}cc", "text")], 6))
    assert ["".join(part for part, _ in row) for row in rows] == ["aa", "bb cc"]


def test_evil_strings_as_notes() -> None:
    for text in EVIL:
        assert all(is_clean("".join(part for part, _ in row)) for row in markdown.rows(text, 40))
