"""The lineage of a version: what it came from and what came of it, as a tree or from left to right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.message import Message

from mvfs.lineage import export
from mvfs.lineage.graph import Kind
from mvfs.text import line
from tui import keys, loading
from tui.library import Library
from tui.place import BROWSE, Place
from tui.reading import lineage as reading
from tui.screens import table
from tui.screens.charted import Charted
from tui.screens.copying import Choice
from tui.viewmodel import lineage
from tui.viewmodel.lineage import DEEPEST, Data
from tui.widgets.bars import Bar
from tui.widgets.canvas import Canvas
from tui.widgets.descent import DescentList
from tui.widgets.prompt import Prompt


class Compared(Message):
    """It is known which data two marked versions came from."""

    def __init__(self, marked: tuple[str, ...], data: Data) -> None:
        super().__init__()
        self.marked, self.data = marked, data


class LineageScreen(Charted):
    """Shows the lineage of a version: what the keys do."""

    WORD = "lineage"

    actions: ClassVar[tuple[str, ...]] = ("open", "shape", "explode", "direction", "deeper", "help", "quit")

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._compared: tuple[str, ...] = ()
        """The marked versions, as they are told."""

    # Actions

    def reason_against(self, action: str) -> str:
        """Beside what speaks against it anywhere: what the node under the cursor is not."""
        node = self.node
        match action:
            case "copy":
                return "" if node is not None else "there is nothing to copy"
            case "open" if node is None:
                return "there is nothing to open"
            case "open" if node is not None and node.gone:
                return f"it is {node.gone}"
            case "mark" if node is None or node.kind is not Kind.VERSION or node.gone:
                return "only versions that are there can be marked"
            case "mark" if node is not None and self.is_graph and not self.rows.shows(node.id):
                return "it does not pass the filter"
            case "deeper" if self._wanted.depth >= DEEPEST:
                return "that is as deep as it goes"
            case "shallower" if self._wanted.depth <= 1:
                return "it cannot be less than one step"
        return super().reason_against(action)

    def action_shape(self) -> None:
        """Tree or graph."""
        self._show(replace(self._wanted, graph=not self._wanted.graph))

    def action_explode(self) -> None:
        """Versions, versions and runs, names."""
        self._show(self._wanted.exploded())

    def action_direction(self) -> None:
        """Both, up, down."""
        self._show(self._wanted.turned())

    def action_deeper(self) -> None:
        """One step more."""
        self._show(replace(self._wanted, depth=self._wanted.depth + 1))

    def action_shallower(self) -> None:
        """One step less."""
        self._show(replace(self._wanted, depth=self._wanted.depth - 1))

    def action_parent(self) -> None:
        """Fold what is counted on the node again, or go to what it came from."""
        node = self.node
        if node is None:
            return
        if node.id in self._unfolded:
            self._unfold(node.id, folded=True)
        elif not (self.canvas.walk("left") if self.is_graph else self.rows.up_the_tree()):
            self._say_beyond(node.above, "it came from", "up")

    def action_child(self) -> None:
        """Show what is counted on the node, or go to what came of it."""
        node = self.node
        if node is None:
            return
        if node.results or node.runs:
            self._unfold(node.id)
        elif not (self.canvas.walk("right") if self.is_graph else self.rows.down_the_tree()):
            self._say_beyond(node.below, "came of it", "down")

    def _say_beyond(self, count: int, what: str, way: str) -> None:
        """Where an arrow leads nowhere, say so if it would lead on in a larger picture."""
        if count:
            self.say(f"{count:,} more {what}: + shows what is one step deeper")
        elif self._wanted.way not in ("both", way):
            self.say(f"what {what} is not shown: i changes the direction")

    @on(DescentList.Opened)
    @on(Canvas.Opened)
    def _opened(self) -> None:
        self.do("open")

    def action_open(self) -> None:
        """Go to the version, run or name."""
        node = self.node
        if node is None:
            return
        ref = lineage.full_ref(node)
        place = Place("run", (ref,)) if node.kind is Kind.RUN else Place(BROWSE, (ref,))
        if place.view in table.VIEWS:
            self.ui.go(place)
        else:
            self.say(f"run {line(ref)}: {line(node.name)}")

    def action_mark(self) -> None:
        """Mark a version, or take its mark away."""
        if not self.is_graph or self.rows.move_to(self.canvas.cursor):
            super().action_mark()

    def _match(self, step: int) -> None:
        """Go to the next node that was looked for; the tree finds it also for the graph."""
        if self.is_graph:
            self.rows.move_to(self.canvas.cursor)
        super()._match(step)
        if self.is_graph and self.rows.current is not None:
            self.canvas.cursor = self.rows.current.node.id

    @on(Prompt.Typed)
    def _typed_filter(self) -> None:
        self.call_later(self._go_to_found)

    @on(Prompt.Entered)
    def _entered_filter(self) -> None:
        self.call_later(self._unfold_found)

    def _unfold_found(self) -> None:
        """Show what the filter would find among the results that are only counted."""
        words = self.rows.filter_text.lower().split()
        hidden = self._picture.folded(words) if self._picture is not None and words else {}
        if hidden:
            self._towards = "" if self.rows.found else next(iter(hidden))
            self._unfolded |= set(hidden.values())
            self._show(self._wanted)

    @on(Prompt.Moved)
    def _moved_while_typing_in_graph(self, event: Prompt.Moved) -> None:
        if self.is_graph:
            event.prevent_default()  # the tree is not what is seen
            getattr(self.canvas, f"action_{event.how}")()

    def _go_to_found(self) -> None:
        """Put the cursor on something that the filter finds."""
        found = self.rows.found if self.rows.filter_text.strip() else ()
        if found and self.node is not None and self.node.id not in found:
            self.rows.move_to(found[0])
            self.canvas.cursor = found[0] if self.is_graph else self.canvas.cursor

    def action_back(self) -> None:
        """Stop reading, or what ``esc`` does everywhere."""
        if self.prompt.kind or not self._stop():
            super().action_back()

    # What is marked

    def retitle(self) -> None:
        """Say as well what is marked."""
        super().retitle()
        marked = tuple(self.marked_refs())
        if marked == self._compared:
            return
        self._compared = marked
        self.set_class(bool(marked), "-marked")
        self._say_marks(None)
        if len(marked) == 2:

            def job() -> Iterator[Message]:
                yield Compared(marked, reading.data_of(self.library, *marked))

            loading.run(self, "lineage data", job)

    @on(Compared)
    def _told_data(self, event: Compared) -> None:
        if event.marked == self._compared:
            self._say_marks(event.data)

    def _say_marks(self, data: Data | None) -> None:
        said = lineage.marks(self._compared, data)
        (key, key_role), (label, role) = keys.hints([("d", "diff")])
        self.query_one("#lineage-marks", Bar).show(
            said, right=[(key, key_role), (label.rstrip() + " ", role)]
        )

    def copies(self) -> Sequence[Choice]:
        """The ref of the node, and the graph in languages that draw it."""
        node, picture = self.node, self._picture
        if node is None or picture is None:
            return ()
        return (
            Choice("v", "ref", lineage.full_ref(node)),
            Choice("p", "place", str(self.where())),
            Choice("m", "Mermaid", "\n".join(export.mermaid(picture.graph)) + "\n"),
            Choice("g", "Graphviz DOT", "\n".join(export.dot(picture.graph)) + "\n"),
        )
