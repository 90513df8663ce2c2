"""``mvfs sweep``: free the space of what was deleted, and of what interrupted writers left."""

from __future__ import annotations

import argparse

from mvfs import refs, units
from mvfs.catalog import sweeping
from mvfs.catalog.project import Project
from mvfs.cli.asking import Shown, add_yes, count, settle
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.progress import Progress
from mvfs.cli.table import table
from mvfs.errors import InvalidInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("project", nargs="?", metavar="PROJECT", help="only this project")
    parser.add_argument(
        "--grace", metavar="AGE", default="7d", help="leave alone what was deleted or stored since (7d)"
    )
    add_yes(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Show what is garbage, and delete it for good if that is wanted."""
    grace = units.parse_age(args.grace)
    projects = _projects(args)
    found = [(project, sweeping.survey(project, grace)) for project in projects]
    rows, items = [], []
    for project, garbage in found:
        rows.append(
            [project.name, f"{garbage.objects:,}", units.size(garbage.size), units.size(garbage.spared)]
        )
        if garbage.objects:
            items.append(
                {
                    "project": project.name,
                    "objects": garbage.objects,
                    "size": garbage.size,
                    "spared": garbage.spared,
                }
            )
    total = sum(garbage.size for _, garbage in found)
    objects = count(sum(garbage.objects for _, garbage in found), "object")
    title = f"{objects}, {units.size(total)}, would be deleted for good"

    def act() -> str:
        with Progress("sweeping", total) as progress:
            gone = [sweeping.sweep(p, grace, progress) for p, garbage in found if garbage.objects]
        freed = units.size(sum(one.size for one in gone))
        return f"deleted {count(sum(one.objects for one in gone), 'object')}, {freed}"

    lines = table(["PROJECT", ">OBJECTS", ">SIZE", ">TOO YOUNG"], rows)
    return settle(args, out, Shown(title, lines, items), act)


def _projects(args: argparse.Namespace) -> list[Project]:
    if args.project is None:
        catalog = open_store(args)
        return [catalog.project(name) for name in catalog.projects()]
    ref = refs.parse(args.project)
    if len(ref.words) != 1 or ref.selector is not None:
        raise InvalidInput(
            f"'{args.project}' is no project; objects are shared, so sweep takes whole projects"
        )
    return [open_store(args, ref).project(ref.words[0])]
