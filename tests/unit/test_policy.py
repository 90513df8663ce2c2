"""Policies: which versions go when one is logged, and what protected aliases ask for."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from mvfs.catalog import linking, liveness, pointers, policy, rules, runs, sweeping, undeletion
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.checking.store import check_store
from mvfs.catalog.copying import Transfer, transfer
from mvfs.catalog.deletion import Target, delete
from mvfs.catalog.policy import Change
from mvfs.catalog.project import Project
from mvfs.catalog.protection import Insistence
from mvfs.catalog.renaming import rename
from mvfs.catalog.runs import RunStart
from mvfs.errors import Conflict, InvalidInput
from mvfs.index import policies, queries
from mvfs.index.fresh import fresh
from mvfs.index.policies import Retention
from mvfs.index.rows import Rule, Run
from mvfs.refs import Selector
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.ingest import Ingest
from mvfs.store.manifest.records import FileEntry
from tests.conftest import LogFiles
from tests.unit.acceleration import rows

DAY = 86_400_000_000
WHY = Insistence(force=True, reason="rolled back: it drifts")


@pytest.fixture
def logged(project: Project, log_files: LogFiles) -> list[int]:
    """Six versions of ``iv3``."""
    return [log_files({"w": f"{n}"}, metadata={"acc": n % 4}).version.number for n in range(6)]


def numbers(project: Project) -> list[int]:
    return queries.numbers(project.index, "iv3")


def keep(project: Project, count: int, ttl: int | None = None) -> None:
    policy.set_policy(project, "iv3", Change(keep_last=count, ttl=ttl))


@pytest.mark.usefixtures("logged")
def test_a_log_moves_what_is_beyond_the_last_to_the_trash_in_its_own_entry(
    project: Project, log_files: LogFiles
) -> None:
    keep(project, 3)
    assert numbers(project) == [0, 1, 2, 3, 4, 5]
    assert policy.falling(project, "iv3") == [0, 1, 2]
    before = project.index.seq
    found = log_files({"w": "new"})
    assert (found.trashed, project.index.seq) == ((0, 1, 2, 3), before + 1)
    assert numbers(project) == [4, 5, 6]
    assert undeletion.undelete(project, "iv3", [2]).numbers == (2,)
    assert rows(fresh(project.journal))["versions"] == rows(project.index)["versions"]


@pytest.mark.usefixtures("logged")
def test_what_loses_latest_in_the_same_entry_goes_at_once(project: Project, log_files: LogFiles) -> None:
    keep(project, 1)
    assert log_files({"w": "new"}).trashed == (0, 1, 2, 3, 4, 5)
    again = log_files({"w": "newer"})
    assert (again.trashed, project.aliases("iv3")) == ((6,), {"latest": 7})


@pytest.mark.usefixtures("logged")
def test_aliased_best_and_used_versions_stay(project: Project, log_files: LogFiles) -> None:
    pointers.set_aliases(project, "iv3", 1, ["production"])
    rules.set_rule(project, "iv3", Rule("acc", "max"))
    runs.start(project, RunStart("r1", "r1", None, None, {}, {}))
    runs.use(project, "r1", project, "iv3", 2)
    liveness.sign(project, "r1", "elsewhere1")
    keep(project, 1)
    assert log_files({"w": "new"}, metadata={"acc": 1}).trashed == (0, 4, 5)
    assert numbers(project) == [1, 2, 3, 6]
    runs.finish(project, "r1", {}, "finished")
    assert log_files({"w": "newer"}, metadata={"acc": 9}).trashed == (2, 3, 6)
    assert project.aliases("iv3") == {"best": 7, "latest": 7, "production": 1}


@pytest.mark.usefixtures("logged")
def test_what_a_run_used_that_died_goes(
    project: Project, log_files: LogFiles, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, run in enumerate(("lives", "died", "leaves")):
        runs.start(project, RunStart(run, run, None, None, {}, {}))
        runs.use(project, run, project, "iv3", number)
        liveness.sign(project, run, "elsewhere1", preempting=run == "leaves")
    keep(project, 1)
    assert log_files({"w": "new"}).trashed == (3, 4, 5)
    for sign in project.backend.list(keys.sign_of_life(project.id, "", "")):
        if "lives" not in sign.key:
            os.utime(store / sign.key, (0, 0))
    assert policy.falling(project, "iv3") == [1]
    with monkeypatch.context() as lost:
        lost.setattr(project.reach, "reason", "no route")
        assert policy.falling(project, "iv3") == []
    assert log_files({"w": "newer"}).trashed == (1, 6)
    assert numbers(project) == [0, 2, 7]


@pytest.mark.usefixtures("logged")
def test_signs_of_life_are_looked_for_only_where_another_run_keeps_a_version(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def with_states(_: Project, found: list[Run]) -> list[Run]:
        asked.append([run.id for run in found])
        return found

    monkeypatch.setattr(liveness, "with_states", with_states)
    for run in ("own", "other"):
        runs.start(project, RunStart(run, run, None, None, {}, {}))
        runs.use(project, run, project, "iv3", 3)
    keep(project, 4)
    assert log_files({"w": "a"}, run="own").trashed == (0, 1, 2)
    assert asked == []
    assert log_files({"w": "b"}, run="own").trashed == ()
    assert log_files({"w": "c"}, run="own").trashed == (4,)
    assert asked == [["other"]]


@pytest.mark.usefixtures("logged")
def test_what_a_link_of_the_project_stands_for_stays(
    project: Project, log_files: LogFiles, catalog: Catalog
) -> None:
    link = linking.link(project, project.version("iv3", Selector(number=1)), project, "released")
    linking.link(project, project.version("iv3", Selector(number=2)), catalog.make_project("registry"), "r")
    keep(project, 1)
    assert log_files({"w": "new"}).trashed == (0, 2, 3, 4, 5)
    sweeping.sweep(project, grace=0)
    assert check_store(catalog.backend, percent=100).findings == []
    delete(project, [Target(link.name, (link.number,))], aliases=True)
    assert log_files({"w": "newer"}).trashed == (1, 6)


@pytest.mark.usefixtures("logged")
def test_a_version_goes_only_if_both_number_and_age_let_it(project: Project, log_files: LogFiles) -> None:
    keep(project, 2, ttl=DAY)
    assert log_files({"w": "a"}).trashed == ()
    policy.set_policy(project, "iv3", Change(ttl=1))
    assert log_files({"w": "b"}).trashed == (0, 1, 2, 3, 4, 5)
    policy.set_policy(project, "iv3", Change(keep_last=0))
    assert log_files({"w": "c"}).trashed == (6, 7)


@pytest.mark.usefixtures("logged")
def test_a_time_to_live_of_its_own_has_its_way(project: Project, log_files: LogFiles) -> None:
    later = time.time_ns() // 1000 + DAY
    project.commit(lambda: [fx.ExpirySet("iv3", 0, later), fx.ExpirySet("iv3", 1, 1)])
    policy.set_policy(project, "iv3", Change(ttl=DAY))
    assert log_files({"w": "a"}).trashed == (1,)
    keep(project, 1, ttl=0)
    assert log_files({"w": "b"}).trashed == (2, 3, 4, 5, 6)
    assert numbers(project) == [0, 7]


@pytest.mark.usefixtures("logged")
def test_what_is_not_kept_moves_nothing_and_known_content_does(project: Project, log_files: LogFiles) -> None:
    keep(project, 2)
    better = Rule("acc", "max")
    assert log_files({"w": "x"}, metadata={"acc": 0}, if_better=better).trashed == ()
    again = log_files({"w": "0"})
    assert (again.reused, again.version.number, again.trashed) == (True, 0, (1, 2, 3))


def test_one_entry_takes_what_fits_and_the_next_ones_the_rest(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        log_files({"w": f"{number}"})
    keep(project, 1)
    monkeypatch.setattr(policy, "effect_size", lambda _: 10_000)
    first, second = log_files({"w": "x"}).trashed, log_files({"w": "y"}).trashed
    assert first == tuple(range(len(first)))
    assert 0 < len(first) < 8
    assert second[0] == first[-1] + 1


def test_writers_that_race_lose_nothing_though_each_lets_the_others_base_go(
    catalog: Catalog, project: Project, log_files: LogFiles
) -> None:
    large = os.urandom(2_500_000)
    log_files({"w": large})
    keep(project, 1)
    failures: list[BaseException] = []

    def write(who: int) -> None:
        mine = open_catalog().project("vision")
        try:
            for number in range(4):
                log_files({"w": large + b"%d" % (10 * who + number), "s": f"{who}.{number}"}, into=mine)
        except BaseException as exc:  # noqa: BLE001 - told by the test
            failures.append(exc)

    writers = [threading.Thread(target=write, args=(who,)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    project.refresh()
    row = queries.name(project.index, "iv3")
    assert row is not None
    assert (row.last, numbers(project)) == (12, [12])
    sweeping.sweep(project, grace=0)
    assert check_store(catalog.backend, percent=100).findings == []


@pytest.mark.usefixtures("logged")
def test_a_base_that_was_trashed_and_swept_meanwhile_is_not_relied_on(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = os.urandom(2_500_000)
    log_files({"w": large})
    keep(project, 1)
    other = open_catalog().project("vision")
    finish, rounds = Ingest.finish, []

    def late(self: Ingest) -> object:
        """The sweep comes when the base was compared, and before anything of our own is there to be swept."""
        rounds.append(1)
        if len(rounds) == 1:
            log_files({"w": "small"}, into=other)
            sweeping.sweep(other, grace=0)
        return finish(self)

    monkeypatch.setattr(Ingest, "finish", late)
    found = log_files({"w": large, "s": "more"})
    assert len(rounds) == 3  # the other's, too
    assert found.new_bytes > len(large)
    content = project.content(found.version)
    entry = content.find("w")
    assert isinstance(entry, FileEntry)
    assert content.reader(entry).read(0, len(large)) == large


@pytest.mark.usefixtures("logged")
def test_a_base_that_was_only_trashed_meanwhile_is_as_good(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = os.urandom(2_500_000)
    log_files({"w": large})
    keep(project, 1)
    other = open_catalog().project("vision")
    finish, rounds = Ingest.finish, []

    def late(self: Ingest) -> object:
        rounds.append(1)
        if len(rounds) == 1:
            log_files({"w": "small"}, into=other)
        return finish(self)

    monkeypatch.setattr(Ingest, "finish", late)
    found = log_files({"w": large, "s": "more"})
    assert len(rounds) == 2
    assert found.new_bytes < 1000
    sweeping.sweep(project, grace=0)
    entry = project.content(found.version).find("w")
    assert isinstance(entry, FileEntry)
    assert project.content(found.version).reader(entry).read(0, len(large)) == large


@pytest.mark.parametrize("word", [-1, 2**63])
@pytest.mark.usefixtures("logged")
def test_numbers_that_make_no_sense_are_refused(project: Project, word: int) -> None:
    with pytest.raises(InvalidInput):
        keep(project, word)


# --- protected aliases


@pytest.fixture
def production(project: Project, logged: list[int]) -> list[int]:
    """``production`` points at v1 and is protected."""
    pointers.set_aliases(project, "iv3", 1, ["production"])
    policy.set_policy(project, "iv3", Change(protect=["production"]))
    return logged


@pytest.mark.usefixtures("production")
def test_moving_removing_and_deleting_take_force_and_a_reason(project: Project, log_files: LogFiles) -> None:
    seq = project.index.seq
    target = [Target("iv3", (1,))]
    for insistence, error in ((Insistence(), Conflict), (Insistence(force=True), InvalidInput)):
        with pytest.raises(error, match="protected"):
            pointers.set_aliases(project, "iv3", 2, ["production"], insistence=insistence)
        with pytest.raises(error, match="protected"):
            pointers.remove_aliases(project, "iv3", ["production"], insistence=insistence)
        with pytest.raises(error, match="protected"):
            delete(project, target, aliases=True, insistence=insistence)
        with pytest.raises(error, match="protected"):
            log_files({"w": "new"}, aliases=["production"], insistence=insistence)
        with pytest.raises(error, match="protected"):
            other = project
            transfer(Transfer(project, target[0], other, "iv4", True, True, insistence))
    assert (project.index.seq, project.aliases("iv3")["production"]) == (seq, 1)
    pointers.set_aliases(project, "iv3", 2, ["production"], insistence=WHY)
    pointers.remove_aliases(project, "iv3", ["production"], insistence=WHY)
    pointers.set_aliases(project, "iv3", 3, ["production"])  # where it points nowhere, nothing is lost
    delete(project, [Target("iv3", (3,))], aliases=True, insistence=WHY)
    moves = [one for one in policies.alias_changes(project.index, "iv3") if one.alias == "production"]
    assert [(one.new, one.protects, one.reason) for one in moves] == [
        (1, None, None),
        (None, True, None),
        (2, None, WHY.reason),
        (None, None, WHY.reason),
        (3, None, None),
        (None, None, WHY.reason),
    ]


@pytest.mark.usefixtures("production")
def test_what_leaves_it_where_it_is_takes_nothing(project: Project, log_files: LogFiles) -> None:
    pointers.set_aliases(project, "iv3", 1, ["production"])
    assert log_files({"w": "1"}, aliases=["production"]).version.number == 1
    rename(project, "iv3", "iv4")
    with pytest.raises(Conflict, match="protected"):
        pointers.set_aliases(project, "iv4", 2, ["production"])


@pytest.mark.usefixtures("production")
def test_ending_the_protection_takes_force_and_a_reason(project: Project) -> None:
    for change in (Change(unprotect=["production"]), Change(clear=True)):
        with pytest.raises(InvalidInput, match="protected"):
            policy.set_policy(project, "iv3", change)
    policy.set_policy(project, "iv3", Change(clear=True), WHY)
    assert policy.policy_of(project, "iv3") == policy.Policy(Retention(), (), None)
    pointers.set_aliases(project, "iv3", 2, ["production"])


@pytest.mark.usefixtures("logged")
def test_what_moves_by_itself_cannot_be_protected(project: Project) -> None:
    with pytest.raises(InvalidInput, match="latest"):
        policy.set_policy(project, "iv3", Change(protect=["latest"]))
    policy.set_policy(project, "iv3", Change(protect=["best"]))
    with pytest.raises(Conflict, match="protected"):
        rules.set_rule(project, "iv3", Rule("acc", "max"))
    policy.set_policy(project, "iv3", Change(unprotect=["best"]), WHY)
    rules.set_rule(project, "iv3", Rule("acc", "max"))
    with pytest.raises(InvalidInput, match="rule"):
        policy.set_policy(project, "iv3", Change(protect=["best"]))


@pytest.mark.usefixtures("production")
def test_protection_holds_where_the_entry_stands(project: Project) -> None:
    """Who looked before the alias was protected is refused all the same."""
    policy.set_policy(project, "iv3", Change(unprotect=["production"]), WHY)
    slow = open_catalog().project("vision")
    policy.set_policy(project, "iv3", Change(protect=["production"]))
    with pytest.raises(Conflict, match="protected"):
        pointers.set_aliases(slow, "iv3", 2, ["production"])
    assert slow.version("iv3", Selector(alias="production")).number == 1


@pytest.mark.usefixtures("production")
def test_a_name_that_moves_to_another_project_takes_its_policy_along(
    catalog: Catalog, project: Project
) -> None:
    keep(project, 4)
    other = catalog.make_project("other")
    what = Target("iv3", tuple(numbers(project)), whole=True)
    transfer(Transfer(project, what, other, "iv3", move=True, insistence=WHY))
    assert policy.policy_of(other, "iv3") == policy.Policy(Retention(4, None), ("production",), None)
    assert other.aliases("iv3")["production"] == 1
