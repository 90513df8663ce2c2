"""Lines for one file that differs, as what it is: text, values, rows, tensors, an image, bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mvfs import text, units
from mvfs.cli.diff_text import hunk_lines
from mvfs.cli.diff_values import change_lines, left_out, shortened, shown
from mvfs.cli.table import table
from mvfs.cli.terminal import room
from mvfs.cli.tints import QUIET, glyph, of_kind, tinted
from mvfs.diff.mapping import difference
from mvfs.diff.model import GLYPHS, Change, Kind
from mvfs.diff.opened import BytesDiff, FileDiff, ImageDiff, MappingDiff, TensorsDiff, TextDiff
from mvfs.diff.table import RowChange, TableDiff
from mvfs.diff.tensors import TensorInfo, what_changed
from mvfs.store.manifest.records import FileEntry

if TYPE_CHECKING:
    from mvfs.diff.numbers import Numbers

_GROUPED = 12
"""Tensors from which on those that differ in numbers only share a line."""

_COLUMNS = 6
"""Values of a row that are shown."""


def file_lines(changes: Sequence[Change], limit: int) -> list[str]:
    """A line for each file, with its sizes."""
    some = changes[: limit or None]
    paths = [text.line(change.path) for change in some]
    wide = min(max(map(units.width, paths), default=0), 60)
    olds = [units.size(change.old.size) if change.old else "" for change in some]
    old_wide = max(map(len, olds), default=0)
    lines = []
    for change, path, old in zip(some, paths, olds, strict=True):
        new = units.size(change.new.size) if change.new else ""
        what = (
            f"{old.rjust(old_wide)} → {new}" if change.kind is Kind.CHANGED else (new or old).rjust(old_wide)
        )
        if change.kind is Kind.MOVED:
            what = f"{new.rjust(old_wide)}   from {text.line(change.old.path)}"
        lines.append(f"{glyph(change.kind)} {units.pad(path, wide)}  {what}{_mode(change)}".rstrip())
    return lines + left_out(len(changes) - len(some))


def _mode(change: Change) -> str:
    old, new = change.old, change.new
    if not (isinstance(old, FileEntry) and isinstance(new, FileEntry)) or old.executable == new.executable:
        return ""
    return "  now executable" if new.executable else "  no longer executable"


def body_lines(diff: FileDiff, limit: int, values: dict[str, Numbers]) -> list[str]:
    """What differs in a file; ``values`` are those of tensors that were compared."""
    body = diff.body
    match body:
        case TextDiff():
            lines = hunk_lines(body, limit)
        case MappingDiff():
            lines = change_lines(body.changes, limit)
        case TableDiff():
            lines = _table_lines(body, limit)
        case TensorsDiff():
            lines = _tensor_lines(body, limit, values)
        case ImageDiff():
            lines = _image_lines(body)
        case BytesDiff():
            lines = []
    if diff.remark:
        lines.append(tinted(shortened(text.line(diff.remark), 160), QUIET))
    return lines


def headline(diff: FileDiff) -> str:
    """How much differs in a file, in a few words; empty where the lines below say it."""
    body = diff.body
    if isinstance(body, TableDiff):
        by = f"by {text.line(body.key)}" if body.key is not None else "by their values"
        return f"rows {_counts(body.added, body.removed, body.changed, body.same)}, matched {by}"
    if isinstance(body, TensorsDiff):
        counts = [sum(change.kind is kind for change in body.changes) for kind in _KINDS]
        stayed = body.old - counts[1] - counts[2] - counts[3]
        return f"tensors {_counts(counts[0], counts[1], counts[2], stayed, counts[3])}"
    if isinstance(body, BytesDiff) and not diff.remark:
        return "bytes differ"
    return ""


_KINDS = (Kind.ADDED, Kind.REMOVED, Kind.CHANGED, Kind.MOVED)


def _counts(added: int, removed: int, changed: int, same: int | None, moved: int = 0) -> str:
    told = ((added, "added"), (removed, "removed"), (changed, "changed"), (moved, "moved"))
    parts = [f"{count:,} {word}" for count, word in told if count]
    parts += [f"{same:,} the same"] if same else []
    return ", ".join(parts) or "all the same"


def summary(changes: Iterable[Change], same: int | None) -> str:
    """``1 added, 2 changed, 3 the same``: of files; None is not told."""
    kinds = [change.kind for change in changes]
    added, removed, changed, moved = (kinds.count(kind) for kind in _KINDS)
    return _counts(added, removed, changed, same, moved)


def _table_lines(diff: TableDiff, limit: int) -> list[str]:
    lines = []
    for kind, names, others in (
        (Kind.REMOVED, diff.old_columns, diff.new_columns),
        (Kind.ADDED, diff.new_columns, diff.old_columns),
    ):
        gone = [name for name in names if name not in set(others)]
        if gone:
            lines.append(f"{glyph(kind)} columns {shortened(text.line(', '.join(gone)), 100)}")
    if set(diff.old_columns) == set(diff.new_columns) and diff.old_columns != diff.new_columns:
        lines.append(f"{glyph(Kind.CHANGED)} columns are in another order")
    some = diff.rows[: limit or None]
    keys = [_key(diff, row) for row in some]
    wide = max(map(units.width, keys), default=0)
    for row, key in zip(some, keys, strict=True):
        lines.append(f"{glyph(row.kind)} {units.pad(key, wide)}  {_row(diff, row)}".rstrip())
    return lines + left_out(diff.added + diff.removed + diff.changed - len(some), "more rows")


def _key(diff: TableDiff, row: RowChange) -> str:
    return shown(row.key, 32) if diff.key is not None else f"row {row.key + 1:,}"


def _row(diff: TableDiff, row: RowChange) -> str:
    if row.kind is Kind.CHANGED:
        parts = []
        for cell in row.cells[:_COLUMNS]:
            far = difference(_number(cell.old), _number(cell.new))
            words = f"{text.line(cell.column)} {shown(cell.old, 32)} → {shown(cell.new, 32)}"
            parts.append(f"{words} {tinted(f'({far})', QUIET)}" if far else words)
        rest = len(row.cells) - len(parts)
        return ", ".join(parts) + (f", … {rest} more" if rest else "")
    names, values = (diff.new_columns, row.new) if row.kind is Kind.ADDED else (diff.old_columns, row.old)
    assert values is not None
    pairs = [(name, value) for name, value in zip(names, values, strict=True) if name != diff.key]
    words = ", ".join(f"{text.line(name)} {shown(value, 32)}" for name, value in pairs[:_COLUMNS])
    return of_kind(words + (", …" if len(pairs) > _COLUMNS else ""), row.kind)


def _number(value: object) -> object:
    """A number that CSV gives as text."""
    if not isinstance(value, str) or len(value) > 32:
        return value
    try:
        return int(value) if value.lstrip("+-").isdecimal() else float(value)
    except ValueError:
        return value


def _tensor_lines(diff: TensorsDiff, limit: int, values: dict[str, Numbers]) -> list[str]:
    if values:
        return _value_lines(diff, limit, values)
    groups: dict[tuple[str, Kind, str, str], list[Change]] = {}
    for change in diff.changes:
        is_single = len(diff.changes) <= _GROUPED or change.kind is Kind.MOVED
        name = change.path if is_single else re.sub(r"\d+", "*", change.path)
        groups.setdefault((name, change.kind, _title(change), what_changed(change)), []).append(change)
    rows: list[tuple[Kind, list[str]]] = []
    for (name, *_), members in list(groups.items())[: limit or None]:
        first = members[0]
        words = first.path if len(members) == 1 else f"{name} ({len(members)})"
        what = f"from {first.old.name}" if first.kind is Kind.MOVED else what_changed(first)
        rows.append((first.kind, [shortened(text.line(words), 80), _title(first), what]))
    return _painted(rows) + left_out(len(groups) - len(rows))


def _painted(rows: Sequence[tuple[Kind, list[str]]]) -> list[str]:
    lines = table(["", "", ""], [cells for _, cells in rows])[1:]
    return [f"{glyph(kind)} {line}" for (kind, _), line in zip(rows, lines, strict=True)]


def _title(change: Change) -> str:
    info: TensorInfo = change.new or change.old
    return f"{info.title}  {units.size(info.size)}"


def _value_lines(diff: TensorsDiff, limit: int, values: dict[str, Numbers]) -> list[str]:
    rows = []
    for change in diff.changes[: limit or None]:
        cells = [f"{GLYPHS[change.kind]} {shortened(text.line(change.path), max(room() - 46, 16))}"]
        found = values.get(change.path)
        if found is None:
            rows.append([*cells, change.kind.value, "", "", "", ""])
            continue
        nan = f"NaN {found.nan_old:,} → {found.nan_new:,}" if found.nan_old or found.nan_new else ""
        remark = ", ".join(filter(None, (found.why, nan, what_changed(change).replace("values", ""))))
        far = [f"{value:.3g}" if value is not None else "-" for value in (found.max_abs, found.relative_l2)]
        share = "-" if found.share_changed is None else percent(found.share_changed)
        cosine = "-" if found.cosine is None else f"{found.cosine:.6f}"
        rows.append([*cells, share, *far, cosine, remark])
    lines = table(["  tensor", ">changed", ">max abs", ">rel L2", ">cosine", ""], rows)
    return lines + left_out(len(diff.changes) - len(rows))


def percent(share: float) -> str:
    """``12.5 %``; what is not nothing is never told as 0, and what is not all never as 100."""
    told = 100 * share
    if 0 < told < 0.1:
        return "<0.1 %"
    return ">99.9 %" if 99.9 < told < 100 else f"{told:.1f} %"


def _image_lines(diff: ImageDiff) -> list[str]:
    same = diff.old == diff.new
    lines = [diff.old.title if same else f"{diff.old.title} → {diff.new.title}"]
    if diff.share_changed is not None:
        lines.append(f"{percent(diff.share_changed)} of the pixels differ")
    return lines
