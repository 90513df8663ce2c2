"""``mvfs compare``: metrics, config and inputs of several versions side by side."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from mvfs import refs, text, units
from mvfs.catalog.shapes import version_json
from mvfs.cli.diff_sides import store_of
from mvfs.cli.diff_values import shortened, shown
from mvfs.cli.output import Output
from mvfs.cli.table import table
from mvfs.cli.tints import QUIET, TITLE, tinted
from mvfs.diff.comparing import Line, common_rule, lines
from mvfs.diff.runs import Side
from mvfs.errors import InvalidInput

_LAST = 8
"""Versions of a name that are compared where no other is given."""

_MOST = 50
_WIDE = 24
_LIMIT = 200

_EPILOG = (
    "Of a single name, its last 8 versions are compared. Shown are their metadata, and summary, config"
    " and inputs of the runs that logged them; what the rule behind 'best' prefers is marked with *. The exit"
    " code is 0 whether anything differs or not."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.epilog = _EPILOG
    parser.add_argument("refs", nargs="+", metavar="REF", help="versions; a name stands for its latest one")
    parser.add_argument("--all", action="store_true", help="also what is the same in all of them")
    parser.add_argument(
        "--limit", type=int, metavar="N", default=_LIMIT, help=f"at most N rows; 0: all (default: {_LIMIT})"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the table."""
    if args.limit < 0:
        raise InvalidInput("--limit takes no negative number")
    sides = _sides(args)
    found = [line for line in lines(sides) if args.all or line.differs]
    if out.as_json:
        out.data_json(_json(sides, found))
        return 0
    for line in _table(sides, found[: args.limit or None]):
        out.data_inert(line)
    left = len(found) - len(found[: args.limit or None])
    if left:
        out.data_inert(tinted(f"… {left:,} more; --limit 0 shows all", QUIET))
    if not found:
        out.say("metrics, config and inputs do not differ; --all shows them")
    return 0


def _sides(args: argparse.Namespace) -> list[Side]:
    """The versions to compare.

    Raises:
        InvalidInput: there is only one, or there are too many to stand side by side.
    """
    sides = []
    for word in args.refs:
        ref = refs.parse(word)
        catalog = store_of(args, ref)
        place = catalog.resolve(ref)
        if place.version is None and place.name is not None and len(args.refs) == 1:
            versions = place.project.versions(place.name.name)[-_LAST:]
        else:
            version = (place if place.version is not None else catalog.version(ref)).version
            assert version is not None
            versions = [version]
        sides += [Side(place.project, version, catalog) for version in versions]
    if not 2 <= len(sides) <= _MOST:
        raise InvalidInput(
            f"{len(sides)} version{'s' * (len(sides) != 1)} to compare; name 2 to {_MOST} of them"
        )
    return sides


def _labels(sides: Sequence[Side]) -> tuple[str, list[str]]:
    """What all refs have in common, and for each version the rest."""
    names = {(side.project.name, side.version.type, side.version.name) for side in sides}
    if len(names) == 1:
        return "/".join(names.pop()), [side.version.label for side in sides]
    is_one_project = len({side.project.name for side in sides}) == 1
    titles = [f"{side.version.name}:{side.version.label}" for side in sides]
    if is_one_project:
        return sides[0].project.name, titles
    return "", [f"{side.project.name}/{title}" for side, title in zip(sides, titles, strict=True)]


def _table(sides: Sequence[Side], found: Sequence[Line]) -> Iterator[str]:
    common, labels = _labels(sides)
    has_best = any(line.best for line in found)
    rows: list[list[str]] = []
    titles: set[int] = set()
    for title, cells in _heads(sides):
        if any(cells):
            rows.append([title, *(cell + " " * has_best for cell in cells)])
    section = ""
    for line in found:
        if line.section != section:
            section = line.section
            titles |= {len(rows), len(rows) + 1}
            rows += [[""] * (len(sides) + 1), [section, *[""] * len(sides)]]
        rows.append(
            [f"  {shortened(text.line(line.path), 60)}", *_cells(line, len(sides), has_best=has_best)]
        )
    header = [shortened(text.line(common), 60), *(f">{text.line(label)}{' ' * has_best}" for label in labels)]
    printed = table(header, rows)
    yield tinted(printed[0], TITLE)
    for at, line_ in enumerate(printed[1:]):
        yield tinted(line_, TITLE) if at in titles else line_
    rule = common_rule(sides)
    if has_best and rule is not None:
        yield tinted(text.line(f"* best by the rule {rule.metric}:{rule.mode}"), QUIET)


def _heads(sides: Sequence[Side]) -> Iterator[tuple[str, list[str]]]:
    """What is told of each version before its values."""
    yield "  aliases", [shortened(text.line(",".join(side.version.aliases)), _WIDE) for side in sides]
    yield "  created", [f"{units.age(side.version.created)} ago" for side in sides]
    yield "  size", [units.size(side.version.size) for side in sides]
    yield "  run", [shortened(text.line(side.run.name), _WIDE) if side.run else "" for side in sides]


def _cells(line: Line, count: int, *, has_best: bool) -> Iterator[str]:
    for at in range(count):
        mark = ("*" if at in line.best else " ") if has_best else ""
        yield (shown(line.values[at], _WIDE) if at in line.values else "-") + mark


def _json(sides: Sequence[Side], found: Sequence[Line]) -> dict[str, Any]:
    """All of it; a version that does not have a value is left out of ``values``."""
    rule = common_rule(sides)
    titles = [version_json(side.project.name, side.version) for side in sides]
    return {
        "versions": titles,
        "rule": None if rule is None else f"{rule.metric}:{rule.mode}",
        "rows": [
            {
                "section": line.section,
                "path": line.path,
                "differs": line.differs,
                "values": {titles[at]["ref"]: value for at, value in line.values.items()},
                "best": [titles[at]["ref"] for at in line.best],
            }
            for line in found
        ],
    }
