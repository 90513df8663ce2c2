"""Exit codes, and the one line that an error gets.

0 ok · 1 a negative answer · 2 usage · 3 not found · 4 conflict · 5 damaged · 6 unavailable · 70 a bug

`mvfs diff` has those of diff(1): 2 is trouble of any kind.
"""

from __future__ import annotations

import os

from mvfs import text, units
from mvfs.cli.output import Output
from mvfs.errors import Conflict, Damaged, InvalidInput, MvfsError, NotFound, Unavailable

OK, NEGATIVE, USAGE, NOT_FOUND, CONFLICT, DAMAGED, UNAVAILABLE, BUG = 0, 1, 2, 3, 4, 5, 6, 70

_CODES: tuple[tuple[type[MvfsError], int], ...] = (
    (InvalidInput, USAGE),
    (NotFound, NOT_FOUND),
    (Conflict, CONFLICT),
    (Damaged, DAMAGED),
    (Unavailable, UNAVAILABLE),
)


def code_of(exc: MvfsError) -> int:
    """The exit code of an error."""
    return next((code for cls, code in _CODES if isinstance(exc, cls)), BUG)


def report(exc: Exception, out: Output) -> int:
    """Tell an error on standard error, as a line or as JSON, and return its exit code."""
    if isinstance(exc, MvfsError):
        if out.as_json:
            out.say_json({"error": {"kind": exc.kind, "message": exc.message, **exc.fields}})
        else:
            out.say(f"mvfs: {exc.message}")
            _point(exc, out)
        return code_of(exc)
    if os.environ.get("MVFS_DEBUG"):
        import traceback

        traceback.print_exception(exc)
    what = f"{type(exc).__name__}: {exc}"
    if out.as_json:
        out.say_json({"error": {"kind": "bug", "message": what}})
    else:
        out.say(f"mvfs: unexpected {what} (a bug; MVFS_DEBUG=1 shows where)")
    return BUG


_AROUND = 60
"""Characters of a long query that are shown before the place where it goes wrong."""


def _point(exc: MvfsError, out: Output) -> None:
    """Show where a query goes wrong: the query, and a caret below the place."""
    query, position = exc.fields.get("query"), exc.fields.get("position")
    if isinstance(query, str) and isinstance(position, int):
        start = max(position - _AROUND, 0)
        before = text.line(query[start:position])
        out.say("  " + query[start : position + _AROUND])
        out.say("  " + " " * units.width(before) + "^")
