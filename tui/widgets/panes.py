"""The three panes, and which of them fit beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.css.scalar import Scalar
from textual.widget import Widget

from tui.widgets.bars import Bar
from tui.widgets.details import DetailsList
from tui.widgets.rows import RowList
from tui.widgets.tree import Tree
from tui.widgets.versions import Versions

NAMES = ("tree", "versions", "details")

_TWO, _THREE = 60, 112
"""From how many columns on two and three panes are shown."""


def visible(width: int, pane: str) -> Sequence[str]:
    """Which panes are shown at a width while one has the focus."""
    if width >= _THREE:
        return NAMES
    if width < _TWO:
        return (pane,)
    return NAMES[1:] if pane == "details" else NAMES[:2]


def widths(width: int, shown: Sequence[str]) -> dict[str, int]:
    """How many columns each pane gets."""
    left = width
    found: dict[str, int] = {}
    if len(shown) == 1:
        return {shown[0]: width}
    if "tree" in shown:
        found["tree"] = max(20, min(width // 5, 34))
        left -= found["tree"]
    if "details" in shown:
        share = max(36, min(left * 44 // 100, 62))
        found["details"] = share if "tree" in shown else max(share, left - 38)
        left -= found["details"]
    if "versions" in shown:
        found["versions"] = left
    return found


class Panes(Horizontal):
    """Tree, versions and details, each a title over a list."""

    def __init__(self, pane: str = "tree") -> None:
        super().__init__(id="panes")
        self.alone = False
        """Whether the details have the whole screen while the keys go there."""
        self.pane = pane
        """The pane that has, or had last, the focus."""

    def compose(self) -> ComposeResult:
        """Each pane: its title and its list."""
        for rows in (Tree(id="tree"), Versions(id="versions"), DetailsList(id="details")):
            with Vertical(id=f"{rows.id}-pane", classes="pane") as pane:
                self._fit(pane, rows.id or "")
                yield Bar("plain", id=f"{rows.id}-title")
                yield rows

    def list_of(self, name: str) -> RowList[Any]:
        """The list of a pane."""
        return self.query_one(f"#{name}", RowList)

    @property
    def current(self) -> RowList[Any]:
        """The list of the present pane."""
        return self.list_of(self.pane)

    def title(self, name: str) -> Bar:
        """The title of a pane."""
        return self.query_one(f"#{name}-title", Bar)

    @property
    def shown(self) -> Sequence[str]:
        """The panes that are shown now."""
        if self.alone and self.pane == "details":
            return ("details",)
        return visible(self.app.size.width, self.pane)

    def go(self, name: str) -> None:
        """Show a pane and give it the keys."""
        self.pane = name
        self.fit_in()
        self.list_of(name).focus(scroll_visible=False)

    def fit_in(self) -> None:
        """Show the panes that fit, as wide as they may be."""
        for name in NAMES:
            self._fit(self.query_one(f"#{name}-pane"), name)

    def _fit(self, pane: Widget, name: str) -> None:
        shown = self.shown
        room = widths(self.app.size.width, shown)
        pane.set_class(name in shown, "-shown")
        pane.set_class(name == shown[0], "-first")
        if name in room:
            pane.styles.width = Scalar.from_number(room[name])
