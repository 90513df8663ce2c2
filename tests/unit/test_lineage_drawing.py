"""The painters of lineage: every edge can be followed, nothing overlaps, nothing is wider than it may be."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs import text, units
from mvfs.lineage import export, layered, tree, views
from mvfs.lineage.drawing import ASCII, UNICODE, Drawing, Glyphs, Style
from mvfs.lineage.graph import Edge, Graph, Kind, Node
from mvfs.lineage.gutters import gutter_of, rows_of
from mvfs.lineage.layers import layered as layered_in_ranks

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
STEPS = {UP: (-1, 0), DOWN: (1, 0), RIGHT: (0, 1)}
BACK = {UP: DOWN, DOWN: UP, RIGHT: LEFT}

TYPES = st.sampled_from(["dataset", "model", "preds"])


def node(at: int, type_: str = "model", name: str | None = None, **rest: object) -> Node:
    label = f"n{at}:v0" if name is None else name
    return Node(f"version:P/{at}:v0", Kind.VERSION, "p", label, type_, created=at, **rest)  # type: ignore[arg-type]


def graph_of(types: Iterable[str], pairs: Iterable[tuple[int, int]]) -> Graph:
    nodes = [node(at, type_) for at, type_ in enumerate(types)]
    return Graph.of(nodes, [(nodes[a].id, nodes[b].id) for a, b in pairs], [nodes[0].id])


@st.composite
def graphs(draw: st.DrawFn, *, parents: int = 3, cyclic: bool = False, least: int = 1) -> Graph:
    """Graphs whose nodes have up to so many parents."""
    types = draw(st.lists(TYPES, min_size=least, max_size=24))
    pairs: list[tuple[int, int]] = []
    for at in range(len(types)):
        highest = len(types) - 1 if cyclic else at - 1
        if highest >= 0:
            ends = draw(st.lists(st.integers(0, highest), max_size=parents, unique=True))
            pairs += [(end, at) for end in ends]
    return graph_of(types, pairs)


def cells(drawing: Drawing) -> list[str]:
    return ["".join(piece.text for piece in line) for line in drawing.lines]


def followed(drawing: Drawing, start: str, glyphs: Glyphs = UNICODE) -> set[str]:
    """The nodes that are reached from the right end of a label, by the glyphs alone, never going left.

    A line that comes to an upright one from the left goes on behind it.
    """
    lines = cells(drawing)
    arms = {glyph: mask for mask, glyph in enumerate(glyphs.arms)}
    labels = {(spot.row, spot.column): key for key, spot in drawing.spots.items()}
    spot = drawing.spots[start]
    end = spot.column + spot.width
    found: set[str] = set()
    rest = [(spot.row, end, RIGHT)]
    seen = set(rest)
    while rest:
        row, column, way = rest.pop()
        if (row, column) in labels and way == RIGHT:
            found.add(labels[row, column])
            continue
        if not 0 <= row < len(lines) or column >= len(lines[row]):
            continue
        mask = arms.get(lines[row][column], 0)
        passes_under = mask == UP | DOWN and way == RIGHT
        if not passes_under and not mask & BACK[way]:
            continue
        ways = [RIGHT] if passes_under else [to for to in STEPS if mask & to and to != BACK[way]]
        for to in ways:
            step = row + STEPS[to][0], column + STEPS[to][1], to
            if step not in seen:
                seen.add(step)
                rest.append(step)
    return found


@settings(max_examples=150, deadline=None)
@given(graphs(parents=4))
def test_every_edge_of_a_graph_can_be_followed(graph: Graph) -> None:
    drawing = layered.paint(graph)
    for key, children in graph.children.items():
        assert set(children) <= followed(drawing, key)


@settings(max_examples=150, deadline=None)
@given(graphs(parents=1))
def test_lines_lead_nowhere_else(graph: Graph) -> None:
    """With one parent each, no line runs into another's, so exactly the children are reached."""
    drawing = layered.paint(graph)
    for key, children in graph.children.items():
        assert followed(drawing, key) == set(children)


@settings(max_examples=100, deadline=None)
@given(graphs(parents=5))
def test_upright_lines_of_different_nodes_never_meet(graph: Graph) -> None:
    layers = layered_in_ranks(graph)
    row = rows_of(layers)
    for above in layers.ranks[:-1]:
        gutter = gutter_of(layers, above, row)
        taken: set[tuple[int, int]] = set()
        for dot, track in gutter.tracks.items():
            rows = [row[dot], *(row[end] for end in layers.down[dot])]
            span = {(track, at) for at in range(min(rows), max(rows) + 1)}
            assert not span & taken
            taken |= span
            for other in gutter.tracks:
                if other != dot and row[dot] in {row[end] for end in layers.down[other]}:
                    assert track < gutter.tracks[other]


