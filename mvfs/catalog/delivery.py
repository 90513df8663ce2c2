"""Sends what runs could not: those that were killed, and those whose store was out of reach to the end."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from mvfs.catalog import liveness, points, run_objects, runs, spool
from mvfs.catalog.project import Project
from mvfs.catalog.run_objects import Line
from mvfs.catalog.spool import Spool
from mvfs.errors import CorruptObject, InvalidInput
from mvfs.index import queries

_log = logging.getLogger("mvfs")

END = "end"
"""The file of a spool that says how its run ended."""


class Ending(msgspec.Struct, frozen=True):
    """How a run ended, for when the store cannot be told at once."""

    summary: dict[str, Any]
    removed: list[str]
    state: str | None
    """None where other writers go on."""
    about: dict[str, Any]


def deliver(project: Project, run_id: str | None = None) -> list[str]:
    """Send what dead writers of a run (or of all runs) left on this machine; return the ids of the runs.

    Raises:
        Unavailable: the store is out of reach; what was not sent is kept.
    """
    found: dict[str, None] = {}
    for left in spool.abandoned(project, run_id):
        try:
            if queries.run(project.index, left.run_id) is not None:  # else it was killed before it began
                _send(project, left)
                found[left.run_id] = None
            left.finish()
        except (CorruptObject, InvalidInput, ValueError, msgspec.MsgspecError) as exc:
            _log.warning(
                "mvfs: what is left of run %s in %s cannot be stored: %s", left.run_id, left.folder, exc
            )
        finally:
            left.release()
    return list(found)


def _send(project: Project, left: Spool) -> None:
    run_id, writer = left.run_id, left.writer
    last: dict[str, Any] = {}
    for name in left.files():
        kind, _, number = name.partition("-")
        records = left.read(name)
        if kind == run_objects.HISTORY:
            run_objects.write_points(project, run_id, writer, int(number), records)
            last.update(points.last_values(records))
        elif kind == run_objects.PRINTED:
            lines = [msgspec.convert(record, Line) for record in records]
            run_objects.write_lines(project, run_id, writer, int(number), lines)
        elif kind == END and records:
            end(project, run_id, writer, msgspec.convert(records[-1], Ending))
    _bring_up(project, run_id, last)
    liveness.end(project, run_id, writer, crashed=True)


def _bring_up(project: Project, run_id: str, last: dict[str, Any]) -> None:
    """Bring the summary up to date with what was logged; a map is what was made of a value, and stays."""
    there = project.run(run_id).summary
    new = {key: value for key, value in last.items() if not isinstance(there.get(key), dict)}
    if any(key not in there or there[key] != value for key, value in new.items()):
        runs.set_summary(project, run_id, new)


def end(project: Project, run_id: str, writer: str, how: Ending) -> None:
    """Record a writer's end, and the run's, unless other writers go on."""
    run_objects.write_record(project, run_id, run_objects.END, writer, how.about)
    if how.state is None:
        if how.summary or how.removed:
            runs.set_summary(project, run_id, how.summary, how.removed)
    else:
        runs.finish(project, run_id, how.summary, how.state, how.removed)
