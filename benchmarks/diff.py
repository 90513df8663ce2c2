"""How soon a diff shows something: the first hunk of a text, tensors of two models, values, rows of tables.

    python benchmarks/diff.py [--repeat N] [--dir DIR]

Bars: the first hunk after 100 ms at most, tensors of two local models of 200 MB after 50 ms. Beside them
stands what one would use otherwise: `difflib`, ``git diff --no-index`` (a process), deepdiff, pandas, the
JSON headers of safetensors read by hand, ``diff -rq``; what is not installed is named.
"""

from __future__ import annotations

import argparse
import copy
import csv
import difflib
import io
import json
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from table import print_table

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.diff import mapping, rows, table, tensors, text
from mvfs.diff.files import changes
from mvfs.settings import StoreLocation
from mvfs.store.sources import scan

LINES, EDITS = 20_000, 250
TENSORS, TENSOR = 49, 4 << 20
LAYERS, OTHER = 2_000, 55
ROWS = 100_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--dir", help="where to work")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mvfs-bench-", dir=args.dir) as work:
        os.environ |= {"MVFS_CACHE_DIR": f"{work}/cache", "MVFS_STATE_DIR": f"{work}/state"}
        found = texts(Path(work), args.repeat)
        found += models(Path(work), args.repeat)
        found += nested(args.repeat)
        found += tables(args.repeat)
        found += versions(Path(work), args.repeat)
    print_table(["what", "with", "median ms", "result"], found)
    missing = [name for name in ("git",) if shutil.which(name) is None]
    missing += [name for name in ("deepdiff", "pandas") if find_spec(name) is None]
    if missing:
        print(f"not installed, so not compared: {', '.join(missing)}")


