"""``mvfs policy``: which versions of a name stay when one is logged, and which aliases are protected."""

from __future__ import annotations

import argparse

from mvfs import units
from mvfs.catalog.policy import Change, falling, policy_of, set_policy
from mvfs.catalog.project import Project
from mvfs.cli.asking import count
from mvfs.cli.insisting import add_insistence, insistence_of
from mvfs.cli.output import Output
from mvfs.cli.places import place_of
from mvfs.cli.table import fields
from mvfs.errors import InvalidInput, NotFound

_SECOND = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="the name; with no option, its policy is printed")
    parser.add_argument(
        "--keep-last", metavar="N", help="each log moves all but the N newest to the trash; 'none' ends it"
    )
    parser.add_argument(
        "--ttl",
        metavar="AGE",
        help="each log moves what is older to the trash, but none of the N newest: 12h, 30d, 1y; or 'none'",
    )
    parser.add_argument(
        "--protect",
        action="append",
        default=[],
        metavar="ALIAS",
        help="moving or removing it takes --force and --reason; may be given again",
    )
    parser.add_argument(
        "--unprotect", action="append", default=[], metavar="ALIAS", help="end that; may be given again"
    )
    parser.add_argument("--clear", action="store_true", help="end everything else; 'best' has its own verb")
    add_insistence(parser, "-m")


def run(args: argparse.Namespace, out: Output) -> int:
    """Change the policy of a name, and print it."""
    change = Change(
        _number(args.keep_last), _microseconds(args.ttl), args.protect, args.unprotect, clear=args.clear
    )
    place = place_of(args, args.ref)
    if place.name is None or place.version is not None:
        raise NotFound(f"'{args.ref}' is no name; a policy belongs to one")
    name = place.name.name
    if change != Change(protect=[], unprotect=[]):
        set_policy(place.project, name, change, insistence_of(args))
    _print(place.project, name, out)
    return 0


def _number(word: str | None) -> int | None:
    if word is None:
        return None
    if word == "none":
        return 0
    if not word.isdecimal() or not 0 < int(word) < 2**31:
        raise InvalidInput(f"--keep-last takes a number of versions from 1 on, or 'none', not '{word}'")
    return int(word)


def _microseconds(word: str | None) -> int | None:
    if word is None:
        return None
    seconds = 0 if word == "none" else units.parse_age(word)
    if not seconds and word != "none":
        raise InvalidInput("--ttl takes an age such as 30d, or 'none'")
    return seconds * _SECOND


def _print(project: Project, name: str, out: Output) -> None:
    found = policy_of(project, name)
    keep, ttl = found.retention.keep_last, found.retention.ttl
    going = falling(project, name)
    if out.as_json:
        out.data_json(
            {
                "ref": f"{project.name}/{name}",
                "keep_last": keep,
                "ttl": None if ttl is None else ttl // _SECOND,
                "protected": list(found.protected),
                "best": None if found.rule is None else f"{found.rule.metric}:{found.rule.mode}",
                "going": [f"v{number}" for number in going],
            }
        )
        return
    rows = [
        ("keep last", "all" if keep is None else str(keep)),
        ("ttl", "none" if ttl is None else _span(ttl)),
        ("protected", ", ".join(found.protected) or "none"),
        ("best", "by hand" if found.rule is None else f"{found.rule.mode}imum of {found.rule.metric}"),
    ]
    for line in fields(rows):
        out.data(line)
    if going:
        first, last = going[0], going[-1]
        which = f"v{first}" if first == last else f"v{first} to v{last}"
        out.say(f"the next log moves {count(len(going), 'version')} to the trash ({which})")


def _span(ttl: int) -> str:
    return units.age(0, ttl)
