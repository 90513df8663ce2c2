"""What a script does, with ``import wandb`` and with ``import mvfs as wandb``: prints what came of it.

    python tests/parity/cases.py wandb|mvfs

Each case is a function of the module; its result is JSON, or the error that it ended with. Everything here
works in W&B without a server. Runs in an empty directory.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Case = Callable[[Any], Any]
CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def entries(artifact: Any) -> list[list[Any]]:
    """Path, digest, size and URI of all entries."""
    found = artifact.manifest.entries
    return [[path, one.digest, one.size, one.ref] for path, one in sorted(found.items())]


def draft(w: Any, **about: Any) -> Any:
    return w.Artifact("m", "model", **about)


def write(path: str, text: str = "hello") -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    return path


def each(calls: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """The outcome of each call by itself."""
    return {name: outcome(call) for name, call in calls.items()}


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return {"value": call()}
    except Exception as exc:  # noqa: BLE001 - the error is the outcome
        builtins = [kind.__name__ for kind in type(exc).__mro__ if kind.__module__ == "builtins"]
        kinds = [name for name in builtins if name not in ("object", "BaseException", "Exception")]
        own = [k.__name__ for k in type(exc).__mro__ if k.__name__.startswith("Artifact")]
        text = exc.message if hasattr(exc, "message") else exc.args[0] if exc.args else ""
        return {"error": {"kinds": kinds, "own": own, "text": str(text).replace(os.getcwd(), "HERE")}}


@case
def a_new_draft(w: Any) -> Any:
    a = draft(w, description="d", metadata={"x": 1})
    return [
        a.name, a.type, a.state, a.id, a.size, a.description, a.metadata, a.digest, a.is_draft(),
        a.incremental, a.is_link, a.source_name, a.distributed_id, entries(a),
    ]  # fmt: skip


@case
def what_only_logged_ones_have(w: Any) -> Any:
    names = (
        "version project entity qualified_name collection commit_hash created_at updated_at file_count"
        " history_step aliases tags linked_artifacts source_entity source_project source_version"
        " source_collection source_qualified_name source_artifact url ttl linked_at"
    )
    return each({name: lambda name=name: getattr(draft(w), name) for name in names.split()})


@case
def what_only_logged_ones_do(w: Any) -> Any:
    words = "wait download checkout verify file files json_encode new_draft delete unlink logged_by used_by"
    calls = {name: lambda name=name: getattr(draft(w), name)() for name in words.split()}
    calls |= {
        name: lambda name=name: getattr(draft(w), name)("x") for name in ("get", "get_entry", "get_path")
    }
    return each(calls)


@case
def what_finalized_ones_refuse(w: Any) -> Any:
    write("a.txt")
    a = draft(w)
    a.finalize()
    return each({
        "add_file": lambda: a.add_file("a.txt"),
        "add_dir": lambda: a.add_dir("."),
        "add_reference": lambda: a.add_reference("s3://b/k"),
        "remove": lambda: a.remove("a"),
        "new_file": lambda: a.new_file("n").__enter__(),
        "add": lambda: a.add(w.Table(), "t"),
    })  # fmt: skip


@case
def names(w: Any) -> Any:
    words = ["m", "a-b_c.1", "x" * 128, "x" * 129, "a b", "a/b", "a:b", "a@b"]
    return each({word: lambda word=word: w.Artifact(word, "model").name for word in words})


@case
def reserved_types(w: Any) -> Any:
    pairs = [
        ("m", "job"),
        ("m", "wandb-x"),
        ("run-x", "run_table"),
        ("m", "run_table"),
        ("source-x", "code"),
        ("m", "code"),
    ]
    return each({f"{n} {t}": lambda n=n, t=t: w.Artifact(n, t).type for n, t in pairs})


@case
def metadata(w: Any) -> Any:
    given = {
        "plain": {"a": 1, "b": [1, "x", None, True], "c": {"d": 0.5}},
        "tuples and numbers as keys": {"a": (1, 2), 3: "x"},
        "nan": {"a": float("nan"), "b": [float("nan")]},
        "numpy": {"a": np.float32(0.5), "b": np.int64(3), "c": np.array([1, 2])},
        "infinity": {"a": float("inf")},
        "text": '{"a": [1]}',
        "100 keys": {str(n): n for n in range(100)},
        "101 keys": {str(n): n for n in range(101)},
        "101 nested keys": {"a": {str(n): n for n in range(101)}},
        "list": [1],
        "number": 3,
        "none": None,
    }
    return each({name: lambda one=one: draft(w, metadata=one).metadata for name, one in given.items()})


@case
def metadata_set_later(w: Any) -> Any:
    a = draft(w)
    a.metadata = {"a": (1,)}
    a.metadata["b"] = 2
    return a.metadata


@case
def times_to_live(w: Any) -> Any:
    def set_to(value: Any) -> Any:
        a = draft(w)
        a.ttl = value
        return str(a.ttl)

    given = {
        "a day": dt.timedelta(days=1), "none": None, "zero": dt.timedelta(0),
        "negative": dt.timedelta(seconds=-5), "inherit": w.ArtifactTTL.INHERIT,
    }  # fmt: skip
    return each({name: lambda value=value: set_to(value) for name, value in given.items()})


@case
def digests_of_files(w: Any) -> Any:
    found = {}
    for name, files in {
        "one": ["file1.txt"], "renamed": ["great-file.txt"], "below": ["subdir/file1.txt"],
        "three": ["file1.txt", "nest/file2.txt", "nest/nest/file3.txt"],
    }.items():  # fmt: skip
        a = draft(w)
        for path in files:
            a.add_file(write("source.txt", f"text of {path}"), name=path)
        found[name] = [a.digest, a.size, entries(a)]
    return found


@case
def four_ways_to_add_the_same(w: Any) -> Any:
    write("d/file1.txt")
    found = []
    for add in (
        lambda a: a.add_file("d/file1.txt"),
        lambda a: a.add_dir("d"),
        lambda a: a.add_reference(f"file://{os.getcwd()}/d/file1.txt"),
        lambda a: new(a, "file1.txt"),
    ):
        a = draft(w)
        add(a)
        found.append([a.digest, [path for path, *_ in entries(a)]])
    return found


def new(a: Any, path: str, text: str = "hello", **how: Any) -> None:
    with a.new_file(path, **how) as file:
        file.write(text)


@case
def adding_files(w: Any) -> Any:
    write("a.txt")
    write("b.txt", "other")
    a = draft(w)

    def entry(one: Any) -> Any:
        return [one.path, one.digest, one.size, one.ref]

    return each({
        "plain": lambda: entry(a.add_file("a.txt")),
        "again": lambda: entry(a.add_file("a.txt")),
        "named": lambda: entry(a.add_file("a.txt", name="d/e.txt")),
        "other content": lambda: a.add_file("b.txt", name="a.txt"),
        "overwrite": lambda: entry(a.add_file("b.txt", name="a.txt", overwrite=True)),
        "missing": lambda: a.add_file("nothing.txt"),
        "a directory": lambda: a.add_file("."),
        "policy": lambda: a.add_file("a.txt", policy="x"),
        "immutable": lambda: entry(a.add_file("a.txt", name="i", policy="immutable")),
        "added as": lambda: [a.get_added_local_path_name("a.txt"), a.get_added_local_path_name("nothing")],
        "digest": lambda: a.digest,
    })  # fmt: skip


@case
def paths_of_entries(w: Any) -> Any:
    write("a.txt")
    words = ["x", "d/x", "./x", "d//x", "", ".", "/x", "..", "../x", "d/../x", "C:\\x", "\\\\h\\s\\x"]
    return each({word: lambda word=word: draft(w).add_file("a.txt", name=word).path for word in words})


@case
def what_is_added_is_a_copy(w: Any) -> Any:
    write("a.txt", "before")
    a = draft(w)
    a.add_file("a.txt")
    digest = a.digest
    write("a.txt", "after")
    return [digest, a.digest]


@case
def adding_directories(w: Any) -> Any:
    for path in ("d/a.txt", "d/sub/b.txt", "d/sub/sub/c.txt"):
        write(path, path)
    os.makedirs("d/empty")
    a = draft(w)
    a.add_dir("d")
    a.add_dir("d", name="copy/of")
    before = entries(a)
    write("d/a.txt", "changed")
    return [before, each({
        "changed": lambda: a.add_dir("d"),
        "merged": lambda: (a.add_dir("d", merge=True), entries(a))[1],
        "missing": lambda: a.add_dir("nothing"),
        "a file": lambda: a.add_dir("d/a.txt"),
        "policy": lambda: a.add_dir("d", policy="x"),
    })]  # fmt: skip


@case
def new_files(w: Any) -> Any:
    a = draft(w)
    found = each({
        "text": lambda: new(a, "a.txt"),
        "again": lambda: Path(a.new_file("a.txt").__enter__().name).name,
        "w": lambda: new(a, "a.txt", "other", mode="w"),
        "encoding": lambda: new(a, "e.txt", "é", encoding="utf-16"),
        "outside": lambda: new(a, "../x"),
    })  # fmt: skip
    text = found["again"]["error"]["text"]
    found["again"]["error"]["text"] = text[: text.index(" at ")]  # which names a temporary file
    return [found, entries(a), a.digest]


@case
def removing(w: Any) -> Any:
    a = draft(w)
    for path in ("a", "d/b", "d/e/c", "dd"):
        new(a, path)
    one = a.manifest.entries["a"]
    found = each({
        "nothing": lambda: a.remove("x"),
        "entry": lambda: a.remove(one),
        "again": lambda: a.remove("a"),
        "directory": lambda: a.remove("d"),
    })  # fmt: skip
    return [found, sorted(a.manifest.entries), a.size]


@case
def references(w: Any) -> Any:
    write("d/file1.txt")
    write("d/nest/file2.txt", "my")
    here = f"file://{os.getcwd()}/d"

    def added(uri: str, **how: Any) -> Any:
        a = draft(w)
        found = [one.path for one in a.add_reference(uri, **how)]
        return [found, a.digest, a.size, [[path, digest, size] for path, digest, size, _ in entries(a)]]

    return each({
        "file": lambda: added(f"{here}/file1.txt"),
        "named": lambda: added(f"{here}/file1.txt", name="d/x"),
        "directory": lambda: added(here),
        "directory, named": lambda: added(here, name="top"),
        "two of one": lambda: added(here, max_objects=1),
        "no scheme": lambda: added("d/file1.txt"),
        "unknown scheme": lambda: added("ref://example.com/x"),
        "unknown scheme, named": lambda: added("ref://example.com/x", name="ref"),
        "missing": lambda: added(f"{here}/nothing"),
    })  # fmt: skip


@case
def manifests(w: Any) -> Any:
    a = draft(w)
    new(a, "a")
    new(a, "d/b", "x")
    m = a.manifest
    return [
        m.digest(), m.size(), m.to_manifest_json(), m.get_entry_by_path("x"),
        sorted(one.path for one in m.get_entries_in_directory("d")),
    ]  # fmt: skip


@case
def entries_that_are_no_references(w: Any) -> Any:
    a = draft(w)
    new(a, "a")
    return each({"ref_target": a.manifest.entries["a"].ref_target})


def tables(w: Any) -> dict[str, Callable[[], Any]]:
    rows = [[1, "x"], [2.5, None]]
    return {
        "plain": lambda: w.Table(columns=["a", "b"], data=rows),
        "default": w.Table,
        "kinds": lambda: w.Table(
            columns=["a", "b", "c", "d", "e"],
            data=[[True, [1, 2], {"k": 1}, None, np.float32(2)], [False, [3], {"k": 2}, None, 3]],
        ),
        "nested": lambda: w.Table(
            columns=["l", "n", "m", "t"],
            data=[[[], [1, "a"], {"x": {"y": 1}}, dt.datetime(2020, 1, 1)]],  # noqa: DTZ001 - as W&B shows it
        ),
        "nan": lambda: w.Table(columns=["v"], data=[[float("nan")], [1.0]]),
        "array": lambda: w.Table(columns=["a", "b"], data=np.array([[1, 2], [3, 4]])),
        "required": lambda: w.Table(columns=["a", "b"], data=[[1, "x"]], optional=False),
        "typed": lambda: w.Table(columns=["a", "b"], data=rows, dtype=[float, str]),
        "mixed": lambda: w.Table(columns=["a"], data=[[1], ["x"]], allow_mixed_types=True),
        "mutable": lambda: w.Table(columns=["a"], data=[[1]], log_mode="MUTABLE"),
    }


@case
def tables_as_files(w: Any) -> Any:
    def added(table: Any) -> Any:
        a = draft(w)
        one = a.add(table, "d/t")
        return [one.path, one.digest, json.loads(Path(one.local_path).read_text())]

    found = {name: lambda make=make: added(make()) for name, make in tables(w).items()}
    return each({**found, "foreign": lambda: draft(w).add({"a": 1}, "t")})


@case
def tables_in_memory(w: Any) -> Any:
    t = w.Table(columns=["a", "b"], data=[[1, "x"], [2, "y"]])

    def after(change: Callable[[], Any]) -> Any:
        change()
        return [t.columns, t.data]

    return each({
        "row": lambda: after(lambda: t.add_data(3, "z")),
        "short": lambda: t.add_data(1),
        "column": lambda: after(lambda: t.add_column("c", [1, 2, 3])),
        "get": lambda: t.get_column("a"),
        "as numpy": lambda: t.get_column("a", convert_to="numpy").tolist(),
        "rows": lambda: [[int(number), row] for number, row in t.iterrows()],
        "index": lambda: [int(number) for number in t.get_index()],
        "frame": lambda: t.get_dataframe().to_dict("list"),
    })  # fmt: skip


@case
def rows_of_other_types(w: Any) -> Any:
    def kind(call: Callable[[], Any]) -> str:
        try:
            call()
        except Exception as exc:  # noqa: BLE001 - its type is the outcome
            return type(exc).__name__
        return "taken"

    pairs = {
        "text in numbers": [[1], ["x"]], "number in lists": [[[1]], [1]],
        "other keys": [[{"a": 1}], [{"b": 1}]],
        "bool in numbers": [[1], [True]], "other elements": [[[1]], [["x"]]], "none": [[1], [None]],
        "none first": [[None], [1]], "int and float": [[1], [0.5]],
    }  # fmt: skip
    return {name: kind(lambda rows=rows: w.Table(columns=["a"], data=rows)) for name, rows in pairs.items()}


@case
def histograms(w: Any) -> Any:
    return each({
        "counted": lambda: w.Histogram([1, 2, 3, 3.5], num_bins=4).to_json(),
        "given": lambda: w.Histogram(np_histogram=np.histogram([1, 2], bins=2)).to_json(),
        "too many": lambda: w.Histogram([1], num_bins=513),
        "unfit": lambda: w.Histogram(np_histogram=([1, 2], [1, 2])),
        "no pair": lambda: w.Histogram(np_histogram=([1],)),
    })  # fmt: skip


@case
def logging_in_a_run(w: Any) -> Any:
    write("a.txt")
    run = w.init(project="p", id="one")
    try:
        a = draft(w)
        a.add_file("a.txt")
        returned = run.log_artifact(a, aliases=["best"])
        return each({
            "the same object": lambda: returned is a,
            "closed": lambda: a.add_file("a.txt"),
            "nothing": lambda: run.log_artifact("nothing"),
            "a number": lambda: run.log_artifact(3),
            "alias": lambda: run.log_artifact(draft(w), aliases=["a/b"]),
            "aliases": lambda: run.log_artifact(draft(w), aliases=3),
            "tag": lambda: run.log_artifact(draft(w), tags=["a/b"]),
            "upsert": lambda: run.upsert_artifact(draft(w)),
            "finish": lambda: run.finish_artifact(draft(w)),
            "link_model": lambda: run.link_model("a.txt", "a/b"),
        })  # fmt: skip
    finally:
        run.finish()


def main() -> None:
    """Run all cases with the library whose name is the argument."""
    logging.disable()
    w = importlib.import_module(sys.argv[1])
    out, sys.stdout = sys.stdout, sys.stderr
    top = os.getcwd()
    found = {}
    for name, run in CASES.items():
        os.makedirs(f"{top}/{name}")
        os.chdir(f"{top}/{name}")
        found[name] = outcome(lambda run=run: run(w))
    json.dump(found, out)


if __name__ == "__main__":
    main()
