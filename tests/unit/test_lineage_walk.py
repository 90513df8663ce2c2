"""Walks over the index: neighbours, bounds, what is gone, other projects, and the complete lists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput
from mvfs.index import queries
from mvfs.lineage import views
from mvfs.lineage.graph import Graph, Node
from mvfs.lineage.questions import Questions
from mvfs.lineage.walk import NODES, Direction, walk
from mvfs.store import effects as fx
from mvfs.store import keys


def commit(project: Project, *effects: fx.AnyEffect) -> None:
    project.commit(lambda: list(effects))


def made(
    project: Project, name: str, number: int, run: str | None, type_: str = "model"
) -> list[fx.AnyEffect]:
    digest = os.urandom(32)
    first: list[fx.AnyEffect] = [fx.NameMade(name, type_)] if number == 0 else []
    manifest = keys.manifest(project.id, digest)
    return [*first, fx.VersionMade(name, number, manifest, digest, digest, 1, 1, run, {})]


def started(run: str, *used: tuple[str, int], of: Project | None = None) -> list[fx.AnyEffect]:
    source = of.id if of is not None else None
    return [fx.RunStarted(run, run, "train", None, {}), *(fx.Used(run, source, *one) for one in used)]


def around(
    catalog: Catalog,
    project: Project,
    name: str,
    number: int = 0,
    way: Direction = "both",
    depth: int = 5,
    **rest: int,
) -> Graph:
    project.refresh()
    version = queries.version(project.index, name, number)
    assert version is not None
    return walk(catalog, project, version, way, depth, **rest)  # type: ignore[arg-type]


def shown(graph: Graph) -> set[str]:
    return {node.name for node in graph.nodes}


def find(graph: Graph, name: str) -> Node:
    return next(node for node in graph.nodes if node.name == name)


@pytest.fixture
def chain(project: Project) -> Project:
    """data:v0 → r0 → m:v0 → r1 → m:v1 → r2 → m:v2, and r3 that used m:v1 and made nothing."""
    commit(project, *made(project, "data", 0, None, "dataset"))
    commit(project, *started("r0", ("data", 0)), *made(project, "m", 0, "r0"))
    commit(project, *started("r1", ("m", 0)), *made(project, "m", 1, "r1"))
    commit(project, *started("r2", ("m", 1)), *made(project, "m", 2, "r2"), *started("r3", ("m", 1)))
    return project


def test_directions_and_depth(catalog: Catalog, chain: Project) -> None:
    assert shown(around(catalog, chain, "m", 1)) == {
        "data:v0",
        "r0",
        "m:v0",
        "r1",
        "m:v1",
        "r2",
        "m:v2",
        "r3",
    }
    assert shown(around(catalog, chain, "m", 1, "up")) == {"data:v0", "r0", "m:v0", "r1", "m:v1"}
    assert shown(around(catalog, chain, "m", 1, "down")) == {"m:v1", "r2", "m:v2", "r3"}
    near = around(catalog, chain, "m", 2, "up", 1)
    assert shown(near) == {"m:v2", "r2", "m:v1"}
    assert find(near, "m:v1").above == 1
    near = around(catalog, chain, "data", 0, "down", 2)
    assert (find(near, "m:v1").below, find(near, "m:v0").below) == (2, 0)
    with pytest.raises(InvalidInput, match="at least 1"):
        around(catalog, chain, "m", 1, "up", 0)
    with pytest.raises(InvalidInput, match="direction 'left'"):
        around(catalog, chain, "m", 1, "left")  # type: ignore[arg-type]


def test_edges_go_from_inputs_to_outputs(catalog: Catalog, chain: Project) -> None:
    graph = around(catalog, chain, "m", 1)
    names = {(graph.by_id[a].name, graph.by_id[b].name) for a, b in graph.edges}
    assert names == {
        ("data:v0", "r0"), ("r0", "m:v0"), ("m:v0", "r1"), ("r1", "m:v1"),
        ("m:v1", "r2"), ("r2", "m:v2"), ("m:v1", "r3"),
    }  # fmt: skip
    tied = views.versions(graph)
    names = {(tied.by_id[a].name, tied.by_id[b].name) for a, b in tied.edges}
    assert names == {("data:v0", "m:v0"), ("m:v0", "m:v1"), ("m:v1", "m:v2"), ("m:v1", "r3")}


def test_a_hub_is_bounded_and_counted(catalog: Catalog, project: Project) -> None:
    commit(project, *made(project, "data", 0, None, "dataset"))
    for batch in range(4):
        commit(project, *(one for at in range(50) for one in started(f"run{batch}-{at}", ("data", 0))))
    graph = around(catalog, project, "data", neighbours=7)
    assert (len(graph.nodes), find(graph, "data:v0").below) == (8, 193)
    assert all(node.name.startswith("run3-") for node in graph.nodes if node.name != "data:v0")  # the newest
    (version,) = project.versions("data")
    assert len(Questions(catalog, project).runs_using(project, version)) == 200


def test_a_wide_walk_ends_at_so_many_nodes(catalog: Catalog, project: Project) -> None:
    commit(project, *made(project, "data", 0, None, "dataset"))
    for batch in range(8):
        commit(project, *(one for at in range(100) for one in started(f"run{batch}-{at}", ("data", 0))))
    graph = around(catalog, project, "data", neighbours=1000)
    assert len(graph.nodes) == NODES + 1
    assert find(graph, "data:v0").below == 800 - NODES


def test_what_is_gone_is_said_to_be(catalog: Catalog, chain: Project) -> None:
    nowhere = keys.new_ulid()
    commit(
        chain,
        fx.Deleted("m", 0),
        fx.RunStarted("r9", "r9", None, None, {}),
        fx.Used("r9", nowhere, "x", 3),
        fx.Used("r9", None, "never", 2**62),
        *made(chain, "late", 0, "r9"),
        *made(chain, "stray", 0, "no such run"),
    )
    graph = around(catalog, chain, "m", 1)
    assert find(graph, "m:v0").gone == "deleted"
    assert find(graph, "data:v0").gone == ""
    graph = around(catalog, chain, "late")
    assert (find(graph, "x:v3").gone, find(graph, "x:v3").project) == ("missing", nowhere)
    assert find(graph, f"never:v{2**62}").gone == "missing"
    assert find(around(catalog, chain, "stray"), "no such run").gone == "missing"


def test_a_circle_ends(catalog: Catalog, chain: Project) -> None:
    commit(chain, fx.Used("r0", None, "m", 2))  # r0 claims to have used what came out of its own output
    graph = around(catalog, chain, "m", 1, depth=1000)
    assert len(graph.cycles) == 1
    (version,) = [one for one in chain.versions("m") if one.number == 1]
    found = Questions(catalog, chain).made_of(chain, version, "model")
    assert {one.node.name for one in found} == {"m:v0", "m:v2"}


def test_other_projects(catalog: Catalog, chain: Project) -> None:
    other = catalog.make_project("other")
    commit(other, *started("far", ("m", 2), of=chain), *made(other, "copy", 0, "far"))
    graph = around(catalog, chain, "m", 2)
    far = find(graph, "copy:v0")
    assert (far.foreign, far.project, find(graph, "m:v1").foreign) == (True, "other", False)
    assert shown(graph) - shown(around(catalog, chain, "m", 2, here=True)) == {"far", "copy:v0"}
    graph = around(catalog, other, "copy", depth=9)
    assert {"data:v0", "r0"} <= shown(graph)
    (copy,) = other.versions("copy")
    sources = Questions(catalog, other).sources_of(other, copy, "dataset")
    assert [(one.node.ref, one.steps) for one in sources] == [("vision/data:v0", 4)]


def test_a_project_that_cannot_be_read_ends_no_walk(catalog: Catalog, chain: Project, store: Path) -> None:
    other = catalog.make_project("other")
    commit(other, *made(other, "base", 0, None))
    commit(chain, *started("r9", ("base", 0), of=other), *made(chain, "late", 0, "r9"))
    (store / keys.entry(other.journal.folder, 0)).write_bytes(b"junk")
    other.index.restart()
    graph = around(catalog, chain, "late")
    assert find(graph, "base:v0").gone == "unreadable"
    assert len(graph.unread) == 1
    assert graph.unread[0].startswith("other: ")


def test_lists(catalog: Catalog, chain: Project) -> None:
    ask = Questions(catalog, chain)
    (data,) = chain.versions("data")
    v0, v1, v2 = chain.versions("m")
    assert [run.name for run in ask.runs_using(chain, v1)] == ["r3", "r2"]
    assert [one.node.name for one in ask.made_of(chain, data, "model")] == ["m:v0", "m:v1", "m:v2"]
    assert [one.node.name for one in ask.made_of(chain, data, "mod*", 1)] == ["m:v0"]
    assert ask.made_of(chain, data, "preds") == []
    assert [one.node.name for one in ask.sources_of(chain, v2, "*")] == ["m:v1", "m:v0", "data:v0"]
    shared, _ = ask.common((chain, v0), (chain, v2), "dataset")
    assert [node.name for node in shared] == ["data:v0"]
    commit(chain, *made(chain, "data", 1, None), *started("r7", ("data", 1)), *made(chain, "n", 0, "r7"))
    (other,) = chain.versions("n")
    shared, apart = ask.common((chain, v0), (chain, other), "dataset")
    assert (shared, [[[node.name for node in side] for side in pair] for pair in apart]) == (
        [],
        [[["data:v0"], ["data:v1"]]],
    )


def test_a_renamed_name_keeps_its_lineage(catalog: Catalog, chain: Project) -> None:
    commit(chain, fx.NameRenamed("m", "model"))
    assert {"data:v0", "model:v0", "model:v2", "r3"} <= shown(around(catalog, chain, "model", 1))


def test_a_run_of_many_inputs_and_outputs_stays(catalog: Catalog, project: Project) -> None:
    for name in "abcde":
        commit(project, *made(project, name, 0, None, "dataset"))
    outputs = [one for at in range(5) for one in made(project, "m", at, "run")]
    commit(project, *started("run", *((name, 0) for name in "abcde")), *outputs)
    graph = views.versions(around(catalog, project, "m", 4))
    assert "run" not in shown(graph)  # only one of its outputs is in sight
    graph = views.versions(around(catalog, project, "a"))
    assert "run" not in shown(graph)
    whole = Graph.of(
        [*around(catalog, project, "a").nodes, *around(catalog, project, "m", 4).nodes],
        [*around(catalog, project, "a").edges, *around(catalog, project, "m", 4).edges],
    )
    assert "run" in shown(views.versions(whole))
