"""The box to choose what rows are sorted by."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from mvfs.text import line
from tui import keys, paint
from tui.paint import Span
from tui.screens.box import Box
from tui.widgets.bars import Bar
from tui.widgets.rows import RowList

_OWN = "their own order"


class KeyList(RowList[str]):
    """Keys as `mvfs.query.order` writes them; the empty one is the rows' own order."""

    GROUND = "box"

    def __init__(self, now: str) -> None:
        super().__init__(id="keys")
        self._now = now

    def identity(self, item: str) -> Hashable:
        """The key without its direction."""
        return item.lstrip("-+")

    def spans(self, item: str, width: int) -> Sequence[Span]:
        """The key, and in which direction it sorts."""
        arrow = "  " if not item else "↓ " if item.startswith("-") else "↑ "
        is_now = item == self._now
        name = paint.cut(line(item.lstrip("-+")) or _OWN, width - 4)
        return [(" " + arrow, "accent"), (name, "strong" if is_now else "text"), ("  now" * is_now, "muted")]

    def holds(self, item: str, word: str) -> bool:
        """The key is looked into."""
        return word in item.lower()


class SortBox(Box[str]):
    """Returns the keys to sort by; choosing those of now turns them round."""

    def __init__(self, choices: Sequence[str], now: str) -> None:
        super().__init__()
        known = [now if now.lstrip("-+") == key.lstrip("-+") else key for key in choices]
        self._choices = ["", *([now] if now and now not in known else []), *known]
        self._now = now

    def compose(self) -> ComposeResult:
        """A title and the keys."""
        with Vertical(classes="box") as box:
            box.styles.height = min(len(self._choices), 20) + 4
            yield Bar("box", id="box-title")
            yield KeyList(self._now)

    def on_mount(self) -> None:
        """Fill in."""
        hint = f"{keys.shown('enter')} sorts, again turns round  esc closes "
        self.query_one(Bar).show([(" sort by", "title")], right=[(hint, "faint")])
        self.query_one(KeyList).replace(self._choices, self._now.lstrip("-+"))

    def on_row_list_opened(self) -> None:
        """Take the key under the cursor."""
        chosen = self.query_one(KeyList).current or ""
        if chosen and chosen == self._now:
            chosen = chosen[1:] if chosen.startswith("-") else "-" + chosen.lstrip("+")
        self.dismiss(chosen)
