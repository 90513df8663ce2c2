"""Stores of the past are read as they were meant, for ever.

A new golden store (`make_golden`, by hand, under the next number) must be added whenever what is written
changes in a way that older stores do not show: a new effect or object kind, a new field, another codec, a
new number of the format. The old ones stay, and no test ever writes one.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from mvfs.catalog import sweeping
from mvfs.catalog.checking.store import check_store
from mvfs.catalog.recording import Draft, log
from mvfs.index import checkpoint
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.store import keys, sweeplist
from mvfs.store.backend.local import LocalBackend
from mvfs.store.journal import Journal
from mvfs.store.sources import scan
from tests.format import reader
from tests.format.golden import NAMES, opened, recorded, unpack
from tests.format.telling import told, told_references
from tests.unit.acceleration import rows


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def golden(name: str, tmp_path: Path) -> Path:
    return unpack(name, tmp_path)


def test_there_is_a_golden_store() -> None:
    assert "golden-1" in NAMES


def test_it_reads_as_it_did_when_it_was_made(name: str, golden: Path) -> None:
    assert json.loads(json.dumps(told(opened(golden)))) == recorded(name)


def test_a_full_check_finds_nothing(golden: Path) -> None:
    check = check_store(LocalBackend(golden), percent=100)
    assert check.findings == []
    assert check.summary()["versions"] >= 3


class Counting(LocalBackend):
    """Counts the single entries that are read."""

    entries = 0

    def get(self, key: str, limit: int) -> bytes | None:
        self.entries += "/journal/" in key
        return super().get(key, limit)


def test_all_ways_to_fold_a_journal_agree(name: str, golden: Path) -> None:
    for project in recorded(name)["projects"].values():
        backend, folder = Counting(golden), keys.project_journal(project["id"])
        singly = fresh(Journal(backend, folder))
        assert backend.entries > project["entries"]
        assert [singly.seq, singly.position()[1].hex()] == [project["entries"], project["head"]]
        right = rows(singly)
        is_long = project["entries"] > checkpoint._APART
        backend.entries = 0
        from_checkpoint = Index(None, Journal(backend, folder))
        from_checkpoint.refresh()
        assert rows(from_checkpoint) == right
        assert not is_long or backend.entries < 50
        shutil.rmtree(golden / f"p/{project['id']}/ckpt", ignore_errors=True)
        backend.entries = 0
        from_segments = Index(None, Journal(backend, folder))
        from_segments.refresh()
        assert rows(from_segments) == right
        assert not is_long or backend.entries < 100


def test_it_can_be_written_to(name: str, golden: Path, tmp_path: Path) -> None:
    right = recorded(name)
    catalog = opened(golden)
    for number, project_name in enumerate(right["projects"]):
        project = catalog.project(project_name)
        source = tmp_path / f"added{number}"
        source.write_bytes(b"added" * 300_000)
        for type_, of in sorted({row["type"]: row["name"] for row in _names(right, project_name)}.items()):
            log(project, Draft(of, type_, scan(source)))
        log(project, Draft("brand-new", "thing", scan(source)))
        sweeping.sweep(project, grace=0)
    after = json.loads(json.dumps(told(opened(golden))))
    for project_name, project in right["projects"].items():
        found = after["projects"][project_name]
        assert found["entries"] > project["entries"]
        assert found["runs"] == project["runs"]
        for label, version in project["versions"].items():
            moved = {key: version[key] for key in version.keys() - {"aliases", "content"}}
            assert moved.items() <= found["versions"][label].items()
            if label not in project["trash"]:
                assert found["versions"][label]["content"] == version["content"]
    assert check_store(LocalBackend(golden), percent=100).findings == []


def _names(right: dict[str, Any], project: str) -> list[dict[str, Any]]:
    return [row for row in right["projects"][project]["names"].values() if row["versions"]]


def test_a_reader_made_from_the_document_agrees(name: str, golden: Path) -> None:
    right = recorded(name)
    root = reader.entries(golden, "projects")
    projects = reader.fold(root)["projects"]
    assert projects == {name: one["id"] for name, one in right["projects"].items()}
    assert root[-1][1].hex() == right["root"]["head"]
    for project in right["projects"].values():
        folder = f"p/{project['id']}/journal"
        journal = reader.entries(golden, folder)
        assert (len(journal), journal[-1][1].hex()) == (project["entries"], project["head"])
        for first, copied in reader.segments(golden, folder).items():
            assert copied == [entry for entry, _ in journal[first : first + 128]]
        found = reader.fold(journal)
        assert {run: one["summary"] for run, one in found["runs"].items()} == {
            run: one["summary"] for run, one in project["runs"].items()
        }
        assert found["names"].keys() == project["names"].keys()
        for label, of in found["names"].items():
            told_name = project["names"][label]
            assert {a: n for a, n in of["aliases"].items() if n is not None} == told_name["aliases"]
            for number, version in enumerate(of["versions"]):
                _agree(golden, version, project["versions"][f"{label}:v{number}"])
                assert version.get("deleted", False) == (f"{label}:v{number}" in project["trash"])
        for sweep in project["sweeps"]:
            raw = (golden / keys.sweep_list(project["id"], sweep["id"])).read_bytes()
            assert found["sweeps"][sweep["id"]] == [blake3(raw).digest(), sweep["objects"], sweep["size"]]
            listed, sizes = reader.unzstd(raw)
            told_list = sweeplist.read(LocalBackend(golden), project["id"], sweep["id"], blake3(raw).digest())
            assert {f"p/{project['id']}/{key}" for key in listed} == told_list.keys()
            assert sum(sizes) == sweep["size"]


def test_a_reader_made_from_the_document_reads_points(tmp_path: Path) -> None:
    store = unpack("golden-3", tmp_path)
    (project,) = recorded("golden-3")["projects"].values()
    files = sorted(store.glob(f"p/{project['id']}/runs/r/history/*/*.mpz"))
    found = [row for file in files for row in reader.points(file.read_bytes())]
    found.sort(key=lambda row: row["_step"])
    assert found == project["runs"]["r"]["history"]
    assert len(found) == 40


def _agree(store: Path, version: dict[str, Any], right: dict[str, Any]) -> None:
    assert version["digest"].hex() == right["digest"]
    assert all(version[field] == right[field] for field in ("files", "size", "run", "metadata", "created"))
    assert (version.get("note"), version.get("expires")) == (right["note"], right["expires"])
    assert sorted(version["tags"]) == right["tags"]
    assert (version["manifest"], version["manifest_hash"].hex()) == (
        right["manifest"],
        right["manifest_hash"],
    )
    if right["content"] is None:
        return
    manifest = reader.Manifest(store, version["manifest"], version["manifest_hash"])
    files = manifest.content()
    lines = "".join(f"{files[path][3]}  {files[path][1]} {path}\n" for path in sorted(files, key=str.encode))
    assert blake3(lines.encode()).hexdigest() == right["content"]["listing"]
    assert right["content"].get("files", files) == files
    assert manifest.tables() == right["content"]["tensors"]
    assert told_references(manifest.referred()) == right["content"].get("references", {})
