"""Whatever byte of a store is changed, fsck says so, and never falls over."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvfs.catalog import run_objects, runs, sweeping
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.errors import MvfsError
from tests.conftest import LogFiles
from tests.unit.damage import full_check, rewrite, told

WITHOUT_HASH = ("store.mp", "/runs/")
"""The identity, and what runs wrote: nothing knows their hash, so only their form can be checked."""


def objects(store: Path) -> list[Path]:
    return sorted(p for p in store.rglob("*") if p.is_file() and p.relative_to(store).parts[0] != "tmp")


def make_store(catalog: Catalog, project: Project, log_files: LogFiles, store: Path) -> list[Path]:
    runs.start(project, runs.RunStart("abc", "abc", None, None, {"lr": 0.1}, {}))
    run_objects.write_points(project, "abc", "w001", 0, [{"_step": 0, "_timestamp": 1.0}])
    log_files(
        {"big": os.urandom(1_200_000), "d/small": "x" * 300}, run="abc", metadata={"acc": 0.5}, note="n"
    )
    orphan = store / f"p/{project.id}/blobs/aa/{'a' * 32}.{'b' * 8}"
    orphan.parent.mkdir()
    orphan.write_bytes(b"orphan")
    sweeping.sweep(project, grace=0)
    project.refresh()
    assert full_check(store).findings == []
    return objects(store)


def test_any_changed_byte_is_reported(
    catalog: Catalog, project: Project, log_files: LogFiles, store: Path
) -> None:
    stored = make_store(catalog, project, log_files, store)

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(stored), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
    def change(path: Path, where: float, mask: int) -> None:
        right = path.read_bytes()
        wrong = bytearray(right)
        wrong[int(where * len(right))] ^= mask
        rewrite(path, bytes(wrong))
        try:
            found = told(full_check(store))
            name = str(path.relative_to(store))
            assert found or any(part in f"/{name}" for part in WITHOUT_HASH), name
        except MvfsError:
            assert path.name == "store.mp"  # then this is no store any more
        finally:
            rewrite(path, right)

    change()
    assert full_check(store).findings == []


def test_any_cut_is_reported(catalog: Catalog, project: Project, log_files: LogFiles, store: Path) -> None:
    stored = [path for path in make_store(catalog, project, log_files, store) if path.name != "store.mp"]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(stored), st.floats(0, 1, exclude_max=True))
    def cut(path: Path, where: float) -> None:
        right = path.read_bytes()
        rewrite(path, right[: int(where * len(right))])
        try:
            assert told(full_check(store)), path
        finally:
            rewrite(path, right)

    cut()
