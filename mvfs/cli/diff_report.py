"""What ``mvfs diff`` prints for people, line by line; all of it inert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mvfs import text, units
from mvfs.cli.diff_files import body_lines, file_lines, headline, summary
from mvfs.cli.diff_text import hunk_lines
from mvfs.cli.diff_values import change_lines
from mvfs.cli.tints import QUIET, TITLE, WARNING, glyph, of_kind, tinted
from mvfs.diff.model import Change, Kind
from mvfs.diff.opened import BINARY, BytesDiff, FileDiff, MappingDiff, TextDiff
from mvfs.diff.text import counts
from mvfs.diff.versions import VersionDiff

if TYPE_CHECKING:
    from mvfs.diff.numbers import Numbers

Opened = Iterable[tuple[FileDiff, "dict[str, Numbers]"]]
"""Files that differ, with the values of their tensors if these were asked for."""


def lines(
    titles: tuple[str, str],
    diff: VersionDiff | None,
    files: Sequence[Change],
    opened: Opened,
    limit: int,
    *,
    is_short: bool,
    is_single: bool,
) -> Iterator[str]:
    """Yield all of it: of whole versions (``diff``) first what differs beside files, then the files.

    ``limit`` is how many rows a part has at most (0: any number). With ``is_short``, only files are listed,
    and with ``is_single``, just what is in the only file is told.
    """
    yield tinted(text.line(f"{titles[0]} → {titles[1]}"), TITLE)
    if diff is not None:
        yield tinted(_sizes(diff), QUIET)
        for mark in diff.other_data:
            yield tinted(text.line(f"! {mark.title}"), WARNING)
        if not is_short:
            yield from _sections(diff, limit)
        else:
            yield from _other_counts(diff)
    if not is_single:
        yield ""
        yield tinted("files", TITLE) + f"  {summary(files, diff.same_files if diff is not None else None)}"
        rows = _stat(files, opened, limit) if is_short else file_lines(files, limit)
        yield from _indented(rows)
    if is_short:
        return
    for one, values in opened:
        if isinstance(one.body, BytesDiff) and one.remark == BINARY:
            continue  # the list of files says all of it
        yield ""
        yield f"{tinted(text.line(one.change.path), TITLE)}  {headline(one)}".rstrip()
        yield from _indented(body_lines(one, limit, values))


def _sizes(diff: VersionDiff) -> str:
    told = []
    for one in (diff.old.version, diff.new.version):
        many = f"{one.files:,} file{'s' * (one.files != 1)}"
        told.append(f"{units.size(one.size)} in {many}, {units.age(one.created)} ago")
    return " → ".join(told)


def _sections(diff: VersionDiff, limit: int) -> Iterator[str]:
    """All that differs beside files."""
    code = diff.code
    yield from _section("metadata", change_lines(diff.metadata, limit))
    yield from _section("config", change_lines(diff.config, limit))
    yield from _section("summary", change_lines(diff.summary, limit))
    yield from _section("inputs", change_lines(diff.inputs, limit))
    yield from _section("code", change_lines(code.changes, limit))
    yield from _section("packages", change_lines(code.packages, limit))
    if code.patch is not None:
        yield from _section("uncommitted changes", hunk_lines(code.patch, limit))
    yield from _section("tags", [f"{glyph(one.kind)} {text.line(one.path)}" for one in diff.labels])
    if diff.note is not None:
        yield from _section("note", hunk_lines(diff.note, limit))


def _section(title: str, rows: list[str]) -> Iterator[str]:
    if rows:
        yield ""
        yield tinted(title, TITLE)
        yield from _indented(rows)


def _indented(rows: Iterable[str]) -> Iterator[str]:
    for row in rows:
        yield f"  {row}" if row else ""


def _stat(files: Sequence[Change], opened: Opened, limit: int) -> Iterator[str]:
    """The files, each with the number of lines, rows or tensors that differ."""
    details = {}
    for one, _ in opened:
        if isinstance(one.body, TextDiff):
            added, removed = counts(one.body.old.rows, one.body.new.rows)
            signed = of_kind(f"+{added:,}", Kind.ADDED), of_kind(f"-{removed:,}", Kind.REMOVED)
            details[one.change.path] = f"{' '.join(signed)} lines"
        elif isinstance(one.body, MappingDiff):
            count = len(one.body.changes)
            details[one.change.path] = f"{count:,} value{'s' * (count != 1)}"
        elif not isinstance(one.body, BytesDiff):
            details[one.change.path] = headline(one)
    rows = file_lines(files, limit)
    for at, row in enumerate(rows):
        told = details.get(files[at].path, "") if at < len(files) else ""
        yield f"{row}  {told}".rstrip()


def _other_counts(diff: VersionDiff) -> Iterator[str]:
    """How much differs beside files, in a line."""
    code = diff.code
    counts_ = {
        "metadata": len(diff.metadata),
        "config": len(diff.config),
        "summary": len(diff.summary),
        "inputs": len(diff.inputs),
        "code": len(code.changes) + (code.patch is not None),
        "packages": len(code.packages),
        "tags": len(diff.labels),
        "note": int(diff.note is not None),
    }
    told = ", ".join(f"{count:,} in {name}" for name, count in counts_.items() if count)
    if told:
        yield f"{tinted('values', TITLE)}  {told}"
