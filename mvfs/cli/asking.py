"""Shows what would be changed, asks, and only then does it: for every verb that deletes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mvfs.cli.exits import NEGATIVE, OK
from mvfs.cli.output import Output

_MAX_ROWS = 40
"""Rows that a person is shown; ``--json`` prints all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What would be done: one line and one JSON value for each thing; ``title`` says it as a sentence."""

    title: str
    lines: Sequence[str]
    """A table with its header, or nothing."""
    items: Sequence[Any]


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Declare ``--yes``."""
    parser.add_argument(
        "-y", "--yes", action="store_true", help="do it; without, it is only shown (a terminal is asked)"
    )


def settle(args: argparse.Namespace, out: Output, shown: Shown, act: Callable[[], str]) -> int:
    """Show it, and do it if that was said or is answered; ``act`` returns what to say when it is done.

    Returns 0 where it is done or there is nothing to do, 1 where it was only shown.
    """
    if out.as_json:
        out.data_json(list(shown.items))
    else:
        for line in shown.lines[: _MAX_ROWS + 1]:
            out.data(line)
        if len(shown.lines) > _MAX_ROWS + 1:
            out.data(f"… and {len(shown.lines) - _MAX_ROWS - 1:,} more")
    if not shown.items:
        out.say("nothing to do")
        return OK
    if not args.yes:
        out.say(shown.title)
        if not (sys.stdin.isatty() and not out.as_json and _is_yes()):
            out.say("nothing was changed" if sys.stdin.isatty() else "nothing was changed; --yes does it")
            return NEGATIVE
    out.say(act())
    return OK


def _is_yes() -> bool:
    sys.stderr.write("do it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def count(number: int, what: str) -> str:
    """``1 version``, ``2,000 versions``."""
    return f"{number:,} {what}{'s' * (number != 1)}"
