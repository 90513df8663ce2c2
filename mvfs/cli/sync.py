"""``mvfs sync``: bring what one store has into another."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from mvfs import refs, settings, units
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.syncing.order import select
from mvfs.catalog.syncing.report import Report
from mvfs.catalog.syncing.store import check_pair, sync
from mvfs.cli.asking import count
from mvfs.cli.exits import CONFLICT, DAMAGED, OK
from mvfs.cli.output import Output
from mvfs.cli.progress import Progress
from mvfs.errors import InvalidInput
from mvfs.refs import Ref


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.description = (
        "Bring the versions of store A into store B, with notes, aliases, tags, metadata, expiry, runs and"
        " lineage. Content that a name of B has is not sent again, nor is a blob that B's project has; cut"
        " off, the same command goes on. A version keeps its number where that is the next one in B, else it"
        " gets the next one ('v3 -> v5'). An alias of B moves where it stands nowhere or where that of A"
        " was before. Notes and aliases that differ are told and left alone (exit code 4); what B deleted"
        " stays deleted; what A deleted is not sent, and stays in B."
    )
    parser.add_argument("source", metavar="A", help="the store to read")
    parser.add_argument("target", metavar="B", help="the store to write; made if it is not there")
    parser.add_argument(
        "refs", nargs="*", metavar="REF", help="a project, type, name or version of A (default: all)"
    )
    parser.add_argument("--force", action="store_true", help="replace notes and aliases of B that differ")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only tell what would be sent")


def run(args: argparse.Namespace, out: Output) -> int:
    """Sync, and print what was sent."""
    source = open_catalog(settings.store_location(args.source))
    target = open_catalog(settings.store_location(args.target))
    source.reach.is_strict = target.reach.is_strict = True
    check_pair(source, target)
    selections = select(source, [_wanted(text) for text in args.refs])
    size = sum(version.size for one in selections for version in one.all_versions())
    with Progress(f"syncing to {args.target}", size) as progress:
        report = sync(source, target, selections, force=args.force, dry=args.dry_run, progress=progress)
    tell(report, out, dry=args.dry_run)
    return DAMAGED if report.damaged else CONFLICT if report.conflicts else OK


def _wanted(text: str) -> Ref:
    ref = refs.parse(text)
    if ref.store is not None:
        raise InvalidInput(f"'{text}' names a store; refs of 'sync' are about A", ref=text)
    return ref


def tell(report: Report, out: Output, *, dry: bool) -> None:
    """Print the versions that were sent, and say what else came of it."""
    if out.as_json:
        out.data_json(_as_json(report))
        return
    for one in report.sent:
        out.data(f"{one.project}/{one.type}/{one.name}:{one.label}")
    for line in report.kept_deleted:
        out.say(f"{line} was deleted in the target, and stays deleted")
    for line in report.conflicts:
        out.say(f"differs: {line}")
    for line in report.damaged:
        out.say(f"damaged, not sent: {line}")
    if report.is_empty:
        out.say("nothing to send")
        return
    parts = [
        count(len(report.sent), "version"),
        count(len(report.runs), "run"),
        count(report.changes, "change"),
    ]
    verb = "would be sent" if dry else "sent"
    out.say(f"{', '.join(parts)}, {units.size(report.new_bytes)} {verb}")


def _as_json(report: Report) -> dict[str, Any]:
    values = dataclasses.asdict(report)
    values["sent"] = [
        {"ref": one.ref, "source": f"v{one.source}", "target": f"v{one.target}"} for one in report.sent
    ]
    return values
