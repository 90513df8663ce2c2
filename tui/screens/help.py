"""The help: every action of the registry, searchable by word and by key."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui import paint
from tui.keys import Action
from tui.paint import Span
from tui.screens.box import Box
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput
from tui.widgets.rows import RowList

_KEYS_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Topic:
    """A row of the help: an action, or the heading of a group."""

    heading: str = ""
    action: Action | None = None
    reason: str = ""
    """Why the action can do nothing now."""


def topics(actions: Sequence[Action], reasons: Mapping[str, str], query: str = "") -> list[Topic]:
    """The rows for a search; an action whose key is the query comes first."""
    words = query.split()
    found = [action for action in actions if _matches(action, words)]
    if query:
        found.sort(key=lambda action: (query not in action.all_keys, query != action.label))
        return [Topic(action=action, reason=reasons.get(action.name, "")) for action in found]
    rows: list[Topic] = []
    for group in dict.fromkeys(action.group for action in actions):
        rows.append(Topic(heading=group))
        rows += [
            Topic(action=action, reason=reasons.get(action.name, ""))
            for action in actions
            if action.group == group
        ]
    return rows


def _matches(action: Action, words: Sequence[str]) -> bool:
    text = f"{action.help} {action.label} {action.group} {' '.join(action.keys)} {action.shown_keys}".lower()
    return all(word.lower() in text for word in words)


class TopicList(RowList[Topic]):
    """The rows of the help."""

    GROUND = "box"

    def identity(self, item: Topic) -> Hashable:
        """The action, or the heading."""
        return item.action or item.heading

    def spans(self, item: Topic, width: int) -> Sequence[Span]:  # noqa: ARG002 - rows are cut as they are
        """Keys and what they do."""
        if item.action is None:
            return [(f" {item.heading}", "accent")]
        role = "faint" if item.reason else "text"
        reason = [(f"  ({item.reason})", "faint")] if item.reason else []
        shown = "  " + paint.fit(item.action.shown_keys, _KEYS_WIDTH)
        return [(shown, "muted"), (item.action.help, role), *reason]

    def holds(self, item: Topic, word: str) -> bool:
        """Headings only: the box itself searches actions."""
        return word in item.heading


class HelpBox(Box[None]):
    """Lists what can be done; typing searches."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('down')", show=False),
        Binding("up", "move('up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
    ]

    def __init__(self, actions: Sequence[Action], reasons: Mapping[str, str]) -> None:
        super().__init__()
        self._actions, self._reasons = actions, reasons

    def compose(self) -> ComposeResult:
        """A title, the search, and the rows."""
        with Vertical(classes="box tall"):
            yield Bar("box", id="box-title")
            yield SafeInput("search by word or key", id="search")
            yield TopicList(id="topics")

    def on_mount(self) -> None:
        """Fill in."""
        self.query_one(Bar).show([(" keys", "title")], right=[("esc closes ", "faint")])
        rows = self.query_one(TopicList)
        rows.placeholder = "no action is called so"
        rows.replace(topics(self._actions, self._reasons))

    @on(SafeInput.Changed)
    def _search(self, event: SafeInput.Changed) -> None:
        rows = self.query_one(TopicList)
        rows.replace(topics(self._actions, self._reasons, event.value.strip()))
        rows.action_first()

    @on(SafeInput.Submitted)
    def _submitted(self) -> None:
        self.dismiss(None)

    def action_move(self, how: str) -> None:
        """Move in the rows while typing."""
        getattr(self.query_one(TopicList), f"action_{how}")()
