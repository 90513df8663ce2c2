"""Every action, once: bindings, footer, help, palette, docs/KEYS.md and the keymap are all made from it.

A view's own actions are declared here, in a tuple of their own, and done by methods ``action_NAME`` of the
view. Whoever does an action asks first whether something speaks against it (`tui.screens.view.View.do`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType

from tui import glyphs
from tui.paint import Span, width_of

ANY = "*"


@dataclass(frozen=True, slots=True)
class Action:
    """Something the user can do."""

    name: str
    """``action_NAME`` of the view, or of the list, does it."""
    keys: tuple[str, ...]
    """As Textual names keys; the first one is shown in the footer."""
    label: str
    """One word for the footer."""
    help: str
    """One line for the help."""
    group: str
    views: tuple[str, ...] = (ANY,)
    """The views that have it."""
    write: bool = False
    """Whether it changes the store, and is refused until writing is unlocked."""
    opens: bool = False
    """Whether something is typed or chosen after it."""

    @property
    def all_keys(self) -> set[str]:
        """The keys in every spelling."""
        return {*self.keys, *map(shown, self.keys)}

    @property
    def shown_keys(self) -> str:
        """The keys as a person reads them."""
        return "  ".join(shown(key) for key in self.keys)

    def without(self, keys: Collection[str]) -> Action:
        """The same on the keys that are left."""
        kept = tuple(key for key in self.keys if key not in keys)
        return self if kept == self.keys else replace(self, keys=kept)

    def is_in(self, view: str) -> bool:
        """Whether a view has it."""
        return ANY in self.views or view in self.views


_SHOWN = {
    "enter": "↵",
    "escape": "esc",
    "backspace": "⌫",
    "slash": "/",
    "colon": ":",
    "minus": "-",
    "plus": "+",
    "underscore": "_",
    "question_mark": "?",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}


def is_named(key: str) -> bool:
    """Whether a key is one of those that have a name and are shown by a character."""
    return key in _SHOWN


_IN_ASCII = {
    "enter": "enter",
    "backspace": "bksp",
    "up": "up",
    "down": "down",
    "left": "left",
    "right": "right",
}


def shown(key: str) -> str:
    """A key as a person reads it."""
    return (glyphs.is_ascii() and _IN_ASCII.get(key)) or _SHOWN.get(key, key)


MOVE = (
    Action("down", ("j", "down"), "down", "one row down", "Move"),
    Action("up", ("k", "up"), "up", "one row up", "Move"),
    Action("half_down", ("ctrl+d",), "half page", "half a page down", "Move"),
    Action("half_up", ("ctrl+u",), "half page", "half a page up", "Move"),
    Action("page_down", ("pagedown", "ctrl+f"), "page", "a page down", "Move"),
    Action("page_up", ("pageup", "ctrl+b"), "page", "a page up", "Move"),
    Action("first", ("g", "home"), "first", "to the first row", "Move"),
    Action("last", ("G", "end"), "last", "to the last row", "Move"),
    Action("open", ("enter", "l", "right"), "open", "go deeper: name, versions, details, input", "Move"),
)
"""What every list can do; lists do it themselves."""

EVERYWHERE = (
    Action(
        "back", ("escape", "backspace", "h", "left"), "back", "clear the filter, or one step back", "Move"
    ),
    Action("next_pane", ("tab",), "pane", "to the next pane", "Move"),
    Action("previous_pane", ("shift+tab",), "pane", "to the pane before", "Move"),
    Action("next_match", ("n",), "next", "to the next row that the last filter finds", "Move"),
    Action("previous_match", ("N",), "previous", "to the row before that the last filter finds", "Move"),
    Action("view_browse", ("1",), "browse", "projects, names and versions", "Go"),
    Action("view_runs", ("2",), "runs", "the runs of this project", "Go"),
    Action("view_lineage", ("3",), "lineage", "where this version comes from, and what came of it", "Go"),
    Action("view_diff", ("d", "4"), "diff", "the two marked versions, or this one and the one before", "Go"),
    Action("view_file", ("5",), "files", "the files of this version", "Go"),
    Action("jump", ("colon",), "go to", "go to a place: a ref, or a view and refs", "Go", opens=True),
    Action("earlier", ("left_square_bracket",), "earlier", "to the place before", "Go"),
    Action("later", ("right_square_bracket",), "later", "forward again", "Go"),
    Action("last_place", ("minus",), "last", "to the place where you were last, and back", "Go"),
    Action("filter", ("slash",), "filter", "show only rows that words or a query find", "Look", opens=True),
    Action("sort", ("s",), "sort", "sort the rows by another column", "Look", opens=True),
    Action("mark", ("space",), "mark", "mark the row, or take the mark away", "Look"),
    Action("copy", ("y",), "copy", "copy ref, digest, path, command or note", "Look", opens=True),
    Action("refresh", ("r", "f5", "ctrl+l"), "refresh", "read again what others logged, paint anew", "Look"),
    Action("unlock", ("w",), "unlock", "allow changes to the store, or forbid them again", "Change"),
    Action("palette", ("ctrl+p",), "actions", "find an action by its name", "mvfs", opens=True),
    Action("help", ("question_mark", "f1"), "help", "this list", "mvfs", opens=True),
    Action("quit", ("q", "ctrl+q", "ctrl+c"), "quit", "leave", "mvfs"),
)  # fmt: skip
"""What every view can do."""

DETAILS = (
    Action("details_alone", ("v",), "full", "give the details the whole screen, or take it back", "Look",
           views=("browse",)),
    Action("next_version", ("J",), "next", "to the version below, also while its details are read", "Go",
           views=("browse",)),
    Action("previous_version", ("K",), "previous", "to the version above, also while its details are read",
           "Go", views=("browse",)),
)  # fmt: skip
"""What the browser can do with the details of a version."""

RUNS = (
    Action("columns", ("C",), "columns", "choose which values of config and summary are columns", "Look",
           views=("runs",), opens=True),
    Action("curves", ("v",), "curves", "show the curves of the marked runs or this one, or hide them", "Look",
           views=("runs", "run")),
    Action("log_axis", ("X",), "log", "draw curves on a logarithmic axis, or a linear one again", "Look",
           views=("runs", "run")),
    Action("time_axis", ("T",), "time", "draw curves over time, or over steps again", "Look",
           views=("runs", "run")),
)  # fmt: skip
"""What is done with runs and their curves."""

DIFF = (
    Action("next_difference", ("n",), "next", "to the next section, hunk or layer", "Move", views=("diff",)),
    Action("previous_difference", ("N",), "previous", "to the one before", "Move", views=("diff",)),
    Action("toggle_split", ("v",), "layout", "old and new side by side, or one below the other", "Look",
           views=("diff",)),
    Action("by_line", ("o",), "by line", "compare a file by line, or as what it is", "Look", views=("diff",)),
    Action("swap", ("S",), "swap", "swap old and new", "Look", views=("diff",)),
)  # fmt: skip
FILE = (
    Action("file_as", ("v",), "view as", "show the file in another way: table, values, text, bytes", "Look",
           views=("file",)),
    Action("next_file", ("J",), "next file", "to the next file of the directory", "Go", views=("file",)),
    Action("previous_file", ("K",), "file before", "to the file before in the directory", "Go",
           views=("file",)),
    Action("slide_right", ("greater_than_sign", "L"), "right", "show what is further right", "Move",
           views=("diff", "file")),
    Action("slide_left", ("less_than_sign", "H"), "left", "show what is further left", "Move",
           views=("diff", "file")),
)  # fmt: skip
"""What can be done with the content of a file."""

LINEAGE = (
    Action("parent", ("left", "h"), "parent", "fold results again, or to what it came from", "Move",
           views=("lineage",)),
    Action("child", ("right", "l"), "child", "unfold results, or to what came of it", "Move",
           views=("lineage",)),
    Action("shape", ("v",), "tree/graph", "as a tree, or as a graph from left to right", "Look",
           views=("lineage",)),
    Action("explode", ("z",), "explode", "versions, then the runs between them as well, then names", "Look",
           views=("lineage",)),
    Action("direction", ("i",), "direction", "what it came from and what came of it, or one of them", "Look",
           views=("lineage",)),
    Action("deeper", ("plus",), "deeper", "one step more from version to version", "Look",
           views=("lineage",)),
    Action("shallower", ("underscore",), "shallower", "one step less from version to version", "Look",
           views=("lineage",)),
)  # fmt: skip
"""How a lineage is walked and drawn."""

_VERSIONED = ("browse", "lineage", "file")
"""The views with a version under the cursor."""

WRITES = (
    Action("note", ("e",), "note", "edit the note in $VISUAL, $EDITOR, nano or vi", "Change",
           views=_VERSIONED, write=True, opens=True),
    Action("alias", ("a",), "alias", "point an alias at this version, or remove one", "Change",
           views=_VERSIONED, write=True, opens=True),
    Action("tags", ("t",), "tags", "add and remove tags", "Change",
           views=_VERSIONED, write=True, opens=True),
    Action("metadata", ("m",), "metadata", "set metadata, a pair or all of it in the editor", "Change",
           views=_VERSIONED, write=True, opens=True),
    Action("best", ("b",), "best", "set the rule that keeps best, or clear it", "Change",
           views=_VERSIONED, write=True, opens=True),
    Action("delete", ("x", "delete"), "delete", "move the marked versions or this one to the trash", "Change",
           views=_VERSIONED, write=True, opens=True),
    Action("trash", ("U",), "trash", "bring back what was deleted", "Change", write=True, opens=True),
    Action("undo", ("u",), "undo", "take the last change back, for 10 seconds", "Change", write=True),
    Action("get", ("c",), "get", "copy this version, or the file, out of the store", "Look",
           views=_VERSIONED, opens=True),
    Action("transfers", ("P",), "copies", "how far copies are; cancel them", "Look", opens=True),
    Action("mount", ("M",), "mount", "mount the place where you are, or end a mount", "Look", opens=True),
)  # fmt: skip
"""What changes the store, or brings it out."""

ACTIONS = (*MOVE, *EVERYWHERE, *DETAILS, *RUNS, *LINEAGE, *DIFF, *FILE, *WRITES)

_mapped: dict[str, Action] = {action.name: action for action in ACTIONS}
"""The actions with the user's keys."""


