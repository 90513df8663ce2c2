"""Syncs between a bucket and a directory, either way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import mvfs
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.syncing.order import select
from mvfs.catalog.syncing.store import sync
from mvfs.settings import store_location
from mvfs.store.backend.faulty import DIE, Decide, FaultyBackend, ProcessGone
from mvfs.store.intents import WORTHWHILE
from tests.cli.conftest import Call

FILES = {f"w{n}.bin": random.Random(n).randbytes(WORTHWHILE + n) for n in (1, 2)} | {"config.json": b"{}"}


@pytest.fixture
def home_store(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with vision/net, which a run has logged."""
    place = tmp_path / "home-store"
    monkeypatch.setenv("MVFS_STORE", str(place))
    for name, data in FILES.items():
        (tmp_path / "model").mkdir(exist_ok=True)
        (tmp_path / "model" / name).write_bytes(data)
    with mvfs.init(project="vision", id="run1", config={"lr": 1}) as run:
        run.log({"loss": 2})
        model = mvfs.Artifact("net", "model")
        model.add_dir(str(tmp_path / "model"))
        run.log_artifact(model)
    assert call("note", "vision/net:v0", "first").code == 0
    return place


def test_to_a_bucket_and_back(call: Call, home_store: Path, url: str, tmp_path: Path) -> None:
    there = call("sync", home_store, url)
    assert (there.code, there.out) == (0, "vision/model/net:v0\n"), there.err
    again = call("sync", home_store, url)
    assert (again.code, again.err) == (0, "nothing to send\n")
    back = tmp_path / "back-store"
    assert call("sync", url, back, "vision").code == 0
    assert call("--store", back, "fsck", "--read-data").code == 0
    assert call("--store", url, "fsck", "--read-data").code == 0
    mine, its = (call("--store", place, "ls", "vision/net", "--json").json[0] for place in (home_store, back))
    assert {key: mine[key] for key in ("digest", "note", "run", "aliases")} == {
        key: its[key] for key in ("digest", "note", "run", "aliases")
    }
    assert its["run"] == "run1"
    assert call("sync", back, home_store).err == "nothing to send\n"


def test_a_cut_off_upload_goes_on(home_store: Path, url: str) -> None:
    source = open_catalog(store_location(str(home_store)))
    bucket = open_catalog(store_location(url)).backend
    backend = FaultyBackend(bucket, _die_at_the_manifest())
    with pytest.raises(ProcessGone):
        sync(source, Catalog(backend), select(source, []))
    target = open_catalog(store_location(url))
    assert target.project("vision").names() == []
    sent = {info.key for info in bucket.list("p/") if info.size > WORTHWHILE}
    assert len(sent) == 2
    report = sync(source, target, select(source, []))
    assert report.new_bytes == len(FILES["config.json"])
    assert {info.key for info in bucket.list("p/") if info.size > WORTHWHILE} == sent
    content = target.project("vision").content(target.project("vision").version("net"))
    assert {e.path: content.reader(e).read(0, e.size) for e in content.files()} == FILES


def _die_at_the_manifest() -> Decide:
    return lambda verb, key, _: DIE if verb == "put" and "/manifests/" in key else None
