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
from tui.keys import ANY, Action
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


def topics(
    actions: Sequence[Action], reasons: Mapping[str, str], query: str = "", here: Sequence[str] = ()
) -> list[Topic]:
    """The rows for a search; an action whose key is the query comes first.

    Without a query, what can be done ``here`` comes first, then what else only this view has, then the rest.
    """
    words = query.split()
    found = [action for action in actions if _matches(action, words)]
    if query:
        found.sort(key=lambda action: (query not in action.all_keys, query != action.label))
        return [Topic(action=action, reason=reasons.get(action.name, "")) for action in found]
    first = [action for name in here for action in actions if action.name == name]
    groups = {
        "Here": first,
        "This view": [one for one in actions if ANY not in one.views and one not in first],
    }
    for action in actions:
        if action not in first and ANY in action.views:
            groups.setdefault(action.group, []).append(action)
    rows: list[Topic] = []
    for heading, group in groups.items():
        rows += [Topic(heading=heading)] if group else []
        rows += [Topic(action=action, reason=reasons.get(action.name, "")) for action in group]
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

    def __init__(
        self, actions: Sequence[Action], reasons: Mapping[str, str], here: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._actions, self._reasons, self._here = actions, reasons, here

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
        rows.replace(topics(self._actions, self._reasons, here=self._here))

    @on(SafeInput.Changed)
    def _search(self, event: SafeInput.Changed) -> None:
        rows = self.query_one(TopicList)
        rows.replace(topics(self._actions, self._reasons, event.value.strip(), self._here))
        rows.action_first()

    @on(SafeInput.Submitted)
    def _submitted(self) -> None:
        self.dismiss(None)

    def action_move(self, how: str) -> None:
        """Move in the rows while typing."""
        getattr(self.query_one(TopicList), f"action_{how}")()
