"""``mvfs fsck``: checks the store level by level, and heals what can be healed."""

from __future__ import annotations

import argparse
from typing import Any

from mvfs import units
from mvfs.catalog.checking.findings import Finding, Hurt, Severity
from mvfs.catalog.checking.store import StoreCheck, check_store
from mvfs.catalog.repair.healing import Outcome
from mvfs.cli.exits import DAMAGED, OK, UNAVAILABLE
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.progress import Progress
from mvfs.errors import InvalidInput

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
        help="also hash the stored bytes, or a random P%% of them (with --repair: all, unless you say)",
    )
    parser.add_argument(
        "--repair", action="store_true", help="heal what is damaged; needs the bytes from somewhere"
    )
    parser.add_argument(
        "--from",
        dest="sources",
        action="append",
        default=[],
        metavar="DIR_OR_STORE",
        help="where to look for lost bytes besides the project itself: a directory, or another store",
    )
    parser.add_argument("--trash", action="store_true", help="heal versions in the trash, too")


def _percent(text: str) -> float:
    value = float(text.removesuffix("%"))
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError("a share of the bytes is from 0% to 100%")
    return value


def run(args: argparse.Namespace, out: Output) -> int:
    """Check, repair if asked to, tell, and say by the exit code how it is."""
    if (args.sources or args.trash) and not args.repair:
        raise InvalidInput("--from and --trash say how to repair; add --repair")
    backend = open_store(args).backend
    percent = args.read_data if args.read_data is not None else 100.0 * args.repair
    check = check_store(backend, args.projects, percent, Progress)
    repairs: list[Outcome] = []
    if args.repair:
        repairs, check = _repair(args, check, percent)
    _tell(check, repairs if args.repair else None, out)
    return _CODES[check.worst]


def _repair(args: argparse.Namespace, check: StoreCheck, percent: float) -> tuple[list[Outcome], StoreCheck]:
    """Repair, and check again what was changed."""
    from mvfs.catalog.repair.copies import drop_copies
    from mvfs.catalog.repair.journals import restore_journals
    from mvfs.catalog.repair.repair import heal_versions
    from mvfs.catalog.repair.sources import Store, open_source

    sources = [open_source(text) for text in args.sources]
    copies = [source for source in sources if isinstance(source, Store)]
    restored = [Outcome(line, True, "put back") for line in restore_journals(check, copies)]
    restored += [Outcome(key, True, "deleted, for it only slowed things down") for key in drop_copies(check)]
    if restored:
        check = check_store(check.backend, args.projects, percent, Progress)
    healed = list(heal_versions(check, sources, with_trash=args.trash))
    if any(one.is_healed for one in healed):
        check = check_store(check.backend, args.projects, percent, Progress)
    return restored + healed, check


def _tell(check: StoreCheck, repairs: list[Outcome] | None, out: Output) -> None:
    """Print the repairs, the findings and the summary."""
    if out.as_json:
        shown: dict[str, Any] = (
            {} if repairs is None else {"repairs": [_outcome_json(one) for one in repairs]}
        )
        shown["findings"] = [finding_json(one) for one in check.findings]
        shown["summary"] = check.summary()
        out.data_json(shown)
        return
    for one in repairs or ():
        out.data(f"{'healed' if one.is_healed else 'not healed'}: {one.ref}: {one.message}")
        for file in one.lost:
            out.data(f"  lost: {file.path} ({file.size:,} bytes, BLAKE3 {file.digest.hex()})")
        if one.lost:
            out.data("  find these files anywhere (b3sum tells), and name their directory with --from")
    for finding in check.findings:
        out.data(finding_line(finding))
    out.say(summary_line(check))


def _outcome_json(one: Outcome) -> dict[str, Any]:
    lost = [{"path": file.path, "size": file.size, "blake3": file.digest.hex()} for file in one.lost]
    return {"object": one.ref, "healed": one.is_healed, "message": one.message, "lost": lost}


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
