"""How fast a large project opens: cold, with and without what accelerates it, and warm.

    python benchmarks/open.py [--names N] [--versions N] [--rounds N] [--dir DIR]

The project is built entry by entry through the real encoder and chain, as `mvfs log` would write them
(version and alias ``latest``, some metadata), but its files are written without an fsync each, and no
blobs or manifests exist. *Cold*: no cache directory, the store's files in the page cache; measured in a new
process, from opening the catalog to the project being up to date. *Warm*: whole commands as processes,
the start of Python included, with compiled modules as an installation has them. *CPU*: seconds of user
and system together, which a busy machine changes less than the rest.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import print_table

from mvfs.catalog.catalog import open_catalog
from mvfs.index import checkpoint
from mvfs.index.index import Index
from mvfs.settings import StoreLocation
from mvfs.store import effects as fx
from mvfs.store import keys, segments
from mvfs.store.entry import FORMAT, GENESIS, Entry, chain_hash, encode
from mvfs.store.journal import Journal

PROJECT = "large"
COLD = """
import sys, time
from pathlib import Path
start = time.perf_counter()
from mvfs.catalog.catalog import open_catalog
from mvfs.settings import StoreLocation
open_catalog(StoreLocation(Path(sys.argv[1]), None)).project(sys.argv[2])
print(time.perf_counter() - start)
"""

Times = tuple[float, float]
"""Seconds that passed, and seconds of CPU."""


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--names", type=int, default=100)
    parser.add_argument("--versions", type=int, default=1000, help="of each name")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--dir", help="where to work")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mvfs-bench-", dir=args.dir) as work:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each command compiles all that it imports
        os.environ |= {"MVFS_CACHE_DIR": f"{work}/cache", "MVFS_STATE_DIR": f"{work}/state"}
        store = Path(work) / "store"
        start = time.perf_counter()
        journal = build(store, PROJECT, args.names, args.versions)
        one = build(store, "one", 1, 10_000)
        print(f"built in {time.perf_counter() - start:.0f} s")
        rows = cold(store, journal)
        accelerate(one)
        rows += warm(store, args.rounds)
    print_table(["", "measured", "CPU", "bar"], rows)
    print("load of the last 1, 5 and 15 minutes:", *(f"{load:.1f}" for load in os.getloadavg()))


def build(store: Path, project: str, names: int, versions: int) -> Journal:
    """Make a project of so many versions, logged to its names in turn."""
    journal = open_catalog(StoreLocation(store, None)).make_project(project).journal
    folder = store / journal.folder
    folder.mkdir(parents=True)
    head = GENESIS
    for seq in range(names * versions):
        entry = Entry(FORMAT, seq, head, os.urandom(16), 1_700_000_000_000_000 + seq, "me@here", [], [])
        entry.effects.extend(logged(journal.folder.split("/")[1], f"name{seq % names}", seq // names))
        raw = encode(entry)
        (store / keys.entry(journal.folder, seq)).write_bytes(raw)
        head = chain_hash(raw)
    return journal


def logged(project_id: str, name: str, number: int) -> list[fx.AnyEffect]:
    """What one `log` commits."""
    digest = os.urandom(32)
    manifest = keys.manifest(project_id, digest)
    metadata = {"acc": 1 - 1 / (number + 2), "epoch": number, "lr": 1e-3}
    made: list[fx.AnyEffect] = [fx.NameMade(name, "model")] if number == 0 else []
    return [
        *made,
        fx.VersionMade(name, number, manifest, os.urandom(32), digest, 3, 1 << 20, None, metadata),
        fx.AliasMoved(name, "latest", number, number - 1 if number else None),
    ]


def accelerate(journal: Journal) -> None:
    """Write the segments and the checkpoint that the writers of the entries would have written."""
    write_segments(journal)
    index = Index(None, journal)
    index.refresh()
    checkpoint.write(journal, checkpoint.take(journal, index.db))


def write_segments(journal: Journal) -> None:
    seq = 0
    while journal.read(seq + segments.ENTRIES - 1) is not None:
        segments.write(journal.backend, journal.folder, seq)
        seq += segments.ENTRIES


def cold(store: Path, journal: Journal) -> list[list[str]]:
    """Time the first open with nothing, with segments, and with a checkpoint too."""
    rows = [seconds("cold open, single entries", open_cold(store), "5 s")]
    write_segments(journal)
    rows.append(seconds("cold open, segments", open_cold(store), ""))
    accelerate(journal)
    rows.append(seconds("cold open, checkpoint", open_cold(store), "1 s"))
    return rows


def seconds(label: str, times: Times, bar: str) -> list[str]:
    return [label, *(f"{spent:.2f} s" for spent in times), bar]


def open_cold(store: Path, rounds: int = 3) -> Times:
    """The shortest times of some cold opens."""
    times = []
    for _ in range(rounds):
        shutil.rmtree(os.environ["MVFS_CACHE_DIR"], ignore_errors=True)
        times.append(run([sys.executable, "-c", COLD, str(store), PROJECT]))
    return min(spent for spent, _ in times), min(cpu for _, cpu in times)


def warm(store: Path, rounds: int) -> list[list[str]]:
    """Time whole commands."""
    script = [str(Path(sys.executable).with_name("mvfs"))]
    rows = []
    for label, words, bar in (
        ("mvfs ls PROJECT (100 names)", [*script, "--store", str(store), "ls", PROJECT], 120),
        ("mvfs ls PROJECT/NAME (1,000)", [*script, "--store", str(store), "ls", f"{PROJECT}/name7"], 120),
        ("mvfs ls PROJECT/NAME (10,000)", [*script, "--store", str(store), "ls", "one/name0"], 120),
        ("mvfs --help", [*script, "--help"], 60),
        ("import mvfs", [sys.executable, "-c", "import mvfs"], 40),
        ("python -c pass", [sys.executable, "-c", "pass"], 0),
    ):
        run(words)
        times = zip(*(run(words) for _ in range(rounds)), strict=True)
        measured = [f"{statistics.median(column) * 1000:.0f} ms" for column in times]
        rows.append([label, *measured, f"{bar} ms" if bar else ""])
    return rows


def run(words: list[str]) -> Times:
    """Run a command; what it prints last, if it is a time, counts instead of its whole life."""
    start = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    spent = float(printed) if words[1] == "-c" and printed else time.perf_counter() - start
    return spent, used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
