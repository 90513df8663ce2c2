"""What a place of the browser means: a project, and as much below it as is known."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs.catalog.catalog import Place as Found
from mvfs.text import line
from tui.paint import Span
from tui.viewmodel.shelf import Path


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to go, and how to look at it there."""

    project: str | None = None
    type: str | None = None
    name: str | None = None
    number: int | None = None
    sort: str = ""
    filter: str = ""
    shape: str = ""

    @property
    def path(self) -> Path:
        """The part that the tree shows."""
        return tuple(part for part in (self.project, self.type, self.name) if part is not None)

    @property
    def identity(self) -> tuple[str, int] | None:
        """The version as `tui.widgets.versions` tells them apart."""
        return None if self.name is None or self.number is None else (self.name, self.number)


def goal_of(found: Found, sort: str = "", filter: str = "", shape: str = "") -> Goal:  # noqa: A002
    """The goal for what a ref stands for."""
    name = found.name.name if found.name else None
    number = found.version.number if found.version else None
    return Goal(found.project.name, found.type, name, number, sort, filter, shape)


def spans(path: Path, version: str | None, filter_text: str, sort: str = "") -> list[Span]:
    """``project/type/name:v3 sort:-acc /words`` for the header, the last part of the ref the strongest."""
    parts: list[Span] = []
    for depth, part in enumerate(path):
        if depth:
            parts.append(("/", "faint"))
        is_last = depth == len(path) - 1 and version is None
        parts.append((line(part), "strong" if is_last else "muted"))
    if version is not None:
        parts += [(":", "faint"), (version, "strong")]
    if sort:
        parts.append((f"  sort:{line(sort)}", "muted"))
    if filter_text:
        parts.append((f"  /{line(filter_text)}", "best"))
    return parts
