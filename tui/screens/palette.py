"""The palette: type a part of what an action is called, and enter does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui import keys
from tui.keys import Action
from tui.screens.box import Box
from tui.screens.help import Topic, TopicList, topics
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput


class PaletteBox(Box[str]):
    """Returns the name of the action that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move('down')", show=False),
        Binding("up", "move('up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
        Binding("ctrl+p", "move('up')", show=False, priority=True),
    ]

    def __init__(self, actions: Sequence[Action], reasons: Mapping[str, str]) -> None:
        super().__init__()
        self._actions, self._reasons = actions, reasons

    def compose(self) -> ComposeResult:
        """A title, the line to type in, and the actions."""
        with Vertical(classes="box tall"):
            yield Bar("box", id="box-title")
            yield SafeInput("what to do", id="search")
            yield TopicList(id="topics")

    def on_mount(self) -> None:
        """Fill in."""
        self.query_one(Bar).show(
            [(" actions", "title")], right=[(keys.shown("enter") + " does it  esc closes ", "faint")]
        )
        self.query_one(TopicList).placeholder = "no action is called so"
        self._search("")

    @on(SafeInput.Changed)
    def _typed(self, event: SafeInput.Changed) -> None:
        self._search(event.value)

    def _search(self, query: str) -> None:
        rows = self.query_one(TopicList)
        found = topics(self._actions, self._reasons, query.strip() or " ")
        rows.replace(found if query.strip() else sorted(found, key=_rank))
        rows.action_first()

    @on(SafeInput.Submitted)
    @on(TopicList.Opened)
    def _chosen(self) -> None:
        topic: Topic | None = self.query_one(TopicList).current
        self.dismiss(topic.action.name if topic is not None and topic.action is not None else None)

    def action_move(self, how: str) -> None:
        """Move in the rows while typing."""
        getattr(self.query_one(TopicList), f"action_{how}")()


def _rank(topic: Topic) -> tuple[bool, bool]:
    """What cannot be done comes last, and before it what everybody finds the keys for."""
    return bool(topic.reason), topic.action is not None and topic.action.group == "Move"
