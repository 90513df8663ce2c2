"""What opening a row of a run's details does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.place import Place
from tui.viewmodel.details import Elsewhere, More

if TYPE_CHECKING:
    from tui.app import MvfsApp
    from tui.widgets.runs import RunLines


def follow(ui: MvfsApp, lines: RunLines) -> None:
    """Go to the version that the row stands for, or show more of its section."""
    row, details = lines.current, lines.details
    if row is None or details is None:
        return
    match row.target:
        case More(section):
            details.show_more(section)
            lines.rebuild()
        case Elsewhere(project, name, number):
            ui.go(Place(refs=(f"{project}/{name}:v{number}",)))
