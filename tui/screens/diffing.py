"""How the parts of a diff get to the screen: what workers read and measure, and how they are called off."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from mvfs import units
from mvfs.diff.model import Change
from mvfs.text import line
from tui import loading, messages
from tui.library import Library
from tui.place import Place
from tui.screens.view import View
from tui.ticking import CalledOff, Ticker
from tui.viewmodel.diff.document import Document
from tui.viewmodel.diff.row import Part
from tui.viewmodel.diff.tensors import Measured, Tensors
from tui.viewmodel.diff.words import Words
from tui.widgets.hunks import Hunks

if TYPE_CHECKING:
    from tui.reading.diffs import Compared

LINES = "lines"
"""Word of the shape: files are compared by line."""


class Told(Message):
    """Something about the diff of a place."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


class Understood(Told):
    """What the place means."""

    def __init__(self, place: Place, compared: Compared) -> None:
        super().__init__(place)
        self.compared = compared


class PartRead(Told):
    """A section, or more of one."""

    def __init__(self, place: Place, part: Part) -> None:
        super().__init__(place)
        self.part = part


class Advanced(Told):
    """How many bytes were read."""

    def __init__(self, place: Place, count: int) -> None:
        super().__init__(place)
        self.count = count


class Ended(Told):
    """All was read."""


class MeasuredTensor(Told):
    """How far apart two tensors are, as far as that is known."""

    def __init__(self, place: Place, name: str, measured: Measured) -> None:
        super().__init__(place)
        self.name, self.measured = name, measured


class Diffing(View):
    """A view that reads diffs. Data comes in by messages; only their handlers change widgets."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._place = Place("diff")
        """What was asked for; its refs are those that no alias moves as soon as they are known."""
        self._compared: Compared | None = None
        self._is_reading = False
        self._count = 0
        """Bytes that were read."""
        self._waiting: list[Change] = []
        """Tensors to be measured, the first of them right now."""

    @property
    def rows(self) -> Hunks:
        """The list."""
        return self.query_one(Hunks)

    # Reading

    def _read(self, place: Place, document: Document, towards: Hashable = None) -> None:
        self._call_off()
        self._place, self._compared = place, None
        self._is_reading, self._count = True, 0
        self.rows.placeholder = "comparing …"
        self.rows.show_document(document, towards)

        def job() -> Iterator[Message]:
            from tui.reading import diffs, file_diffs  # the screen is there before what it reads by

            compared = diffs.find(self.library, place.refs)
            yield Understood(place, compared)
            with contextlib.suppress(CalledOff):
                if compared.is_file:
                    tick = Ticker(lambda count: self._tell(Advanced(place, count)))
                    parts = file_diffs.of_file(compared, tick, as_text=place.shape == LINES)
                else:
                    parts = diffs.of_versions(compared)
                for part in parts:
                    yield PartRead(place, part.prepare())
            yield Ended(place)

        loading.run(self, "diff", job)

    def _tell(self, message: Told) -> None:
        self.post_message(message)

    def _call_off(self) -> None:
        """Have workers stop."""
        self.workers.cancel_group(self, "diff")
        self.workers.cancel_group(self, "measure")
        self._is_reading = False
        tensors = self._tensors
        if self._waiting and tensors is not None:
            for change in self._waiting:
                tensors.measured.pop(change.path, None)
            self.rows.rebuild()
        self._waiting.clear()

    @on(Understood)
    def _understood(self, event: Understood) -> None:
        if event.place is self._place:
            self._compared = event.compared
            self.retitle()

    @on(PartRead)
    def _part_read(self, event: PartRead) -> None:
        if event.place is self._place:
            self.rows.put(event.part)
            self.retitle()

    @on(Advanced)
    def _advanced(self, event: Advanced) -> None:
        if event.place is self._place and self._is_reading:
            self._count = event.count
            self.retitle()

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        if event.place is self._place and self._compared is not None:
            self._is_reading = False
            self._place = replace(self._place, refs=self._compared.refs)
            self.rows.placeholder = "no row holds these words"
            self.retitle()

    @on(messages.Failed)
    def _failed(self, event: messages.Failed) -> None:
        if event.group == "diff" and self._is_reading:
            self._is_reading = False
            self.rows.put(Words(".failed", [("✗ " + event.said, "bad")]))
        elif event.group == "measure" and self._waiting:
            self._take_measured(self._waiting[0].path, Measured(line(event.said), "bad"))
        self.retitle()

    # Tensors

    @property
    def _tensors(self) -> Tensors | None:
        part = self.rows.document.parts.get("tensors")
        return part if isinstance(part, Tensors) else None

    def _measure(self, change: Change) -> None:
        """Have two tensors compared number by number; asked again, forget it."""
        tensors = self._tensors
        if tensors is None or any(one.path == change.path for one in self._waiting):
            return
        if change.path in tensors.measured:
            del tensors.measured[change.path]
            self.rows.rebuild()
            return
        self._waiting.append(change)
        self._show_measured(change.path, Measured("waits …", "faint", is_done=False))
        if len(self._waiting) == 1:
            self._measure_next()

    def _measure_next(self) -> None:
        if not self._waiting or self._compared is None:
            return
        place, compared, change = self._place, self._compared, self._waiting[0]
        total = change.old.size + change.new.size
        self._show_measured(change.path, _under_way(0, total))

        def job() -> Iterator[Message]:
            from tui.reading import file_diffs

            tick = Ticker(lambda count: self._tell(
                MeasuredTensor(place, change.path, _under_way(count, total))))  # fmt: skip
            with contextlib.suppress(CalledOff):
                yield MeasuredTensor(place, change.path, file_diffs.measure(compared, change, tick))

        loading.run(self, "measure", job)

    @on(MeasuredTensor)
    def _tensor_measured(self, event: MeasuredTensor) -> None:
        if event.place is self._place and self._waiting and self._waiting[0].path == event.name:
            self._take_measured(event.name, event.measured)

    def _take_measured(self, name: str, measured: Measured) -> None:
        self._show_measured(name, measured)
        if measured.is_done:
            self._waiting.pop(0)
            self._measure_next()

    def _show_measured(self, name: str, measured: Measured) -> None:
        tensors = self._tensors
        if tensors is not None:
            tensors.measured[name] = measured
            self.rows.rebuild()


def _under_way(count: int, total: int) -> Measured:
    share = min(100 * count // max(total, 1), 100)
    return Measured(f"comparing {share} % of {units.size(total)} · esc stops", "muted", is_done=False)
