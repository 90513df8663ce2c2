"""Where the user is, as text that every other part of mvfs takes as a ref."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs.catalog.catalog import Place
from mvfs.text import line
from tui.paint import Span
from tui.viewmodel.shelf import Path


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to open: a project, and as much below it as is known."""

    project: str | None = None
    type: str | None = None
    name: str | None = None
    number: int | None = None

    @property
    def path(self) -> Path:
        """The part that the tree shows."""
        return tuple(part for part in (self.project, self.type, self.name) if part is not None)

    @property
    def identity(self) -> tuple[str, int] | None:
        """The version as `tui.widgets.versions` tells them apart."""
        return None if self.name is None or self.number is None else (self.name, self.number)


def goal_of(place: Place | None) -> Goal:
    """The goal for what a ref stands for."""
    if place is None:
        return Goal()
    number = place.version.number if place.version else None
    return Goal(place.project.name, place.type, place.name.name if place.name else None, number)


def spans(path: Path, version: str | None, filter_text: str) -> list[Span]:
    """``project/type/name:v3 /words`` for the header, the last part the strongest."""
    parts: list[Span] = []
    for depth, part in enumerate(path):
        if depth:
            parts.append(("/", "faint"))
        is_last = depth == len(path) - 1 and version is None
        parts.append((line(part), "strong" if is_last else "muted"))
    if version is not None:
        parts += [(":", "faint"), (version, "strong")]
    if filter_text:
        parts.append((f"  /{line(filter_text)}", "best"))
    return parts
