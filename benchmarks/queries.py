"""How fast a project of many runs answers queries, and how fast its versions do.

    python benchmarks/queries.py [--runs N] [--versions N] [--keys N] [--rounds N] [--dir DIR]

The journal is written through the real encoder and chain, as runs would write it, but without an fsync each.
*first*: in an index that was never asked, so that the values must be picked out of the JSON of all runs;
*again*: any later time; *changed*: a hundred runs wrote a new summary in between; *in Python*: all runs are
read and compared one by one, as they are without an index; *command*: a whole process.
Times are the shortest of some rounds, with the CPU's in parentheses, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from table import print_table

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.finding import Question, find_runs, find_versions
from mvfs.catalog.project import Project
from mvfs.index import queries
from mvfs.query import mongo, order, parser
from mvfs.query.evaluate import holds
from mvfs.query.fields import RUNS, VERSIONS, Fields, Subject
from mvfs.settings import StoreLocation
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.entry import FORMAT, GENESIS, Entry, chain_hash, encode
from mvfs.store.segments import ENTRIES, write

PROJECT = "large"
FIRST = "config.lr<0.01 and summary.acc>0.9"


def main() -> None:
    """Build, measure, print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--runs", type=int, default=10_000)
    options.add_argument("--versions", type=int, default=10_000, help="of one name")
    options.add_argument("--keys", type=int, default=30, help="in each config; a transformers model has 200")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--dir", help="where to work")
    args = options.parse_args()
    random.seed(1)
    with tempfile.TemporaryDirectory(prefix="mvfs-bench-", dir=args.dir) as work:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each command compiles all that it imports
        os.environ |= {"MVFS_CACHE_DIR": f"{work}/cache", "MVFS_STATE_DIR": f"{work}/state"}
        store = Path(work) / "store"
        project = build(store, args.runs, args.versions, args.keys)
        (size,) = project.index.db.execute(
            "select avg(length(config) + length(summary)) from runs"
        ).fetchone()
        print(f"{args.runs} runs with {size:.0f} bytes of config and summary each, {args.versions} versions")
        rows = [
            *of_runs(project, args.rounds),
            *of_versions(project, args.rounds),
            *commands(store, args.rounds),
        ]
    print_table(["", "found", "measured", "bar"], rows)
    print("load of the last 1, 5 and 15 minutes:", *(f"{load:.1f}" for load in os.getloadavg()))


def build(store: Path, runs: int, versions: int, width: int) -> Project:
    """Make a project of so many runs and versions."""
    project = open_catalog(StoreLocation(store, None)).make_project(PROJECT)
    folder = project.journal.folder
    (store / folder).mkdir(parents=True)
    made = [
        *(one for number in range(runs) for one in run(number, width)),
        *(version(project, n) for n in range(versions)),
    ]
    head = GENESIS
    for seq, effects in enumerate(made):
        entry = Entry(
            FORMAT,
            seq,
            head,
            os.urandom(16),
            time.time_ns() // 1000 - (len(made) - seq) * 10**7,
            "me@here",
            [],
            effects,
        )
        raw = encode(entry)
        (store / keys.entry(folder, seq)).write_bytes(raw)
        head = chain_hash(raw)
    for seq in range(0, len(made) - ENTRIES, ENTRIES):
        write(project.backend, folder, seq)
    project.refresh()
    return project


def run(number: int, width: int) -> list[list[fx.AnyEffect]]:
    """What one run commits."""
    name = f"run{number}"
    config = {f"setting_{key}": random.random() for key in range(width)} | {
        "lr": 10 ** random.uniform(-5, -1),
        "model": f"resnet{number % 7}",
        "optimizer": {"name": "adam", "betas": [0.9, 0.999]},
        "amp": number % 2 == 0,
    }
    return [
        [fx.RunStarted(name, f"resnet-{number}", "train", f"sweep{number % 20}", config)],
        [summary(name), fx.RunFinished(name, "failed" if number % 10 == 0 else "finished")],
    ]


def summary(run_id: str) -> fx.RunSummary:
    values = {f"val/metric_{key}": random.random() for key in range(20)}
    return fx.RunSummary(run_id, values | {"acc": random.random(), "loss": random.random(), "epoch": 10})


