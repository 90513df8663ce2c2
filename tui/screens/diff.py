"""What differs between two versions, or between a file in each."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult

from mvfs import units
from mvfs.diff.model import Change, Kind
from mvfs.store.manifest.records import FileEntry
from mvfs.text import line
from tui.library import Library
from tui.paint import Span
from tui.place import Place
from tui.screens import table
from tui.screens.copying import Choice
from tui.screens.diffing import LINES, Diffing
from tui.viewmodel.diff.document import Document
from tui.viewmodel.diff.ends import End
from tui.viewmodel.diff.files import File
from tui.viewmodel.diff.tensors import Tensor
from tui.viewmodel.diff.values import Value
from tui.widgets.hunks import Hunks
from tui.widgets.rows import RowList

if TYPE_CHECKING:
    from tui.reading.diffs import Compared

_KEPT = 200_000
"""Lines, values, files, …, in the diffs that are kept as they were left, for those who come back."""

_NARROW = 72
"""Up to how many columns the header leaves out project and type."""

SPLIT, UNIFIED = "split", "unified"
"""Words of the shape: old and new side by side, or not."""


@dataclass(frozen=True, slots=True)
class _Left:
    """A diff as it was left."""

    compared: Compared
    document: Document
    cursor: Hashable
    top: float
    """How far it was scrolled."""


class DiffScreen(Diffing):
    """Shows the diff of a place; sections come in as they are read."""

    WORD = "diff"
    actions: ClassVar[tuple[str, ...]] = (
        "open", "next_difference", "toggle_split", "back", "copy", "help", "quit",
    )  # fmt: skip

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._left: dict[Place, _Left] = {}

    def body(self) -> ComposeResult:
        """One list."""
        yield Hunks(id="hunks")

    # Places

    def arrive(self, place: Place) -> None:
        """Show a diff: as it was left, or read."""
        words = place.shape.split("-")
        self.rows.wanted = True if SPLIT in words else False if UNIFIED in words else None
        asked = Place("diff", place.refs, shape=LINES if LINES in words else "")
        if asked != self._place or self._compared is None:
            self._leave()
            known = self._left.get(asked)
            if known is not None:
                self._place, self._compared = asked, known.compared
                self.rows.show_document(known.document, known.cursor)
                self.rows.scroll_to(y=known.top, animate=False, force=True)
            else:
                self._read(asked, Document())
        else:
            self.rows.rebuild()
        self.rows.narrow(place.filter)
        self.retitle()

    def _leave(self) -> None:
        """Keep what is shown, if it is all there; what is not is no longer waited for."""
        if self._compared is not None and not self._is_reading:
            self._left.pop(self._place, None)
            rows, row = self.rows, self.rows.current
            key = row.key if row is not None else None
            self._left[self._place] = _Left(self._compared, rows.document, key, rows.scroll_y)
            while sum(left.document.weight for left in self._left.values()) > _KEPT:
                del self._left[next(iter(self._left))]
        self._call_off()

    def where(self) -> Place:
        """What is shown."""
        rows = self.rows
        layout = {None: "", True: SPLIT, False: UNIFIED}[rows.wanted]
        shape = "-".join(filter(None, (self._place.shape, layout)))
        return replace(self._place, shape=shape, filter=rows.filter_text)

    def reread(self) -> bool:
        """Read it again."""
        rows = self.rows
        before = rows.document
        again = Document(opened=before.opened, limits=before.limits)
        self._read(self._place, again, rows.current.key if rows.current else None)
        return True

    def subject(self) -> str | None:
        """The version of the row, else the new one."""
        row = self.rows.current
        if isinstance(row, End):
            return row.ref
        return self._compared.versions.titles[1] if self._compared is not None else None

    def step_out(self) -> None:
        """Stop what is being read, else go back."""
        if self._is_reading or self._waiting:
            self._call_off()
            self.say("stopped")
        elif self.ui.history.has(-1):
            self.ui.back()
        else:
            self.turn_to("browse")

    # Rows

    @on(RowList.Opened)
    def _opened(self) -> None:
        row, compared = self.rows.current, self._compared
        match row:
            case _ if compared is None or row is None:
                pass
            case File():
                self._open_file(row.change, compared)
            case End():
                self.ui.go(Place(refs=(row.ref,)))
            case Tensor(change=change) if row.opens:
                self._measure(change)
            case Value() if row.section.name == "inputs":
                self._open_input(row.change, compared)
            case _:
                self.rows.toggle()

    def _open_file(self, change: Change, compared: Compared) -> None:
        old, new = compared.refs
        if change.kind is Kind.CHANGED:
            self.ui.go(Place("diff", (f"{old}/{change.old.path}", f"{new}/{change.path}")))
        elif "file" in table.VIEWS:
            here = old if change.kind is Kind.REMOVED else new
            self.ui.go(Place("file", (f"{here}/{change.path}",)))
        else:
            self.say("there is nothing to compare it with", bad=True)

    def _open_input(self, change: Change, compared: Compared) -> None:
        """Compare what the two runs used."""
        labels = [str(label) for label in (change.old, change.new) if label is not None]
        if len(labels) < 2 or any("," in label for label in labels):
            self.say("there are no two versions to compare", bad=True)
            return
        home = compared.versions.new.project.name
        stem = change.path if "/" in change.path else f"{home}/{change.path}"
        self.ui.go(Place("diff", (f"{stem}:{labels[0]}", f"{stem}:{labels[1]}")))

    # Actions

    def reason_against(self, action: str) -> str:
        """What a diff cannot do."""
        match action:
            case "mark":
                return "rows of a diff are not marked; mark versions in the browser"
            case "view_diff":
                return "this is the diff; : goes to another one"
            case "by_line" if self._compared is None or not self._compared.is_file:
                return "only files are compared by line"
            case "swap" if self._compared is None:
                return "there is nothing to swap yet"
            case "slide_left" if not self.rows.pan:
                return "this is where lines begin"
        return super().reason_against(action)

    def action_slide_right(self) -> None:
        """See more of long lines."""
        self.rows.pan_by(1)
        self.retitle()

    def action_slide_left(self) -> None:
        """Back towards their beginning."""
        self.rows.pan_by(-1)
        self.retitle()

    def action_by_line(self) -> None:
        """Compare by line, or as what it is."""
        shape = self.where().shape.split("-")
        shape = [word for word in shape if word and word != LINES] if LINES in shape else [LINES, *shape]
        self.ui.go(replace(self.where(), shape="-".join(filter(None, shape)), filter=""))

    def action_swap(self) -> None:
        """Look at it the other way round."""
        place = self.where()
        if self._compared is not None:
            self.ui.go(replace(place, refs=self._compared.refs[::-1]))

    def copies(self) -> Sequence[Choice]:
        """Refs, the place, and the command that prints it."""
        if self._compared is None:
            return ()
        old, new = self._compared.refs
        command = f"mvfs diff {shlex.quote(old)} {shlex.quote(new)}"
        return (
            Choice("o", "old ref", old),
            Choice("n", "new ref", new),
            Choice("p", "place", str(self.where())),
            Choice("c", "command", command),
        )

    # Bars

    def heading(self) -> list[Span]:
        """What is compared, and how far it is."""
        spans = super().heading() if self._compared is None else self._titled(self._compared)
        if self._is_reading:
            spans.append((f"  reading {units.size(self._count)} …" if self._count else "  …", "best"))
        if self.rows.pan:
            spans.append((f"  from column {self.rows.pan + 1}", "muted"))
        if self.rows.filter_text and self._compared is not None:
            spans.append((f"  /{line(self.rows.filter_text)}", "best"))
        return spans

    def _titled(self, compared: Compared) -> list[Span]:
        old, new = compared.versions.titles
        if self.app.size.width < _NARROW:
            old, new = (title.rpartition("/")[2] for title in (old, new))
        stem, _, label = new.rpartition(":")
        paths = compared.paths
        spans: list[Span] = [("diff  ", "accent")]
        if old.rpartition(":")[0] == stem:
            spans += [(line(stem) + ":", "muted"), (f"{old.rpartition(':')[2]} → {label}", "strong")]
        else:
            spans += [(f"{line(old)} → {line(new)}", "strong")]
        if any(paths):
            shown = paths[1] if paths[0] == paths[1] else f"{paths[0]} → {paths[1]}"
            spans.append((f"  {line(shown)}", "text"))
        if compared.is_file:
            sizes = [units.size(entry.size) for entry in compared.entries if isinstance(entry, FileEntry)]
            spans.append(("  " + " → ".join(dict.fromkeys(sizes)), "muted"))
        return spans
