"""Aliases: set and removed only where they point where they were seen to."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs.catalog.pointers import remove_aliases, set_aliases
from mvfs.catalog.project import Project
from mvfs.catalog.protection import MAX_REASON, NOT_INSISTING, Insistence
from mvfs.index import policies
from mvfs.index.rows import Version
from mvfs.text import line
from tui.library import Library
from tui.writing.written import Undo, Written


@dataclass(frozen=True, slots=True)
class Pointing:
    """One alias of a name."""

    alias: str
    number: int
    by: str = ""
    at: int = 0
    """When it was moved last, in microseconds since 1970; 0 where nobody knows."""
    reason: str = ""
    is_protected: bool = False
    kept: str = ""
    """What keeps it, so that nobody sets it by hand: ``mvfs`` or a rule."""


def pointing(library: Library, project: str, name: str) -> list[Pointing]:
    """The aliases of a name, with who moved them last."""
    opened = library.project(project)
    rule = opened.find_name(name).rule
    kept = {"latest": "mvfs"} | ({"best": f"the rule {rule.metric}:{rule.mode}"} if rule else {})
    guarded = policies.protected(opened.index, name)
    last = {c.alias: c for c in policies.alias_changes(opened.index, name) if c.protects is None}
    found = []
    for alias, number in opened.aliases(name).items():
        move = last.get(alias)
        told = (move.actor, move.time, move.reason or "") if move else ("", 0, "")
        found.append(Pointing(alias, number, *told, alias in guarded, kept.get(alias, "")))
    return found


def set_alias(
    library: Library,
    project: str,
    version: Version,
    alias: str,
    expect: int | None,
    *,
    reason: str | None = None,
) -> Written:
    """Point an alias at a version; a ``reason`` moves also a protected one.

    Raises:
        AliasMoved: it is not where it was expected; the fields say who moved it, and when.
        Conflict: it is protected, or kept by mvfs or a rule.
    """
    opened = library.project(project)
    name, number = version.name, version.number
    set_aliases(opened, name, number, [alias], expect, insistence=_insisting(reason))

    def back(library: Library) -> None:
        _point(library.project(project), name, alias, expect, seen=number, said=_undoing(reason))

    said = f"'{line(alias)}' is at {line(name)}:{version.label}"
    return Written(said, Undo(f"'{line(alias)}'", back) if expect != number else None)


def remove_alias(
    library: Library, project: str, name: str, alias: str, expect: int, *, reason: str | None = None
) -> Written:
    """Remove an alias; a ``reason`` removes also a protected one. Raises as `set_alias`."""
    remove_aliases(library.project(project), name, [alias], expect, insistence=_insisting(reason))

    def back(library: Library) -> None:
        _point(library.project(project), name, alias, expect, seen=None, said=_undoing(reason))

    return Written(f"'{line(alias)}' of {line(name)} removed", Undo(f"'{line(alias)}'", back))


def _point(
    project: Project, name: str, alias: str, to: int | None, *, seen: int | None, said: Insistence
) -> None:
    if to is None:
        remove_aliases(project, name, [alias], seen, insistence=said)
    else:
        set_aliases(project, name, to, [alias], seen, insistence=said)


def _insisting(reason: str | None) -> Insistence:
    return NOT_INSISTING if reason is None else Insistence(force=True, reason=reason)


def _undoing(reason: str | None) -> Insistence:
    return NOT_INSISTING if reason is None else Insistence(force=True, reason=f"undo: {reason}"[:MAX_REASON])
