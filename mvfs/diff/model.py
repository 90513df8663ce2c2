"""What every diff yields: `Change`."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Kind(StrEnum):
    """What happened to a thing between old and new."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    SAME = "same"


GLYPHS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~", Kind.MOVED: ">", Kind.SAME: " "}
"""One character for each kind, so that nothing is told by colour alone."""


class Change(msgspec.Struct, frozen=True):
    """One thing that is not in new as it was in old; ``old`` or ``new`` is None where it is not there."""

    path: str
    """Where it is in new; in old for what was removed. Not inert: it is as the store has it."""
    kind: Kind
    old: Any = None
    new: Any = None


def kind_of(old: object | None, new: object | None) -> Kind:
    """The kind of a change in which one side may be missing."""
    if old is None:
        return Kind.ADDED
    return Kind.REMOVED if new is None else Kind.CHANGED
