"""``mvfs ls --where``: the versions that a query asks for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mvfs import refs
from mvfs.catalog.finding import find_versions
from mvfs.catalog.shapes import version_json
from mvfs.cli import matches
from mvfs.cli.places import open_store
from mvfs.errors import InvalidInput
from mvfs.index import search
from mvfs.query.fields import VERSIONS

if TYPE_CHECKING:
    from mvfs.catalog.project import Project
    from mvfs.cli.output import Output

_SHOWN = "version,age,size,alias"


def list_matches(args: argparse.Namespace, out: Output) -> int:
    """List the versions below the ref that pass."""
    if args.trash:
        raise InvalidInput("--trash lists all that is deleted; it takes no query, order or columns")
    ref = refs.parse(args.ref) if args.ref else None
    catalog = open_store(args, ref)
    name = type_ = None
    shown = f"project,type,name,{_SHOWN}"
    if ref is None:
        projects = [catalog.project(one) for one in catalog.projects()]
    else:
        place = catalog.resolve(ref)
        if place.version is not None:
            raise InvalidInput(f"'{args.ref}' is one version; a query is asked of a name, type or project")
        projects, type_ = [place.project], place.type
        name = place.name.name if place.name is not None else None
        shown = _SHOWN if name is not None else f"type,name,{_SHOWN}"
    asked = matches.question(args, args.where or "", VERSIONS, f"{shown},note" if args.long else shown)
    found = find_versions(projects, asked, name, type_)
    if out.as_json:
        out.data_json([_as_json(match.project, match.found.key) for match in found])
        return 0
    lines = matches.rows(found, asked.columns)
    if lines:
        out.data_block("\n".join(lines))
    else:
        out.say(f"no version passes '{args.where or ''}'")
    return 0


def _as_json(project: Project, key: tuple[str, int]) -> dict[str, object]:
    (version,) = search.whole_versions(project.index, [key])
    return version_json(project.name, version)
