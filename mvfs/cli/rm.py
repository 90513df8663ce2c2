"""``mvfs rm``: move versions or whole names to the trash."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import Any

from mvfs import units
from mvfs.catalog.catalog import Place
from mvfs.catalog.deletion import Target, check, delete, target
from mvfs.catalog.project import Project
from mvfs.cli.asking import Shown, add_yes, count, settle
from mvfs.cli.insisting import add_insistence, insistence_of
from mvfs.cli.output import Output
from mvfs.cli.places import place_of
from mvfs.cli.table import table
from mvfs.errors import InvalidInput
from mvfs.index.rows import Version
from mvfs.refs import Selector


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("refs", nargs="+", metavar="REF", help="a version, or a name: all its versions")
    parser.add_argument("--aliases", action="store_true", help="also versions that aliases point at")
    add_insistence(parser)
    add_yes(parser)


@dataclass(slots=True)
class _Part:
    """What goes in one project."""

    project: Project
    names: dict[str, Target] = field(default_factory=dict)

    def add(self, new: Target) -> None:
        """Take in a target; a name that goes as a whole needs no single versions."""
        known = self.names.get(new.name)
        if known is None or new.whole:
            self.names[new.name] = new
        elif not known.whole:
            self.names[new.name] = Target(new.name, tuple(dict.fromkeys(known.numbers + new.numbers)))


def run(args: argparse.Namespace, out: Output) -> int:
    """Show what goes, and delete it if that is wanted."""
    parts: dict[tuple[str, str], _Part] = {}
    for ref in args.refs:
        place = place_of(args, ref)
        key = place.project.backend.location, place.project.id
        parts.setdefault(key, _Part(place.project)).add(target_of(place, ref, "rm"))
    said = insistence_of(args)
    for part in parts.values():
        check(part.project, list(part.names.values()), aliases=args.aliases, insistence=said)
    versions = [
        (part.project, version)
        for part in parts.values()
        for one in part.names.values()
        for version in versions_of(part.project, one)
    ]
    whole = [
        f"all of {part.project.name}/{one.name}"
        for part in parts.values()
        for one in part.names.values()
        if one.whole
    ]
    about = f" ({', '.join(whole)})" if whole else ""
    title = f"{count(len(versions), 'version')}{about} would go to the trash"

    def act() -> str:
        for part in parts.values():
            delete(part.project, list(part.names.values()), aliases=args.aliases, insistence=said)
        return f"deleted {count(len(versions), 'version')}{about}; 'mvfs undelete' brings back, until a sweep"

    return settle(args, out, shown(title, versions), act)


def target_of(place: Place, ref: str, verb: str) -> Target:
    """What a ref of a version or of a name means to a verb that takes it away.

    Raises:
        InvalidInput: it means something else.
    """
    if place.name is None:
        raise InvalidInput(f"'{ref}' is no version and no name; '{verb}' takes nothing larger")
    if place.path:
        raise InvalidInput(f"'{ref}' is a file; versions never change, '{verb}' takes whole ones")
    return target(place.project, place.name.name, place.version.number if place.version else None)


def versions_of(project: Project, target: Target) -> list[Version]:
    """The versions that a target means."""
    if target.whole:
        return project.versions(target.name)
    return [project.version(target.name, Selector(number=number)) for number in target.numbers]


def shown(title: str, versions: list[tuple[Project, Version]]) -> Shown:
    """Versions that would be deleted."""
    rows, items = [], []
    for project, version in versions:
        rows.append(
            [
                full_ref(project, version),
                units.size(version.size),
                units.age(version.created),
                ", ".join(version.aliases),
            ]
        )
        items.append(brief_json(project, version))
    return Shown(title, table(["VERSION", ">SIZE", ">AGE", "ALIASES"], rows), items)


def full_ref(project: Project, version: Version) -> str:
    """``project/type/name:v3``."""
    return f"{project.name}/{version.type}/{version.name}:{version.label}"


def brief_json(project: Project, version: Version) -> dict[str, Any]:
    """A version in a list of what would be deleted."""
    return {
        "ref": full_ref(project, version),
        "version": version.label,
        "size": version.size,
        "created": units.iso(version.created),
        "aliases": list(version.aliases),
    }
