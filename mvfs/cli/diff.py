"""``mvfs diff``: what differs between two versions, or between a version and a folder."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mvfs import text
from mvfs.cli.diff_report import lines
from mvfs.cli.diff_sides import Compared, compared
from mvfs.cli.diff_text import unified
from mvfs.cli.exits import NEGATIVE, OK, report
from mvfs.cli.output import Output
from mvfs.cli.terminal import wanted
from mvfs.cli.tints import FRAME, TITLE, of_kind, tinted
from mvfs.diff.files import changes
from mvfs.diff.model import Change, Kind
from mvfs.diff.opened import FileDiff, TensorsDiff, TextDiff, of_file
from mvfs.diff.text import CONTEXT
from mvfs.errors import Conflict, Damaged, InvalidInput, MvfsError, NotFound, Unavailable

if TYPE_CHECKING:
    from mvfs.diff.numbers import Numbers

TROUBLE = 2
"""As in diff(1): whatever is wrong, so that 1 always means different."""

_LIMIT = 100

_EPILOG = (
    "REF names a version, or a file or folder in one, as in vision/iv3:v3/config.json. NEW may also be"
    " another version of the same name (v4, :best). A word that begins with '.', '/' or '~' is a file or"
    " folder on this machine. Compared are files, metadata, tags, note, and config, summary, code and inputs"
    " of the runs; not aliases and times. Exit codes, as of diff(1): 0 nothing differs, 1 something does,"
    " 2 trouble, of whatever kind."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.epilog = _EPILOG
    parser.add_argument("old", metavar="REF", help="a version; without NEW, compared with the one before it")
    parser.add_argument("new", nargs="?", metavar="NEW", help="what it is compared with")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--stat", action="store_true", help="only which files differ, and how much")
    how.add_argument("-u", "--unified", action="store_true", help="only text, as a patch for 'patch -p1'")
    how.add_argument("-U", type=int, metavar="N", dest="around", help="such a patch with N lines of context")
    parser.add_argument(
        "--files", metavar="GLOB", action="append", help="only these files, and nothing else of the versions"
    )
    parser.add_argument("--key", metavar="COLUMN", help="the column that identifies the rows of tables")
    parser.add_argument(
        "--values",
        action="store_true",
        help="read tensors that changed: the share that did, largest difference, relative L2, cosine",
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", default=_LIMIT, help=f"rows per part; 0: all (default: {_LIMIT})"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Print what differs."""
    try:
        if args.limit < 0 or (args.around or 0) < 0:
            raise InvalidInput("--limit and -U take no negative numbers")
        troubles: list[MvfsError] = []
        differs = _told(args, compared(args), out, troubles)
        for trouble in troubles:
            report(trouble, out)
        return TROUBLE if troubles else NEGATIVE if differs else OK
    except MvfsError as exc:
        report(exc, out)
        return TROUBLE


def _told(args: argparse.Namespace, pair: Compared, out: Output, troubles: list[MvfsError]) -> bool:
    """Print what differs; return whether anything does. Files that cannot be read go to ``troubles``."""
    found = _files(args, pair)
    diff = pair.versions if not args.files else None
    differs = bool(found) or (diff is not None and not diff.is_same)
    opened = _opened(args, pair, found, troubles)
    if args.unified or args.around is not None:
        for change in found:
            with _collected(troubles):
                _patch(args, pair, change, out)
    elif out.as_json:
        from mvfs.cli import diff_json

        out.data_json(diff_json.shape(pair.titles, diff, found, () if args.stat else opened, args.limit))
    elif differs:
        kind = {"is_short": args.stat, "is_single": pair.is_single and not args.stat}
        for line in lines(pair.titles, diff, found, opened, args.limit, **kind):
            out.data_inert(line)
    if not differs and not out.as_json:
        out.say(f"{pair.titles[0]} and {pair.titles[1]} do not differ")
    return differs


def _files(args: argparse.Namespace, pair: Compared) -> list[Change]:
    """The files that differ, of those that were asked for."""
    found = pair.versions.files if pair.versions else list(changes(pair.old, pair.new))
    if args.files:
        found = [one for one in found if _is_wanted(one, args.files)]
    return sorted(found, key=lambda change: change.path)


def _is_wanted(change: Change, globs: list[str]) -> bool:
    """As `get --include`: a pattern without a slash is tried on the name."""
    paths = [entry.path for entry in (change.old, change.new) if entry is not None]
    return any(
        fnmatch.fnmatchcase(path if "/" in glob else path.rpartition("/")[2], glob)
        for path in paths
        for glob in globs
    )


def _opened(
    args: argparse.Namespace, pair: Compared, found: list[Change], troubles: list[MvfsError]
) -> Iterator[tuple[FileDiff, dict[str, Numbers]]]:
    """The files that changed in their places, opened one by one, with the values of their tensors."""
    some = [one for one in found if one.kind is Kind.CHANGED and one.old.digest != one.new.digest]
    for change in some[: args.limit or None]:
        opened = None
        with _collected(troubles):
            one = of_file(change, pair.old, pair.new, key=args.key)
            opened = one, _values(args, pair, one)
        if opened is not None:
            yield opened


@contextmanager
def _collected(troubles: list[MvfsError]) -> Iterator[None]:
    """Go on with the other files after one that is damaged, or a reference that leads nowhere."""
    try:
        yield
    except (Damaged, NotFound, Conflict, Unavailable) as exc:
        troubles.append(exc)


def _values(args: argparse.Namespace, pair: Compared, diff: FileDiff) -> dict[str, Numbers]:
    """How far the tensors that changed are from what they were, if that is asked for."""
    if not args.values or args.stat or not isinstance(diff.body, TensorsDiff):
        return {}
    from mvfs.cli.progress import Progress
    from mvfs.diff.numbers import Window, numbers

    some = [one for one in diff.body.changes if one.kind is Kind.CHANGED][: args.limit or None]
    old = Window(pair.old.reader(diff.change.old))
    new = Window(pair.new.reader(diff.change.new))
    found = {}
    with Progress(f"comparing {diff.change.path}", sum(one.new.size for one in some)) as progress:
        for one in some:
            found[one.path] = numbers(old, one.old, new, one.new)
            progress(one.new.size)
    return found


def _patch(args: argparse.Namespace, pair: Compared, change: Change, out: Output) -> None:
    """Print a patch of a file; on a terminal inert and in colours, else byte for byte."""
    old, new = (None if entry is None else entry.path for entry in (change.old, change.new))
    if change.kind is Kind.MOVED:
        out.data(f"rename from {old}")
        out.data(f"rename to {new}")
        return
    opened = of_file(change, pair.old, pair.new, as_text=True)
    if not isinstance(opened.body, TextDiff):
        out.data(f"Binary files a/{old or change.path} and b/{new or change.path} differ")
        return
    for line in unified(opened.body, old, new, CONTEXT if args.around is None else args.around):
        if wanted():
            out.data_inert(_painted(text.line(line)))
        else:
            out.data(line)


def _painted(line: str) -> str:
    if line.startswith("@@"):
        return tinted(line, FRAME)
    if line.startswith(("--- ", "+++ ")):
        return tinted(line, TITLE)
    return of_kind(line, {"+": Kind.ADDED, "-": Kind.REMOVED}.get(line[:1], Kind.SAME))