@pytest.mark.parametrize("seed", range(20))
def test_large_graphs_too(seed: int) -> None:
    dice = random.Random(seed)
    size = dice.randint(30, 120)
    types = dice.choices(["dataset", "model", "preds"], k=size)
    forest = graph_of(types, [(dice.randrange(max(at - 30, 0), at), at) for at in range(2, size)])
    drawing = layered.paint(forest)
    for key, children in forest.children.items():
        assert followed(drawing, key) == set(children)
    many = graph_of(types, [sorted(dice.sample(range(size), 2)) for _ in range(2 * size)])  # type: ignore[misc]
    drawing = layered.paint(many)
    for key, children in many.children.items():
        assert set(children) <= followed(drawing, key)


@settings(max_examples=100, deadline=None)
@given(graphs(parents=4))
def test_a_line_ends_only_where_a_parent_of_the_node_may_come_in(graph: Graph) -> None:
    """Where lines of several parents share their last piece, nothing is reached that has none of them."""
    drawing = layered.paint(graph)
    for key in graph.by_id:
        for end in followed(drawing, key):
            assert graph.parents[end]


@settings(max_examples=100, deadline=None)
@given(graphs(cyclic=True), st.sampled_from([UNICODE, ASCII]))
def test_no_label_is_drawn_over(graph: Graph, glyphs: Glyphs) -> None:
    for paint in (tree.paint, layered.paint):
        drawing = paint(graph, glyphs=glyphs)
        lines = cells(drawing)
        assert drawing.spots.keys() == graph.by_id.keys()
        for key, spot in drawing.spots.items():
            shown = lines[spot.row][spot.column :]
            assert shown[1:].startswith(f" {graph.by_id[key].name}")
        taken = [(s.row, c) for s in drawing.spots.values() for c in range(s.column, s.column + s.width)]
        assert len(taken) == len(set(taken))
        assert glyphs is UNICODE or "".join(lines).isascii()


@settings(max_examples=60, deadline=None)
@given(graphs(cyclic=True), st.randoms(use_true_random=False))
def test_the_same_graph_in_any_order_is_drawn_the_same(graph: Graph, dice: random.Random) -> None:
    nodes, edges = list(graph.nodes), list(graph.edges)
    dice.shuffle(nodes)
    dice.shuffle(edges)
    again = Graph.of(nodes, edges, graph.focus)
    for paint in (tree.paint, layered.paint):
        assert paint(again) == paint(graph)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 60), st.sampled_from([UNICODE, ASCII]))
def test_no_line_is_wider_than_it_may_be(graph: Graph, columns: int, glyphs: Glyphs) -> None:
    for paint in (tree.paint, layered.paint):
        full, kept = paint(graph, glyphs=glyphs), paint(graph, columns, glyphs)
        assert kept.width <= columns
        for line, shown in zip(cells(full), cells(kept), strict=True):
            assert (
                shown == line
                if len(line) <= columns
                else shown == (line[: columns - 1] + glyphs.more)[:columns]
            )


@settings(max_examples=100, deadline=None)
@given(graphs(cyclic=True))
def test_a_tree_shows_every_edge_once(graph: Graph) -> None:
    found: list[Edge] = []
    above: list[Node] = []
    for row in tree.rows(graph):
        del above[len(row.rails) :]
        found += [(parent.id, row.node.id) for parent in row.also]
        if row.rails:
            found.append((above[-1].id, row.node.id))
        above.append(row.node)
    assert sorted(found) == sorted(graph.edges)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_rails_of_a_tree_lead_up_to_the_parent(graph: Graph) -> None:
    drawing = tree.paint(graph)
    lines = cells(drawing)
    at = {(spot.row, spot.column): key for key, spot in drawing.spots.items()}
    for row in tree.rows(graph):
        spot = drawing.spots[row.node.id]
        if spot.column:
            up = spot.row - 1
            while (up, spot.column - 3) not in at:
                assert lines[up][spot.column - 3] in "│├"
                up -= 1
            assert at[up, spot.column - 3] in graph.parents[row.node.id]


@settings(max_examples=60, deadline=None)
@given(graphs(cyclic=True))
def test_cycles_are_told_and_nothing_else_is_lost(graph: Graph) -> None:
    left = Graph.of(graph.nodes, set(graph.edges) - graph.cycles)
    assert not left.cycles
    drawing = layered.paint(graph)
    assert len(drawing.lines) == len(layered.paint(left).lines) + len(graph.cycles)
    for key, children in left.children.items():
        assert set(children) <= followed(drawing, key)


