"""The box that points an alias at a version, or removes one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from mvfs import units
from mvfs.errors import AliasMoved, Conflict, InvalidInput, MvfsError
from mvfs.index.rows import Version
from mvfs.text import line
from tui import paint
from tui.library import Library
from tui.paint import Span
from tui.screens.asking import Asking, Hint
from tui.viewmodel.chips import chip
from tui.widgets.lines import BoxRow
from tui.writing import aliases
from tui.writing.aliases import Pointing
from tui.writing.remarks import named
from tui.writing.written import Written


class AliasBox(Asking):
    """Sets or removes an alias, provided it still points where the box shows it.

    If somebody else was faster, it says who and when; a second enter insists. One that is protected
    takes a reason.
    """

    PLACEHOLDER = "production"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+x", "remove", "remove", show=False, priority=True),
    ]

    def __init__(
        self, library: Library, project: str, version: Version, shown: Mapping[str, int] | None = None
    ) -> None:
        """``shown`` is where the screen has aliases, as far as it has any."""
        super().__init__(library, f"alias for {named(version)}")
        self._project, self._version = project, version
        self._shown = {line(alias): number for alias, number in (shown or {}).items()}
        self._pointing: dict[str, Pointing] | None = None

    def on_mount(self) -> None:
        """Ask which aliases there are."""
        self.ask("aliases", partial(aliases.pointing, self.library, self._project, self._version.name))

    def learn(self, topic: str, found: object) -> None:
        """Show the aliases of the name, those of the version first."""
        if topic == "aliases" and isinstance(found, list):
            found.sort(key=lambda one: (one.number != self._version.number, -one.number, one.alias))
            self._pointing = {line(one.alias): one for one in found}
            self._list()
            self.typed()

    def _list(self) -> None:
        found = list((self._pointing or {}).values())
        wide = min(max((paint.width_of([chip(one.alias)]) for one in found), default=0), self.room // 3)
        self.show_rows([BoxRow(one.alias, _spans(one, wide, self.room)) for one in found])

    def chosen(self, row: BoxRow) -> str | None:
        """The alias."""
        return line(str(row.key))

    def _found(self) -> Pointing | None:
        return (self._pointing or {}).get(self.text)

    def typed(self) -> None:
        """A protected alias that is somewhere takes a reason."""
        known = self._found()
        self.ask_reason(wanted=known is not None and known.is_protected)

    def outlook(self) -> str:
        """What enter would do."""
        known, label = self._found(), self._version.label
        if not self.text:
            return "a new name such as production, or one of these (↑ ↓)"
        if known is None:
            return f"new alias at {label}"
        if known.kept:
            return f"kept by {line(known.kept)}"
        guarded = "protected: say why; " if known.is_protected else ""
        if known.number == self._version.number:
            return f"{guarded}is at {label} already"
        return f"{guarded}moves from v{known.number} to {label}"

    def hints(self) -> Sequence[Hint]:
        """Set and remove."""
        known = self._found()
        if known is not None and known.kept:
            return [("↑ ↓", "choose another")]
        return [("↵", "set"), *([("ctrl+x", "remove")] if known is not None else [])]

    def submit(self, text: str) -> None:
        """Set it."""
        if not text:
            self.action_close()
            return
        known = self._found()
        expect = None if known is None else known.number
        shown = self._shown.pop(text, expect)
        if shown != expect:  # nobody has seen where it is now
            self._tell_moved(known, shown)
            return
        self.write(partial(self._set, text if known is None else known.alias, expect, self.reason))

    def _tell_moved(self, known: Pointing | None, shown: int | None) -> None:
        where = "nowhere any more" if known is None else f"at v{known.number} by now"
        by = f": {_moved(known)}" if known is not None and known.at else ""
        self.complain(f"it is {where}, not at v{shown}{by}; enter again sets it to {self._version.label}")

    def _set(self, alias: str, expect: int | None, reason: str | None) -> Written:
        return aliases.set_alias(self.library, self._project, self._version, alias, expect, reason=reason)

    def action_remove(self) -> None:
        """Remove the alias that is typed."""
        known = self._found()
        if known is None:
            self.complain(f"there is no alias '{line(self.text)}' to remove" if self.text else "which alias?")
        elif known.is_protected and self.reason is None:
            self.complain("it is protected: say why, then ctrl+x again")
            self.query_one("#box-reason").focus()
        else:
            self.write(partial(self._remove, known, self.reason))

    def _remove(self, known: Pointing, reason: str | None) -> Written:
        return aliases.remove_alias(
            self.library, self._project, self._version.name, known.alias, known.number, reason=reason
        )

    def refused(self, error: MvfsError | None) -> None:
        """Expect the alias from now on where it was found."""
        if isinstance(error, AliasMoved) and self._pointing is not None:
            alias, found, by, at = (error.fields.get(key) for key in ("alias", "found", "by", "at"))
            before = self._pointing.pop(line(str(alias)), None)
            if isinstance(found, int):
                guarded = before is not None and before.is_protected
                moved = Pointing(str(alias), found, str(by), at if isinstance(at, int) else 0, "", guarded)
                self._pointing[line(str(alias))] = moved
            self._list()
            self.trouble += f"; enter again sets it to {self._version.label}"
        elif isinstance(error, Conflict | InvalidInput) and "protected" in error.message:
            self.ask("aliases", partial(aliases.pointing, self.library, self._project, self._version.name))


def _spans(one: Pointing, wide: int, room: int) -> list[Span]:
    text, role = chip(one.alias)
    spans = [(" " + paint.fit(text, wide), role), (paint.fit(f"  v{one.number}", 8) + " ", "text")]
    told = ""
    if one.kept:
        told = f"kept by {one.kept}"
    elif one.at:
        told = _moved(one)
    lock: list[Span] = [("protected  ", "best")] if one.is_protected else []
    left = room - paint.width_of(spans) - paint.width_of(lock) - 1
    return [*spans, *lock, (paint.cut(line(told), left), "muted")]


def _moved(one: Pointing) -> str:
    told = f"{units.age(one.at, time.time_ns() // 1000)} ago by {one.by}"
    return told + (f": {one.reason}" if one.reason else "")
