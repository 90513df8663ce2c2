"""Tables of what a query found, and the options that runs and versions have in common."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mvfs import units
from mvfs.catalog.finding import Question
from mvfs.cli.table import table
from mvfs.errors import InvalidInput
from mvfs.query import fields as kinds
from mvfs.query import order, parser
from mvfs.query.order import Key
from mvfs.query.scalar import Scalar, original

if TYPE_CHECKING:
    from mvfs.catalog.finding import Match
    from mvfs.query.fields import Field, Fields

_WIDEST = 40
"""Characters of a cell."""

_HEADS = {"job_type": "JOB", "inputs": "IN", "outputs": "OUT", "alias": "ALIASES"}


def question(args: argparse.Namespace, words: str, fields: Fields, shown: str) -> Question:
    """Return what the words and options ask for; the table has the columns ``shown``, and what is mentioned.

    Raises:
        InvalidInput: the query or a field is none, or the limit is less than 1.
    """
    if args.limit is not None and args.limit < 1:
        raise InvalidInput(f"--limit must be 1 or more, not {args.limit}")
    asked = Question(parser.parse(words, fields), tuple(order.parse(args.sort or "", fields)))
    columns = order.columns(shown, fields)
    more = (*asked.mentioned(), *order.columns(args.columns or "", fields))
    known = {(key.field.name, key.path) for key in columns}
    for key in more:
        if (key.field.name, key.path) not in known and key.field.kind != kinds.FLAG:
            known.add((key.field.name, key.path))
            columns.append(key)
    return Question(asked.where, asked.order, tuple(columns), args.limit)


def rows(found: Sequence[Match], columns: Sequence[Key]) -> list[str]:
    """Return the lines of a table with these columns."""
    heads = [_head(key) for key in columns]
    cells = [
        [_cell(key.field, value) for key, value in zip(columns, match.found.columns, strict=True)]
        for match in found
    ]
    return table(heads, cells)


def _head(key: Key) -> str:
    name = key.label if key.path else _HEADS.get(key.field.name, key.field.name.upper())
    right = key.field.kind in (kinds.NUMBER, kinds.SIZE, kinds.SPAN, kinds.VALUES)
    return f">{name}" if right and key.field.name != "version" else name


def _cell(field: Field, value: Scalar) -> str:
    if value is None:
        return ""
    shown: Any = original(value)
    match field.kind:
        case kinds.SIZE:
            return units.size(shown)
        case kinds.TIME:
            return units.moment(shown)
        case kinds.SPAN:
            return units.age(0, shown) if field.name == "age" else units.span(shown)
        case kinds.NUMBER if field.name == "version":
            return f"v{shown}"
    text = str(units.number(shown)).partition("\n")[0]
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
