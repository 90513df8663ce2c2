"""Lines for texts that differ: hunks for people, and unified diffs for `patch`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from mvfs import text
from mvfs.cli.diff_values import left_out
from mvfs.cli.terminal import wanted
from mvfs.cli.tints import FRAME, of_kind, tinted
from mvfs.diff.model import Kind
from mvfs.diff.opened import TextDiff
from mvfs.diff.text import CONTEXT, Hunk, Row, counts, hunks, words

_LONG = 2_000
"""Characters of a line that are shown."""

_NO_NEWLINE = "\\ No newline at end of file"


def hunk_lines(diff: TextDiff, limit: int, context: int = CONTEXT) -> list[str]:
    """Hunks with ``-`` and ``+`` before their lines, at most ``limit`` (0: all) lines; all of it inert."""
    if diff.is_too_long:
        added, removed = counts(diff.old.rows, diff.new.rows)
        return [f"{added:,} lines added, {removed:,} removed; too many to show; --unified prints them"]
    lines = _inert(diff, context)
    some = list(islice(lines, limit or None))
    rest = sum(1 for _ in lines)
    return some + left_out(rest, "more lines")


def _inert(diff: TextDiff, context: int) -> Iterator[str]:
    for hunk in hunks(diff.old.rows, diff.new.rows, context):
        yield tinted(hunk.head, FRAME)
        for kind, line, other in _in_order(hunk.rows):
            yield _painted(kind, _plain(line), None if other is None else _plain(other))
    if diff.old.rows and diff.new.rows and diff.old.is_ended != diff.new.is_ended:
        yield f"only the {'new' if diff.new.is_ended else 'old'} text ends with a newline"


def _plain(line: str) -> str:
    """A line without what a terminal would obey, and of bounded length."""
    shown = text.line(line[: _LONG + 1].replace("\t", "    "))
    return shown if len(line) <= _LONG else shown[:_LONG] + "…"


def _painted(kind: Kind, line: str, other: str | None) -> str:
    """A line with its sign; in colour, the words that the other line of its pair does not have stand out."""
    sign = SIGNS[kind]
    spans = words(line, other)[0] if other is not None and wanted() else []
    if sum(stop - start for start, stop in spans) * 2 > len(line):
        spans = []  # nearly all of it is other text
    painted, at = of_kind(sign, kind), 0
    for start, stop in spans:
        painted += of_kind(line[at:start], kind) + of_kind(line[start:stop], kind, stands_out=True)
        at = stop
    return painted + of_kind(line[at:], kind) if spans else of_kind(sign + line, kind)


SIGNS = {Kind.SAME: " ", Kind.REMOVED: "-", Kind.ADDED: "+"}


def _in_order(rows: Sequence[Row]) -> Iterator[tuple[Kind, str, str | None]]:
    """Lines, each with the other of its pair: of changed ones that follow each other, the old ones first."""
    removed: list[tuple[str, str | None]] = []
    added: list[tuple[str, str | None]] = []
    for row in chain(rows, [None]):
        if row is None or row.kind is Kind.SAME:
            yield from ((Kind.REMOVED, *lines) for lines in removed)
            yield from ((Kind.ADDED, *lines) for lines in added)
            removed, added = [], []
        if row is None:
            return
        if row.kind is Kind.SAME:
            yield Kind.SAME, row.old or "", None
            continue
        if row.old is not None:
            removed.append((row.old, row.new))
        if row.new is not None:
            added.append((row.new, row.old))


def unified(diff: TextDiff, old_path: str | None, new_path: str | None, context: int) -> Iterator[str]:
    """Yield a unified diff as `patch` takes it; not inert. None stands for a side that is missing."""
    head = False
    for hunk in _closed(diff, context):
        if not head:
            yield f"--- {_name('a/', old_path)}"
            yield f"+++ {_name('b/', new_path)}"
            head = True
        yield hunk.head
        yield from _patch(hunk)


def _name(prefix: str, path: str | None) -> str:
    if path is None:
        return "/dev/null"
    return prefix + text.line(path) + ("\t" if " " in path else "")  # a tab ends a name with spaces


def _closed(diff: TextDiff, context: int) -> Iterator[Hunk]:
    """Hunks in which a last line without a newline is another line than the same with one."""
    mark = "\n"  # which no line has
    sides = [
        side.rows if side.is_ended or not side.rows else [*side.rows[:-1], side.rows[-1] + mark]
        for side in (diff.old, diff.new)
    ]
    return hunks(sides[0], sides[1], context)


def _patch(hunk: Hunk) -> Iterator[str]:
    for kind, line, _ in _in_order(hunk.rows):
        if line.endswith("\n"):
            yield SIGNS[kind] + line[:-1]
            yield _NO_NEWLINE
        else:
            yield SIGNS[kind] + line
