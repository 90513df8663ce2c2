"""What views do with their list: filter it by a typed line, mark, sort, find; and the line for places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import on

from tui import keys, messages
from tui.place import Place
from tui.screens.frame import Frame
from tui.widgets.prompt import FILTER, JUMP, Prompt
from tui.widgets.rows import RowList

_SHOWN = 6
"""Completions that are shown while a place is typed."""


class Listed(Frame):
    """A frame around a list of rows."""

    @property
    def rows(self) -> RowList[Any] | None:
        """The list that the filter, marks, sort and matches act on; None if there is none now."""
        return None

    def completed(self, text: str) -> Sequence[str]:  # noqa: ARG002
        """What a place that is being typed can become."""
        return ()

    def foresee(self, text: str) -> None:
        """Have read what completes a place that is being typed."""

    def jump(self, place: Place) -> None:
        """Go to a place that was typed."""
        raise NotImplementedError

    def typing_note(self) -> str:
        """What a place can become; why a filter is taken as words though it looks like a query."""
        if self.prompt.kind == JUMP:
            if not self.prompt.field.value:
                return ""
            head = self.prompt.field.value.rpartition(" ")[0]
            return "  ".join(one.removeprefix(head).strip() for one in self.prompt.candidates[:_SHOWN])
        if self.rows is None:
            return ""
        note = self.rows.reading(self.rows.filter_text)
        return f"as words: {note}" if note else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed, letters are letters."""
        if action == "do" and self.prompt.kind and keys.find(str(parameters[0])).opens:
            return False
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Open the line in which the filter is typed."""
        self._said = None
        if self.rows is not None:
            self.prompt.ask(
                FILTER, self.rows.filter_text, "words, or a query: acc>.9 tag:ema created<7d !draft"
            )
            self._show_footer()

    def action_jump(self) -> None:
        """Open the line in which a place is typed."""
        self._said = None
        self.prompt.history = self.ui.remembered.jumps
        self.prompt.complete = self.completed
        self.prompt.ask(JUMP, "", "project/type/name:v3, or a view and refs: lineage best")
        self._show_footer()

    @on(Prompt.Typed)
    def _typed(self, event: Prompt.Typed) -> None:
        if event.kind == FILTER and self.prompt.kind == FILTER and self.rows is not None:
            self.rows.narrow(event.text)
            self.retitle()
        elif event.kind == JUMP:
            self.foresee(event.text)
            self._show_footer()

    @on(messages.NamesRead)
    def _more_is_known(self) -> None:
        if self.prompt.kind == JUMP:
            self._show_footer()

    @on(Prompt.Entered)
    def _entered(self, event: Prompt.Entered) -> None:
        self.end_prompt()
        if event.kind == JUMP and event.text.strip():
            self.ui.remembered.add_jump(event.text.strip())
            self.jump(Place.parse(event.text))

    @on(Prompt.Moved)
    def _moved_while_typing(self, event: Prompt.Moved) -> None:
        if event.kind == FILTER and self.rows is not None:
            getattr(self.rows, f"action_{event.how}")()

    def end_prompt(self) -> None:
        """Hide the line, and give the keys back to the list."""
        if self.prompt.kind:
            self.prompt.close()
            if self.rows is not None:
                self.set_focus(self.rows, scroll_visible=False)
            self.retitle()

    def action_mark(self) -> None:
        """Mark what the cursor stands on, and go on to the next."""
        if self.rows is not None:
            self.rows.toggle_mark()
            self.retitle()

    def action_next_match(self) -> None:
        """Go to the next row that the last filter finds."""
        self._match(1)

    def action_previous_match(self) -> None:
        """Go to the row before that the last filter finds."""
        self._match(-1)

    def _match(self, step: int) -> None:
        if self.rows is not None and not self.rows.match(step):
            self.say(f"'{self.rows.last_filter}' is nowhere else", bad=True)

    def action_sort(self) -> None:
        """Ask what to sort by."""
        from tui.screens.sorting import SortBox

        rows = self.rows
        if rows is not None:
            self.app.push_screen(SortBox(rows.sort_keys(), rows.sort), self._sort)

    def _sort(self, keys: str | None) -> None:
        if keys is not None and self.rows is not None:
            self.rows.sort_by(keys)
            self.say(f"sorted by {keys}" if keys else "in their own order")
            self.retitle()
