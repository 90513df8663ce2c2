r"""Regular expressions that take a time in proportion to the text, whatever pattern and text are.

Python's own backtrack: a note that somebody wrote to that end could keep them busy for years. Here a pattern
is a machine of states (`mvfs.query.machine`); all states that it can be in at a character are followed at
once, and each such set, once met, is kept with where its characters lead.

As in RE2, which W&B has: no look-around, no back-references.
"""

from __future__ import annotations

from functools import lru_cache

from mvfs.query.machine import ACCEPT, END, Machine, build

MAX_KEPT = 50_000
"""Steps that a pattern remembers."""


@lru_cache(64)
def _folded(word: str) -> str:
    return word.casefold()


def contains(word: str, text: str) -> bool:
    """Whether a text has a word anywhere in it, in capitals or small letters."""
    return _folded(word) in text.casefold()


@lru_cache(64)
def _pattern(text: str) -> Pattern:
    return Pattern(text)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern fits some part of a text.

    Raises:
        InvalidInput: the pattern is none.
    """
    return _pattern(pattern).fits(text)


class Pattern:
    """One regular expression, looked for anywhere in a text unless ``^`` and ``$`` say otherwise."""

    def __init__(self, text: str) -> None:
        """Take a pattern.

        Raises:
            InvalidInput: it is none, too long, or asks for what is not supported.
        """
        self._machine: Machine = build(text)
        self._begin = self._closure({self._machine.start}, at_start=True)
        self._again = self._closure({self._machine.start})
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def fits(self, text: str) -> bool:
        """Whether it fits some part of a text."""
        states = self._begin
        steps = self._steps
        for ch in text:
            if ACCEPT in states:
                return True
            found = steps.get((states, ch))
            if found is None:
                if len(steps) >= MAX_KEPT:
                    steps.clear()
                found = steps[states, ch] = self._step(states, ch)
            states = found
        return ACCEPT in states or ACCEPT in self._closure(set(states), at_end=True, at_start=not text)

    def _step(self, states: frozenset[int], ch: str) -> frozenset[int]:
        nodes = self._machine.nodes
        led = {nodes[state].next for state in states if state >= 0 and nodes[state].takes(ch)}
        return self._closure(led) | self._again

    def _closure(self, states: set[int], *, at_start: bool = False, at_end: bool = False) -> frozenset[int]:
        """All states that can be reached without a character."""
        found: set[int] = set()
        todo = list(states)
        while todo:
            state = todo.pop()
            if state in found:
                continue
            found.add(state)
            if state == ACCEPT:
                continue
            node = self._machine.nodes[state]
            if node.edges is not None and (
                node.only is None or (node.only == END and at_end) or (node.only != END and at_start)
            ):
                todo += node.edges
        return frozenset(found)
