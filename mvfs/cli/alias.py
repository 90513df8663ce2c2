"""``mvfs alias``: pointers to versions: set, remove, list, look back."""

from __future__ import annotations

import argparse

from mvfs import refs, units
from mvfs.catalog.catalog import Place
from mvfs.catalog.pointers import Expect, remove_aliases, set_aliases
from mvfs.catalog.shapes import version_json
from mvfs.cli.insisting import add_insistence, insistence_of
from mvfs.cli.output import Output
from mvfs.cli.places import place_of, version_of
from mvfs.cli.table import table
from mvfs.errors import InvalidInput, NotFound
from mvfs.index.policies import AliasChange, alias_changes, protected


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="the version to point at; for the rest, its name")
    parser.add_argument("aliases", nargs="*", metavar="NAME", help="the aliases; none: list those there are")
    parser.add_argument(
        "--expect", metavar="vN", help="change it only if it points at vN now ('none': if it does not exist)"
    )
    parser.add_argument("--remove", action="store_true", help="remove the aliases")
    parser.add_argument("--history", action="store_true", help="tell who moved them, when, and why")
    add_insistence(parser, "-m")


def run(args: argparse.Namespace, out: Output) -> int:
    """Change or list aliases."""
    if args.history:
        return _history(args, out)
    if not args.aliases:
        return _list(args, out)
    expect, said = _expected(args.expect), insistence_of(args)
    if args.remove:
        place = place_of(args, args.ref)
        if place.name is None:
            raise NotFound(f"'{args.ref}' is no name")
        remove_aliases(place.project, place.name.name, args.aliases, expect, insistence=said)
        out.say(f"removed {', '.join(args.aliases)} of {place.project.name}/{place.name.name}")
        return 0
    place = version_of(args, args.ref)
    assert place.version is not None
    version = place.version
    set_aliases(place.project, version.name, version.number, args.aliases, expect, insistence=said)
    version = place.project.version(version.name, refs.Selector(number=version.number))
    if out.as_json:
        out.data_json(version_json(place.project.name, version))
    else:
        out.say(f"{place.project.name}/{version.name}:{version.label} is now {', '.join(version.aliases)}")
    return 0


def _expected(word: str | None) -> int | Expect | None:
    if word is None:
        return Expect.ANYTHING
    if word == "none":
        return None
    selector = refs.parse_selector(word)
    if selector.number is None:
        raise InvalidInput(f"--expect takes a version such as v7, or 'none', not '{word}'")
    return selector.number


def _named(args: argparse.Namespace) -> tuple[Place, str]:
    place = place_of(args, args.ref)
    if place.name is None:
        raise NotFound(f"'{args.ref}' is no name; aliases belong to one")
    return place, place.name.name


def _list(args: argparse.Namespace, out: Output) -> int:
    place, name = _named(args)
    aliases = place.project.aliases(name)
    if out.as_json:
        out.data_json({alias: f"v{number}" for alias, number in aliases.items()})
    else:
        kept = protected(place.project.index, name)
        rows = [[a, f"v{n}", "protected" if a in kept else ""] for a, n in aliases.items()]
        for line in table(["ALIAS", "VERSION", ""], rows):
            out.data(line)
    return 0


def _history(args: argparse.Namespace, out: Output) -> int:
    place, name = _named(args)
    wanted = {refs.check_alias(alias) for alias in args.aliases}
    found = [one for one in alias_changes(place.project.index, name) if not wanted or one.alias in wanted]
    if out.as_json:
        out.data_json([_change_json(one) for one in found])
        return 0
    rows = [[units.moment(one.time), one.alias, _step(one), one.actor, one.reason or ""] for one in found]
    for line in table(["WHEN", "ALIAS", "MOVE", "BY", "WHY"], rows):
        out.data(line)
    return 0


def _step(change: AliasChange) -> str:
    if change.protects is not None:
        return "protected" if change.protects else "not protected any more"
    return f"{_label(change.old) or '-'} → {_label(change.new) or '-'}"


def _change_json(change: AliasChange) -> dict[str, str | bool | None]:
    found: dict[str, str | bool | None] = {"alias": change.alias}
    if change.protects is None:
        found |= {"to": _label(change.new), "from": _label(change.old)}
    else:
        found["protected"] = change.protects
    return found | {"at": units.iso(change.time), "by": change.actor, "reason": change.reason}


def _label(number: int | None) -> str | None:
    return None if number is None else f"v{number}"
