"""The content of a file of a version: text, values, tables, tensors, pictures, or bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.message import Message

from mvfs.store.manifest.records import DirEntry, FileEntry
from mvfs.text import line
from tui import loading, messages
from tui.paint import Span
from tui.place import Place
from tui.reading import previews
from tui.reading.previews import Opened
from tui.screens.copying import Choice
from tui.screens.view import View
from tui.viewmodel.preview.data import Data
from tui.viewmodel.preview.folder import Folder
from tui.viewmodel.preview.image import Picture
from tui.viewmodel.preview.preview import Preview
from tui.viewmodel.preview.table import Table
from tui.viewmodel.preview.tensors import Tensors
from tui.viewmodel.preview.text import Piece, Text
from tui.widgets.bars import Bar
from tui.widgets.preview import PreviewList
from tui.widgets.rows import RowList

_AHEAD = 200
"""Rows before the last one that was read at which the next piece is read."""

_LONGEST_COPY = 50_000
"""Characters of a row that are offered to be copied."""


class FileOpened(Message):
    """A file was opened."""

    def __init__(self, place: Place, opened: Opened) -> None:
        super().__init__()
        self.place, self.opened = place, opened


class PieceRead(Message):
    """More of a text was read."""

    def __init__(self, text: Text, piece: Piece) -> None:
        super().__init__()
        self.text, self.piece = text, piece


class FileScreen(View):
    """Shows one file, or one directory, of a version."""

    WORD = "file"

    actions = ("back", "open", "filter", "file_as", "copy", "next_file", "help", "quit")

    def __init__(self, library: Any) -> None:
        super().__init__(library)
        self._place = Place("file")
        self._opened: Opened | None = None
        self._reading = False

    def body(self) -> ComposeResult:
        """What the file is, and its content."""
        yield Bar("plain", id="file-title")
        yield PreviewList(id="preview")

    # Where one is

    @property
    def list(self) -> PreviewList:
        """The rows."""
        return self.query_one(PreviewList)

    @property
    def rows(self) -> RowList[Any] | None:
        """The rows; a picture has none."""
        return None if self._opened is not None and isinstance(self._opened.shown, Picture) else self.list

    @property
    def preview(self) -> Preview | None:
        """What the rows show."""
        return self.list.preview

    def where(self) -> Place:
        """The file, the way in which it is shown, and the filter."""
        return replace(self._place, filter=self.list.filter_text if self._opened else self._place.filter)

    def subject(self) -> str | None:
        """The version that the file is of."""
        return None if self._opened is None or self._opened.file.is_of_run else self._opened.file.ref

    def path_in_hand(self) -> str:
        """The file that is shown, for a copy of it."""
        return self._opened.file.path if self._opened is not None else ""

    def project_name(self) -> str | None:
        """The project of the version, or of the run."""
        return self._opened.file.ref.replace(":", "/").partition("/")[0] if self._opened else None

    # Arriving

    def arrive(self, place: Place) -> None:
        """Open a file; where it is open already, only filter its rows."""
        if self._opened is not None and (place.refs, place.shape) == (self._place.refs, self._place.shape):
            self.list.narrow(place.filter)
            self.retitle()
            return
        self._open(place)

    def _open(self, place: Place) -> None:
        self._place = place

        def job() -> Iterator[Message]:
            yield FileOpened(
                place, previews.opened(self.library, place.refs[0] if place.refs else "", place.shape)
            )

        loading.run(self, "file", job)

    def reread(self) -> bool:
        """Open it again."""
        self._open(self.where())
        return True

    @on(FileOpened)
    def _file_opened(self, event: FileOpened) -> None:
        if event.place.refs != self._place.refs or event.place.shape != self._place.shape:
            return
        self._opened, self._reading = event.opened, False
        self.list.placeholder = ""
        self.list.show(event.opened.shown)
        if event.place.filter:
            self.list.narrow(event.place.filter)
        self.retitle()

    @on(messages.Failed)
    def _not_opened(self, event: messages.Failed) -> None:
        """Show nothing rather than something else."""
        self._reading = False
        if event.group == "file":
            self._opened = None
            self.list.placeholder = line(event.said)
            self.list.show(None)
            self.query_one("#file-title", Bar).show()
            self.retitle()

    # Reading on

    @on(RowList.Moved, "#preview")
    def _moved(self) -> None:
        shown = self.preview
        if not isinstance(shown, Text) or self._reading or not shown.wants_more or self._opened is None:
            return
        if self.list.cursor < self.list.counts[0] - _AHEAD and not self.list.filter_text:
            return
        self._reading = True
        read = self._opened.read

        def job() -> Iterator[Message]:
            yield PieceRead(shown, previews.more(read, shown))

        loading.run(self, "piece", job)

    @on(PieceRead)
    def _piece_read(self, event: PieceRead) -> None:
        self._reading = False
        if event.text is self.preview:
            event.text.take(event.piece)
            self.list.rebuild()
            self.retitle()

    # What the bars say

    def retitle(self) -> None:
        """Say what the file is, and what its columns are."""
        super().retitle()
        opened = self._opened
        if opened is None:
            return
        title: list[Span] = opened.file.spans(opened.shown.about())
        shown = self.list
        if shown.filter_text and self.preview is not None:
            found, total = shown.counts
            title += [(f"  /{line(shown.filter_text)}", "best"), (f"  {found:,} of {total:,}", "faint")]
        header: list[Span] = [
            (" ", "text"),
            *(self.preview.header(shown.inner_width) if self.preview else ()),
        ]
        if opened.trouble:
            header = [(f" {line(opened.trouble)}", "best")]
        self.query_one("#file-title", Bar).show(title, header)

    def reason_against(self, action: str) -> str:
        """What depends on the file."""
        opened = self._opened
        match action:
            case "file_as" if opened is None or len(opened.kinds) < 2:
                return "there is no other way to show this"
            case "next_file" | "previous_file" if opened is None or opened.beside(1) is None:
                return "there is no other file beside this one"
            case "slide_left" | "slide_right" if self.preview is None or not self.preview.furthest():
                return "nothing is to the left or right"
            case "open" if not isinstance(self.preview, Folder | Data | Table | Tensors):
                return "there is nothing to open in it"
            case "mark":
                return "rows of a file cannot be marked"
        return super().reason_against(action)

    # What keys do

    @on(RowList.Opened, "#preview")
    def _row_opened(self) -> None:
        row, opened, shown = self.list.current, self._opened, self.preview
        if opened is None or shown is None:
            return
        if isinstance(row, FileEntry | DirEntry):
            self.ui.go(Place("file", (f"{opened.file.ref}/{row.path}",)))
        elif shown.open(row):
            self.list.rebuild()
            self.retitle()

    def step_out(self) -> None:
        """Go back to where one came from; where that is nowhere, to the version."""
        subject = self.subject()
        if self.ui.history.has(-1) or subject is None:
            self.ui.back()
        else:
            self.ui.go(Place(refs=(subject,)))

    def action_file_as(self) -> None:
        """Show the file in the next of the ways that there are."""
        if self._opened is not None:
            kinds = self._opened.kinds
            following = kinds[(kinds.index(self._opened.kind) + 1) % len(kinds)]
            self.ui.go(replace(self._place, shape="" if following == kinds[0] else following, filter=""))

    def action_next_file(self) -> None:
        """Show the next file of the directory."""
        self._beside(1)

    def action_previous_file(self) -> None:
        """Show the file before in the directory."""
        self._beside(-1)

    def _beside(self, step: int) -> None:
        path = self._opened.beside(step) if self._opened else None
        if self._opened is not None and path is not None:
            self.ui.go(Place("file", (f"{self._opened.file.ref}/{path}",)))

    def action_slide_right(self) -> None:
        """Show what is further right."""
        self._slide(1)

    def action_slide_left(self) -> None:
        """Show what is further left."""
        self._slide(-1)

    def _slide(self, step: int) -> None:
        if self.preview is not None and self.preview.slide(step):
            self.list.rebuild()
            self.retitle()

    def copies(self) -> Sequence[Choice]:
        """Where the file is, and what is under the cursor."""
        return list(self._copies()) if self._opened is not None else ()

    def _copies(self) -> Iterator[Choice]:
        assert self._opened is not None
        file, row, shown = self._opened.file, self.list.current, self.preview
        yield Choice("r", "ref", file.whole)
        if row is not None and shown is not None:
            text = shown.plain(row)
            yield Choice("l", "row", text[:_LONGEST_COPY])
            if isinstance(shown, Data):
                yield Choice("k", "key", shown.place_of(row))
        if not file.is_of_run:
            yield Choice("p", "mount path", file.mount)
            yield Choice(
                "g", "get command", f"mvfs get {file.whole}" if file.path else f"mvfs get {file.ref}"
            )
        if file.digest:
            yield Choice("d", "digest", file.digest)
        if file.uri:
            yield Choice("u", "URI", file.uri)
