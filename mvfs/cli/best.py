"""``mvfs best``: the rule that keeps the alias ``best``, and why it points where it does."""

from __future__ import annotations

import argparse

from mvfs import refs, units
from mvfs.catalog.project import Project
from mvfs.catalog.rules import set_rule
from mvfs.cli.output import Output
from mvfs.cli.places import place_of
from mvfs.cli.table import table
from mvfs.errors import InvalidInput, NotFound
from mvfs.index.best import metric_of
from mvfs.index.rows import Rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="the name")
    parser.add_argument("--metric", metavar="M", help="metadata or summary value that decides")
    parser.add_argument("--mode", choices=("max", "min"), help="whether more or less is better (max)")
    parser.add_argument("--clear", action="store_true", help="drop the rule; 'best' stays where it is")


def run(args: argparse.Namespace, out: Output) -> int:
    """Set, clear or explain the rule."""
    place = place_of(args, args.ref)
    if place.name is None:
        raise NotFound(f"'{args.ref}' is no name; a rule belongs to one")
    if args.clear and args.metric:
        raise InvalidInput("--clear and --metric exclude each other")
    name = place.name.name
    if args.clear:
        set_rule(place.project, name, None)
    elif args.metric:
        set_rule(place.project, name, Rule(args.metric, args.mode or "max"))
    elif args.mode:
        raise InvalidInput("--mode needs --metric")
    _explain(place.project, name, out)
    return 0


def _explain(project: Project, name: str, out: Output) -> None:
    row = project.find_name(name)
    number = project.aliases(name).get("best")
    if row.rule is None:
        if out.as_json:
            out.data_json({"rule": None, "best": None if number is None else f"v{number}"})
        else:
            where = "is not set" if number is None else f"points at v{number}, set by hand"
            out.data(f"{project.name}/{name} has no rule; 'best' {where}")
        return
    rule = row.rule
    ranked = []
    for version in project.versions(name):
        value = metric_of(project.index, version, rule.metric)
        ranked.append((version, value))
    if ranked and all(value is None for _, value in ranked):
        out.warn(f"no version of {project.name}/{name} has a number as '{rule.metric}', so none is 'best'")
    sign = -1.0 if rule.mode == "max" else 1.0
    ranked.sort(key=lambda one: (one[1] is None, sign * (one[1] or 0.0), one[0].number))
    if out.as_json:
        out.data_json(
            {
                "rule": {"metric": rule.metric, "mode": rule.mode},
                "best": None if number is None else f"v{number}",
                "ranking": [{"version": v.label, "value": value} for v, value in ranked],
            }
        )
        return
    best = project.version(name, refs.Selector(number=number)) if number is not None else None
    which = f"is {best.label}" if best else "is no version yet"
    out.data(f"best of {project.name}/{name} {which}: {rule.mode}imum of {rule.metric}")
    rows = [
        ["★" if v.number == number else "", v.label, "-" if value is None else units.number(value)]
        for v, value in ranked
    ]
    for line in table(["", "VERSION", f">{rule.metric}"], rows):
        out.data(line)
