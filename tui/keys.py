"""Every action, once: bindings, footer and help are all made from this table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from tui.paint import Span, width_of


@dataclass(frozen=True, slots=True)
class Action:
    """Something the user can do."""

    name: str
    """The Textual action that does it."""
    keys: tuple[str, ...]
    """As Textual names keys; the first one is shown in the footer."""
    label: str
    """One word for the footer."""
    help: str
    """One line for the help."""
    group: str

    @property
    def all_keys(self) -> set[str]:
        """The keys in every spelling."""
        return {*self.keys, *map(shown, self.keys)}

    @property
    def shown_keys(self) -> str:
        """The keys as a person reads them."""
        return "  ".join(shown(key) for key in self.keys)


_SHOWN = {
    "enter": "↵",
    "escape": "esc",
    "backspace": "⌫",
    "slash": "/",
    "question_mark": "?",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}


def shown(key: str) -> str:
    """A key as a person reads it."""
    return _SHOWN.get(key, key)


MOVE = (
    Action("down", ("j", "down"), "down", "one row down", "Move"),
    Action("up", ("k", "up"), "up", "one row up", "Move"),
    Action("half_down", ("ctrl+d",), "half page", "half a page down", "Move"),
    Action("half_up", ("ctrl+u",), "half page", "half a page up", "Move"),
    Action("page_down", ("pagedown", "ctrl+f", "space"), "page", "a page down", "Move"),
    Action("page_up", ("pageup", "ctrl+b"), "page", "a page up", "Move"),
    Action("first", ("g", "home"), "first", "to the first row", "Move"),
    Action("last", ("G", "end"), "last", "to the last row", "Move"),
    Action("open", ("enter", "l", "right"), "open", "go deeper: name, versions, details, input", "Move"),
)
"""What every list can do."""

BROWSE = (
    Action(
        "back", ("escape", "backspace", "h", "left"), "back", "clear the filter, or one step back", "Move"
    ),
    Action("next_pane", ("tab",), "pane", "to the next pane", "Move"),
    Action("previous_pane", ("shift+tab",), "pane", "to the pane before", "Move"),
    Action("filter", ("slash",), "filter", "show only rows that hold all words typed", "Look"),
    Action("copy", ("y",), "copy", "copy ref, digest, command or note", "Look"),
    Action("refresh", ("r", "f5"), "refresh", "read again what others have logged", "Look"),
    Action("note", ("e",), "note", "edit the note in $VISUAL, $EDITOR, nano or vi", "Change"),
    Action("alias", ("a",), "alias", "point an alias at this version", "Change"),
    Action("help", ("question_mark", "f1"), "help", "this list", "mvfs"),
    Action("quit", ("q", "ctrl+q", "ctrl+c"), "quit", "leave", "mvfs"),
)
"""What the browser can do beside."""

FOOTER = {
    "tree": ("open", "filter", "next_pane", "refresh", "help", "quit"),
    "versions": ("open", "filter", "note", "alias", "copy", "help", "quit"),
    "details": ("back", "open", "note", "alias", "copy", "help", "quit"),
}
"""Which actions the footer offers in each pane, at most seven."""


LETTERS = ("filter", "alias", "note", "copy", "help")
"""Actions after which something is typed."""


_GAP = 3
"""Columns between two keys in the footer."""


def footer(names: Sequence[str], width: int) -> list[Span]:
    """What the footer says of some actions; where there is no room, help and quit stay longest."""
    kept = [find(name) for name in names]
    while True:
        spans = [span for action in kept for span in _hint(action)]
        if len(kept) <= 2 or width_of(spans) - _GAP <= width:
            return spans
        del kept[-3]


def _hint(action: Action) -> list[Span]:
    return [(shown(action.keys[0]), "accent"), (f" {action.label}" + " " * _GAP, "muted")]


def find(name: str) -> Action:
    """The action called ``name``."""
    return next(action for action in (*MOVE, *BROWSE) if action.name == name)


def bindings(actions: tuple[Action, ...]) -> list[BindingType]:
    """The table as Textual takes it."""
    return list(_bindings(actions))


def _bindings(actions: tuple[Action, ...]) -> Iterator[Binding]:
    for action in actions:
        # Keys are handed to the focused list's queue one by one; what opens a line to type in must be done
        # before the next key is handed out, or the first letters typed would be taken for commands.
        first = action.name in LETTERS
        yield Binding(",".join(action.keys), action.name, action.label, show=False, priority=first)
