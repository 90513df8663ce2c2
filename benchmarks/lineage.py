"""How fast the neighbourhood of a version is found and drawn in a project of many versions and runs.

    python benchmarks/lineage.py [--runs N] [--dir DIR]

Each run logs one version, so that there are as many versions as runs, and uses one to three others, mostly
recent ones; every tenth uses the first data set. The journal is folded by the real fold. *First* is the first
walk in an index that no walk has looked at, which makes its indexes. Walks go in both directions, to a depth
of 3 from version to version, and of 30, where they end at the number of nodes that is shown at most.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from table import print_table

from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.project import Project
from mvfs.index import queries
from mvfs.lineage import layered, tree
from mvfs.lineage.drawing import UNICODE
from mvfs.lineage.graph import Graph, Kind, Node
from mvfs.lineage.questions import Questions
from mvfs.lineage.walk import walk
from mvfs.settings import StoreLocation
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.entry import FORMAT, GENESIS, Entry, chain_hash, encode

DEPTH = 3
SERIES = 200
TOGETHER = 50
"""Runs in one entry."""


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--dir", help="where to work")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mvfs-bench-", dir=args.dir) as work:
        os.environ |= {"MVFS_CACHE_DIR": f"{work}/cache", "MVFS_STATE_DIR": f"{work}/state"}
        catalog = open_catalog(StoreLocation(Path(work) / "store", None))
        start = time.perf_counter()
        project = build(catalog, args.runs)
        print(f"{args.runs:,} runs and as many versions, built in {time.perf_counter() - start:.0f} s")
        rows = walks(catalog, project, args.runs)
        rows += lists(catalog, project)
        rows += command(Path(work) / "store")
    rows += drawings()
    print_table(["", "nodes", "median", "worst", "bar"], rows)
    print("load of the last 1, 5 and 15 minutes:", *(f"{load:.1f}" for load in os.getloadavg()))


def build(catalog: Catalog, runs: int) -> Project:
    """Make a project of so many runs."""
    project = catalog.make_project("large")
    folder = Path(catalog.location) / project.journal.folder
    folder.mkdir(parents=True, exist_ok=True)
    head, seq = GENESIS, 0
    source = work(project.id, runs)
    while effects := [fact for facts in islice(source, TOGETHER) for fact in facts]:
        entry = Entry(FORMAT, seq, head, os.urandom(16), 1_700_000_000_000_000 + seq, "me@here", [], effects)
        raw = encode(entry)
        (Path(catalog.location) / keys.entry(project.journal.folder, seq)).write_bytes(raw)
        head, seq = chain_hash(raw), seq + 1
    return catalog.project("large")


def work(project_id: str, runs: int) -> Iterator[list[fx.AnyEffect]]:
    """Yield what each run commits."""
    dice = random.Random(1)
    made: list[tuple[str, int]] = []
    last: dict[str, int] = {}
    for at in range(runs):
        series = at % SERIES
        is_data = series < SERIES // 10
        name = f"{'data' if is_data else 'model'}{series}"
        number = last.get(name, -1) + 1
        last[name] = number
        run = f"run{at}"
        used = {("data0", 0)} if at % 10 == 9 else set()
        used |= {
            made[-1 - min(int(dice.expovariate(1 / 300)), len(made) - 1)]
            for _ in range(dice.randint(1, 2))
            if made
        }
        kind = "dataset" if is_data else "model"
        digest = os.urandom(32)
        yield [
            fx.RunStarted(run, run, "train", None, {"lr": 1e-3}),
            *(fx.Used(run, None, *one) for one in sorted(used)),
            *([fx.NameMade(name, kind)] if number == 0 else []),
            fx.VersionMade(
                name, number, keys.manifest(project_id, digest), digest, digest, 1, 1 << 20, run, {}
            ),
            fx.RunFinished(run, "finished"),
        ]
        made.append((name, number))


def walks(catalog: Catalog, project: Project, runs: int) -> list[list[str]]:
    """Time walks from the hub, from what is near it, and from a sample of all versions."""
    hub = around(catalog, project, "data0", 0)
    rows = [
        measured("first walk, which makes indexes", hub, 1, ""),
        measured("walk from a data set with many users", hub, 9, "100 ms"),
    ]
    dice = random.Random(2)
    sample = [
        (f"model{dice.randrange(SERIES // 10, SERIES)}", dice.randrange(runs // SERIES)) for _ in range(200)
    ]
    times, sizes = [], []
    for name, number in sample:
        start = time.perf_counter()
        graph = around(catalog, project, name, number)()
        times.append(time.perf_counter() - start)
        sizes.append(len(graph.nodes))
    label = f"walks from {len(sample)} versions of all ages"
    rows.append(
        [label, f"{min(sizes)} to {max(sizes)}", ms(statistics.median(times)), ms(max(times)), "100 ms"]
    )
    far = around(catalog, project, f"model{SERIES - 1}", runs // SERIES // 2, 30)
    return [*rows, measured("walk to a depth of 30", far, 9, "100 ms")]


def around(
    catalog: Catalog, project: Project, name: str, number: int, depth: int = DEPTH
) -> Callable[[], Graph]:
    version = queries.version(project.index, name, number)
    assert version is not None
    return lambda: walk(catalog, project, version, depth=depth)


def lists(catalog: Catalog, project: Project) -> list[list[str]]:
    """Time the complete list of a hub's users."""
    version = queries.version(project.index, "data0", 0)
    assert version is not None
    return [
        measured(
            "list of all runs that used it",
            lambda: Questions(catalog, project).runs_using(project, version),
            3,
            "",
        )
    ]


