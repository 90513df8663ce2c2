"""``mvfs runs``: the runs that a query asks for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mvfs import units
from mvfs.catalog.finding import find_runs
from mvfs.catalog.liveness import with_states
from mvfs.cli import matches, selection, touching
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.index import queries, search
from mvfs.query.fields import RUNS

if TYPE_CHECKING:
    from mvfs.catalog.catalog import Catalog
    from mvfs.catalog.finding import Match
    from mvfs.catalog.project import Project
    from mvfs.index.rows import Run

_SHOWN = "id,name,state,age,duration,job_type,inputs,outputs"

EPILOG = (
    "A query compares fields: 'config.lr<0.01 and summary.acc>=0.9', 'state=failed or tag in (bad, old)',"
    " 'age<7d not has summary.loss', 'name~resnet', 'created>2026-11-01', 'duration>1h'. A bare word is"
    " looked for in id, name, group, job type, tags and notes. Fields that are mentioned are shown. All of it"
    " is in docs/QUERIES.md."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.epilog = EPILOG
    parser.add_argument("query", nargs="*", metavar="QUERY", help="which runs; all where nothing is said")
    parser.add_argument("-p", "--project", metavar="PROJECT", help="of this project only")
    touching.add_arguments(parser)
    selection.add_arguments(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the runs that pass."""
    words = " ".join(args.query)
    catalog = open_store(args)
    names = catalog.projects() if args.project is None else [args.project]
    shown = _SHOWN if len(names) == 1 else f"project,{_SHOWN}"
    asked = matches.question(args, words, RUNS, shown)
    among = touching.touching(args, catalog)
    found = find_runs([catalog.project(name) for name in names], asked, among)
    if out.as_json:
        out.data_json(_as_json(found))
        return 0
    lines = matches.rows(found, asked.columns)
    if lines:
        out.data_block("\n".join(lines))
    else:
        out.say(_nothing(catalog, words, names) if among is None else "no run did that")
    return 0


def _nothing(catalog: Catalog, words: str, names: Sequence[str]) -> str:
    if not words:
        return "there are no runs" + (f" in project '{names[0]}'" if len(names) == 1 else "")
    hint = (
        f"; for the runs of that project, write: mvfs runs -p {words}" if words in catalog.projects() else ""
    )
    return f"no run passes '{words}'{hint}"


def _as_json(found: Sequence[Match]) -> list[dict[str, Any]]:
    """All that the journal tells of each run, in the order of what was found."""
    ids: dict[Project, list[str]] = {}
    for match in found:
        ids.setdefault(match.project, []).append(match.found.key[0])
    rows = {
        (project.id, row.id): row
        for project, wanted in ids.items()
        for row in with_states(project, search.whole_runs(project.index, wanted))
    }
    keys = ((match.project, (match.project.id, match.found.key[0])) for match in found)
    return [run_json(project, rows[key]) for project, key in keys if key in rows]


def run_json(project: Project, row: Run) -> dict[str, Any]:
    """A run as ``--json`` prints it; times are ISO 8601, the duration seconds."""
    return {
        "project": project.name,
        "id": row.id,
        "name": row.name,
        "state": row.state,
        "job_type": row.job_type,
        "group": row.group,
        "tags": list(row.tags),
        "note": row.notes,
        "created": units.iso(row.started),
        "ended": None if row.ended is None else units.iso(row.ended),
        "duration": None if row.ended is None else (row.ended - row.started) / 1e6,
        "actor": row.actor,
        "config": row.config,
        "summary": row.summary,
        "inputs": [f"{used.name}:v{used.number}" for used in queries.inputs(project.index, row.id)],
        "outputs": [f"{made.name}:{made.label}" for made in queries.versions_of_run(project.index, row.id)],
    }
