"""Makes a golden store: every kind of object and effect of the format, kept for ever as a reader's duty.

Run by hand, once for each change of the format that old stores live through, never by a test:

    python -m tests.format.make_golden tests/format/golden-4

writes ``golden-4.tar.xz`` and ``golden-4.json`` (what it must read as). With ``--references``, as golden-2
was made, it holds only what golden-1 lacks. Golden stores that were released are never made anew: today's
code must go on reading what yesterday's wrote.
"""

from __future__ import annotations

import argparse
import json
import os
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mvfs import settings
from mvfs.catalog import (
    deletion,
    describing,
    expiry,
    linking,
    liveness,
    materializing,
    pointers,
    renaming,
    repacking,
    rules,
    run_objects,
    runs,
    sweeping,
    undeletion,
)
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.copying import Transfer, transfer
from mvfs.catalog.deletion import Target
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, Logged, log
from mvfs.index.rows import Rule
from mvfs.references import lookup
from mvfs.references.reference import Reference
from mvfs.settings import StoreLocation
from mvfs.store import effects as fx
from mvfs.store.sources import SourceFile, scan
from tests.format.telling import told
from tests.unit.cutting.modelfiles import gguf_file, npz_file, safetensors_file, torch_file

MIB = 1 << 20
NFC = "\N{LATIN SMALL LETTER U WITH DIAERESIS}bung"
Files = dict[str, bytes]


def leaves(*values: int) -> bytes:
    """A large file: one MiB of each value, so that it packs well and no two leaves are alike."""
    return b"".join(bytes([value]) * MIB for value in values)


