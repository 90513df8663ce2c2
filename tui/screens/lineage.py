"""The lineage of a version: what it came from and what came of it, as a tree or from left to right."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.message import Message

from mvfs.errors import InvalidInput
from mvfs.lineage import export
from mvfs.lineage.graph import Kind, Node
from mvfs.text import line
from tui import loading, messages
from tui.library import Library
from tui.paint import width_of
from tui.place import BROWSE, Place
from tui.reading import lineage as reading
from tui.screens import table
from tui.screens.copying import Choice
from tui.screens.view import View
from tui.viewmodel import lineage
from tui.viewmodel.lineage import DEEPEST, Walked, Wanted
from tui.viewmodel.picture import Picture
from tui.widgets.bars import Bar
from tui.widgets.canvas import Canvas
from tui.widgets.descent import DescentList
from tui.widgets.prompt import Prompt

_GROUP = "lineage"

_EMPTY = "name a version: ':lineage project/type/name:v3', or press 3 on one"


class Drawn(Message):
    """A lineage was read and drawn."""

    def __init__(self, number: int, picture: Picture) -> None:
        super().__init__()
        self.number, self.picture = number, picture


class LineageScreen(View):
    """Shows a `Picture`. The tree is there also while the graph is shown: it knows filter and marks."""

    WORD = "lineage"

    actions: ClassVar[tuple[str, ...]] = ("open", "shape", "explode", "direction", "deeper", "help", "quit")

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._ref = ""
        self._wanted = Wanted()
        self._picture: Picture | None = None
        self._number = 0
        """Of the last request: what earlier ones find is void."""
        self._is_reading = False

    def body(self) -> ComposeResult:
        """How it is shown, the tree or the graph, and a row about the node under the cursor."""
        yield Bar("plain", id="lineage-title")
        yield DescentList(id="descent")
        yield Canvas(id="network")
        yield Bar("plain", id="lineage-facts")

    @property
    def rows(self) -> DescentList:
        """The tree."""
        return self.query_one(DescentList)

    @property
    def canvas(self) -> Canvas:
        """The graph."""
        return self.query_one(Canvas)

    @property
    def is_graph(self) -> bool:
        """Whether the graph is what is seen."""
        return self.has_class("-graph")

    @property
    def node(self) -> Node | None:
        """The node under the cursor."""
        if self._picture is None:
            return None
        if self.is_graph:
            return self._picture.graph.by_id.get(self.canvas.cursor)
        return self.rows.current.node if self.rows.current is not None else None

    # Where one is

    def where(self) -> Place:
        """The version that was asked about, and how its lineage is shown."""
        refs = (self._ref,) if self._ref else ()
        return Place(self.WORD, refs, shape=str(self._wanted), filter=self.rows.filter_text)

    def arrive(self, place: Place) -> None:
        """Show the lineage of another version, or the same in another way."""
        try:
            wanted = Wanted.parse(place.shape)
        except InvalidInput as exc:
            self.say(exc.message, bad=True)
            wanted = self._wanted
        self.rows.narrow(place.filter)
        ref = place.refs[0] if place.refs else self._ref
        self.rows.placeholder = self.canvas.placeholder = "reading…" if ref else _EMPTY
        if ref and (ref, wanted) != (self._ref, self._wanted):
            is_other = ref != self._ref
            self._ref, self._wanted = ref, wanted
            self._read(anew=is_other)

    def reread(self) -> bool:
        """Walk again."""
        if self._ref:
            self._read()
        return bool(self._ref)

    def subject(self) -> str | None:
        """The version under the cursor, if it can be opened."""
        node = self.node
        if node is None or node.gone or node.kind is not Kind.VERSION:
            return None
        return lineage.full_ref(node)

    def project_name(self) -> str | None:
        """The project of what is under the cursor."""
        return self.node.project if self.node is not None else None

    def marked_refs(self) -> Sequence[str]:
        """The marked versions, in the order in which they were marked."""
        return [lineage.full_ref(twig.node) for twig in self.rows.marked.values()]

    # Reading and drawing

    def _read(self, *, anew: bool = False) -> None:
        """Read and draw; with ``anew``, of what is shown nothing stays."""
        ref, wanted = self._ref, self._wanted
        unfolded = () if anew or self._picture is None else self._picture.unfolded
        self._work(lambda: Picture.of(self._walk(ref, wanted), wanted, unfolded))
        if anew:
            self.rows.marked.clear()

    def _walk(self, ref: str, wanted: Wanted) -> Walked:
        return reading.around(self.library, ref, wanted.way, wanted.depth)

    def _draw(self, wanted: Wanted, unfolded: Sequence[str] | None = None) -> None:
        """Show what was read in another form."""
        picture = self._picture
        self._wanted = wanted
        if picture is None:
            return
        kept = picture.unfolded if unfolded is None else unfolded
        self._work(lambda: Picture.of(picture.walked, wanted, kept))
        self.retitle()

    def _work(self, draw: Callable[[], Picture]) -> None:
        self._number += 1
        number = self._number
        self._is_reading = True

        def job() -> Iterator[Message]:
            yield Drawn(number, draw())

        loading.run(self, _GROUP, job)
        self.settle("reading", self._title)

    def _stop(self) -> bool:
        """Give up what is being read; False if nothing is."""
        if not self._is_reading:
            return False
        self._number += 1
        self._is_reading = False
        self.workers.cancel_group(self, _GROUP)
        if self._picture is not None:
            self._wanted = self._picture.wanted
            self._ref = self._ref or self._picture.walked.ref
        self.say("stopped reading")
        self._title()
        return True

    @on(Drawn)
    def _drawn(self, event: Drawn) -> None:
        if event.number != self._number:
            return
        self._is_reading = False
        before, picture = self.node, event.picture
        is_same = self._picture is not None and self._picture.walked.focus == picture.walked.focus
        towards = picture.like(before.id) if before is not None and is_same else picture.focus
        self._picture = picture
        self.set_class(picture.network is not None, "-graph")
        self.rows.replace(picture.descent, towards)
        self.canvas.show(picture.network, towards)
        self._take_keys()
        if picture.walked.graph.unread:
            self.say(f"not all is seen: {picture.walked.graph.unread[0]}", bad=True)
        self._title()
        self._facts()
        self.retitle()

    @on(messages.Failed)
    def _failed(self) -> None:
        self._is_reading = False
        self._title()

    # What the bars say

    def _title(self) -> None:
        said = lineage.summary(self._wanted)
        if self._is_reading:
            right = [("reading…  esc stops ", "muted")]
        elif self._picture is None:
            right = []
        else:
            right = lineage.extent(self._picture.walked, self._picture.graph)
            if width_of([*said, *right]) + 2 > self.size.width:
                right = lineage.extent(self._picture.walked, self._picture.graph, short=True)
                said = said[:1] if width_of([*said, *right]) + 2 > self.size.width else said
        self.query_one("#lineage-title", Bar).show(said, right=right)

    def _facts(self) -> None:
        node, picture = self.node, self._picture
        if node is None or picture is None:
            self.query_one("#lineage-facts", Bar).show([])
            return
        said = lineage.facts(node, picture.walked.graph, time.time_ns() // 1000)
        self.query_one("#lineage-facts", Bar).show(said)

    @on(DescentList.Moved)
    @on(Canvas.Moved)
    def _moved(self) -> None:
        self._facts()

    def on_resize(self) -> None:
        """What fits depends on the width."""
        super().on_resize()
        self._title()

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
            case "deeper" if self._wanted.depth >= DEEPEST:
                return "that is as deep as it goes"
            case "shallower" if self._wanted.depth <= 1:
                return "it cannot be less than one step"
        return super().reason_against(action)

    def action_shape(self) -> None:
        """Tree or graph."""
        self._draw(replace(self._wanted, graph=not self._wanted.graph))

    def action_explode(self) -> None:
        """Versions, versions and runs, names."""
        self._draw(self._wanted.exploded())

    def action_direction(self) -> None:
        """Both, up, down."""
        self._change(self._wanted.turned())

    def action_deeper(self) -> None:
        """One step more."""
        self._change(replace(self._wanted, depth=self._wanted.depth + 1))

    def action_shallower(self) -> None:
        """One step less."""
        self._change(replace(self._wanted, depth=self._wanted.depth - 1))

    def _change(self, wanted: Wanted) -> None:
        self._wanted = wanted
        if self._ref:
            self._read()
        self.retitle()

    def action_parent(self) -> None:
        """Fold what is counted on the node again, or go to what it came from."""
        node, picture = self.node, self._picture
        if node is None or picture is None:
            return
        if node.id in picture.unfolded:
            self._draw(self._wanted, [one for one in picture.unfolded if one != node.id])
        elif not (self.canvas.walk("left") if self.is_graph else self.rows.up_the_tree()):
            self._say_beyond(node.above, "it came from", "up")

    def action_child(self) -> None:
        """Show what is counted on the node, or go to what came of it."""
        node, picture = self.node, self._picture
        if node is None or picture is None:
            return
        if node.results or node.runs:
            self._draw(self._wanted, [*picture.unfolded, node.id])
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

    def _take_keys(self) -> None:
        """Give the keys to what is seen."""
        if not self.prompt.kind:
            (self.canvas if self.is_graph else self.rows).focus(scroll_visible=False)

    def end_prompt(self) -> None:
        """Hide the line, and give the keys back to what is seen."""
        super().end_prompt()
        self._take_keys()

    def retitle(self) -> None:
        """Bring the bars up to what is shown, and marks and filter onto the graph."""
        super().retitle()
        self._show_marks()

    def _show_marks(self) -> None:
        network = self.canvas.network
        if network is not None:
            found = self.rows.found if self.rows.filter_text.strip() else None
            network.mark([str(key) for key in self.rows.marked], found)
            self.canvas.repaint_changed()

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
