"""``mvfs sweep``: free the space of what was deleted, and of what interrupted writers left."""

from __future__ import annotations

import argparse

from mvfs import refs, units
from mvfs.catalog import repacking, sweeping
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
    parser.add_argument(
        "--no-repack", action="store_true", help="do not rewrite blobs of which less than half is used"
    )
    add_yes(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Show what is garbage, and delete it for good if that is wanted."""
    grace = units.parse_age(args.grace)
    projects = _projects(args)
    found = [_Found(project, grace, repack=not args.no_repack) for project in projects]
    total = sum(one.garbage.size for one in found)
    objects = count(sum(one.garbage.objects for one in found), "object")
    movable = sum(one.movable.freed - one.movable.written for one in found)
    title = f"{objects}, {units.size(total)}, would be deleted for good"
    if uploads := sum(one.garbage.uploads for one in found):
        title += f", and {count(uploads, 'upload')} that nobody goes on with ended"
    if movable:
        title += f", and {units.size(movable)} of mostly unused blobs freed"

    def act() -> str:
        with Progress("sweeping", total) as progress:
            gone = [one.sweep(progress) for one in found if one.has_work]
        freed = units.size(sum(one.size for one in gone))
        done = f"deleted {count(sum(one.objects for one in gone), 'object')}, {freed}"
        ended = sum(one.uploads for one in gone)
        return done + (f", ended {count(ended, 'upload')}" if ended else "")

    lines = table(["PROJECT", ">OBJECTS", ">SIZE", ">TO REPACK", ">TOO YOUNG"], [one.row() for one in found])
    items = [one.to_json() for one in found if one.has_work]
    return settle(args, out, Shown(title, lines, items), act)


class _Found:
    """What there is to do in one project."""

    def __init__(self, project: Project, grace: float, *, repack: bool) -> None:
        self.project, self._grace = project, grace
        self.garbage = sweeping.survey(project, grace)
        self.movable = repacking.survey(project, grace) if repack else repacking.Repacked(0, 0, 0)

    @property
    def has_work(self) -> bool:
        return bool(self.garbage.objects or self.garbage.uploads or self.movable.versions)

    def sweep(self, progress: Progress) -> sweeping.Garbage:
        if self.movable.versions:
            repacking.repack(self.project, self._grace)
        return sweeping.sweep(self.project, self._grace, progress)

    def row(self) -> list[str]:
        garbage = self.garbage
        sizes = (garbage.size, self.movable.freed, garbage.spared)
        return [self.project.name, f"{garbage.objects:,}", *map(units.size, sizes)]

    def to_json(self) -> dict[str, object]:
        return {
            "project": self.project.name,
            "objects": self.garbage.objects,
            "size": self.garbage.size,
            "repacked": self.movable.freed,
            "spared": self.garbage.spared,
            "uploads": self.garbage.uploads,
        }


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
