"""Copies and moves: what is taken along, what is stored, and what others do meanwhile."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mvfs.catalog import copying, pointers, rules, runs, sweeping
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.copying import Transfer, transfer
from mvfs.catalog.deletion import Target, delete, target
from mvfs.catalog.expiry import expiry_in, set_expiry
from mvfs.catalog.project import Project
from mvfs.catalog.runs import RunStart
from mvfs.catalog.undeletion import undelete
from mvfs.errors import Conflict, CorruptObject, InvalidInput, NotFound
from mvfs.index import queries
from mvfs.index.rows import Rule
from mvfs.refs import Selector
from mvfs.settings import StoreLocation
from mvfs.store.carrier import Carrier
from mvfs.store.manifest.reader import Manifest
from tests.conftest import LogFiles
from tests.unit.housekeeping import assert_index_is_the_fold, intrude, labels

LARGE = os.urandom(2_500_000)


@pytest.fixture
def sight(catalog: Catalog) -> Project:
    return catalog.make_project("sight")


@pytest.fixture
def two(project: Project, log_files: LogFiles) -> Project:
    """iv3:v0 and v1 with a large file in common; ``prod`` is v0."""
    log_files(
        {"w": LARGE, "d/a": "0", "e": ""}, aliases=["prod"], note="n\n0", tags=["t"], metadata={"acc": 0.5}
    )
    log_files({"w": LARGE, "d/a": "1"})
    return project


def one(project: Project, number: int) -> Target:
    return target(project, "iv3", number)


def objects(project: Project) -> set[str]:
    return {i.key for i in project.backend.list(f"p/{project.id}/") if "/blobs/" in i.key or ".mf" in i.key}


def files(project: Project, name: str, number: int) -> dict[str, bytes]:
    content = project.content(project.version(name, Selector(number=number)))
    return {e.path: content.reader(e).read(0, e.size) for e in content.files()}


def test_a_copy_in_the_project_shares_the_manifest(two: Project) -> None:
    before, seq = objects(two), two.index.seq
    done = transfer(Transfer(two, one(two, 0), two, "iv4"))
    assert (done.numbers, done.new_bytes, objects(two), two.index.seq) == ({0: 0}, 0, before, seq + 1)
    source, copy = two.version("iv3", Selector(number=0)), two.version("iv4", Selector(number=0))
    assert copy.manifest == source.manifest
    assert (copy.note, copy.tags, copy.metadata, copy.aliases) == ("n\n0", ("t",), {"acc": 0.5}, ("latest",))
    assert_index_is_the_fold(two)


def test_a_copy_lives_on_when_its_source_is_swept(two: Project) -> None:
    transfer(Transfer(two, one(two, 0), two, "iv4"))
    delete(two, [target(two, "iv3")])
    sweeping.sweep(two, grace=0)
    assert files(two, "iv4", 0) == {"w": LARGE, "d/a": b"0", "e": b""}


def test_equal_content_makes_no_new_version(two: Project) -> None:
    transfer(Transfer(two, target(two, "iv3"), two, "iv4"))
    assert two.aliases("iv4") == {"latest": 1}
    again = transfer(Transfer(two, one(two, 0), two, "iv4"))
    assert (again.numbers, labels(two, "iv4"), two.aliases("iv4")) == ({0: 0}, ["v0", "v1"], {"latest": 0})
    seq = two.index.seq
    transfer(Transfer(two, one(two, 0), two, "iv4"))
    assert two.index.seq == seq


def test_a_copy_appends_to_a_name_and_follows_its_rule(two: Project, log_files: LogFiles) -> None:
    log_files({"a": "x"}, name="iv4", metadata={"acc": 0.1})
    rules.set_rule(two, "iv4", Rule("acc", "max"))
    assert transfer(Transfer(two, one(two, 0), two, "iv4")).numbers == {0: 1}
    assert two.aliases("iv4") == {"best": 1, "latest": 1}


def test_lineage_goes_with_a_copy(two: Project, log_files: LogFiles) -> None:
    first, second = "run1", "run2"
    for run in (first, second):
        runs.start(two, RunStart(run, "train", None, None, {}, {}))
    log_files({"a": "r"}, run=first)
    log_files({"a": "r"}, run=second)
    transfer(Transfer(two, one(two, 2), two, "iv4"))
    assert [run.id for run in queries.producers(two.index, "iv4", 0)] == [first, second]
    assert two.version("iv4").run == first


def test_a_source_that_is_deleted_meanwhile_is_not_copied(
    two: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(other: Project) -> None:
        delete(other, [Target("iv3", (0,))], aliases=True)
        sweeping.sweep(other, grace=0)

    tries = intrude(monkeypatch, two, act)
    with pytest.raises(NotFound, match="has no version v0 any more"):
        transfer(Transfer(two, one(two, 0), two, "iv4"))
    assert len(tries) == 1
    assert queries.name(two.index, "iv4") is None


def test_numbers_are_given_anew_after_a_lost_race(
    two: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    intrude(monkeypatch, two, lambda other: log_files({"a": "x"}, name="iv4", into=other))
    assert transfer(Transfer(two, target(two, "iv3"), two, "iv4")).numbers == {0: 1, 1: 2}
    assert labels(two, "iv4") == ["v0", "v1", "v2"]
    assert_index_is_the_fold(two)


@pytest.mark.parametrize("name", ["iv3", "cats"])
def test_targets_that_are_refused(two: Project, log_files: LogFiles, name: str) -> None:
    log_files({"a": "x"}, name="cats", type_="dataset")
    with pytest.raises((InvalidInput, Conflict), match=r"is the name that it has|has type 'dataset'"):
        transfer(Transfer(two, one(two, 0), two, name))


def test_a_copy_to_another_project_has_objects_of_its_own(two: Project, sight: Project) -> None:
    done = transfer(Transfer(two, target(two, "iv3"), sight, "iv3"))
    assert done.new_bytes == len(LARGE) + 2  # the large file once
    assert not objects(two) & objects(sight)
    assert files(sight, "iv3", 0) == {"w": LARGE, "d/a": b"0", "e": b""}
    assert files(sight, "iv3", 1) == {"w": LARGE, "d/a": b"1"}
    for number in (0, 1):
        ours, theirs = (
            two.version("iv3", Selector(number=number)),
            sight.version("iv3", Selector(number=number)),
        )
        assert (ours.digest, ours.files, ours.size) == (theirs.digest, theirs.files, theirs.size)
    assert sight.version("iv3", Selector(number=0)).note == "n\n0"
    assert sweeping.survey(sight, grace=0).objects == 0
    assert transfer(Transfer(two, target(two, "iv3"), sight, "iv3")).new_bytes == 0
    assert_index_is_the_fold(sight)


def test_tensor_tables_go_with_a_copy(two: Project, sight: Project, log_files: LogFiles) -> None:
    head = json.dumps({"w": {"dtype": "U8", "shape": [2_000_000], "data_offsets": [0, 2_000_000]}}).encode()
    model = len(head).to_bytes(8, "little") + head + LARGE[:2_000_000]
    log_files({"m.safetensors": model}, name="st")
    transfer(Transfer(two, target(two, "st"), sight, "st"))
    version, other = two.version("st"), sight.version("st")
    table = Manifest(two.backend, version.manifest, version.manifest_hash).tensors(0)
    assert [one.name for one in table] == ["w"]
    assert Manifest(sight.backend, other.manifest, other.manifest_hash).tensors(0) == table
    assert files(sight, "st", 0) == {"m.safetensors": model}


def test_a_copy_to_another_store(two: Project, tmp_path: Path) -> None:
    other = open_catalog(StoreLocation(tmp_path / "other", "test")).make_project("vision")
    transfer(Transfer(two, one(two, 1), other, "iv3"))
    assert files(other, "iv3", 0) == {"w": LARGE, "d/a": b"1"}


def test_changed_bytes_are_not_copied(two: Project, sight: Project, store: Path) -> None:
    large = next(p for p in store.glob("p/*/blobs/*/*") if p.stat().st_size == len(LARGE))
    large.chmod(0o644)
    with large.open("r+b") as out:
        out.write(b"evil")
    with pytest.raises(CorruptObject, match="were changed after they were logged; nothing was copied"):
        transfer(Transfer(two, one(two, 0), sight, "iv3"))
    assert (objects(sight), sight.names()) == (set(), [])
    assert list((store / "tmp").rglob("*.*")) == []


def test_objects_that_are_swept_while_they_are_copied_are_copied_again(
    two: Project, sight: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = intrude(monkeypatch, sight, lambda other: sweeping.sweep(other, grace=0))
    transfer(Transfer(two, target(two, "iv3"), sight, "iv3"))
    assert len(tries) == 2
    assert files(sight, "iv3", 1) == {"w": LARGE, "d/a": b"1"}
    assert sweeping.survey(sight, grace=0).objects == 0
    assert_index_is_the_fold(sight)


def test_content_that_the_target_loses_meanwhile_is_carried_after_all(
    two: Project, sight: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_files({"w": LARGE, "d/a": "1"}, into=sight)

    def act(other: Project) -> None:
        delete(other, [target(other, "iv3")])
        sweeping.sweep(other, grace=0)

    intrude(monkeypatch, sight, act)
    order = Transfer(two, target(two, "iv3"), sight, "iv3")
    assert transfer(order).numbers == {0: 1, 1: 2}
    assert files(sight, "iv3", 2) == {"w": LARGE, "d/a": b"1"}


def test_sweeps_without_end_are_given_up(
    two: Project, sight: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = copying._Plan.load

    def slow_load(self: copying._Plan, carrier: Carrier, operation: object) -> None:
        load(self, carrier, operation)  # type: ignore[arg-type]
        sweeping.sweep(open_catalog().project("sight"), grace=0)

    monkeypatch.setattr(copying._Plan, "load", slow_load)
    with pytest.raises(Conflict, match="took the objects of 'iv3' 5 times"):
        transfer(Transfer(two, one(two, 0), sight, "iv3"))


def test_a_move_is_one_entry(two: Project) -> None:
    set_expiry(two, "iv3", 0, moment := expiry_in(3600))
    pointers.remove_aliases(two, "iv3", ["prod"])
    seq = two.index.seq
    transfer(Transfer(two, one(two, 0), two, "iv4", move=True))
    assert (labels(two), labels(two, "iv4"), two.index.seq) == (["v1"], ["v0"], seq + 1)
    assert two.version("iv4").expires == moment
    assert undelete(two, "iv3").numbers == (0,)
    assert_index_is_the_fold(two)


def test_a_version_with_aliases_is_not_moved_unless_that_is_said(two: Project) -> None:
    with pytest.raises(Conflict, match="v1 is latest"):
        transfer(Transfer(two, one(two, 1), two, "iv4", move=True))
    transfer(Transfer(two, one(two, 1), two, "iv4", move=True, aliases=True))
    assert (two.aliases("iv3"), two.aliases("iv4")) == ({"latest": 0, "prod": 0}, {"latest": 0})


def test_a_whole_name_moves_to_a_new_one_by_a_rename(two: Project) -> None:
    history = queries.alias_history(two.index, "iv3")
    transfer(Transfer(two, target(two, "iv3"), two, "iv4", move=True))
    assert queries.alias_history(two.index, "iv4") == history
    assert queries.trash(two.index) == []


def test_a_whole_name_moves_into_another_with_its_aliases(two: Project, log_files: LogFiles) -> None:
    log_files({"a": "x"}, name="iv4", aliases=["x"])
    seq = two.index.seq
    transfer(Transfer(two, target(two, "iv3"), two, "iv4", move=True))
    assert two.aliases("iv4") == {"latest": 2, "prod": 1, "x": 0}
    assert ([row.name for row in two.names()], two.index.seq) == (["iv4"], seq + 1)
    assert_index_is_the_fold(two)


def test_aliases_of_both_names_are_refused(two: Project, log_files: LogFiles) -> None:
    log_files({"a": "x"}, name="iv4", aliases=["prod"])
    with pytest.raises(Conflict, match="both 'iv3' and 'iv4' have the alias prod"):
        transfer(Transfer(two, target(two, "iv3"), two, "iv4", move=True))


def test_a_whole_name_moves_to_another_project_with_rule_and_aliases(two: Project, sight: Project) -> None:
    rules.set_rule(two, "iv3", Rule("acc", "max"))
    transfer(Transfer(two, target(two, "iv3"), sight, "iv4", move=True))
    assert sight.aliases("iv4") == {"best": 0, "latest": 1, "prod": 0}
    assert sight.find_name("iv4").rule == Rule("acc", "max")
    assert two.names() == []
    assert undelete(two, "iv3").numbers == (0, 1)
    assert two.aliases("iv3") == {"best": 0, "latest": 1, "prod": 0}
