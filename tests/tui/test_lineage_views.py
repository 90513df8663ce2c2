"""The plain parts of the lineage screen: words, trees, networks, and text that is hostile."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.errors import InvalidInput
from mvfs.lineage.drawing import UNICODE, Style
from mvfs.lineage.graph import Graph, Kind, Node
from mvfs.lineage.layered import Page
from tests.tui.test_evil import EVIL, check, evil
from tests.unit.test_lineage_drawing import graph_of, graphs
from tui.paint import width_of
from tui.viewmodel import lineage
from tui.viewmodel.descent import Descent, Looks, shift
from tui.viewmodel.lineage import FORMS, WAYS, Data, Walked, Wanted
from tui.viewmodel.network import Network
from tui.viewmodel.picture import Picture


@given(st.booleans(), st.sampled_from(FORMS), st.sampled_from(WAYS), st.integers(1, 99))
def test_how_it_is_shown_is_a_word(graph: bool, form: str, way: lineage.Direction, depth: int) -> None:
    wanted = Wanted(graph, form, way, depth)
    assert Wanted.parse(str(wanted)) == wanted


@pytest.mark.parametrize("word", ["circle", "graph,", "-1", "²"])
def test_no_other_words(word: str) -> None:
    with pytest.raises(InvalidInput):
        Wanted.parse(word)


def test_numbers_have_bounds() -> None:
    assert Wanted.parse("0").depth == 1
    assert Wanted.parse("9" * 400).depth == lineage.DEEPEST
    assert str(Wanted()) == ""


@settings(max_examples=80, deadline=None)
@given(graphs(parents=3, cyclic=True), st.data())
def test_the_lit_lines_of_a_tree_are_those_to_what_it_came_from(graph: Graph, data: st.DataObject) -> None:
    tree = Descent.of(graph)
    assert {twig.node.id for twig in tree} == set(graph.by_id)
    key = data.draw(st.sampled_from([node.id for node in graph.nodes]))
    trace = tree.trace(key)
    assert trace.nodes == graph.ancestry(key)
    for row, levels in trace.passing.items():
        assert all(tree[row].rails[level] or level == tree[row].depth - 1 for level in levels)
    found = data.draw(st.sets(st.sampled_from([node.id for node in graph.nodes])))
    kept = tree.narrowed(found)
    assert found <= {twig.node.id for twig in kept}
    for twig in kept:
        assert twig.parent < twig.at
        below = kept.child(twig.at)
        assert below is None or kept[below].parent == twig.at


@settings(max_examples=80, deadline=None)
@given(graphs(parents=3, cyclic=True), st.data())
def test_light_changes_no_character_of_a_graph(graph: Graph, data: st.DataObject) -> None:
    page = Page(graph)
    key = data.draw(st.sampled_from([node.id for node in graph.nodes]))
    plain, lit = page.lit(()), page.lit(graph.ancestry(key))
    for row in range(page.height):
        before, after = plain.line(row, UNICODE), lit.line(row, UNICODE)
        assert "".join(piece.text for piece in before) == "".join(piece.text for piece in after)
        assert all(piece.style != Style.LIT for piece in before)
    assert page.lit(()).line(0, UNICODE) == plain.line(0, UNICODE)


@settings(max_examples=80, deadline=None)
@given(graphs(parents=3, cyclic=True), st.data())
def test_arrows_lead_along_edges_or_ranks(graph: Graph, data: st.DataObject) -> None:
    network = Network(graph)
    key = data.draw(st.sampled_from([node.id for node in graph.nodes]))
    spot = network.spots[key]
    left, right = network.next_to(key, "left"), network.next_to(key, "right")
    assert left is None or left in graph.parents[key]
    assert right is None or right in graph.children[key]
    if graph.parents[key] and not graph.cycles:
        assert left is not None
    for arrow, sign in (("up", -1), ("down", 1)):
        end = network.next_to(key, arrow)  # type: ignore[arg-type]
        if end is not None:
            assert network.spots[end].column == spot.column
            assert (network.spots[end].row - spot.row) * sign > 0
    assert network.at(spot.row, spot.column) == key
    assert all(width_of(network.row(y)) <= max(network.width, 60) + 200 for y in range(network.height))


def test_marks_and_dimming_change_no_width() -> None:
    graph = graph_of(["dataset", "model", "model", "preds"], [(0, 1), (1, 2), (2, 3)])
    network = Network(graph)
    keys = [node.id for node in graph.nodes]
    before = network.row(0)
    network.mark(keys[:2], [keys[2]])
    after = network.row(0)
    assert width_of(before) == width_of(after)
    assert "✓ n0:v0" in "".join(words for words, _ in after)
    assert ("● n2:v0", "text") in after
    network.mark(())
    assert network.row(0) == before


def test_results_are_counted_where_the_tree_has_them_until_they_are_unfolded() -> None:
    graph = graph_of(["dataset", "model", "preds", "preds"], [(0, 1), (0, 2), (1, 2), (1, 3)])
    walked = Walked("p/model/n1:v0", graph)
    folded = walked.seen_as("versions")
    model = graph.nodes[1].id
    assert folded.by_id[model].results == 2
    assert len(folded.nodes) == 2
    assert len(walked.seen_as("versions", [model]).nodes) == 4
    picture = Picture.of(walked, Wanted())
    assert picture.like(graph.nodes[3].id) == model
    assert Picture.of(walked, Wanted(form="names")).like(model).startswith("name:")


def test_what_lies_beyond_is_told_apart_from_what_is_too_much() -> None:
    def node(name: str, kind: Kind = Kind.VERSION, **more: int) -> Node:
        return Node(f"{kind}:P/{name}", kind, "p", name, "model", **more)

    nodes = [node("a:v0", above=2), node("r", Kind.RUN, below=5), node("b:v0", below=7)]
    edges = [(nodes[0].id, nodes[1].id), (nodes[1].id, nodes[2].id)]
    walked = Walked("p/model/a:v0", Graph.of(nodes, edges, [nodes[0].id]), "both", 1)
    assert walked.beyond == (7, 7)
    words = "".join(text for text, _ in lineage.extent(walked, walked.graph))
    assert words == "3 nodes  … 7 more beyond depth 1  … 7 more left out "


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_every_label_is_in_sight_however_deep(width: int) -> None:
    graph = graph_of(["model"] * 60, [(n, n + 1) for n in range(59)])
    tree = Descent.of(graph)
    for twig in tree:
        row = tree.row(twig, Looks(width, 1, tree.trace(twig.node.id), shift(twig.depth, width)))
        assert twig.node.name in "".join(text for text, _ in row.spans)
        assert width_of(row.rails) + width_of(row.label) <= width


@settings(max_examples=40, deadline=None)
@given(st.lists(evil, min_size=8, max_size=8), st.integers(12, 120))
def test_no_stored_text_reaches_the_terminal_as_it_is(words: list[str], width: int) -> None:
    """In any field of any node, in the tree, the graph, the facts and the lines about cycles."""
    nodes = [
        Node(f"version:P/{at}:v0", Kind.VERSION, words[at], f"{words[at]}:v0", words[at - 1], gone=gone,
             foreign=bool(at % 2), aliases=(words[at], "best", words[at - 2], "x", "y"), created=at, size=9)
        for at, gone in enumerate(["", "deleted", "", "missing"])
    ]  # fmt: skip
    nodes += [
        Node(
            f"run:P/{words[5]}{at}", Kind.RUN, words[5], words[at], words[6], state=words[7], above=3, below=4
        )
        for at in (4, 5)
    ]
    ids = [node.id for node in nodes]
    edges = [
        (ids[0], ids[4]),
        (ids[4], ids[1]),
        (ids[1], ids[2]),
        (ids[2], ids[0]),
        (ids[3], ids[2]),
        (ids[0], ids[5]),
    ]
    walked = Walked("p/model/a:v0", Graph.of(nodes, edges, [ids[1]]))
    for form in FORMS:
        picture = Picture.of(walked, Wanted(graph=True, form=form))
        tree, network = picture.descent, picture.network
        assert network is not None
        check([tree.row(twig, Looks(width, 10**15, tree.trace(ids[1]))).spans for twig in tree], width)
        network.light(ids[1])
        check([list(network.row(y)) for y in range(network.height)], network.width + 200)
        for node in picture.graph.nodes:
            spot = network.spots[node.id]
            assert network.at(spot.row, spot.column) == node.id
            check([lineage.facts(node, walked.graph, 10**15)], width)
    data = Data(nodes[:1], [(nodes[1:2], nodes[2:4])])
    check([lineage.marks(words, data), lineage.marks(words[:2], Data(nodes, ()))], width)


def test_a_wide_label_does_not_shift_what_is_behind_it() -> None:
    """Terminals and Unicode differ on how wide some clusters are; the drawing has to hold for ours."""
    for written in EVIL:
        run = Node("run:P/r", Kind.RUN, "p", written, "train", state="running")
        nodes = [Node("version:P/a:v0", Kind.VERSION, "p", "a:v0", "model"), run,
                 Node("version:P/b:v0", Kind.VERSION, "p", "b:v0", "model", created=1)]  # fmt: skip
        network = Network(Graph.of(nodes, [(nodes[0].id, run.id), (run.id, nodes[2].id)], [nodes[0].id]))
        before = [(text, role) for text, role in network.row(network.spots[nodes[2].id].row)]
        at = network.spots[nodes[2].id].column
        width = 0
        for words, _ in before:
            if words == "● b:v0":
                break
            width += width_of([(words, "")])
        assert width == at, written