def command(store: Path) -> list[list[str]]:
    """Time the whole command."""
    words = [
        sys.executable,
        "-m",
        "mvfs",
        "--store",
        str(store),
        "lineage",
        "large/data0:v0",
        "--depth",
        str(DEPTH),
    ]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return [
        ["mvfs lineage of it, start of Python included", "", ms(statistics.median(times)), ms(max(times)), ""]
    ]


def drawings() -> list[list[str]]:
    """Time the painters on graphs as projects have them."""
    rows = []
    for size, bar in ((33, "5 ms"), (100, ""), (300, ""), (1000, "500 ms")):
        graph = likely(size)
        rows.append(measured(f"graph of {size}", lambda graph=graph: layered.paint(graph), 9, bar, graph))  # type: ignore[misc]
        rows.append(measured(f"tree of {size}", lambda graph=graph: tree.paint(graph), 9, "", graph))  # type: ignore[misc]
        page, lit = layered.Page(graph), graph.ancestry(graph.nodes[-1].id)
        key = partial(seen, page, lit)
        rows.append(measured(f"another node lit in the graph of {size}", key, 9, "16 ms", graph))
    return rows


def seen(page: layered.Page, lit: frozenset[str]) -> list[object]:
    """What a terminal of 40 rows shows of a graph in which another node's ancestry is lit."""
    canvas = page.lit(lit)
    return [canvas.line(row, UNICODE) for row in range(min(page.height, 40))]


def likely(size: int) -> Graph:
    """A graph of data sets, models that mostly descend from recent ones, and results."""
    dice = random.Random(size)
    nodes: list[Node] = []
    edges: list[tuple[str, str]] = []
    by_type: dict[str, list[str]] = {"dataset": [], "model": [], "result": []}
    for at in range(size):
        type_ = "dataset" if at < 2 or dice.random() < 0.05 else dice.choice(("model", "result"))
        node = Node(f"version:P/n{at}:v0", Kind.VERSION, "p", f"n{at}:v0", type_, created=at)
        parents = {dice.choice(by_type["model"][-40:] or by_type["dataset"])} if at > 1 else set()
        if parents and dice.random() < 0.1:
            parents.add(dice.choice(by_type["dataset"]))
        edges += [(parent, node.id) for parent in parents]
        nodes.append(node)
        by_type[type_].append(node.id)
    return Graph.of(nodes, edges)


def measured(
    label: str, work: Callable[[], object], rounds: int, bar: str, size: Graph | None = None
) -> list[str]:
    """Time a piece of work some times."""
    times = []
    done: object = None
    for _ in range(rounds):
        start = time.perf_counter()
        done = work()
        times.append(time.perf_counter() - start)
    count = len((size or done).nodes) if isinstance(size or done, Graph) else len(done)  # type: ignore[union-attr, arg-type]
    return [label, f"{count:,}", ms(statistics.median(times)), ms(max(times)), bar]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
