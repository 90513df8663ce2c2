"""Matching, text, words: what is yielded makes new out of old, and is no more than it has to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.diff import text
from mvfs.diff.matching import gaps, matches
from mvfs.diff.model import Kind
from mvfs.diff.text import Hunk, hunks

LINES = st.lists(st.sampled_from(["", "a", "b", "c", "}", "return x", "x = 1"]), max_size=40)


def applied(old: Sequence[str], found: Iterable[Hunk]) -> list[str]:
    new: list[str] = []
    at = 0
    for hunk in found:
        new += old[at : hunk.old_start - 1]
        assert len(new) == hunk.new_start - 1
        at = hunk.old_start - 1
        for row in hunk.rows:
            if row.old is not None:
                assert (old[at], at + 1) == (row.old, row.old_number)
                at += 1
            if row.new is not None:
                new.append(row.new)
                assert len(new) == row.new_number
        assert at == hunk.old_start - 1 + hunk.old_count
        assert len(new) == hunk.new_start - 1 + hunk.new_count
    return new + list(old[at:])


@given(LINES, LINES, st.integers(0, 4))
@settings(max_examples=300, deadline=None)
def test_hunks_make_new_out_of_old(old: list[str], new: list[str], context: int) -> None:
    found = list(hunks(old, new, context))
    assert applied(old, found) == new
    assert bool(found) == (old != new)
    for hunk in found:
        kinds = [row.kind for row in hunk.rows]
        assert any(kind is not Kind.SAME for kind in kinds)
        assert kinds[:context].count(Kind.SAME) <= context


@given(LINES, LINES)
@settings(max_examples=200, deadline=None)
def test_matches_are_in_order_and_true(old: list[str], new: list[str]) -> None:
    at_old = at_new = 0
    for start_old, start_new, length in matches(old, new):
        assert length > 0
        assert start_old >= at_old
        assert start_new >= at_new
        assert old[start_old : start_old + length] == new[start_new : start_new + length]
        at_old, at_new = start_old + length, start_new + length


def test_one_line_in_the_middle_is_one_line_of_difference() -> None:
    old = [f"line {i}" for i in range(60_000)]
    new = [*old[:30_000], "fresh", *old[30_000:40_000], *old[40_001:]]
    assert list(gaps(old, new)) == [(30_000, 30_000, 30_000, 30_001), (40_000, 40_001, 40_001, 40_001)]
    first, second = hunks(old, new)
    assert first.head == "@@ -29998,6 +29998,7 @@"
    assert [row.kind for row in second.rows].count(Kind.REMOVED) == 1


def test_the_first_hunk_comes_before_the_rest_is_matched() -> None:
    class Counting(list[str]):
        reads = 0

        def __getitem__(self, at: object) -> object:  # type: ignore[override]
            Counting.reads += 1
            return super().__getitem__(at)  # type: ignore[index]

    old = Counting(f"line {i}" for i in range(2_000))
    new = Counting(f"{line}!" if i % 20 == 10 else line for i, line in enumerate(list(old)))
    found = hunks(old, new)
    next(found)
    early = Counting.reads
    assert len(list(found)) == 99
    assert Counting.reads - early > 2_000


def test_many_equal_lines_and_no_anchor_stay_fast() -> None:
    old, new = ["a", "b"] * 3_000, ["b", "a", "a"] * 2_000
    assert applied(old, hunks(old, new)) == new
    old, new = ["a", "b"] * 1_000, ["b", "a", "a"] * 800
    assert applied(old, hunks(old, new)) == new


def test_moved_block_of_anchors_leaves_the_longest_row() -> None:
    old = [*"abcdefgh"]
    new = [*"efgh", *"abcd", "x"]
    assert applied(old, hunks(old, new)) == new


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_words_outside_of_the_spans_are_equal(old: str, new: str) -> None:
    left, right = text.words(old, new)
    assert without(old, left) == without(new, right)


def without(line: str, spans: list[tuple[int, int]]) -> str:
    kept, at = "", 0
    for start, stop in spans:
        assert at <= start < stop <= len(line)
        kept, at = kept + line[at:start], stop
    return kept + line[at:]


def test_words() -> None:
    assert text.words("lr = 0.1  # fast", "lr = 0.25  # fast") == ([(7, 8)], [(7, 9)])
    assert text.words("." * 900, ".," * 450) == ([(1, 900)], [(1, 900)])
    assert text.words("a" * 9_000, "a" * 9_000 + "b") == ([], [(9_000, 9_001)])


def test_lines_end_with_a_newline_only() -> None:
    found = text.lines("a\r\nb\x0cc\u2028d\n")
    assert found.rows == ["a\r", "b\x0cc\u2028d"]
    assert found.is_ended
    assert not text.lines("a\nb").is_ended
    assert text.lines("").rows == []
    assert text.counts(["a", "b"], ["a", "c", "d"]) == (2, 1)
