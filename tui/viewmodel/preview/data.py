"""Nested values, such as JSON, as a tree that folds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import msgspec

from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel import valuetree
from tui.viewmodel.preview.preview import Preview
from tui.viewmodel.valuetree import Leaf

MOST_BYTES, _MOST_PARTS = 16 << 20, 400_000
"""What is taken apart: each part takes a hundred bytes in memory."""

_DEEPEST = 200
_CHILDREN = 200
_LONGEST_PLAIN = 1 << 20


def parse(raw: bytes) -> Any:
    """The value that JSON holds.

    Raises:
        ValueError: it is none, or too much to be taken apart here.
    """
    if len(raw) > MOST_BYTES or sum(raw.count(mark) for mark in (b",", b"[", b"{")) > _MOST_PARTS:
        raise ValueError("too large to be shown as a tree")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ValueError(str(exc)) from exc


class Data(Preview):
    """A tree of values."""

    KIND = "data"

    def __init__(self, value: Any) -> None:
        self._value = value if valuetree.is_branch(value) else {"value": value}
        self._toggled: set[tuple[str, ...]] = set()
        self._more: Counter[tuple[str, ...]] = Counter()

    def about(self) -> str:
        """How much there is at the top."""
        return "JSON, " + valuetree.summary(self._value).strip("{}[]")

    def _is_open(self, path: tuple[str, ...], value: Any) -> bool:
        return valuetree.comes_open(path, value) ^ (path in self._toggled) and len(path) < _DEEPEST

    def rows(self) -> Sequence[Leaf]:
        return list(valuetree.leaves(self._value, self._is_open, lambda path: _CHILDREN << self._more[path]))

    def identity(self, row: Leaf) -> Hashable:
        return row.path

    def spans(self, row: Leaf, width: int) -> Sequence[Span]:
        lead = "  " * min(row.depth, max(width // 6, 1))
        if row.left:
            return [(f"{lead}  {row.shown}", "accent")]
        label = paint.fit(row.label, min(row.wide, max(width // 3, 8))) + "  "
        if row.open is not None:
            mark = "▾ " if row.open else "▸ "
            return [(lead + mark, "faint"), (label, "strong"), (row.shown, "faint")]
        return [(lead + "  ", "faint"), (label, "muted"), (row.shown, _role(row.value))]

    def plain(self, row: Leaf) -> str:
        if isinstance(row.value, str):
            return row.value
        if row.left:
            return ""
        return json.dumps(row.value, ensure_ascii=False)[:_LONGEST_PLAIN]

    def words(self, row: Leaf) -> str:
        """What the filter looks into: the path and what is shown."""
        return f"{'.'.join(row.path)} {row.shown}"

    def place_of(self, row: Leaf) -> str:
        """The dotted path of a row, inert."""
        return line(".".join(row.path))

    def open(self, row: Leaf) -> bool:
        if row.left:
            self._more[row.path[:-1]] += 3
        elif row.open is not None:
            self._toggled ^= {row.path}
        else:
            return False
        return True


def _role(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    return "alias" if isinstance(value, bool) or value is None else "accent"