class Writer:
    """Logs directories made of ``files``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    def log(
        self, project: Project, name: str, type_: str, files: Files, run: str | None = None, **rest: Any
    ) -> Logged:
        self._made += 1
        source = self._folder / f"source{self._made}"
        for path, data in files.items():
            file = source / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(0o755 if path.endswith(".sh") else 0o644)
        return log(project, Draft(name, type_, scan(source), run=run, **rest))


def model_files(folder: Path) -> Files:
    """One file of each kind that has a table of tensors, and a large one."""
    arrays = {f"layer.{n}.weight": np.full((64, n + 2), n, np.float32) for n in range(4)}
    large = {f"block.{n}": np.full((256, 1500), n + 0.5, np.float32) for n in range(3)}
    return {
        "small.safetensors": safetensors_file(arrays, {"format": "pt"}),
        "large.safetensors": safetensors_file(large),
        "model.pt": torch_file(arrays),
        "arrays.npz": npz_file(arrays),
        "model.gguf": gguf_file(folder / "made.gguf", arrays),
    }


def make_runs(project: Project, other: Project, writer: Writer) -> None:
    for number, run_id in enumerate(("train1", "train2", "failed3")):
        config = {
            "lr": 0.1 / (number + 1),
            "layers": [3, {"units": 4}],
            "name": NFC,
            "none": None,
            "on": True,
        }
        facts = {"argv": ["train.py", "--deep"], "python": "3.11"}
        runs.start(project, runs.RunStart(run_id, f"run {number}", "train", "sweep-a", config, facts))
    runs.set_config(project, "train1", {"lr": 0.2, "epochs": 3})
    for segment in range(2):
        rows = [{"_step": 2 * segment + n, "_timestamp": 1.5e9 + n, "loss": 1 / (n + 1)} for n in range(2)]
        run_objects.write_points(project, "train1", "w001", segment, rows)
    runs.finish(project, "failed3", {"loss": 9.5}, "failed")
    runs.resume(project, "failed3")
    runs.label(project, "failed3", runs.Labels("again", "eval", None, ("lr=0.1", NFC), "noted"))
    writer.log(other, "source", "dataset", {"rows.csv": b"a,b\n1,2\n"}, note="from elsewhere", tags=["raw"])
    runs.use(project, "train1", other, "source", 0)


def make_models(project: Project, writer: Writer, folder: Path) -> None:
    writer.log(
        project, "net", "model", {"weights.bin": b"tiny"}, "train1", metadata={"acc": 0.5}, note="first"
    )
    rules.set_rule(project, "net", Rule("eval.acc", "max"))
    files = model_files(folder)
    writer.log(project, "net", "model", files, "train1", metadata={"eval": {"acc": 0.75}}, tags=["keep"])
    big = leaves(1, 2, 3, 4) + b"tail"
    writer.log(
        project, "net", "model", {"big.bin": big, "run.sh": b"#!/bin/sh\n"}, "train2", aliases=["prod"]
    )
    known = leaves(1, 9, 3, 4) + b"tail"
    writer.log(
        project, "net", "model", {"big.bin": known, "empty": b""}, "train2", metadata={"eval.acc": 0.7}
    )
    runs.use(project, "train2", project, "net", 1)
    runs.set_summary(project, "train2", {"loss": 0.25})
    runs.finish(project, "train2", {"loss": 0.125, "eval": {"acc": 0.9}}, "finished")
    writer.log(project, "net", "model", {"weights.bin": b"tiny"}, "failed3")  # what v0 has already
    pointers.set_aliases(project, "net", 1, ["prod", "ready to go", "1.0+cpu"])
    pointers.set_aliases(project, "net", 3, ["prod"])
    pointers.remove_aliases(project, "net", ["ready to go"])
    pointers.set_note(project, "net", 1, f"better\n{NFC} \N{ROCKET}")
    pointers.set_note(project, "net", 0, None)
    pointers.change_tags(project, "net", 1, ["good", "f16"], ["keep"])
    expiry.set_expiry(project, "net", 0, 4_102_444_800_000_000)
    expiry.set_expiry(project, "net", 2, 4_102_444_800_000_000)
    expiry.set_expiry(project, "net", 2, None)


def make_data(project: Project, writer: Writer) -> None:
    many = {f"d{n % 7}/{n % 3}/f{n:05d}.txt": b"row %d\n" % (n % 40) for n in range(4200)}
    many |= {"\N{GREEK SMALL LETTER ALPHA}/\N{CJK UNIFIED IDEOGRAPH-6570}.txt": b"unicode", f"{NFC}.md": b"x"}
    many["a.txt"] = b"beside a directory of nearly the same name"
    many["a/b"] = b"which sorts elsewhere"
    writer.log(project, f"{NFC}-data", "dataset", many, metadata={"rows": 4200, "share": 0.5, "big": 2**63})
    renaming.rename(project, f"{NFC}-data", "digits")
    half = {f"part{n}": bytes([n]) * 1000 for n in range(10)}
    writer.log(project, "shards", "dataset", half)
    writer.log(project, "shards", "dataset", {"part3": half["part3"], "new": b"new"})
    for _ in range(2):
        writer.log(project, "scratch", "dataset", {"left": os.urandom(8)})


def tidy(project: Project, other: Project) -> None:
    """Everything that moves or removes versions."""
    inside = Transfer(project, Target("net", (1,)), project, "released")
    transfer(inside)
    transfer(Transfer(other, Target("source", (0,)), project, "imported"))
    deletion.delete(project, [Target("net", (2,))], aliases=True)
    undeletion.undelete(project, "net", [2])
    deletion.delete(project, [Target("scratch", (0, 1)), Target("shards", (0,))], aliases=True)
    repacked = repacking.repack(project)
    assert repacked.versions == 1, repacked
    swept = sweeping.sweep(project, grace=0)
    assert swept.objects > 3, swept
    deletion.delete(project, [Target("net", (2,))], aliases=True)  # in the trash, and not swept
    linking.link(project, project.version("net"), other, "stable-net", ["stable"])
    describing.describe(other, "stable-net", "what customers get", ["public"])
    describing.retype(other, "stable-net", "release")
    pointers.change_metadata(other, "stable-net", 0, {"checked": True})
    rules.set_rule(project, "net", None)
    rules.set_rule(project, "net", Rule("eval.acc", "max"))


def make_long(project: Project, writer: Writer) -> None:
    """A journal with segments and a checkpoint."""
    for number in range(2):
        writer.log(project, "probe", "model", {"n": b"%d" % number})
    at: int | None = None
    for step in range(1150):
        if project.index.seq == 1152:
            break
        new = step % 2
        moves: list[fx.AnyEffect] = [fx.AliasMoved("probe", "now", new, at)]
        project.commit(lambda moves=moves: moves)  # type: ignore[misc]
        at = new
    pointers.set_aliases(project, "probe", 0, ["last"])


def opened(folder: Path) -> Catalog:
    """An empty store in ``folder``/store, and a home beside it."""
    settings.actor = lambda: "ada@golden"  # type: ignore[assignment]
    (folder / "home").mkdir()
    os.environ.update({"HOME": str(folder / "home"), "MVFS_STORE": str(folder / "store")})
    for variable in [name for name in os.environ if name.startswith("XDG_")]:
        del os.environ[variable]
    return open_catalog(StoreLocation(folder / "store", None))


def make(folder: Path) -> Catalog:
    """Make the store in ``folder``/store."""
    catalog = opened(folder)
    writer = Writer(folder)
    project, other = catalog.make_project("visoin"), catalog.make_project("other")
    catalog.rename_project("visoin", "vision")
    project = catalog.project("vision")
    make_runs(project, other, writer)
    make_models(project, writer, folder)
    make_data(project, writer)
    tidy(project, other)
    make_long(other, writer)
    _all_effects_are_there(catalog)
    return catalog


def of_reference(path: str, reference: Reference) -> SourceFile:
    return SourceFile(path, reference.uri, reference.size, False, reference=reference)


def make_references(folder: Path) -> Catalog:
    """Make a store of versions with references, in the store and outside, beside files."""
    catalog = opened(folder)
    project = catalog.make_project("far")
    source = folder / "own.bin"
    source.write_bytes(leaves(1, 2))
    data = {
        "s3://golden/pre/a b?c#d%20": leaves(3) + b"tail",
        "https://example.com/x.bin?part=1": b"over https",
        "gs://golden/object#17": b"",
        "file:///golden/same.bin": leaves(1, 2),
    }
    records = [
        Reference("s3://golden/pre/a b?c#d%20", len(leaves(3)) + 4, etag="0123-4", version="v.1"),
        Reference("https://example.com/x.bin?part=1", 10, modified=1_700_000_000_000_000),
        Reference("gs://golden/object#17", 0, version="17"),
        Reference("file:///golden/same.bin", 2 * MIB, modified=-1),
    ]
    files = [*scan(source), *(of_reference(f"r/{n}", one) for n, one in enumerate(records))]
    log(project, Draft("outside", "dataset", files))
    log(project, Draft("inside", "dataset", files, note="all bytes in the store"))
    lookup.stream = lambda ref, start=0, _=None: (yield from filter(None, [data[ref.uri][start:]]))  # type: ignore[assignment, misc]
    materializing.materialize(project, project.version("inside"))
    log(project, Draft("inside", "dataset", [*files, of_reference("s", Reference("s3://golden/s", 5))]))
    many = [of_reference(f"m{n:05d}", Reference(f"s3://golden/many/{n}", n)) for n in range(4200)]
    tiny = folder / "tiny"
    tiny.write_bytes(b"tiny")
    plain = [SourceFile(f"b{n:05d}", str(tiny), 4, False) for n in range(4100)]
    log(project, Draft("many", "dataset", [*plain, *many]))
    sweeping.sweep(project, grace=0)
    return catalog


def make_run_objects(folder: Path) -> Catalog:
    """Make a store with a run of two processes, and with all that they may leave."""
    catalog = opened(folder)
    project = catalog.make_project("runs")
    writer = Writer(folder)
    start = runs.RunStart("r", "first", "train", "g", {"lr": 0.1}, {"argv": ["x"]}, ("a", "b=1"), NFC)
    runs.start(project, start)
    for number in range(3):
        writer.log(project, "net", "model", {"f": b"%d" % number}, "r")
    runs.label(project, "r", runs.Labels("second", None, None, ("lr=0.1", NFC), None))
    for one, name in enumerate(("00000000000a", "00000000000b")):
        for number in range(2):
            rows = [_row(2 * (10 * number + n) + one) for n in range(10)]
            run_objects.write_points(project, "r", name, number, rows)
        lines = [run_objects.Line(10 * n + one, n % 3, f"line {n} of {NFC}") for n in range(3)]
        run_objects.write_lines(project, "r", name, 0, lines)
        for kind in (run_objects.FACTS, run_objects.VALUES, run_objects.SURROUNDINGS, run_objects.END):
            run_objects.write_record(
                project, "r", kind, name, {"kind": kind, "one": one, "config": {kind: [one]}}
            )
    liveness.sign(project, "r", "00000000000a")
    liveness.sign(project, "r", "00000000000b", preempting=True)
    runs.finish(project, "r", {"loss": 0.5}, "failed", ["acc"])
    return catalog


def _row(step: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "_step": step,
        "_timestamp": 1.5e9 + step / 8,
        "_runtime": step / 8,
        "loss": 1 / (step + 1),
    }
    if step % 3:
        row |= {
            "n": -step,
            "big": 2**63 + step,
            "text": NFC,
            "nested": {"a": [step, None, True]},
            "mixed": step / step,
        }
    return row | ({"mixed": 7, "inf": float("-inf")} if step % 4 == 1 else {})


def _all_effects_are_there(catalog: Catalog) -> None:
    from mvfs.store.entry import GENESIS

    journals = [catalog._index().journal, *(catalog.project(name).journal for name in catalog.projects())]  # type: ignore[union-attr]
    seen = {
        type(one) for journal in journals for entry, _ in journal.entries(0, GENESIS) for one in entry.effects
    }
    missing = set(fx.AnyEffect.__args__) - seen  # type: ignore[attr-defined]
    assert not missing, f"the golden store lacks {missing}"


def pack(store: Path, archive: Path) -> None:
    """Write a store as an archive without times and owners."""

    def bare(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
        info.mtime, info.uid, info.gid, info.uname, info.gname = 0, 0, 0, "", ""
        info.mode = 0o755 if info.isdir() else 0o644
        return None if info.name.startswith("store/tmp") else info

    with tarfile.open(archive, "w:xz", preset=9) as tar:  # type: ignore[call-overload]
        tar.add(store, "store", filter=bare)


def main(arguments: list[str] | None = None, then: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, help="path of the new golden store, without ending")
    parser.add_argument("--references", action="store_true", help="only versions with references")
    parser.add_argument("--runs", action="store_true", help="only a run, with all of its objects")
    chosen = parser.parse_args(arguments)
    target = chosen.target.absolute()
    archive = target.with_name(f"{target.name}.tar.xz")
    if archive.exists():
        parser.error(f"{archive} exists; golden stores are never made anew")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        making = make_references if chosen.references else make_run_objects if chosen.runs else make
        state = told(making(Path(folder)))
        pack(Path(folder) / "store", archive)
    text = json.dumps(state, indent=1, ensure_ascii=False, sort_keys=True)
    target.with_name(f"{target.name}.json").write_text(text + "\n", "utf-8")
    then(f"{archive}: {archive.stat().st_size:,} bytes in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
