"""Syncs between stores: what is sent, what is left alone, and how a cut-off one goes on."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from mvfs.catalog import pointers, run_objects, runs, sweeping
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.deletion import Target, delete
from mvfs.catalog.expiry import expiry_in, set_expiry
from mvfs.catalog.project import Project
from mvfs.catalog.runs import RunStart
from mvfs.catalog.syncing.order import select
from mvfs.catalog.syncing.report import Report
from mvfs.catalog.syncing.store import sync
from mvfs.index import queries
from mvfs.index.rows import Input
from mvfs.refs import Selector, parse
from mvfs.settings import StoreLocation, state_dir
from mvfs.store.backend.base import Backend
from mvfs.store.backend.faulty import FaultyBackend, ProcessGone, die_at
from mvfs.store.backend.local import LocalBackend
from mvfs.store.intents import WORTHWHILE
from tests.conftest import LogFiles
from tests.unit.housekeeping import assert_index_is_the_fold, intrude, labels

LARGE = random.Random(7).randbytes(2_500_000)


@pytest.fixture
def other(tmp_path: Path) -> Catalog:
    return open_catalog(StoreLocation(tmp_path / "other", "test"))


@pytest.fixture
def full(project: Project, log_files: LogFiles) -> Project:
    """Two versions with a blob in common, a data set, and a run that made one of the other."""
    data = log_files({"d": "data"}, name="set", type_="dataset").version
    runs.start(project, RunStart("run1", "train", "job", "group", {"lr": 0.1}, {"host": "h"}))
    runs.use(project, "run1", project, "set", data.number)
    run_objects.write_points(project, "run1", "w001", 0, [{"_step": 0, "_timestamp": 1.0, "loss": 2}])
    log_files(
        {"w": LARGE, "a": "0"}, run="run1", note="n", tags=["t"], metadata={"acc": 0.5}, aliases=["prod"]
    )
    log_files({"w": LARGE, "a": "1"})
    runs.finish(project, "run1", {"loss": 1}, "finished")
    set_expiry(project, "iv3", 0, expiry_in(1000))
    return project


def synced(source: Catalog, target: Catalog, *refs: str, force: bool = False, dry: bool = False) -> Report:
    return sync(source, target, select(source, [parse(ref) for ref in refs]), force=force, dry=dry)


def everything(backend: Backend) -> set[str]:
    return {info.key for info in backend.list("")}


def files(project: Project, name: str, number: int) -> dict[str, bytes]:
    content = project.content(project.version(name, Selector(number=number)))
    return {e.path: content.reader(e).read(0, e.size) for e in content.files()}


def test_all_of_it_arrives(catalog: Catalog, full: Project, other: Catalog) -> None:
    report = synced(catalog, other)
    there = other.project("vision")
    assert [one.label for one in report.sent] == ["v0", "v1", "v0"]
    assert report.new_bytes == len(LARGE) + len("0" + "1" + "data")
    assert report.conflicts == report.damaged == report.kept_deleted == []
    for name, number in (("iv3", 0), ("iv3", 1), ("set", 0)):
        mine, its = full.version(name, Selector(number=number)), there.version(name, Selector(number=number))
        for field in ("digest", "note", "tags", "metadata", "expires", "aliases", "run", "type", "size"):
            assert getattr(its, field) == getattr(mine, field), field
        assert files(there, name, number) == files(full, name, number)
    assert_index_is_the_fold(there)


def test_runs_and_lineage_arrive(catalog: Catalog, full: Project, other: Catalog) -> None:
    synced(catalog, other)
    there = other.project("vision")
    run, mine = there.run("run1"), full.run("run1")
    for field in ("name", "job_type", "group", "config", "summary", "state"):
        assert getattr(run, field) == getattr(mine, field), field
    assert run_objects.read_start(there, "run1") == run_objects.read_start(full, "run1") != {}
    assert list(run_objects.read_history(there, "run1")) == [{"_step": 0, "_timestamp": 1.0, "loss": 2}]
    assert queries.inputs(there.index, "run1") == queries.inputs(full.index, "run1") != []
    assert [one.id for one in queries.producers(there.index, "iv3", 0)] == ["run1"]
    assert [one.id for one in queries.users(there.index, "set", 0)] == ["run1"]


def test_lineage_between_projects_arrives(
    catalog: Catalog, full: Project, other: Catalog, log_files: LogFiles
) -> None:
    evaluation = catalog.make_project("evaluation")
    runs.start(evaluation, RunStart("eval", "e", None, None, {}, {}))
    runs.use(evaluation, "eval", full, "iv3", 1)
    there = other.make_project("vision")
    log_files({"own": "1"}, into=there)
    synced(catalog, other, "evaluation")
    copy = other.project("evaluation")
    assert queries.inputs(copy.index, "eval") == []  # what it used is not there yet
    synced(catalog, other, "vision")
    synced(catalog, other, "evaluation")
    assert queries.inputs(copy.index, "eval") == [Input(there.id, "iv3", 2)]
    assert synced(catalog, other).is_empty


@pytest.mark.usefixtures("full")
def test_a_second_sync_writes_nothing_either_way(catalog: Catalog, other: Catalog) -> None:
    synced(catalog, other)
    before = everything(other.backend), everything(catalog.backend)
    for source, target in ((catalog, other), (other, catalog)):
        report = synced(source, target)
        assert report.is_empty
        assert report.new_bytes == 0
        assert report.conflicts == []
    assert (everything(other.backend), everything(catalog.backend)) == before


@pytest.mark.usefixtures("full")
def test_a_dry_run_tells_and_writes_nothing(catalog: Catalog, other: Catalog) -> None:
    told = synced(catalog, other, dry=True)
    assert not other.exists
    done = synced(catalog, other)
    assert (told.sent, told.runs) == (done.sent, done.runs)
    before = everything(other.backend)
    assert synced(catalog, other, dry=True).is_empty
    assert everything(other.backend) == before


def test_numbers_that_are_taken_are_told(
    catalog: Catalog, full: Project, other: Catalog, log_files: LogFiles
) -> None:
    there = other.make_project("vision")
    log_files({"own": "1"}, into=there)
    report = synced(catalog, other, "vision/iv3")
    assert [one.label for one in report.sent] == ["v0 -> v1", "v1 -> v2"]
    assert there.aliases("iv3") == {"latest": 2, "prod": 1}
    back = synced(other, catalog, "vision/model/iv3")
    assert [one.label for one in back.sent] == ["v0 -> v2"]
    assert files(full, "iv3", 2) == {"own": b"1"}


def test_only_missing_blobs_are_sent(
    catalog: Catalog, full: Project, other: Catalog, log_files: LogFiles
) -> None:
    synced(catalog, other, "vision/iv3:v0")
    there = other.project("vision")
    assert labels(there) == ["v0"]
    assert synced(catalog, other, "vision/iv3:v1").new_bytes == 1
    log_files({"w": LARGE, "other": "x"}, name="iv4")
    assert synced(catalog, other, "vision/iv4").new_bytes == 1
    assert files(there, "iv4", 0) == files(full, "iv4", 0)


@pytest.mark.usefixtures("full")
def test_a_blob_whose_version_is_swept_meanwhile_is_sent(
    catalog: Catalog, other: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced(catalog, other, "vision/iv3:v0")

    def act(project: Project) -> None:
        delete(project, [Target("iv3", (0,))], aliases=True)
        sweeping.sweep(project, grace=0)

    there = other.project("vision")
    intrude_at(monkeypatch, there, act)
    synced(catalog, other, "vision/iv3:v1")
    assert labels(there) == ["v1"]
    assert files(there, "iv3", 1) == {"w": LARGE, "a": b"1"}


def intrude_at(monkeypatch: pytest.MonkeyPatch, project: Project, act: object) -> None:
    """Like `intrude`, where the project is not that of the configured store."""
    monkeypatch.setattr(
        "tests.unit.housekeeping.open_catalog",
        lambda: open_catalog(StoreLocation(Path(project.backend.location), "test")),
    )
    intrude(monkeypatch, project, act)  # type: ignore[arg-type]


def test_an_alias_follows_but_is_not_taken(
    catalog: Catalog, full: Project, other: Catalog, log_files: LogFiles
) -> None:
    synced(catalog, other)
    there = other.project("vision")
    pointers.set_aliases(full, "iv3", 1, ["prod"])
    assert synced(catalog, other).conflicts == []
    assert there.aliases("iv3")["prod"] == 1
    theirs = log_files({"own": "1"}, into=there).version.number
    pointers.set_aliases(there, "iv3", theirs, ["prod"])
    (told,) = synced(catalog, other).conflicts
    assert told == "'prod' of 'vision/iv3' is at v2 in the target, not at v1; --force moves it"
    assert there.aliases("iv3")["prod"] == theirs
    assert synced(catalog, other, force=True).conflicts == []
    assert there.aliases("iv3")["prod"] == 1


def test_a_note_that_differs_stays(catalog: Catalog, full: Project, other: Catalog) -> None:
    synced(catalog, other)
    there = other.project("vision")
    pointers.set_note(there, "iv3", 0, "theirs")
    pointers.set_note(full, "iv3", 1, "new")
    pointers.change_tags(full, "iv3", 1, add=["tag"])
    (told,) = synced(catalog, other).conflicts
    assert "the note of 'vision/iv3:v0' is another one" in told
    notes = [(version.note, version.tags) for version in there.versions("iv3")]
    assert notes == [("theirs", ("t",)), ("new", ("tag",))]
    synced(catalog, other, force=True)
    assert there.version("iv3", Selector(number=0)).note == "n"


def test_what_is_deleted_stays_so(catalog: Catalog, full: Project, other: Catalog) -> None:
    synced(catalog, other)
    there = other.project("vision")
    delete(there, [Target("iv3", (0,))], aliases=True)
    report = synced(catalog, other)
    assert (report.kept_deleted, report.sent) == (["vision/iv3:v0"], [])
    assert labels(there) == ["v1"]
    delete(full, [Target("iv3", (1,))], aliases=True)
    assert synced(catalog, other).sent == []
    assert labels(there) == ["v1"]


def test_an_active_run_is_brought_up_to_date(catalog: Catalog, full: Project, other: Catalog) -> None:
    runs.start(full, RunStart("run2", "go", None, None, {}, {}))
    synced(catalog, other)
    there = other.project("vision")
    assert there.run("run2").state == "running"
    run_objects.write_points(full, "run2", "w001", 0, [{"_step": 0, "_timestamp": 1.0}])
    runs.set_summary(full, "run2", {"acc": 1})
    assert synced(catalog, other).runs == ["vision/run2"]
    assert (there.run("run2").summary, len(list(run_objects.read_history(there, "run2")))) == ({"acc": 1}, 1)
    runs.finish(full, "run2", {"acc": 2}, "failed")
    assert synced(other, catalog).runs == []  # what is behind takes nothing back
    assert full.run("run2").summary == {"acc": 2}
    synced(catalog, other)
    assert (there.run("run2").summary, there.run("run2").state) == ({"acc": 2}, "failed")


def test_what_grows_is_sent_again_and_never_cut(catalog: Catalog, full: Project, other: Catalog) -> None:
    runs.start(full, RunStart("run2", "go", None, None, {}, {}, ("t",)))
    rows = [{"_step": n, "_timestamp": 1.0, "n": n} for n in range(9)]
    line = run_objects.Line(1, 0, "printed")

    def write(project: Project, count: int) -> None:
        run_objects.write_points(project, "run2", "w001", 0, rows[:count])
        run_objects.write_lines(project, "run2", "w001", 0, [line] * count)
        run_objects.write_record(project, "run2", "values", "w001", {"summary": {"count": count}})

    def counts(project: Project) -> tuple[int, int, int]:
        history, lines = (
            list(read(project, "run2")) for read in (run_objects.read_history, run_objects.read_lines)
        )
        return len(history), len(lines), runs.whole(project, project.run("run2")).summary["count"]

    write(full, 3)
    synced(catalog, other)
    there = other.project("vision")
    assert (counts(there), there.run("run2").tags) == ((3, 3, 3), ("t",))
    write(full, 7)
    runs.label(full, "run2", runs.Labels("new", None, "g", ("u",), "text"))
    assert synced(catalog, other).runs == ["vision/run2"]
    there.refresh()
    assert counts(there) == (7, 7, 7)
    run = there.run("run2")
    assert (run.name, run.group, run.tags, run.notes) == ("new", "g", ("u",), "text")
    write(there, 9)
    runs.set_summary(full, "run2", {"x": 1})
    synced(catalog, other, force=True)
    assert counts(there)[:2] == (9, 9)
    assert synced(catalog, other).conflicts == []


def test_another_run_with_the_id_is_left(catalog: Catalog, full: Project, other: Catalog) -> None:
    there = other.make_project("vision")
    runs.start(there, RunStart("run1", "else", None, None, {"x": 1}, {}))
    report = synced(catalog, other)
    assert report.conflicts == ["run 'run1' of 'vision' is another one in the target; it was left alone"]
    assert run_objects.read_start(there, "run1")["config"] == {"x": 1}
    assert there.version("iv3", Selector(number=0)).run is None
    assert queries.inputs(there.index, "run1") == []
    assert labels(there) == labels(full)


def test_damage_is_not_sent(catalog: Catalog, full: Project, other: Catalog, log_files: LogFiles) -> None:
    bad = os.urandom(1_500_000)
    log_files({"a-sound": os.urandom(1_400_000), "bad": bad})
    (path,) = [
        path
        for info in full.backend.list(f"p/{full.id}/blobs/")
        if info.size == len(bad) and (path := full.backend.local_path(info.key)) is not None
    ]
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"damage")
    report = synced(catalog, other)
    (told,) = report.damaged
    assert told.startswith("vision/iv3:v2: the bytes of ")
    there = other.project("vision")
    assert labels(there) == ["v0", "v1"]
    assert there.aliases("iv3")["latest"] == 1
    assert files(there, "iv3", 1) == files(full, "iv3", 1)
    assert_index_is_the_fold(there)
    before = everything(other.backend)
    assert [info.size for info in other.backend.list(f"p/{there.id}/blobs/") if info.size > 10] == [
        len(LARGE)
    ]
    assert len(synced(catalog, other).damaged) == 1
    assert everything(other.backend) == before


def killed_sync(place: StoreLocation, ref: str) -> None:
    """Sync in a child process that is killed right before it writes a manifest."""
    child = os.fork()
    if child == 0:
        put = LocalBackend.put

        def die_at_the_manifest(self: LocalBackend, key: str, data: bytes | bytearray | Path) -> None:
            if "/manifests/" in key:
                os.kill(os.getpid(), signal.SIGKILL)
            put(self, key, data)

        LocalBackend.put = die_at_the_manifest  # type: ignore[method-assign]
        synced(open_catalog(), open_catalog(place), ref)
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.fixture
def big(full: Project, log_files: LogFiles) -> Project:
    """A name ``big`` with two blobs that are worth remembering."""
    log_files({f"w{n}": random.Random(n).randbytes(WORTHWHILE + n) for n in (1, 2)}, name="big")
    return full


def test_a_killed_sync_goes_on_without_what_is_there(catalog: Catalog, big: Project, tmp_path: Path) -> None:
    place = StoreLocation(tmp_path / "other", "test")
    killed_sync(place, "vision/big")
    other = open_catalog(place)
    there = other.project("vision")
    assert there.names() == []
    before = everything(other.backend)
    report = synced(catalog, other, "vision/big")
    assert report.new_bytes == 0
    assert not [key for key in everything(other.backend) - before if "/blobs/" in key]
    assert files(there, "big", 0) == files(big, "big", 0)
    assert list((state_dir() / "intents").rglob("*.intent")) == []


def test_a_sweep_may_take_what_a_killed_sync_left(
    catalog: Catalog, big: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = StoreLocation(tmp_path / "other", "test")
    killed_sync(place, "vision/big")
    other = open_catalog(place)
    there = other.project("vision")
    intrude_at(monkeypatch, there, lambda project: sweeping.sweep(project, grace=0))
    assert synced(catalog, other, "vision/big").new_bytes == 2 * WORTHWHILE + 3
    assert files(there, "big", 0) == files(big, "big", 0)
    assert_index_is_the_fold(there)


def test_it_may_die_anywhere(catalog: Catalog, full: Project, tmp_path: Path) -> None:
    number = deaths = 0
    while True:
        place = StoreLocation(tmp_path / f"other{number}", "test")
        backend = FaultyBackend(LocalBackend(place.path), die_at(number, applied=number % 2 == 1))
        try:
            synced(catalog, Catalog(backend))
            break
        except ProcessGone:
            deaths += 1
        other = open_catalog(place)
        synced(catalog, other)
        there = other.project("vision")
        assert there.aliases("iv3") == full.aliases("iv3")
        assert labels(there) == labels(full)
        assert files(there, "iv3", 1) == files(full, "iv3", 1)
        assert there.run("run1").summary == {"loss": 1}
        assert len(queries.inputs(there.index, "run1")) == 1
        assert synced(catalog, other).is_empty
        number += 3
    assert deaths > 10
