"""Patterns mean what they mean in Python's `re`, and take no longer than the text is long."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mvfs.errors import InvalidInput
from mvfs.query import pattern
from mvfs.query.pattern import Pattern, contains, matches

pieces = st.sampled_from(
    [
        *"ab.*+?|()^$cA-",
        "\\d",
        "\\W",
        "\\.",
        "a{2}",
        "b{1,}",
        "c{0,2}",
        "(?:",
        "[a-c]",
        "[^aA]",
        "[]-]",
        "(a|b)",
        "*?",
        "\\n",
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(pieces, max_size=9).map("".join),
    st.booleans(),
    st.lists(st.text("abcAB1- \n.]", max_size=7), min_size=3),
)
def test_the_same_as_re(text: str, ignore_case: bool, examples: list[str]) -> None:
    text = "(?i)" * ignore_case + text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = re.compile(text.replace("$", r"\Z"), re.ASCII)
        tried = Pattern(text)
    except (re.error, InvalidInput):
        assume(False)
        raise
    for example in examples:
        assert tried.fits(example) == bool(expected.search(example)), (text, example)


def test_time_is_in_proportion_to_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """`re` would need 2 to the power of 5,000 steps; this one looks at each character once."""
    steps = 0
    original = Pattern._step

    def counted(self: Pattern, states: frozenset[int], ch: str) -> frozenset[int]:
        nonlocal steps
        steps += 1
        return original(self, states, ch)

    monkeypatch.setattr(Pattern, "_step", counted)
    assert not Pattern("^(a+)+$").fits("a" * 5000 + "b")
    assert not Pattern("(x*)*(a|aa)*c$").fits("a" * 5000 + "b")
    assert steps < 20


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern, "MAX_KEPT", 10)
    tried = Pattern("[^z]+z")
    assert tried.fits("".join(map(chr, range(200, 2000))) + "z")
    assert len(tried._steps) <= 10


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(", r"a '\)' is missing"),
        (")", r"a '\)' has no '\('"),
        ("[", r"a '\]' is missing"),
        ("*a", "nothing before '\\*'"),
        ("a**", "a repetition is repeated"),
        ("a{3,2}", "repeats less than it must"),
        ("[b-a]", "'b-a' is empty"),
        ("\\1", "is not supported"),
        ("[\\q]", "is not supported in brackets"),
        ("a\\", "is not supported"),
        ("(?=a)", "only"),
        ("(?P<x>a)", "only"),
        ("((a{99}){99}){99}", "too long, or repeats too much"),
        ("a" * 1001, "too long"),
        ("(" * 60 + ")" * 60, "too many groups"),
    ],
)
def test_what_is_no_pattern(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        Pattern(text)


def test_words() -> None:
    assert contains("STRASSE", "In der Straße")
    assert contains("", "x")
    assert not contains("x", "")
    assert matches("^[0-9a-f]{4}$", "00ff")
    assert not matches("^[0-9a-f]{4}$", "00FF")
    assert matches("a{,2}", "a{,2}")
