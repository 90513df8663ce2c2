"""fsck: each kind of damage is found, with the versions it hurts and no others; sound stores are sound."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mvfs.catalog import run_objects, sweeping
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.errors import NotFound
from mvfs.store import effects as fx
from mvfs.store import keys, sweeplist
from mvfs.store.backend.local import LocalBackend
from tests.conftest import LogFiles
from tests.unit.damage import blob_of, flip, full_check, notes, rewrite, told

BIG = os.urandom(2_500_000)
V0, V1 = "vision/model/iv3:v0", "vision/model/iv3:v1"


@pytest.fixture
def two(store: Path, project: Project, log_files: LogFiles) -> Path:
    """v0 and v1 share big.bin; each has a small file of its own."""
    log_files({"big.bin": BIG, "a.txt": "one", "b.txt": "same"})
    log_files({"big.bin": BIG, "a.txt": "two two two", "b.txt": "same"})
    return store


def entry(store: Path, number: int) -> Path:
    (folder,) = store.glob("p/*/journal")
    return folder / f"{number:012d}.mp"


def manifest(store: Path, project: Project, number: int) -> Path:
    return store / project.versions("iv3")[number].manifest


def delete(project: Project, number: int) -> None:
    aliases = [fx.AliasMoved("iv3", a, None, n) for a, n in project.aliases("iv3").items() if n == number]
    project.commit(lambda: [*aliases, fx.Deleted("iv3", number)])


def test_sound_stores_of_many_shapes(
    catalog: Catalog, project: Project, log_files: LogFiles, store: Path
) -> None:
    log_files({"empty": ""})
    log_files({f"d{n % 7}/sub/f{n:05d}": f"{n}" for n in range(5000)})
    log_files({"x": BIG, "y": BIG, "z": BIG + b"1", "exactly": bytes(1 << 20)})
    log_files({"w": "1"}, name="other", type_="dataset", into=catalog.make_project("audio"))
    delete(project, 0)
    for percent in (0, 30, 100):
        check = full_check(store, percent)
        assert check.findings == []
    assert check.summary() | {"bytes_read": 0} == {
        "projects": 2, "entries": 5, "versions": 3, "in_trash": 1, "blobs": 5, "bytes_read": 0,
        "damage": 0, "unreadable": 0, "notes": 0, "versions_hurt": 0,
    }  # fmt: skip


def test_no_store_and_no_project(store: Path, two: Path) -> None:
    with pytest.raises(NotFound, match="no store"):
        full_check(store / "nowhere")
    from mvfs.catalog.checking.store import check_store

    with pytest.raises(NotFound, match="no project 'nope'"):
        check_store(LocalBackend(two), ["nope"])
    assert check_store(LocalBackend(two), ["vision"], 100).findings == []


def test_a_changed_leaf_names_the_leaf_and_all_versions(two: Path) -> None:
    flip(blob_of(two, len(BIG)), 1_500_000)
    check = full_check(two)
    assert told(check) == [("blob_changed", [(V0, ("big.bin",)), (V1, ("big.bin",))])]
    assert check.findings[0].leaves == (1,)
    assert told(full_check(two, 0)) == []


def test_a_sample_that_hits_the_damage_finds_it(two: Path) -> None:
    blob = blob_of(two, len(BIG))
    for offset in range(0, len(BIG), 1 << 20):
        flip(blob, offset)
    assert told(full_check(two, 70)) == [("blob_changed", [(V0, ("big.bin",)), (V1, ("big.bin",))])]


def test_a_changed_pack_hurts_only_the_files_at_that_place(two: Path) -> None:
    flip(blob_of(two, len("onesame")), 0)
    assert told(full_check(two)) == [("blob_changed", [(V0, ("a.txt",))])]


def test_a_missing_and_a_short_blob_are_found_by_listing(two: Path) -> None:
    blob_of(two, len("two two two")).unlink()
    blob = blob_of(two, len(BIG))
    rewrite(blob, BIG[:2_000_000])
    assert told(full_check(two, 0)) == [
        ("blob_missing", [(V1, ("a.txt",))]),
        ("blob_size", [(V0, ("big.bin",)), (V1, ("big.bin",))]),
    ]


def test_damage_in_a_manifest_hurts_that_version_alone(two: Path, project: Project) -> None:
    path = manifest(two, project, 0)
    for offset in (0, 30):
        flip(path, offset)
        assert told(full_check(two)) == [("manifest_damaged", [(V0, ())])]
        flip(path, offset)
    path.unlink()
    assert told(full_check(two)) == [("manifest_missing", [(V0, ())])]


def test_what_only_a_broken_manifest_leads_to_is_not_called_garbage(
    store: Path, project: Project, log_files: LogFiles
) -> None:
    log_files({"a": "1"})
    manifest(store, project, 0).unlink()
    assert "repair that first" in full_check(store).findings[-1].message


def test_leaf_hashes_that_were_changed(two: Path, project: Project) -> None:
    flip(manifest(two, project, 1), -1)
    assert told(full_check(two)) == [("leaves_damaged", [(V1, ("big.bin",))])]


def test_a_block_that_was_changed(store: Path, project: Project, log_files: LogFiles) -> None:
    log_files({f"f{n:05d}": f"{n}" for n in range(5000)})
    path = manifest(store, project, 0)
    flip(path, -32 * 5000 - 100)  # before the hashes of the files
    assert told(full_check(store)) == [("manifest_damaged", [(V0, ())])]
    flip(path, -32 * 5000 - 100)
    flip(path, -1)
    assert told(full_check(store)) == [("manifest_damaged", [(V0, ())])]


def test_a_gap_in_the_journal(two: Path, log_files: LogFiles) -> None:
    log_files({"c": "3"})
    entry(two, 1).unlink()
    check = full_check(two)
    assert told(check) == [("entry_missing", [])]
    assert check.summary()["versions"] == 1
    assert notes(check) == ["orphans"]


def test_a_changed_entry_ends_the_journal_and_what_is_before_is_checked(two: Path) -> None:
    flip(entry(two, 0), -1)
    blob_of(two, len(BIG)).unlink()
    assert told(full_check(two)) == [("entry_damaged", [])]
    flip(entry(two, 0), -1)
    flip(entry(two, 1), 8)
    assert told(full_check(two)) == [("entry_damaged", []), ("blob_missing", [(V0, ("big.bin",))])]


def test_swapped_entries(two: Path) -> None:
    first, second = entry(two, 0).read_bytes(), entry(two, 1).read_bytes()
    rewrite(entry(two, 0), second)
    rewrite(entry(two, 1), first)
    assert told(full_check(two)) == [("entry_damaged", [])]


def test_the_index_is_a_witness_of_the_end(two: Path, project: Project) -> None:
    project.refresh()
    last = entry(two, 1).read_bytes()
    at = last.index(b"iv3") - 40  # inside of the actor's name or the time
    flip(entry(two, 1), at)
    assert told(full_check(two))[0][0] in ("history_changed", "entry_damaged")
    entry(two, 1).unlink()
    assert told(full_check(two)) == [("entries_lost", [])]


def test_a_wrong_index_is_only_a_note(two: Path, project: Project) -> None:
    project.index.db.execute("update versions set size = 1 where number = 0")
    check = full_check(two)
    assert (told(check), notes(check)) == ([], ["index_wrong"])
    assert "delete it" in check.findings[0].message


def test_a_project_that_no_entry_names(two: Path, catalog: Catalog, home: Path) -> None:
    shutil.rmtree(home / ".cache")
    (two / "projects/000000000000.mp").unlink()
    assert told(full_check(two)) == [("project_unnamed", [])]


def test_orphans_leftovers_and_strangers_are_notes(two: Path, project: Project) -> None:
    (two / f"p/{project.id}/blobs/aa").mkdir()
    (two / f"p/{project.id}/blobs/aa" / f"{'a' * 32}.{'b' * 8}").write_bytes(b"orphan")
    (two / "tmp/0123456789abcdef").mkdir()
    (two / "tmp/0123456789abcdef/lock").write_bytes(b"")
    (two / "tmp/0123456789abcdef/half").write_bytes(b"a killed writer's")
    (two / "README").write_bytes(b"mine")
    check = full_check(two)
    assert (told(check), notes(check)) == ([], ["orphans", "leftovers", "foreign"])
    orphans, left, _ = check.findings
    assert "1 object (6 B" in orphans.message
    assert left.objects == ("tmp/0123456789abcdef/half",)


def test_what_only_makes_reading_faster_is_no_evidence(two: Path, project: Project) -> None:
    folder = keys.project_journal(project.id)
    for key in (
        keys.segment(folder, 0, 128, "0" * 16),
        keys.checkpoint(folder, 2, "0" * 16),
        keys.segment(keys.ROOT_JOURNAL, 0, 128, "0" * 16),
        keys.checkpoint(keys.ROOT_JOURNAL, 1, "0" * 16),
    ):
        project.backend.put(key, b"of no use")
    check = full_check(two)
    assert (told(check), notes(check)) == ([], ["copy_wrong"] * 4)


def test_trash_is_told_apart_and_what_was_swept_is_not_missed(two: Path, project: Project) -> None:
    delete(project, 0)
    pack = blob_of(two, len("onesame"))
    flip(pack, 0)
    check = full_check(two)
    assert (told(check), notes(check)) == ([], ["blob_changed"])
    assert check.findings[0].versions[0].in_trash
    sweeping.sweep(project, grace=0)
    (left,) = full_check(two).findings  # v1 still has a file in that pack
    assert (left.versions, "no file of a version" in left.message) == ((), True)


def test_what_is_swept_while_fsck_runs_is_not_missed(
    two: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mvfs.catalog.checking import project as checking

    real = checking.ProjectCheck.run

    def late(self: checking.ProjectCheck, *rest: object) -> None:
        delete(project, 0)
        assert sweeping.sweep(project, grace=0).objects == 1
        real(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(checking.ProjectCheck, "run", late)
    assert told(full_check(two)) == []


def test_what_is_logged_while_fsck_runs_is_not_missed(
    two: Path, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mvfs.catalog.checking import store as checking

    real = checking.Listing

    def early(*rest: object) -> checking.Listing:
        found = real(*rest)  # type: ignore[arg-type]
        log_files({"new": BIG + b"new"})
        return found

    monkeypatch.setattr(checking, "Listing", early)
    check = full_check(two)
    assert (check.findings, check.summary()["versions"]) == ([], 3)


def test_sweeps(two: Path, project: Project) -> None:
    sweep_id = keys.new_sweep_id()
    manifest_key = project.versions("iv3")[0].manifest
    list_hash = sweeplist.write(project.backend, project.id, sweep_id, {manifest_key: 1})
    project.commit(lambda: [fx.Swept(sweep_id, list_hash, 1, 1)])
    check = full_check(two)
    assert (told(check), notes(check)) == ([("sweep_names_live", [])], ["sweep_unfinished"])
    flip(two / keys.sweep_list(project.id, sweep_id), 20)
    assert told(full_check(two)) == [("sweep_list_damaged", [])]


def test_what_runs_wrote(two: Path, project: Project) -> None:
    from mvfs.catalog import runs

    runs.start(project, runs.RunStart("abc", "abc", None, None, {}, {}))
    run_objects.write_points(project, "abc", "w001", 0, [{"_step": 0, "_timestamp": 1.0}])
    assert full_check(two).findings == []
    rewrite(two / keys.run_object(project.id, "abc", "start.mpz"), b"\xc1")
    flip(two / keys.run_object(project.id, "abc", "history/w001/000000.mpz"), 0)
    assert told(full_check(two)) == [("run_damaged", []), ("run_damaged", [])]
