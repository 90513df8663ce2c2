"""The three panes, and which of them fit beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import events
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

_LOW = 15
"""Rows below which two panes are not worth their titles."""

_LEAST = {"tree": 12, "versions": 24, "details": 20}
"""Columns that a pane keeps when another one is drawn over it."""


def visible(width: int, pane: str, height: int = _LOW) -> Sequence[str]:
    """Which panes are shown on a screen while one has the focus."""
    if width >= _THREE:
        return NAMES
    if width < _TWO or height < _LOW:
        return (pane,)
    return NAMES[1:] if pane == "details" else NAMES[:2]


def widths(width: int, shown: Sequence[str], drawn: Mapping[str, int] | None = None) -> dict[str, int]:
    """How many columns each pane gets; ``drawn`` is what the mouse gave to the outer ones."""
    drawn = drawn or {}
    left = width
    found: dict[str, int] = {}
    if len(shown) == 1:
        return {shown[0]: width}
    if "tree" in shown:
        found["tree"] = _within("tree", drawn.get("tree") or max(20, min(width // 5, 34)), left, shown)
        left -= found["tree"]
    if "details" in shown:
        share = max(36, min(left * 44 // 100, 62))
        usual = share if "tree" in shown else max(share, left - 38)
        found["details"] = _within("details", drawn.get("details") or usual, left, ("details", "versions"))
        left -= found["details"]
    if "versions" in shown:
        found["versions"] = left
    return found


def _within(name: str, wanted: int, left: int, shown: Sequence[str]) -> int:
    """A width at which the other panes keep their least."""
    others = sum(_LEAST[other] for other in shown if other != name)
    return max(min(wanted, left - others), _LEAST[name])


class Panes(Horizontal):
    """Tree, versions and details, each a title over a list; the mouse can move the lines between them."""

    def __init__(self, pane: str = "tree") -> None:
        super().__init__(id="panes")
        self.alone = False
        """Whether the details have the whole screen while the keys go there."""
        self.pane = pane
        """The pane that has, or had last, the focus."""
        self._drawn: dict[str, int] = {}
        """Widths that the mouse gave to panes."""
        self._drawing: str | None = None
        """The pane whose left line is being drawn."""

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
        return visible(self.app.size.width, self.pane, self.app.size.height)

    def go(self, name: str) -> None:
        """Show a pane and give it the keys."""
        self.pane = name
        self.fit_in()
        self.screen.set_focus(self.list_of(name), scroll_visible=False)

    def fit_in(self) -> None:
        """Show the panes that fit, as wide as they may be."""
        for name in NAMES:
            self._fit(self.query_one(f"#{name}-pane"), name)

    def _fit(self, pane: Widget, name: str) -> None:
        shown = self.shown
        room = widths(self.app.size.width, shown, self._drawn)
        pane.set_class(name in shown, "-shown")
        pane.set_class(name == shown[0], "-first")
        if name in room:
            pane.styles.width = Scalar.from_number(room[name])

    # The lines between panes

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the line left of a pane."""
        for name in self.shown[1:]:
            if self.query_one(f"#{name}-pane").region.x == event.screen_x:
                self._drawing = name
                self.capture_mouse()
                event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw the line to where the mouse is."""
        if self._drawing == "versions":
            self._drawn["tree"] = event.screen_x
        elif self._drawing == "details":
            self._drawn["details"] = self.app.size.width - event.screen_x
        if self._drawing is not None:
            self.fit_in()

    def on_mouse_up(self) -> None:
        """Let it go."""
        if self._drawing is not None:
            self._drawing = None
            self.release_mouse()