@settings(max_examples=60, deadline=None)
@given(graphs(least=2), st.data())
def test_what_is_lit_are_the_lines_between_lit_nodes(graph: Graph, data: st.DataObject) -> None:
    focus = data.draw(st.sampled_from(sorted(graph.by_id)))
    lit = graph.kin(focus)
    drawing, plain = layered.paint(graph, lit=lit), layered.paint(graph)
    assert cells(drawing) == cells(plain)
    shines = any(piece.style is Style.LIT for line in drawing.lines for piece in line)
    assert shines == any(a in lit and b in lit for a, b in graph.edges)


EVIL = '\x1b]0;owned\x07\u202eevil\n"];x -> y; \\" #quot; `<b>&%%\U0001f600 end'


@pytest.mark.parametrize("kind", list(Kind))
def test_hostile_text_is_inert(kind: Kind) -> None:
    evil = Node(f"{kind}:P/{EVIL}", kind, EVIL, EVIL, EVIL, EVIL, foreign=True, aliases=(EVIL,), created=1)
    graph = Graph.of([evil, node(2)], [(evil.id, node(2).id)], [evil.id])
    for paint in (tree.paint, layered.paint):
        for line in cells(paint(graph)):
            assert text.is_inert(line)
            assert "\n" not in line
    for line in [*export.dot(graph), *export.mermaid(graph)]:
        assert text.is_inert(line)
        assert "\n" not in line
    (label,) = [line for line in export.dot(graph) if "owned" in line]
    inside = label.partition('label="')[2].replace("\\\\", "").replace('\\"', "")
    assert inside.count('"') == 1
    (label,) = [line for line in export.mermaid(graph) if "owned" in line]
    assert label.count('"') == 2
    assert not set(label.split('"')[1]) & set("<>&`%\\[]{}|")


def test_wide_characters_keep_columns_straight() -> None:
    nodes = [node(0, name="データ:v0"), node(1, name="a:v0"), node(2, name="b:v0")]
    drawing = layered.paint(Graph.of(nodes, [(nodes[0].id, nodes[2].id), (nodes[1].id, nodes[2].id)]))
    first, second = cells(drawing)
    assert units.width(first.partition("┬")[0]) == units.width(second.partition("╯")[0]) > 0


def test_a_graph_as_it_is_drawn() -> None:
    """Two models of one data set, one of them made of the other too."""
    graph = graph_of(["dataset", "model", "model", "preds"], [(0, 1), (0, 2), (1, 2), (2, 3)])
    assert cells(layered.paint(graph)) == [
        "◆ n0:v0 ◀─┬──● n1:v0─┬──● n2:v0──○ n3:v0",
        "          ╰──────────╯",
    ]
    assert cells(tree.paint(graph, glyphs=ASCII)) == [
        "# n0:v0 <",
        "`- @ n1:v0",
        "   `- @ n2:v0  <- n0:v0",
        "      `- o n3:v0",
    ]


def test_lines_that_cross_are_told_from_lines_that_join() -> None:
    graph = graph_of(["model"] * 4, [(0, 2), (0, 3), (1, 2), (1, 3)])
    drawing = layered.paint(graph)
    assert followed(drawing, graph.nodes[0].id) == {graph.nodes[2].id, graph.nodes[3].id}


def test_many_results_are_counted_on_what_they_came_out_of() -> None:
    nodes = [node(0), *(node(at, "preds") for at in range(1, 8)), node(8)]
    graph = Graph.of(nodes, [(nodes[0].id, other.id) for other in nodes[1:]])
    assert cells(tree.paint(views.folded(graph))) == ["● n0:v0 ○7", "└─ ● n8:v0"]
    few = Graph.of(nodes[:5], graph.edges)
    assert views.folded(few) == few


def test_names_collapse_and_may_go_in_circles() -> None:
    ids = ["version:P/a:v0", "version:P/b:v0", "version:P/a:v1"]
    nodes = [
        Node(key, Kind.VERSION, "p", key.partition("/")[2], "model", created=at) for at, key in enumerate(ids)
    ]
    graph = views.names(Graph.of(nodes, [(ids[0], ids[1]), (ids[1], ids[2])], [ids[2]]))
    assert cells(tree.paint(graph)) == ["● a ◀ 2 versions  ╾ b", "└─ ● b 1 version"]
    assert cells(layered.paint(graph)) == ["● a ◀ 2 versions──● b 1 version", "a ╾ b"]
