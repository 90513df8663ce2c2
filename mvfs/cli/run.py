"""``mvfs run show``: everything about one run."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from mvfs import units
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.runs import run_json
from mvfs.cli.table import fields
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.sdk.record import RecordedRun

if TYPE_CHECKING:
    from mvfs.catalog.catalog import Catalog
    from mvfs.catalog.project import Project
    from mvfs.index.rows import Input, Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("what", choices=("show",), help="what to do: tell everything about the run")
    parser.add_argument(
        "run", metavar="[PROJECT/]ID", help="the run, by its id, or by a name that only one has"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Print one run."""
    catalog = open_store(args)
    project, row = _find(catalog, args.run)
    record = RecordedRun(project, row, "")
    inputs = [(_input_ref(catalog, project, used)) for used in queries.inputs(project.index, row.id)]
    outputs = [
        f"{project.name}/{made.type}/{made.name}:{made.label}"
        for made in queries.versions_of_run(project.index, row.id)
    ]
    if out.as_json:
        shown = run_json(project, row) | {"state": record.state, "config": record.config}
        out.data_json(shown | {"facts": record.metadata, "inputs": inputs, "outputs": outputs})
        return 0
    pairs = [
        ("run", f"{project.name}/{row.id}"),
        ("name", row.name),
        ("state", record.state),
        ("job type", row.job_type or ""),
        ("group", row.group or ""),
        ("tags", ", ".join(row.tags)),
        ("started", f"{units.moment(row.started)} by {row.actor}"),
        ("duration", _duration(row)),
    ]
    for line in fields([pair for pair in pairs if pair[1]]):
        out.data(line)
    if row.notes:
        out.data("note")
        out.data_block("  " + row.notes.replace("\n", "\n  "))
    for title, values in (("config", record.config), ("summary", row.summary), ("facts", record.metadata)):
        _section(out, title, values)
    for title, refs in (("inputs", inputs), ("outputs", outputs)):
        for number, ref in enumerate(refs):
            out.data((title if number == 0 else "").ljust(9) + ref)
    return 0


def _duration(row: Run) -> str:
    if row.ended is None:
        return f"{units.span(time.time_ns() // 1000 - row.started)} so far"
    return units.span(row.ended - row.started)


def _find(catalog: Catalog, text: str) -> tuple[Project, Run]:
    """Return the run with an id, of one project or any; else the only one with that name.

    Raises:
        NotFound: there is none.
        InvalidInput: there are several.
    """
    head, _, word = text.rpartition("/")
    projects = [catalog.project(name) for name in ([head] if head else catalog.projects())]
    by_id = [(project, row) for project in projects if (row := queries.run(project.index, word)) is not None]
    found = by_id or [
        (project, row) for project in projects for row in queries.runs_named(project.index, word)
    ]
    if not found:
        raise NotFound(
            f"no run has the id or name '{word}'" + (f" in project '{head}'" if head else ""), run=word
        )
    if len(found) > 1:
        names = ", ".join(f"{project.name}/{row.id}" for project, row in found[:5])
        raise InvalidInput(f"'{word}' is not one run but {len(found)}: {names}{', …' * (len(found) > 5)}")
    return found[0]


def _input_ref(catalog: Catalog, project: Project, used: Input) -> str:
    """The ref of an input; of a project that is not there any more, its id."""
    home = project.name
    if used.project_id is not None:
        others = (catalog.project(name) for name in catalog.projects())
        home = next((other.name for other in others if other.id == used.project_id), used.project_id)
    return f"{home}/{used.name}:v{used.number}"


def _section(out: Output, title: str, values: dict[str, Any]) -> None:
    if values:
        out.data(title)
        for line in fields([(key, units.number(value)) for key, value in values.items()]):
            out.data("  " + line)
