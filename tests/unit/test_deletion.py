"""Deletion and its undoing: aliases, numbers, races, sweeps."""

from __future__ import annotations

import pytest

from mvfs.catalog import pointers, rules, sweeping
from mvfs.catalog.deletion import Target, check, delete, target
from mvfs.catalog.project import Project
from mvfs.catalog.undeletion import undelete
from mvfs.errors import Conflict, CorruptObject, NotFound
from mvfs.index import queries
from mvfs.index.rows import Rule
from mvfs.refs import Selector
from mvfs.store import effects as fx
from mvfs.store.entry import MAX_ENTRY
from tests.conftest import LogFiles
from tests.unit.housekeeping import assert_index_is_the_fold, intrude, labels


@pytest.fixture
def four(project: Project, log_files: LogFiles) -> Project:
    """A project with iv3:v0 to v3; ``prod`` is v1, the metric ``acc`` is 0.3, 0.2, 0.1, 0."""
    for number in range(4):
        log_files(
            {"a": str(number)},
            aliases=["prod"] * (number == 1),
            metadata={"acc": round(0.3 - number / 10, 1)},
        )
    return project


def rm(project: Project, *numbers: int, aliases: bool = False) -> None:
    delete(project, [Target("iv3", numbers)], aliases=aliases)


def test_a_deleted_version_is_gone_and_its_number_stays_taken(four: Project, log_files: LogFiles) -> None:
    rm(four, 0, 2)
    assert labels(four) == ["v1", "v3"]
    with pytest.raises(NotFound, match=r"has no version v2 any more: \S+ deleted it 0 s ago"):
        four.version("iv3", Selector(number=2))
    assert log_files({"a": "2"}).version.label == "v4"
    assert_index_is_the_fold(four)


@pytest.mark.parametrize(("number", "named"), [(1, "prod"), (3, "latest")])
def test_a_version_with_aliases_is_refused(four: Project, number: int, named: str) -> None:
    seq = four.index.seq
    with pytest.raises(Conflict, match=f"v{number} is {named}"):
        rm(four, 0, number)
    assert (labels(four), four.index.seq) == (["v0", "v1", "v2", "v3"], seq)


def test_latest_goes_to_what_is_left_and_the_others_go_away(four: Project) -> None:
    seq = four.index.seq
    rm(four, 1, 3, aliases=True)
    assert four.aliases("iv3") == {"latest": 2}
    assert four.index.seq == seq + 1
    rm(four, 0, 2, aliases=True)
    assert four.aliases("iv3") == {}
    assert_index_is_the_fold(four)


def test_best_follows_its_rule(four: Project) -> None:
    rules.set_rule(four, "iv3", Rule("acc", "max"))
    rm(four, 0, aliases=True)
    assert four.aliases("iv3") == {"best": 1, "latest": 3, "prod": 1}
    assert [(m.old, m.new) for m in queries.alias_history(four.index, "iv3", "best")] == [(None, 0), (0, 1)]
    undelete(four, "iv3", [0])
    assert four.aliases("iv3")["best"] == 0
    delete(four, [target(four, "iv3")])
    undelete(four, "iv3", [2])
    assert four.aliases("iv3") == {"best": 2, "latest": 2}
    assert_index_is_the_fold(four)


def test_a_name_without_versions_is_hidden_until_it_gets_one(four: Project, log_files: LogFiles) -> None:
    delete(four, [target(four, "iv3")])
    assert (four.names(), four.types(), four.aliases("iv3")) == ([], [], {})
    with pytest.raises(NotFound, match="all versions of 'vision/iv3' were deleted"):
        four.find_name("iv3")
    assert log_files({"a": "0"}).version.label == "v4"
    assert four.aliases("iv3") == {"latest": 4}
    with pytest.raises(NotFound, match="v9"):
        target(four, "iv3", 9)


def test_deleting_twice_says_who_was_first(four: Project) -> None:
    rm(four, 0)
    with pytest.raises(NotFound, match="deleted it"):
        rm(four, 0)


