"""``mvfs fsck``: checks the store level by level, and heals what can be healed."""

from __future__ import annotations

import argparse
from typing import Any

from mvfs import units
from mvfs.catalog.checking.findings import Finding, Hurt, Severity
from mvfs.catalog.checking.store import StoreCheck, check_store
from mvfs.cli.exits import DAMAGED, OK, UNAVAILABLE
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.progress import Progress

_NAMED = 3
"""Versions, and files of each, that one line names."""

_CODES = {Severity.DAMAGE: DAMAGED, Severity.UNREADABLE: UNAVAILABLE, Severity.NOTE: OK}
_WORDS = {Severity.DAMAGE: "damage", Severity.UNREADABLE: "unreadable", Severity.NOTE: "note"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("projects", nargs="*", metavar="PROJECT", help="only these (default: all)")
    parser.add_argument(
        "--read-data",
        nargs="?",
        type=_percent,
        const=100.0,
        metavar="P%",
        help="also hash the stored bytes, or a random P%% of them",
    )


def _percent(text: str) -> float:
    value = float(text.removesuffix("%"))
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError("a share of the bytes is from 0% to 100%")
    return value


def run(args: argparse.Namespace, out: Output) -> int:
    """Check, tell, and say by the exit code how it is."""
    backend = open_store(args).backend
    check = check_store(backend, args.projects, args.read_data or 0, Progress)
    tell(check, out)
    return _CODES[check.worst]


def tell(check: StoreCheck, out: Output) -> None:
    """Print the findings and the summary."""
    if out.as_json:
        found = [finding_json(one) for one in check.findings]
        out.data_json({"findings": found, "summary": check.summary()})
        return
    for one in check.findings:
        out.data(finding_line(one))
    out.say(summary_line(check))


def finding_line(one: Finding) -> str:
    """A finding in one line: how bad, what, which object, who is hurt, what to do."""
    hurt = ""
    if one.versions:
        hurt = f" [hurt: {_some([_hurt(each) for each in one.versions], '; ')}]"
    return f"{_WORDS[one.severity]}: {one.kind} {one.object}: {one.message}{hurt}"


def _hurt(hurt: Hurt) -> str:
    trash = " (in the trash)" if hurt.in_trash else ""
    return f"{hurt.ref}{trash} {_some(hurt.files, ', ')}".rstrip()


def _some(words: list[str] | tuple[str, ...], joint: str) -> str:
    more = f"{joint}and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return joint.join(words[:_NAMED]) + more


def finding_json(one: Finding) -> dict[str, Any]:
    """A finding for programs."""
    return {
        "kind": one.kind.value,
        "severity": _WORDS[one.severity],
        "level": one.level,
        "object": one.object,
        "versions": [
            {"ref": each.ref, "files": list(each.files), "in_trash": each.in_trash} for each in one.versions
        ],
        "objects": list(one.objects),
        "leaves": list(one.leaves),
        "message": one.message,
    }


def summary_line(check: StoreCheck) -> str:
    """What was looked at, and what came of it."""
    counts = check.summary()
    trash = f" and {counts['in_trash']} in the trash" if counts["in_trash"] else ""
    read = f", {units.size(counts['bytes_read'])} read" if counts["bytes_read"] else ""
    looked = (
        f"{_count(counts['projects'], 'project')}, {_count(counts['versions'], 'version')}{trash},"
        f" {_count(counts['blobs'], 'blob')}{read}"
    )
    if check.worst is Severity.NOTE:
        return f"{check.backend.location} is sound: {looked}"
    verdict = f"{counts['damage']} damaged, {counts['unreadable']} unreadable"
    return f"{check.backend.location}: {verdict}, {_count(counts['versions_hurt'], 'version')} hurt; {looked}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
