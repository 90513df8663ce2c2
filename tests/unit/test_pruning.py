"""What prune picks, what it keeps in a race, and when versions expire."""

from __future__ import annotations

import pytest

from mvfs import units
from mvfs.catalog import pointers, rules
from mvfs.catalog.expiry import expiry_in, set_expiry
from mvfs.catalog.project import Project
from mvfs.catalog.pruning import Policy, choose, prune
from mvfs.errors import InvalidInput, NotFound
from mvfs.index.rows import Rule
from mvfs.refs import Selector
from mvfs.store import effects as fx
from tests.conftest import LogFiles
from tests.unit.housekeeping import assert_index_is_the_fold, intrude, labels


@pytest.fixture
def six(project: Project, log_files: LogFiles) -> Project:
    """iv3:v0 to v5; ``prod`` is v1; the metric is highest at v2."""
    for number in range(6):
        log_files({"a": str(number)}, aliases=["prod"] * (number == 1), metadata={"acc": -abs(number - 2)})
    return project


def picked(project: Project, policy: Policy) -> list[str]:
    return [version.label for version in choose(project, project.names(), policy)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(keep_last=2), ["v0", "v2", "v3"]),
        (Policy(keep_last=9), []),
        (Policy(keep_aliased=True), ["v0", "v2", "v3", "v4"]),
        (Policy(keep_best=True), ["v0", "v3", "v4"]),
        (Policy(keep_best=True, keep_last=3), ["v0"]),
        (Policy(older_than=0), ["v0", "v2", "v3", "v4"]),
        (Policy(older_than=3600), []),
        (Policy(expired=True), ["v3"]),
        (Policy(expired=True, keep_last=3), []),
    ],
)
def test_what_goes(six: Project, policy: Policy, expected: list[str]) -> None:
    rules.set_rule(six, "iv3", Rule("acc", "max"))
    rules.set_rule(six, "iv3", None)
    pointers.remove_aliases(six, "iv3", ["best"])
    six.commit(lambda: [fx.RuleSet("iv3", "acc", "max")])  # as a foreign writer would: best is not set
    six.commit(lambda: [fx.ExpirySet("iv3", n, 1) for n in (1, 3, 5)])
    set_expiry(six, "iv3", 4, expiry_in(3600))
    assert picked(six, policy) == expected


@pytest.mark.parametrize("policy", [Policy(), Policy(keep_last=-1)])
def test_a_policy_must_say_something(six: Project, policy: Policy) -> None:
    with pytest.raises(InvalidInput):
        choose(six, six.names(), policy)


def test_pruning_is_one_entry(six: Project, log_files: LogFiles) -> None:
    for number in range(3):
        log_files({"a": str(number)}, name="iv4")
    policy, seq = Policy(keep_last=1), six.index.seq
    assert prune(six, choose(six, six.names(), policy), policy) == 6
    assert (labels(six), labels(six, "iv4"), six.index.seq) == (["v1", "v5"], ["v2"], seq + 1)
    assert_index_is_the_fold(six)


def test_what_became_worth_keeping_meanwhile_stays(six: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = Policy(keep_last=1)
    chosen = choose(six, six.names(), policy)
    tries = intrude(monkeypatch, six, lambda other: pointers.set_aliases(other, "iv3", 3, ["golden"]))
    assert prune(six, chosen, policy) == 3
    assert (len(tries), labels(six)) == (2, ["v1", "v3", "v5"])


def test_only_what_was_shown_goes(six: Project, log_files: LogFiles) -> None:
    policy = Policy(keep_last=2)
    chosen = choose(six, six.names(), policy)
    log_files({"a": "new"})
    assert prune(six, chosen, policy) == 3
    assert labels(six) == ["v1", "v4", "v5", "v6"]


def test_expiry_is_set_when_logging_and_changed_later(project: Project, log_files: LogFiles) -> None:
    soon, later = expiry_in(60), expiry_in(3600)
    assert log_files({"a": "0"}, expires=soon).version.expires == soon
    assert log_files({"a": "0"}, expires=later).version.expires == later
    assert log_files({"a": "0"}, expires=soon).version.expires == later
    set_expiry(project, "iv3", 0, None)
    assert log_files({"a": "0"}, expires=soon).version.expires is None
    with pytest.raises(NotFound):
        set_expiry(project, "iv3", 1, soon)
    assert project.version("iv3", Selector(number=0)).expires is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("45s", 45), ("30m", 1800), ("12h", 43_200), ("8w", 4_838_400), ("1y", 31_536_000)],
)
def test_ages(text: str, seconds: int) -> None:
    assert units.parse_age(text) == seconds


@pytest.mark.parametrize("text", ["", "d", "30", "-1d", "1.5h", "30 d", "1mo", "99999y", "١d", "00", "1d\n"])
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no age; write"):
        units.parse_age(text)


@pytest.mark.parametrize("seconds", [0, -1, 9999 * 365 * 86400])
def test_moments_at_which_nothing_can_expire(seconds: int) -> None:
    with pytest.raises(InvalidInput):
        expiry_in(seconds)
