"""The views by their word; each is imported when it is first shown."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.view import View

VIEWS: dict[str, str] = {
    "browse": "tui.screens.browse:BrowseScreen",
    "diff": "tui.screens.diff:DiffScreen",
    "file": "tui.screens.file:FileScreen",
    "runs": "tui.screens.runs:RunsScreen",
    "run": "tui.screens.run:RunScreen",
    "lineage": "tui.screens.lineage:LineageScreen",
}
"""``module:Class`` of each view; its words are those of `tui.place.WORDS`."""


def load(word: str) -> type[View]:
    """The class of a view."""
    module, _, name = VIEWS[word].partition(":")
    found: type[View] = getattr(importlib.import_module(module), name)
    return found
