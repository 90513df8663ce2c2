"""What the lineage screen shows and how it gets there: read and drawn by workers, told by bars."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from textual import on
from textual.app import ComposeResult
from textual.message import Message

from mvfs.errors import InvalidInput
from mvfs.lineage.graph import Kind, Node
from mvfs.text import line
from tui import loading, messages
from tui.library import Library
from tui.paint import width_of
from tui.place import Place
from tui.reading import lineage as reading
from tui.screens.view import View
from tui.viewmodel import lineage
from tui.viewmodel.descent import NOTHING
from tui.viewmodel.lineage import Wanted
from tui.viewmodel.picture import Picture
from tui.widgets.bars import Bar
from tui.widgets.canvas import Canvas
from tui.widgets.descent import DescentList

_GROUP = "lineage"

_EMPTY = "name a version: ':lineage project/type/name:v3', or press 3 on one"


class Drawn(Message):
    """A lineage was read and drawn."""

    def __init__(self, number: int, picture: Picture) -> None:
        super().__init__()
        self.number, self.picture = number, picture


class Charted(View):
    """Shows a `Picture`. The tree is there also while the graph is shown: it knows filter and marks."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._ref = ""
        self._wanted = Wanted()
        self._picture: Picture | None = None
        self._unfolded: frozenset[str] = frozenset()
        self._cursors: dict[str, str] = {}
        """On which node the cursor was in the lineages that were left, by their refs."""
        self._towards = ""
        """The node on which the cursor is to be in what is drawn next."""
        self._number = 0
        """Of the last request: what earlier ones find is void."""
        self._is_reading = False

    def body(self) -> ComposeResult:
        """How it is shown, the tree or the graph, and a row about the node under the cursor."""
        yield Bar("plain", id="lineage-title")
        yield DescentList(id="descent")
        yield Canvas(id="network")
        yield Bar("plain", id="lineage-marks")
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
        wanted = self._wanted
        try:
            wanted = Wanted.parse(place.shape)
        except InvalidInput as exc:
            self.say(exc.message, bad=True)
        self.rows.narrow(place.filter)
        ref = place.refs[0] if place.refs else self._ref
        if not ref:
            self._show_nothing(_EMPTY)
        elif ref != self._ref:
            self._cursors[self._ref] = self.node.id if self.node is not None else ""
            self._ref, self._unfolded = ref, frozenset()
            self.rows.marked.clear()
            self._show_nothing("reading…")
            self._show(wanted)
        elif wanted != self._wanted or self._picture is None:
            self._show(wanted)

    def reread(self) -> bool:
        """Walk again."""
        self._show(self._wanted, again=True)
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

    def _show(self, wanted: Wanted, *, again: bool = False) -> None:
        """Show the lineage in some way; what was read already is read anew only ``again``."""
        self._wanted = wanted
        ref, unfolded, picture = self._ref, self._unfolded, self._picture
        if not ref:
            return
        self._number += 1
        number = self._number
        self._is_reading = True
        kept = None if picture is None or again else picture.walked
        if kept is not None and (kept.way, kept.depth) != (wanted.way, wanted.depth):
            kept = None

        def job() -> Iterator[Message]:
            walked = kept or reading.around(self.library, ref, wanted.way, wanted.depth)
            yield Drawn(number, Picture.of(walked, wanted, unfolded))

        loading.run(self, _GROUP, job)
        self.settle("reading", self._title)
        self.retitle()

    def _unfold(self, node: str, *, folded: bool = False) -> None:
        """Show what is counted on a node, or count it again."""
        self._unfolded = self._unfolded - {node} if folded else self._unfolded | {node}
        self._show(self._wanted)

    def _stop(self) -> bool:
        """Give up what is being read; False if nothing is."""
        if not self._is_reading:
            return False
        self.workers.cancel_group(self, _GROUP)
        self._give_up("stopped reading; r reads again")
        self.say("stopped reading")
        return True

    def _give_up(self, why: str) -> None:
        """Nothing comes any more; show what there is."""
        self._number += 1
        self._is_reading = False
        if self._picture is not None:
            self._wanted, self._unfolded = self._picture.wanted, self._picture.unfolded
        else:
            self._show_nothing(why)
        self._title()
        self.retitle()

    def _show_nothing(self, why: str) -> None:
        self._picture = None
        self.rows.placeholder = self.canvas.placeholder = line(why)
        self.rows.replace(NOTHING)
        self.canvas.show(None)
        self._facts()

    @on(Drawn)
    def _drawn(self, event: Drawn) -> None:
        if event.number != self._number:
            return
        self._is_reading = False
        before, picture = self.node, event.picture
        key = before.id if before is not None else self._cursors.get(self._ref, "")
        towards = picture.like(self._towards or key)
        self._towards = ""
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
    def _failed(self, event: messages.Failed) -> None:
        if event.group == _GROUP and self._is_reading:
            self._give_up(event.said)

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
            if network.mark([str(key) for key in self.rows.marked], found):
                self.canvas.repaint_changed()
