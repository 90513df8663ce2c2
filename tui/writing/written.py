"""What came of a change, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui.library import Library


@dataclass(frozen=True, slots=True)
class Undo:
    """Puts back what a change replaced, by a new entry, while nobody has changed it since."""

    what: str
    """What it was about, inert: ``note of iv3:v3``."""
    back: Callable[[Library], object]
    """Called in a worker; raises `Conflict` where somebody has changed it since."""


@dataclass(frozen=True, slots=True)
class Written:
    """A change that was made, or was none."""

    said: str
    """One line, inert."""
    undo: Undo | None = None
