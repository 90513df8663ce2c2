"""The order of what a query finds: ``-summary.acc,created``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from mvfs.errors import InvalidInput
from mvfs.query.parser import field_of
from mvfs.query.scalar import Scalar, rank
from mvfs.query.words import END, MARK, Token, refuse, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mvfs.query.fields import Field, Fields

_T = TypeVar("_T")

MAX_KEYS = 32


class Key(NamedTuple):
    """One field to sort by."""

    field: Field
    path: tuple[str, ...]
    descending: bool = False

    @property
    def label(self) -> str:
        """How people write the field."""
        return ".".join((self.field.name, *self.path))


def parse(text: str, fields: Fields) -> list[Key]:
    """Return the keys in ``-summary.acc,created``; a minus begins with the largest.

    Raises:
        InvalidInput: a field is unknown, or has many values for each row.
    """
    found = columns(text, fields, signed=True)
    for key in found:
        if key.field.rows:
            raise InvalidInput(f"'{key.label}' has many values, so nothing can be sorted by it")
    return found


def columns(text: str, fields: Fields, *, signed: bool = False) -> list[Key]:
    """Return the fields in ``config.lr,summary.acc``.

    Raises:
        InvalidInput: one is unknown, or there are too many.
    """
    found: list[Key] = []
    words = tokens(text)
    while words[0].kind != END:
        word, descending = words.pop(0), False
        if signed and word.parts and word.text[0] in "-+":
            descending = word.text[0] == "-"
            word = Token(word.kind, word.text[1:], word.at + 1, (word.parts[0][1:], *word.parts[1:]))
        one = field_of(word, fields)
        if isinstance(one, str):
            refuse(text, word.at, one)
        found.append(Key(*one, descending))
        if words[0].kind != END and words.pop(0)[:2] != (MARK, ","):
            refuse(text, word.at + len(word.text), "fields are divided by commas")
    if len(found) > MAX_KEYS:
        raise InvalidInput(f"at most {MAX_KEYS} fields, not {len(found)}")
    return found


def arranged(rows: Iterable[_T], keys: Sequence[Key], values: Callable[[_T], tuple[Scalar, ...]]) -> list[_T]:
    """Return rows in order, null last; ``values`` gives those of the keys. Equal rows stay as they are."""
    found = list(rows)
    for index in reversed(range(len(keys))):
        there = [row for row in found if values(row)[index] is not None]
        there.sort(
            key=lambda row: (rank(values(row)[index]), values(row)[index]), reverse=keys[index].descending
        )
        found = there + [row for row in found if values(row)[index] is None]
    return found