def measured(what: str, by: str, repeat: int, do: Callable[[], Any]) -> list[str]:
    """A row: the median of several times."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = do()
        times.append(1000 * (time.perf_counter() - start))
    return [what, by, f"{statistics.median(times):,.1f}", str(result)]


def texts(work: Path, repeat: int) -> list[list[str]]:
    """A text of many lines, many of them alike, with edits everywhere."""
    chance = random.Random(0)
    old = [f"    value[{i % 997}] = {chance.randrange(500)}" for i in range(LINES)]
    new = list(old)
    for at in sorted(chance.sample(range(LINES), EDITS), reverse=True):
        if at % 3 == 0:
            del new[at]
        elif at % 3 == 1:
            new[at] = f"    changed = {at}"
        else:
            new.insert(at, f"    fresh = {at}")
    for name, lines in (("old", old), ("new", new)):
        (work / name).write_text("\n".join(lines) + "\n")
    title = f"text, {LINES:,} lines, {EDITS} edits"
    found = [
        measured(f"{title}: first hunk", "mvfs", repeat, lambda: next(text.hunks(old, new)).head),
        measured(f"{title}: all", "mvfs", repeat, lambda: f"{sum(1 for _ in text.hunks(old, new))} hunks"),
        measured(
            f"{title}: all",
            "difflib",
            max(repeat // 3, 1),
            lambda: f"{sum(1 for _ in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes())} hunks",
        ),
    ]
    if shutil.which("git"):
        command = ["git", "diff", "--no-index", "--histogram", "old", "new"]

        def by_git() -> str:
            done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
            return f"{done.stdout.count(chr(10) + '@@')} hunks"

        found.append(measured(f"{title}: all", "git --histogram", repeat, by_git))
    return found


def model(path: Path, seed: int) -> None:
    """Write a safetensors file in which every seventh tensor depends on the seed."""
    head = {
        f"layers.{i}.weight": {
            "dtype": "F32",
            "shape": [1024, TENSOR // 4096],
            "data_offsets": [i * TENSOR, (i + 1) * TENSOR],
        }
        for i in range(TENSORS)
    }
    raw = json.dumps(head).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        for i in range(TENSORS):
            file.write(random.Random(i if i % 7 else (seed, i).__hash__()).randbytes(TENSOR))


def logged(work: Path, name: str, make: Callable[[Path, int], None]) -> list[Any]:
    """Two opened versions of a name in a local store."""
    project = open_catalog(StoreLocation(work / "store", None)).make_project("bench")
    found = []
    for seed in (0, 1):
        folder = work / f"{name}{seed}"
        folder.mkdir()
        make(folder, seed)
        found.append(log(project, Draft(name, "model", scan(folder))).version)
    return [project, *found]


def models(work: Path, repeat: int) -> list[list[str]]:
    """Two models in a store: opened, their tables read, compared."""
    project, *pair = logged(work, "model", lambda folder, seed: model(folder / "m.safetensors", seed))

    def by_tables() -> str:
        old, new = (project.content(version) for version in pair)
        (change,) = changes(old, new)
        found = list(tensors.changes(tensors.table(old, change.old), tensors.table(new, change.new)))
        return f"{len(found)} of {TENSORS} differ"

    def by_headers() -> str:
        heads = []
        for seed in (0, 1):
            with (work / f"model{seed}" / "m.safetensors").open("rb") as file:
                heads.append(json.loads(file.read(struct.unpack("<Q", file.read(8))[0])))
        return f"{sum(heads[0][key] != heads[1][key] for key in heads[0])} headers differ, values unknown"

    title = f"tensors of two models of {TENSORS * TENSOR >> 20} MiB"
    command = [sys.executable, "-m", "mvfs", "--store", f"{work}/store", "diff", "bench/model:v0", "v1"]

    def whole() -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return f"exit code {done.returncode}"

    return [
        measured(title, "mvfs", repeat, by_tables),
        measured(title, "JSON of the headers", repeat, by_headers),
        measured("the same as a command", "mvfs diff", repeat, whole),
        measured("an empty command", "mvfs --version", repeat, lambda: bare(work)),
    ]


def bare(work: Path) -> str:
    """What a command costs that does nothing."""
    command = [sys.executable, "-m", "mvfs", "--version"]
    return subprocess.run(command, cwd=work, capture_output=True, text=True, check=False).stdout.strip()


def nested(repeat: int) -> list[list[str]]:
    """A config of many layers."""
    old = {"layers": {str(i): {"size": [i, 64, 2.5], "kind": "linear"} for i in range(LAYERS)}}
    new = copy.deepcopy(old)
    for i in range(OTHER):
        new["layers"][str(i * 7)]["size"][1] = -1
    title = f"nested values, {LAYERS:,} layers"
    found = [measured(title, "mvfs", repeat, lambda: f"{sum(1 for _ in mapping.changes(old, new))} differ")]
    if find_spec("deepdiff"):
        from deepdiff import DeepDiff

        found.append(
            measured(title, "deepdiff", repeat, lambda: f"{len(DeepDiff(old, new)['values_changed'])} differ")
        )
    return found


def tables(repeat: int) -> list[list[str]]:
    """A table in CSV, whose rows have an id, in another order and with some that changed."""
    chance = random.Random(0)
    old = [[f"img{i}", chance.choice("abc"), f"{chance.random():.4f}"] for i in range(ROWS)]
    new = [list(row) for row in old[200:]] + [[f"new{i}", "a", "0.5"] for i in range(300)]
    for at in chance.sample(range(len(new) - 300), 400):
        new[at][1] = "d"
    chance.shuffle(new)
    raw = []
    for lines in (old, new):
        out = io.StringIO()
        csv.writer(out).writerows([["id", "label", "score"], *lines])
        raw.append(out.getvalue().encode())

    def by_rows() -> str:
        found = table.diff(rows.read(raw[0], "t.csv"), rows.read(raw[1], "t.csv"))
        return f"+{found.added} -{found.removed} ~{found.changed} by {found.key}"

    title = f"CSV, {ROWS:,} rows"
    measures = [measured(title, "mvfs", repeat, by_rows)]
    if find_spec("pandas"):
        import pandas as pd

        def by_pandas() -> str:
            left, right = (pd.read_csv(io.BytesIO(one)) for one in raw)
            both = left.merge(right, on="id", how="outer", indicator=True)
            same = both[both["_merge"] == "both"]
            changed = int(((same.label_x != same.label_y) | (same.score_x != same.score_y)).sum())
            counts = both["_merge"].value_counts()
            return f"+{counts['right_only']} -{counts['left_only']} ~{changed} by id"

        measures.append(measured(title, "pandas", repeat, by_pandas))
    return measures


def versions(work: Path, repeat: int) -> list[list[str]]:
    """Two versions of many files of which one differs."""

    def make(folder: Path, seed: int) -> None:
        for i in range(20_000):
            (folder / f"{i:05}").write_text(f"{i}" if i != 19_999 else f"{seed}!")

    project, *pair = logged(work, "many", make)

    def by_blocks() -> str:
        old, new = (project.content(version) for version in pair)
        return f"{sum(1 for _ in changes(old, new))} differs"

    title = "two versions of 20,000 files"
    found = [measured(title, "mvfs", repeat, by_blocks)]
    if shutil.which("diff"):
        command = ["diff", "-rq", "many0", "many1"]
        found.append(
            measured(
                title,
                "diff -rq",
                repeat,
                lambda: subprocess.run(command, cwd=work, capture_output=True, check=False).stdout.count(
                    b"\n"
                ),
            )
        )
    return found


if __name__ == "__main__":
    main()
