"""Filters and sorts rows in memory, column by column: ten thousand while a key is pressed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

from mvfs.errors import InvalidInput
from mvfs.query import evaluate
from mvfs.query.fields import Field, Subject
from mvfs.query.order import Key
from mvfs.query.scalar import rank, scalar
from mvfs.query.tree import And, Compare, Not, Or, Tree
from tui.viewmodel.question import WHOLE, Language

_FEW = 1000
"""Rows of which columns are made while a key waits."""

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

Mask = Sequence[bool]
"""Whether each row passes."""


class Finder:
    """Answers questions about rows; what it has once worked out of a column it keeps."""

    def __init__(
        self,
        language: Language,
        keys: Sequence[Hashable],
        subjects: Callable[[], Sequence[Subject]],
        texts: Callable[[], Sequence[str]],
    ) -> None:
        """Take what the rows are called, and ways to the rows and to their text in small letters."""
        self.language, self._keys = language, keys
        self._make_subjects, self._make_texts = subjects, texts
        self._columns: dict[tuple[str, tuple[str, ...]], Sequence[Any]] = {}

    @cached_property
    def _subjects(self) -> Sequence[Subject]:
        return self._make_subjects()

    @cached_property
    def texts(self) -> Sequence[str]:
        """The text of each row that words are looked for in."""
        return self._make_texts()

    def warm(self) -> None:
        """Work out what words need, in a worker."""
        _ = self.texts

    def is_slow(self, sort: str, text: str) -> bool:
        """Whether the answer takes longer than a key may, so that a worker has to find it."""
        if len(self._keys) <= _FEW:
            return False
        if text and "texts" not in self.__dict__:
            return True
        try:
            tests = _tests(self.language.tree(text)) if text else []
            keys = self.language.keys(sort) if sort else []
        except InvalidInput:
            return False
        wanted = [(test.field.name, test.path) for test in tests if test.field.name != WHOLE]
        wanted += [(key.field.name, key.path) for key in keys]
        return not all(map(_is_plain, tests)) or any(one not in self._columns for one in wanted)

    # Filter

    def passing(self, text: str) -> set[Hashable] | None:
        """What the rows are called that pass a query; None where the text is words and no query."""
        try:
            tree = self.language.tree(text)
        except InvalidInput:
            return None
        if tree is None:
            return None
        return {key for key, passes in zip(self._keys, self._mask(tree), strict=True) if passes}

    def _mask(self, tree: Tree) -> Mask:
        match tree:
            case And(items):
                return self._joined(items, operator.and_, start=True)
            case Or(items):
                return self._joined(items, operator.or_, start=False)
            case Not(item):
                return list(map(operator.not_, self._mask(item)))
        return self._test(tree)

    def _joined(self, items: Sequence[Tree], how: Callable[[Any, Any], Any], *, start: bool) -> Mask:
        mask: Mask = [start] * len(self._keys)
        for item in items:
            mask = list(map(how, mask, self._mask(item)))
        return mask

    def _test(self, test: Compare) -> Mask:
        """The same as `evaluate.holds` says of each row, but a column at a time."""
        if not _is_plain(test):
            return [evaluate.holds(test, subject) for subject in self._subjects]
        if test.field.name == WHOLE:
            word = str(test.value).lower()
            return [word in text for text in self.texts]
        column = self.column(test.field, test.path)
        asked: Any = scalar(test.value)
        if test.op == "~":
            word = str(test.value).casefold()
            return [type(value) is str and word in value.casefold() for value in column]
        if test.field.rows:
            return [asked in values for values in column]
        kind, compare = rank(asked), _ORDERS.get(test.op, operator.eq)
        return [value is not None and rank(value) == kind and compare(value, asked) for value in column]

    def column(self, field: Field, path: tuple[str, ...] = ()) -> Sequence[Any]:
        """The values of a field in all rows, as they are compared; of a field of many, all of them."""
        place = field.name, path
        if place not in self._columns:
            if field.rows:
                self._columns[place] = [tuple(field.get(subject)) for subject in self._subjects]
            else:
                self._columns[place] = [evaluate.value(field, path, subject) for subject in self._subjects]
        return self._columns[place]

    # Sort

    def order(self, keys: str) -> list[int] | None:
        """The rows' indexes as sorted by ``keys``, null last; None where these are none."""
        try:
            found = self.language.keys(keys)
        except InvalidInput:
            return None
        indexes = list(range(len(self._keys)))
        for key in reversed(found):
            indexes = self._sorted(indexes, key)
        return indexes

    def _sorted(self, indexes: list[int], key: Key) -> list[int]:
        column = self.column(key.field, key.path)
        there = [index for index in indexes if column[index] is not None]
        if len({rank(column[index]) for index in there}) == 1:
            there.sort(key=column.__getitem__, reverse=key.descending)
        else:  # numbers, then texts, then others
            by = {index: (rank(column[index]), column[index]) for index in there}
            there.sort(key=by.__getitem__, reverse=key.descending)
        return there + [index for index in indexes if column[index] is None]


def _is_plain(test: Compare) -> bool:
    """Whether a test is answered from a column, and need not look at row after row."""
    if test.field.rows:
        return test.op == "=" and test.value is not None
    return test.op == "~" or (test.op in ("=", *_ORDERS) and test.value is not None)


def _tests(tree: Tree | None) -> list[Compare]:
    match tree:
        case None:
            return []
        case And(items) | Or(items):
            return [test for item in items for test in _tests(item)]
        case Not(item):
            return _tests(item)
    return [tree]
