"""The box that mounts what one stands in, and unmounts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import BindingType

from mvfs.errors import Conflict, MvfsError
from mvfs.text import line
from tui import mounts, paint
from tui.library import Library
from tui.mounted import short
from tui.mounts import Mount
from tui.paint import Span
from tui.screens.asking import Asking, Hint
from tui.widgets.lines import BoxRow
from tui.writing.written import Written


class MountBox(Asking):
    """Lists what can be mounted here, and the mounts of this store. Enter mounts, or ends a mount."""

    PLACEHOLDER = "an empty directory; it is made if it is not there"
    ROWS = 9
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, library: Library, refs: Sequence[str]) -> None:
        """Offer these parts of the store, the empty ref for all of it; the first one is chosen."""
        super().__init__(library, "mount")
        self._refs = refs
        self._mounts: Sequence[Mount] | None = None
        self._is_lazy: str | None = None
        """The mount that is busy and may be let go of."""
        self._usual: dict[str, str] = {ref: str(mounts.usual_directory(ref)) for ref in refs}

    def on_mount(self) -> None:
        """Ask what is mounted."""
        self._list()
        self.ask("mounts", partial(mounts.of_store, self.library))

    def learn(self, topic: str, found: Any) -> None:
        """Show what is mounted."""
        if topic == "mounts":
            self._mounts = found
            self._list()

    def _list(self) -> None:
        found = list(self._mounts or ())
        wide = max(min(self.room // 2, 34), 12)
        rows = [BoxRow(("mount", one.directory), _mounted(one, wide, self.room), one) for one in found]
        taken = {one.ref for one in found if one.is_mine}
        rows += [
            BoxRow(
                ("ref", ref), [(" " + paint.cut(line(ref) or "the whole store", self.room - 1), "text")], ref
            )
            for ref in self._refs
            if ref not in taken
        ]
        here = next((row.key for row in rows if _ref(row) == self._refs[0]), None)
        self.show_rows(rows, here)
        if self.rows.current is not None:
            self._take(self.rows.current)

    def _take(self, row: BoxRow) -> None:
        """Have the line say where."""
        text = self.chosen(row)
        if text is not None:
            self.field.value = text
            self.field.cursor_position = len(text)

    def chosen(self, row: BoxRow) -> str | None:
        """The directory of a mount, or the usual one."""
        if isinstance(row.value, Mount):
            return line(row.value.directory)
        return line(short(self._usual[str(row.value)]))

    @property
    def _current(self) -> Mount | str | None:
        row = self.rows.current
        return None if row is None else row.value

    def outlook(self) -> str:
        """What enter would do."""
        match self._current:
            case Mount() as one:
                return f"ends the mount on {line(one.directory)}"
            case str() as ref if self.text:
                return f"mounts {line(ref) or 'the whole store'} there, read-only"
        return ""

    def hints(self) -> Sequence[Hint]:
        """Mount or end, and choose."""
        what = "unmount" if isinstance(self._current, Mount) else "mount"
        return [("↵", what), ("↑ ↓", "choose")]

    def submit(self, text: str) -> None:
        """Mount, or end the mount."""
        match self._current:
            case Mount() as one:
                lazily = self._is_lazy == one.directory
                self._do(partial(mounts.end, one.directory, lazily=lazily))
            case str() as ref if text:
                path = Path(text).expanduser()
                self._do(partial(mounts.mount, self.library, ref, path.absolute()))

    def _do(self, act: Callable[[], str]) -> None:
        self.write(lambda: Written(act()))

    def refused(self, error: MvfsError | None) -> None:
        """A mount that is busy can be let go of by a second enter."""
        one = self._current
        if isinstance(one, Mount) and isinstance(error, Conflict):
            self._is_lazy = one.directory
            self.trouble = "busy: a process works in it; enter again lets it go when all have left"


def _ref(row: BoxRow) -> str:
    return row.value.ref if isinstance(row.value, Mount) else str(row.value)


def _mounted(one: Mount, wide: int, room: int) -> list[Span]:
    state = {"answers": "mounted on ", "dead": "dead: on ", "silent": "does not answer: on "}
    told = state.get(one.state, "another user's: on ") + line(short(one.directory))
    role = "latest" if one.state == "answers" else "bad"
    name = paint.fit(line(one.ref) or "the whole store", wide)
    return [(" " + name, "strong"), (paint.cut(" " + told, room - wide - 1), role)]
