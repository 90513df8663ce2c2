"""What a look at one thing found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it is."""

    OK = "ok"
    NOTE = "note"
    """It works; it could be better, or one should know."""
    TROUBLE = "trouble"
    """Something must be done, or a part of mvfs does not work here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    """What: a word or two."""
    level: Level
    what: str
    """How it is, in a line."""
    remedy: str | None = None
    """What can be done about it."""


Check = Callable[[], Iterable[Finding]]
"""Looks at something. Changes nothing; may raise errors of ours, and may take long: both become findings."""


def ok(check: str, what: str) -> Finding:
    """It is as it should be."""
    return Finding(check, Level.OK, what)


def note(check: str, what: str, remedy: str | None = None) -> Finding:
    """It works."""
    return Finding(check, Level.NOTE, what, remedy)


def trouble(check: str, what: str, remedy: str | None = None) -> Finding:
    """It does not."""
    return Finding(check, Level.TROUBLE, what, remedy)
