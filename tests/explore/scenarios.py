"""The scenarios: who works on the store at the same time. A new one is a line in `SCENARIOS`."""

from __future__ import annotations

from mvfs.errors import CorruptObject
from mvfs.store.backend.faulty import DIE, DIE_AFTER, FAIL, FULL, INTERRUPT, LOSE, late
from tests.explore.actors import (
    LARGE,
    copies,
    deletes,
    logs,
    mostly_dead_blob,
    notes,
    notes_until_known,
    one_version,
    repacks,
    sweeps,
    truncates,
    two_large_versions,
    two_versions,
    undeletes,
    version_and_garbage,
    version_in_the_trash,
)
from tests.explore.worlds import Scenario

NETWORK = {"create": (LOSE, late(), FULL), "put": (FAIL,), "delete": (late(),)}
"""What a network does: answers of creates get lost, creates and deletes arrive late, puts fail;
a disk may be full for an entry."""

CTRL_C = {"create": (INTERRUPT,), "put": (INTERRUPT,), "get": (INTERRUPT,)}

DEATH = {"create": (DIE, DIE_AFTER), "delete": (DIE,)}
"""A process dies at a turning point."""

_A = logs(shared="shared", own="a")
_B = logs(shared="shared", own="b")
_C = logs(own="c")


def _two_writers(budget: int) -> Scenario:
    return Scenario({"a": _A, "b": _B}, NETWORK, budget, one_version)


def _writer_and_sweeper(budget: int) -> Scenario:
    return Scenario({"a": _A, "sweeper": sweeps}, NETWORK, budget, version_and_garbage)


def _delete_writer_and_sweeper(budget: int) -> Scenario:
    return Scenario({"deleter": deletes(1), "a": _A, "sweeper": sweeps}, NETWORK, budget, two_versions)


SCENARIOS = {
    "two writers, no fault": _two_writers(0),
    "two writers, one fault": _two_writers(1),
    "two writers, two faults": _two_writers(2),
    "three writers, one fault": Scenario({"a": _A, "b": _B, "c": _C}, NETWORK, 1, one_version),
    "three who note, one fault": Scenario(
        {"a": notes("a1", "a2"), "b": notes("b1"), "c": notes("c1")}, NETWORK, 1, one_version
    ),
    "two who note, two faults": Scenario({"a": notes("a1", "a2"), "b": notes("b1")}, NETWORK, 2, one_version),
    "one tries again, two faults": Scenario(
        {"a": notes_until_known("a1"), "b": notes("b1")}, NETWORK, 2, one_version
    ),
    "two writers, Ctrl-C": Scenario({"a": _A, "b": _B}, CTRL_C, 1, one_version),
    "writer and two sweepers, one death": Scenario(
        {"a": _A, "sweeper": sweeps, "other": sweeps}, DEATH, 1, version_and_garbage
    ),
    "writer and sweeper, no fault": _writer_and_sweeper(0),
    "writer and sweeper, one fault": _writer_and_sweeper(1),
    "two writers and sweeper, one fault": Scenario(
        {"a": _A, "b": _B, "sweeper": sweeps}, NETWORK, 1, version_and_garbage
    ),
    "delete, writer and sweeper, no fault": _delete_writer_and_sweeper(0),
    "delete, writer and sweeper, one fault": _delete_writer_and_sweeper(1),
    "delete, writer of a large file and sweeper": Scenario(
        {"deleter": deletes(1), "a": logs(shared=LARGE, own="a"), "sweeper": sweeps},
        prepare=two_large_versions,
    ),
    "delete and two sweepers, one fault": Scenario(
        {"deleter": deletes(1), "sweeper": sweeps, "other": sweeps}, NETWORK, 1, two_versions
    ),
    "undelete and sweeper, one fault": Scenario(
        {"undeleter": undeletes(1), "sweeper": sweeps}, NETWORK, 1, version_in_the_trash
    ),
    "repack, writer and sweeper, one fault": Scenario(
        {"repacker": repacks, "a": _A, "sweeper": sweeps}, NETWORK, 1, mostly_dead_blob
    ),
    "copy, delete and sweeper": Scenario(
        {"copier": copies(1, "m"), "deleter": deletes(1), "sweeper": sweeps}, prepare=two_versions
    ),
}

TRUNCATED = Scenario(
    {"a": notes("a1"), "b": notes("b1"), "truncator": truncates},
    prepare=one_version,
    may_raise=(CorruptObject,),
)
"""Somebody who deletes journal entries: a defect by itself, even where a writer notices it."""

LATE_DELETE = Scenario({"a": _A, "sweeper": sweeps}, {"delete": (late(),)}, 1, version_and_garbage)
"""The one thing that goes wrong is that a delete arrives late."""