def version(project: Project, number: int) -> list[fx.AnyEffect]:
    digest = os.urandom(32)
    metadata = {"acc": random.random(), "epoch": number, "arch": f"resnet{number % 7}", "lr": 1e-3}
    manifest = keys.manifest(project.id, digest)
    made: list[fx.AnyEffect] = [fx.NameMade("iv3", "model")] if number == 0 else []
    return [
        *made,
        fx.VersionMade(
            "iv3", number, manifest, digest, digest, 3, number << 10, f"run{number % 997}", metadata
        ),
        fx.AliasMoved("iv3", "latest", number, number - 1 if number else None),
        *([fx.Tagged("iv3", number, ["golden"], [])] if number % 10 == 0 else []),
    ]


def of_runs(project: Project, rounds: int) -> list[list[str]]:
    where = {FIRST: asked(RUNS, FIRST, "-summary.acc")}
    for text in (
        "state=failed age<7d",
        "config.optimizer.name=adam or not has summary.loss",
        "name~resnet-99",
        r"name~/^resnet-\d7+$/",
        "input~iv3 or output~iv3",
    ):
        where[text] = asked(RUNS, text, "")
    question = where[FIRST]
    rows = [timed("runs, first: " + FIRST, lambda: find_runs([project], question), 1, "100 ms")]
    for text, one in where.items():
        find_runs([project], one)
        rows.append(timed("again: " + text, lambda one=one: find_runs([project], one), rounds, "100 ms"))
    filters = {"$and": [{"config.lr": {"$lt": 0.01}}, {"summary_metrics.acc": {"$gt": 0.9}}]}
    same = Question(mongo.parse(filters), tuple(mongo.order("-summary_metrics.acc")))
    rows.append(timed("again, as W&B's filters", lambda: find_runs([project], same), rounds, "100 ms"))
    top = asked(RUNS, "", "-summary.acc", 10)
    rows.append(timed("again: best 10 by summary.acc", lambda: find_runs([project], top), rounds, "100 ms"))
    project.commit(lambda: [summary(f"run{number}") for number in range(100)])
    rows.append(timed("changed: " + FIRST, lambda: find_runs([project], question), 1, "100 ms"))
    rows.append(timed("in Python: " + FIRST, lambda: in_python(project, question), 1, ""))
    return rows


def of_versions(project: Project, rounds: int) -> list[list[str]]:
    rows = []
    for text in (
        "metadata.acc>0.9 and tag=golden and age<7d",
        "metadata.acc>0.9 and summary.acc>0.9",
        "size>5M",
    ):
        one = asked(VERSIONS, text, "-metadata.acc")
        rows.append(
            timed("versions: " + text, lambda one=one: find_versions([project], one, "iv3"), rounds, "100 ms")
        )
    return rows


def commands(store: Path, rounds: int) -> list[list[str]]:
    words = [str(Path(sys.executable).with_name("mvfs")), "--store", str(store)]
    cases = (
        [*words, "runs", FIRST, "--sort", "-summary.acc"],
        [*words, "ls", f"{PROJECT}/iv3", "-w", "metadata.acc>0.9 tag=golden"],
    )
    return [
        timed("command: mvfs " + " ".join(case[3:]), lambda case=case: lines(case), rounds, "")
        for case in cases
    ]


def asked(fields: Fields, text: str, sort: str, limit: int | None = None) -> Question:
    return Question(parser.parse(text, fields), tuple(order.parse(sort, fields)), (), limit)


def in_python(project: Project, question: Question) -> list[object]:
    now = time.time_ns() // 1000
    return [row for row in queries.runs(project.index) if holds(question.where, Subject(now, PROJECT, row))]


def lines(words: list[str]) -> list[str]:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[1:]


def timed(label: str, act: Callable[[], list[object]], rounds: int, bar: str) -> list[str]:
    """The shortest time of some rounds."""
    best, cpu = float("inf"), float("inf")
    for _ in range(rounds):
        start, before = time.perf_counter(), os.times()
        found = act()
        spent, after = time.perf_counter() - start, os.times()
        best, cpu = min(best, spent), min(cpu, sum(after[:4]) - sum(before[:4]))
    return [label, str(len(found)), f"{best * 1000:.0f} ms ({cpu * 1000:.0f})", bar]


if __name__ == "__main__":
    main()
