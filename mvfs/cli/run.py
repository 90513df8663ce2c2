"""``mvfs run show``: everything about one run."""

from __future__ import annotations

import argparse
import shlex
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from mvfs import units
from mvfs.cli.exits import OK
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.runs import run_json
from mvfs.cli.table import fields
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.sdk.record import RecordedRun
from mvfs.wellformed import check_text

if TYPE_CHECKING:
    from mvfs.catalog.catalog import Catalog
    from mvfs.catalog.project import Project
    from mvfs.index.rows import Input, Run

TAIL = 20
"""Lines of output that are shown unless another number is asked for."""
STREAMS = {0: "stdout", 1: "stderr", 2: "alert"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "what", choices=("show",), metavar="show", help="what to do: tell everything about the run"
    )
    parser.add_argument(
        "run", metavar="[PROJECT/]ID", help="the run, by its id, or by a name that only one has"
    )
    alone = parser.add_mutually_exclusive_group()
    alone.add_argument(
        "--console", action="store_true", help="the last lines that it printed, and nothing else"
    )
    alone.add_argument(
        "--patch",
        action="store_true",
        help="the uncommitted changes it ran with, for 'git apply', and nothing else",
    )
    parser.add_argument(
        "-n",
        "--lines",
        type=int,
        default=TAIL,
        metavar="N",
        help=f"with --console: how many ({TAIL}; 0: all)",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Print one run."""
    catalog = open_store(args)
    project, row = _find(catalog, args.run)
    record = RecordedRun(project, row, "")
    if args.console:
        return _console(record, args.lines, out)
    if args.patch:
        return _patch(record, out)
    inputs = [(_input_ref(catalog, project, used)) for used in queries.inputs(project.index, row.id)]
    outputs = [
        f"{project.name}/{made.type}/{made.name}:{made.label}"
        for made in queries.versions_of_run(project.index, row.id)
    ]
    if out.as_json:
        shown = run_json(project, row) | {"state": record.state, "config": record.config}
        shown["ending"] = record.ending
        out.data_json(shown | {"facts": record.metadata, "inputs": inputs, "outputs": outputs})
        return 0
    pairs = [
        ("run", f"{project.name}/{row.id}"),
        ("name", row.name),
        ("state", record.state),
        ("ending", _ending(record)),
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
    for title, values in (
        ("config", record.config),
        ("summary", row.summary),
        ("facts", _facts(record.metadata)),
    ):
        _section(out, title, values)
    for title, refs in (("inputs", inputs), ("outputs", outputs)):
        for number, ref in enumerate(refs):
            out.data((title if number == 0 else "").ljust(9) + ref)
    return 0


def _console(record: RecordedRun, most: int, out: Output) -> int:
    if most < 0:
        raise InvalidInput(f"--lines takes a number, or 0 for all, not {most}")
    lines = list(deque(record.console(), maxlen=most or None))
    if out.as_json:
        shown = (
            {"at": units.iso(one.time), "stream": STREAMS.get(one.stream), "text": one.text} for one in lines
        )
        out.data_json(list(shown))
    elif not lines:
        out.say(f"run '{record.id}' has no lines of output")
    for one in [] if out.as_json else lines:
        out.data(one.text)
    return OK


def _patch(record: RecordedRun, out: Output) -> int:
    about = record.metadata
    patch = about.get("diff")
    if patch is None:
        raise NotFound(f"of run '{record.id}' no changes are recorded: it did not run in a git repository")
    cut = bool(about.get("diff_is_cut"))
    if out.as_json:
        commit = (about.get("git") or {}).get("commit")
        out.data_json({"commit": commit, "patch": patch, "is_cut": cut, "untracked": about.get("untracked")})
        return OK
    if patch:
        out.data_block(str(patch))
    else:
        out.say(f"run '{record.id}' had no uncommitted changes")
    if cut:
        out.warn("the patch was longer than what is kept, and ends too early")
    return OK


def _ending(record: RecordedRun) -> str:
    """Why it ended so, where there is more to say than the state does."""
    if record.state == "crashed":
        return "it says no more that it lives: killed, or its machine is gone"
    about = record.ending
    code, exception = about.get("exit_code"), about.get("exception")
    said = [f"exit code {code}"] if code else []
    return ", ".join([*said, str(exception)] if exception else said)


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    """What was captured, without what is told elsewhere, and long lists as their length."""
    shown = {
        key: value for key, value in facts.items() if key not in ("tags", "notes", "started") and value != []
    }
    if isinstance(shown.get("argv"), list):
        shown["argv"] = shlex.join(map(str, shown["argv"]))
    git = shown.get("git")
    if isinstance(git, dict):
        state = "with uncommitted changes" if git.get("dirty") else ""
        more = ", ".join(str(one) for one in (git.get("branch"), git.get("remote"), state) if one)
        shown["git"] = f"{git.get('commit')}" + f" ({more})" * bool(more)
    for key, where in (("packages", "--json"), ("untracked", "--json"), ("diff", "--patch")):
        value = shown.pop(key, None)
        if value:
            count = len(value) if isinstance(value, list) else value.count("\n")
            shown[key] = f"{count:,} {'lines' if key == 'diff' else ''}".strip() + f" ({where} shows them)"
    return shown


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
    head, _, word = check_text(text, "the run").rpartition("/")
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
