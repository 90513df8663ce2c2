"""The real commit, deletion and sweep code under systematically chosen schedules and faults.

Each scenario is explored depth first and at random, for an equal share of ``MVFS_EXPLORE_SECONDS`` (default
60 seconds altogether, finding the mutants not included; give it an hour to look deeper, and another
``MVFS_EXPLORE_SEED`` to look elsewhere). A failure prints its schedule; the test at the end shows how to
run one again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.explore import mutants
from tests.explore.exploring import explore, replay
from tests.explore.scenarios import LATE_DELETE, SCENARIOS, TRUNCATED
from tests.explore.strategies import DepthFirst, Strategy, at_random
from tests.explore.worlds import Lab, Scenario

SEED = int(os.environ.get("MVFS_EXPLORE_SEED", "20261123"))
SECONDS = float(os.environ.get("MVFS_EXPLORE_SECONDS", "60")) / (2 * len(SCENARIOS))
"""For one scenario and one strategy."""

FAR = ("two who note, two faults", "one tries again, two faults", "delete, writer and sweeper, no fault")

Mutant = Callable[[], contextlib.AbstractContextManager[None]]

STRATEGIES = {"depth first": DepthFirst, "at random": lambda: at_random(SEED)}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    folder = tmp_path / "lab"
    folder.mkdir()
    with Lab(folder).opened() as lab:
        yield lab


@pytest.mark.timeout(60 + 2 * SECONDS)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_goes_wrong(lab: Lab, scenario: str, strategy: str) -> None:
    report = explore(lab, SCENARIOS[scenario], STRATEGIES[strategy](), 10**9, SECONDS)
    print(f"{scenario}, {strategy}: {report}")
    assert report.found is None, str(report)
    assert report.executions > 0


@pytest.mark.parametrize("scenario", FAR)
def test_nothing_goes_wrong_far_away(lab: Lab, scenario: str) -> None:
    """There, whether the base is the tail is left to the create, and what is new is found by listings."""
    lab.is_far = True
    report = explore(lab, SCENARIOS[scenario], at_random(SEED), 10**9, SECONDS / 2)
    assert report.found is None, str(report)
    assert report.executions > 0


def test_two_writers_are_explored_to_the_end(lab: Lab) -> None:
    report = explore(lab, SCENARIOS["two writers, no fault"], DepthFirst(), 1000)
    assert report.exhausted, str(report)
    assert report.executions > 5


_SWEPT, _DELETED = (
    SCENARIOS["writer and sweeper, no fault"],
    SCENARIOS["delete, writer and sweeper, no fault"],
)

MUTANTS: dict[str, tuple[Mutant, Scenario, str]] = {
    "no op_id read-back": (mutants.no_read_back, SCENARIOS["two who note, two faults"], "DUPLICATE"),
    "no op_id read-back, logging": (mutants.no_read_back, SCENARIOS["two writers, one fault"], "DANGLING"),
    "operation not looked for": (
        mutants.operation_not_looked_for,
        SCENARIOS["one tries again, two faults"],
        "DUPLICATE",
    ),
    "objects always discarded": (
        mutants.objects_always_discarded,
        SCENARIOS["two writers, Ctrl-C"],
        "DANGLING",
    ),
    "journal truncated": (contextlib.nullcontext, TRUNCATED, "LOST ACK"),
    "sweep by age": (mutants.age_based_sweep, _SWEPT, "DANGLING"),
    "sweep by age, deletion": (mutants.age_based_sweep, _DELETED, "DANGLING"),
    "sweep by age, source not checked": (
        mutants.age_based_sweep_and_source_not_checked,
        _DELETED,
        "DANGLING",
    ),
    "source not checked": (mutants.source_not_checked, _DELETED, "DANGLING"),
    "uploads not checked": (mutants.uploads_not_checked, _SWEPT, "DANGLING"),
    "old references": (mutants.old_references, _SWEPT, "UNEXPECTED"),
    "bare hash keys": (mutants.bare_hash_keys, _SWEPT, "DANGLING"),
    "bare hash keys, late delete": (mutants.bare_hash_keys, LATE_DELETE, "DANGLING"),
    "reuse of orphans": (mutants.reuse_of_orphans, _SWEPT, "DANGLING"),
    "undelete not checked": (
        mutants.undelete_not_checked,
        SCENARIOS["undelete and sweeper, one fault"],
        "DANGLING",
    ),
    "repack not checked": (
        mutants.repack_not_checked,
        SCENARIOS["repack, writer and sweeper, one fault"],
        "DANGLING",
    ),
}
"""Mutant, scenario that shows it, and what is found there."""

TOO_DEEP = [("source not checked", "depth first"), ("repack not checked", "depth first")]
"""Where depth first would take tens of thousands of executions."""

TO_FIND = [(mutant, strategy) for mutant in MUTANTS for strategy in STRATEGIES]


@pytest.mark.parametrize(("mutant", "strategy"), [pair for pair in TO_FIND if pair not in TOO_DEEP])
def test_a_mutant_is_found(lab: Lab, mutant: str, strategy: str) -> None:
    patch, scenario, kind = MUTANTS[mutant]
    chooser: Strategy = DepthFirst() if strategy == "depth first" else at_random(1)
    with patch():
        report = explore(lab, scenario, chooser, 2000)
    print(f"{mutant}, {strategy}: {report}")
    assert report.found is not None, str(report)
    assert report.found.kind == kind, str(report)


def test_a_schedule_can_be_replayed(lab: Lab) -> None:
    with mutants.no_read_back():
        first = explore(lab, SCENARIOS["two writers, one fault"], at_random(1), 500)
        again = replay(lab, SCENARIOS["two writers, one fault"], first.steps)
    assert str(again.found) == str(first.found)
    assert again.steps == first.steps
    upto = next(i for i, step in enumerate(first.steps) if step.fault is not None)
    mended = replay(lab, SCENARIOS["two writers, one fault"], first.steps[: upto + 1])
    assert mended.found is None, str(mended)