def remap(keymap: Mapping[str, tuple[str, ...]]) -> None:
    """Show the user's keys for some actions from now on, and the usual ones for all others."""
    for action in ACTIONS:
        keys = keymap.get(action.name, action.keys)
        _mapped[action.name] = replace(action, keys=keys)


_MOST, _GAP = 7, 3
"""How many keys the footer offers, and columns between two of them."""


def find(name: str) -> Action:
    """The action called ``name``."""
    return _mapped[name]


def of(view: str) -> tuple[Action, ...]:
    """All that can be done in a view, in lists and beside; its own actions take keys from the others."""
    return _of(view, _mapped.values())


def _of(view: str, actions: Iterable[Action]) -> tuple[Action, ...]:
    found = [action for action in actions if action.is_in(view)]
    taken = {key for action in found if ANY not in action.views for key in action.keys}
    left = (action.without(taken) if ANY in action.views else action for action in found)
    return tuple(action for action in left if action.keys)


def footer(names: Sequence[str], width: int) -> list[Span]:
    """What the footer says of some actions; where there is no room, help and quit stay longest."""
    kept = [find(name) for name in names]
    while True:
        spans = hints([(action.keys[0], action.label) for action in kept])
        if spans:
            spans[-1] = (spans[-1][0].rstrip(), spans[-1][1])
        if len(kept) <= 2 or (len(kept) <= _MOST and width_of(spans) <= width):
            return spans
        del kept[-3]