def test_an_alias_that_arrives_meanwhile_saves_the_version(
    four: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = intrude(monkeypatch, four, lambda other: pointers.set_aliases(other, "iv3", 0, ["golden"]))
    with pytest.raises(Conflict, match="v0 is golden"):
        rm(four, 0)
    assert (len(tries), labels(four)) == (1, ["v0", "v1", "v2", "v3"])


def test_a_version_that_arrives_meanwhile_is_not_deleted_unseen(
    four: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = target(four, "iv3")
    intrude(monkeypatch, four, lambda other: log_files({"a": "new"}, into=other))
    with pytest.raises(Conflict, match="got v4 meanwhile"):
        delete(four, [whole])
    assert len(labels(four)) == 5


def test_latest_is_decided_anew_after_another_deletion(
    four: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = intrude(monkeypatch, four, lambda other: rm(other, 2))
    rm(four, 3, aliases=True)
    assert (len(tries), four.aliases("iv3")) == (2, {"latest": 1, "prod": 1})


def test_very_many_versions_take_few_entries(project: Project, log_files: LogFiles) -> None:
    first = log_files({"a": "0"}).version
    count = 6000
    made: list[fx.AnyEffect] = [
        fx.VersionMade(
            "iv3", n, first.manifest, first.manifest_hash, n.to_bytes(32, "big"), 1, 1, None, {}
        )
        for n in range(1, count)
    ]  # fmt: skip
    for start in range(0, count, 400):
        project.commit(lambda start=start: made[start : start + 400])  # type: ignore[misc]
    seq = project.index.seq
    delete(project, [target(project, "iv3")])
    assert project.names() == []
    assert project.index.seq - seq == 2
    assert all(len(project.journal.read(n) or b"") <= MAX_ENTRY for n in range(seq, seq + 2))
    assert undelete(project, "iv3").numbers == tuple(range(count))
    assert project.aliases("iv3") == {"latest": 0}
    check(project, [Target("iv3", (5,))])


def test_aliases_come_back_where_nobody_moved_them(four: Project) -> None:
    pointers.set_aliases(four, "iv3", 1, ["left"])
    rm(four, 1, 3, aliases=True)
    pointers.set_aliases(four, "iv3", 0, ["prod"])
    assert undelete(four, "iv3").numbers == (1, 3)
    assert four.aliases("iv3") == {"latest": 3, "left": 1, "prod": 0}
    assert_index_is_the_fold(four)


def test_latest_stays_with_what_was_logged_since(four: Project, log_files: LogFiles) -> None:
    rm(four, 3, aliases=True)
    log_files({"a": "new"})
    undelete(four, "iv3", [3])
    assert four.aliases("iv3")["latest"] == 4


def test_deletions_one_by_one_are_undone_in_reverse(four: Project) -> None:
    for number in (3, 2, 1):
        rm(four, number, aliases=True)
    assert undelete(four, "iv3").numbers == (1, 2, 3)
    assert four.aliases("iv3") == {"latest": 3, "prod": 1}


def test_a_part_of_a_whole_name_has_a_latest(four: Project) -> None:
    delete(four, [target(four, "iv3")])
    undelete(four, "iv3", [1, 0])
    assert four.aliases("iv3") == {"latest": 1, "prod": 1}
    assert_index_is_the_fold(four)


@pytest.mark.parametrize(
    ("number", "error", "match"),
    [(0, Conflict, "is not deleted"), (9, NotFound, "there never was")],
)
def test_what_cannot_be_undeleted(four: Project, number: int, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        undelete(four, "iv3", [number])
    with pytest.raises(NotFound, match="nothing of 'vision/iv3' is in the trash"):
        undelete(four, "iv3")


def test_what_a_sweep_took_does_not_come_back(four: Project) -> None:
    rm(four, 0)
    sweeping.sweep(four, grace=0)
    rm(four, 2)
    with pytest.raises(Conflict, match=r"a sweep by \S+ on 20\S+ \S+ took its files"):
        undelete(four, "iv3", [0])
    with pytest.raises(Conflict):
        undelete(four, "iv3", [2, 0])
    restored = undelete(four, "iv3")
    assert (restored.numbers, list(restored.lost)) == ((2,), [0])
    with pytest.raises(Conflict, match="took its files"):
        undelete(four, "iv3")
    assert labels(four) == ["v1", "v2", "v3"]


def test_a_sweep_that_arrives_meanwhile_is_noticed(four: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    rm(four, 0)
    tries = intrude(monkeypatch, four, lambda other: sweeping.sweep(other, grace=0))
    with pytest.raises(Conflict, match="took its files"):
        undelete(four, "iv3", [0])
    assert (len(tries), labels(four)) == (1, ["v1", "v2", "v3"])


def test_a_lying_cache_does_not_bring_back_what_was_swept(four: Project) -> None:
    rm(four, 0)
    sweeping.sweep(four, grace=0)
    four.refresh()
    four.index.db.execute("delete from sweeps")
    with pytest.raises(Conflict, match="took its files"):
        undelete(four, "iv3", [0])


def test_a_version_that_shares_everything_with_a_live_one_survives_sweeps(four: Project) -> None:
    four.commit(lambda: [_same(four, 0, 4)])
    rm(four, 0)
    sweeping.sweep(four, grace=0)
    assert undelete(four, "iv3", [0]).numbers == (0,)


def _same(project: Project, number: int, new: int) -> fx.VersionMade:
    v = project.version("iv3", Selector(number=number))
    return fx.VersionMade("iv3", new, v.manifest, v.manifest_hash, v.digest, v.files, v.size, None, {})


def test_a_damaged_manifest_is_called_damaged(four: Project) -> None:
    key = four.version("iv3", Selector(number=0)).manifest
    rm(four, 0, 2)
    four.backend.delete(key)
    with pytest.raises(CorruptObject, match="missing"):
        undelete(four, "iv3", [0])
    restored = undelete(four, "iv3")
    assert restored.numbers == (2,)
    assert "missing" in restored.lost[0]
