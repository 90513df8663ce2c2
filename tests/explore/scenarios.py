"""The scenarios: who works on the store at the same time. A new one is a line in `SCENARIOS`."""

from __future__ import annotations

from mvfs.store.backend.faulty import FAIL, LOSE, late
from tests.explore.actors import logs, notes, one_version, truncates
from tests.explore.worlds import Scenario

NETWORK = {"create": (LOSE, late()), "put": (FAIL,), "delete": (late(),)}
"""What a network does: answers of creates get lost, creates and deletes arrive late, puts fail."""

_A = logs(shared="shared", own="a")
_B = logs(shared="shared", own="b")
_C = logs(own="c")


def _two_writers(budget: int) -> Scenario:
    return Scenario({"a": _A, "b": _B}, NETWORK, budget, one_version)


SCENARIOS = {
    "two writers, no fault": _two_writers(0),
    "two writers, one fault": _two_writers(1),
    "two writers, two faults": _two_writers(2),
    "three writers, one fault": Scenario({"a": _A, "b": _B, "c": _C}, NETWORK, 1, one_version),
    "three who note, one fault": Scenario(
        {"a": notes("a1", "a2"), "b": notes("b1"), "c": notes("c1")}, NETWORK, 1, one_version
    ),
    "two who note, two faults": Scenario({"a": notes("a1", "a2"), "b": notes("b1")}, NETWORK, 2, one_version),
}

TRUNCATED = Scenario({"a": notes("a1"), "b": notes("b1"), "truncator": truncates}, prepare=one_version)
"""Somebody who deletes journal entries: a defect by itself."""
