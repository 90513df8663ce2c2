"""The box in which the columns of runs are chosen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mvfs.text import line
from tui import keys, paint
from tui.paint import Span
from tui.screens.box import Box
from tui.viewmodel.run_columns import MOST, Key, Known
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput
from tui.widgets.rows import RowList


class KnownList(RowList[Known]):
    """Keys, how many runs have them, and what they hold."""

    GROUND = "box"

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.signs: dict[Key, str] = {}
        """What stands before some keys."""

    def identity(self, item: Known) -> Hashable:
        """The key."""
        return item.key

    def spans(self, item: Known, width: int) -> Sequence[Span]:
        """Sign, key, and what is known of it."""
        sign = self.signs.get(item.key, "")
        about = ""
        if item.key.place:
            share = f"{round(item.share * 100):3} % of runs"
            about = f"{share}  {'the same' if item.distinct == 1 else f'{item.distinct:,} values':>11}"
        room = max(width - len(about) - 6, 8)
        label = line(item.key.label[:400]) if item.key.place else line(item.key.path)
        return [
            (f" {sign:<2} ", "best"),
            (paint.fit(label, room), "strong" if sign else "text"),
            (f" {about}", "muted"),
        ]

    def holds(self, item: Known, word: str) -> bool:
        """The key is looked into."""
        return word in item.key.label.lower()


class ColumnBox(Box[tuple[Key, ...]]):
    """Asks for columns; an empty choice stands for those that are chosen by themselves. Typing searches."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('down')", show=False),
        Binding("up", "move('up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
    ]

    def __init__(self, known: Sequence[Known], shown: Sequence[Key], chosen: Sequence[Key] | None) -> None:
        super().__init__()
        self._known = [Known(_AUTOMATIC, 1.0, 1, ""), *known]
        self._shown = list(shown)
        self._is_automatic = chosen is None
        self._before = chosen

    def compose(self) -> ComposeResult:
        """A title, the search, and the keys."""
        with Vertical(classes="box tall"):
            yield Bar("box", id="box-title")
            yield SafeInput("search", id="search")
            yield KnownList(id="known")

    def on_mount(self) -> None:
        """Fill in."""
        hint = f"{keys.shown('enter')} in or out  esc done "
        self.query_one(Bar).show([(" columns", "title")], right=[(hint, "faint")])
        rows = self.query_one(KnownList)
        rows.placeholder = "no value is called so"
        self._sign()
        rows.replace(self._known)

    def _sign(self) -> None:
        """Put a tick before what is a column."""
        signs = dict.fromkeys(self._shown, "✓")
        if self._is_automatic:
            signs[_AUTOMATIC] = "●"
        self.query_one(KnownList).signs = signs

    @on(SafeInput.Changed)
    def _search(self, event: SafeInput.Changed) -> None:
        self.query_one(KnownList).narrow(event.value)

    @on(SafeInput.Submitted)
    @on(RowList.Opened)
    def _take(self) -> None:
        """Make the key under the cursor a column, or none; or leave the choice to us again."""
        current = self.query_one(KnownList).current
        if current is None:
            return
        key = current.key
        if key == _AUTOMATIC:
            self.dismiss(())
            return
        self._is_automatic = False
        if key in self._shown:
            self._shown.remove(key)
        elif len(self._shown) < MOST:
            self._shown.append(key)
        self._sign()
        self.query_one(KnownList).replace(self._known)

    def action_move(self, how: str) -> None:
        """Move in the list while typing."""
        getattr(self.query_one(KnownList), f"action_{how}")()

    def action_close(self) -> None:
        """Close with what was chosen."""
        is_same = self._is_automatic or tuple(self._shown) == tuple(self._before or ())
        self.dismiss(None if is_same else tuple(self._shown))


_AUTOMATIC = Key("", "automatic: metrics that most runs have, and what differs")