def hints(pairs: Iterable[tuple[str, str]]) -> list[Span]:
    """Keys, each with what it does."""
    return [
        span for key, label in pairs for span in ((shown(key), "accent"), (f" {label}" + " " * _GAP, "muted"))
    ]


def bindings(view: str) -> list[BindingType]:
    """What a view binds, as Textual takes it."""
    lists = {action.name for action in MOVE}
    own = [action for action in _of(view, ACTIONS) if action.name not in lists]
    return list(_bindings(own, "do('{}')"))  # the user's keys are put in their place by Textual


def left_to_view(*names: str) -> list[BindingType]:
    """What a list leaves to the view around it, while other lists do something else on the keys for it."""
    return list(_bindings([find(name) for name in names], "screen.do('{}')"))


def list_bindings(view: str = "") -> list[BindingType]:
    """What every list binds; with ``view``, a list of that view only, which has keys of its own."""
    lists = {action.name for action in MOVE}
    return list(_bindings([one for one in _of(view, ACTIONS) if one.name in lists] if view else MOVE, "{}"))


def _bindings(actions: Iterable[Action], form: str) -> Iterator[Binding]:
    for action in actions:
        # Keys are handed to the focused list's queue one by one; what opens a line to type in must be done
        # before the next key is handed out, or the first letters typed would be taken for commands.
        yield Binding(",".join(action.keys), form.format(action.name), action.label, show=False,
                      priority=action.opens, id=action.name)  # fmt: skip
