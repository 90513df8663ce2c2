"""The boxes in which values of runs are chosen: as columns, or to sort by."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.screens.box import Box, Result
from tui.viewmodel.run_columns import MOST, Key, Known
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput
from tui.widgets.rows import RowList

_FIXED = ("created", "name", "state", "duration", "job_type", "group", "ended", "inputs", "outputs")
"""What runs can be sorted by beside their values."""

_DOWN_FIRST = ("created", "duration", "ended", "inputs", "outputs")
_SMALL_IS_GOOD = ("loss", "err", "wer", "cer", "ppl", "perplexity", "mse", "mae", "fid", "latency")
"""Words in metrics of which the smallest values are wanted first."""


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


class KeyBox(Box[Result]):
    """A list of keys; typing searches in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('down')", show=False),
        Binding("up", "move('up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
    ]

    TITLE_TEXT: ClassVar[str] = ""
    HINT: ClassVar[str] = ""

    def __init__(self, known: Sequence[Known]) -> None:
        super().__init__()
        self._known = known

    def compose(self) -> ComposeResult:
        """A title, the search, and the keys."""
        with Vertical(classes="box tall"):
            yield Bar("box", id="box-title")
            yield SafeInput("search", id="search")
            yield KnownList(id="known")

    @property
    def keys_shown(self) -> KnownList:
        """The list."""
        return self.query_one(KnownList)

    def on_mount(self) -> None:
        """Fill in."""
        self.query_one(Bar).show([(f" {self.TITLE_TEXT}", "title")], right=[(self.HINT + " ", "faint")])
        self.keys_shown.placeholder = "no value is called so"
        self.sign()
        self.keys_shown.replace(self._known)

    def sign(self) -> None:
        """Say what stands before the keys."""
        raise NotImplementedError

    def take(self, key: Key) -> None:
        """Do what enter does with a key."""
        raise NotImplementedError

    @on(SafeInput.Changed)
    def _search(self, event: SafeInput.Changed) -> None:
        self.keys_shown.narrow(event.value)

    @on(SafeInput.Submitted)
    def _submitted(self) -> None:
        self._take_current()

    @on(RowList.Opened)
    def _take_current(self) -> None:
        if self.keys_shown.current is not None:
            self.take(self.keys_shown.current.key)

    def action_move(self, how: str) -> None:
        """Move in the list while typing."""
        getattr(self.keys_shown, f"action_{how}")()


class ColumnBox(KeyBox[tuple[Key, ...]]):
    """Asks for columns; an empty choice stands for those that are chosen by themselves."""

    TITLE_TEXT = "columns"
    HINT = "↵ in or out   esc done"

    def __init__(self, known: Sequence[Known], shown: Sequence[Key], chosen: Sequence[Key] | None) -> None:
        super().__init__([Known(_AUTOMATIC, 1.0, 1, ""), *known])
        self._shown = list(shown)
        self._is_automatic = chosen is None
        self._before = chosen

    def sign(self) -> None:
        """A tick before what is a column."""
        signs = dict.fromkeys(self._shown, "✓")
        if self._is_automatic:
            signs[_AUTOMATIC] = "●"
        self.keys_shown.signs = signs

    def take(self, key: Key) -> None:
        """Make it a column, or none; or leave the choice to us again."""
        if key == _AUTOMATIC:
            self.dismiss(())
            return
        self._is_automatic = False
        if key in self._shown:
            self._shown.remove(key)
        elif len(self._shown) < MOST:
            self._shown.append(key)
        self.sign()
        self.keys_shown.replace(self._known)

    def action_close(self) -> None:
        """Close with what was chosen."""
        is_same = self._is_automatic or tuple(self._shown) == self._before
        self.dismiss(None if is_same else tuple(self._shown))


class SortBox(KeyBox[str]):
    """Asks what to sort by; the present key again turns the order round."""

    TITLE_TEXT = "sort by"
    HINT = "↵ sort, again: the other way   esc leave"

    def __init__(self, known: Sequence[Known], sort: str) -> None:
        fixed = [Known(Key("", name), 1.0, 0, "") for name in _FIXED]
        super().__init__([*fixed[:1], *sorted(known, key=lambda one: one.key.place == "config"), *fixed[1:]])
        self._sort = sort.partition(",")[0] or "-created"

    def sign(self) -> None:
        """An arrow before what the rows are sorted by."""
        arrow = "↓" if self._sort.startswith("-") else "↑"
        self.keys_shown.signs = {
            one.key: arrow for one in self._known if _order(one.key) == self._sort.lstrip("+-")
        }

    def take(self, key: Key) -> None:
        """Sort by it, beginning with what is wanted first."""
        order = _order(key)
        down = _is_down_first(key)
        if self._sort.lstrip("+-") == order:
            down = not self._sort.startswith("-")
        self.dismiss(f"-{order}" if down else order)


_AUTOMATIC = Key("", "automatic: metrics that most runs have, and what differs")


def _order(key: Key) -> str:
    return key.label if key.place else key.path


def _is_down_first(key: Key) -> bool:
    if key.place != "summary":
        return not key.place and key.path in _DOWN_FIRST
    return not any(word in key.path.lower() for word in _SMALL_IS_GOOD)
