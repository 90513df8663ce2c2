"""When versions may be deleted by ``prune --expired``."""

from __future__ import annotations

import time

from mvfs import units
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput
from mvfs.refs import Selector
from mvfs.store import effects as fx

NEVER = 253_402_300_799_000_000
"""The end of the year 9999, in microseconds: no version lives to see it, whatever the time to live of its
name is. (No time at all leaves it to the name.)"""


def expiry_in(seconds: float) -> int:
    """The moment ``seconds`` from now, in microseconds since 1970.

    Raises:
        InvalidInput: it is now, in the past, or further away than calendars go.
    """
    if seconds <= 0:
        raise InvalidInput("a version cannot expire at once; delete it with 'mvfs rm'")
    then = time.time_ns() // 1000 + int(seconds * 1e6)
    if then >= NEVER:
        raise InvalidInput("that is after the year 9999; 'never' keeps a version for ever")
    return then


def shown(expires: int | None) -> str:
    """When a version expires, for people; nothing where it has no time of its own."""
    return "" if expires is None else "never" if expires == NEVER else units.moment(expires)


def set_expiry(project: Project, name: str, number: int, moment: int | None) -> None:
    """Let a version expire at a moment (microseconds since 1970; `NEVER`), or, by None, when its name says.

    Raises:
        NotFound: no such version.
    """

    def plan() -> list[fx.AnyEffect]:
        version = project.version(name, Selector(number=number))
        return [] if version.expires == moment else [fx.ExpirySet(name, number, moment)]

    project.commit(plan)
