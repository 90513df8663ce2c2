"""``mvfs diff --json``: the same as one object. README, "What differs", describes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec

from mvfs.catalog.shapes import version_json
from mvfs.cli.diff_text import unified
from mvfs.diff.model import Change
from mvfs.diff.numbers import Numbers
from mvfs.diff.opened import BytesDiff, FileDiff, ImageDiff, MappingDiff, TensorsDiff, TextDiff
from mvfs.diff.table import TableDiff
from mvfs.diff.tensors import TensorInfo
from mvfs.diff.text import counts, hunks
from mvfs.diff.versions import VersionDiff
from mvfs.store.manifest.records import FileEntry

Opened = Iterable[tuple[FileDiff, dict[str, Numbers]]]


def shape(
    titles: tuple[str, str],
    diff: VersionDiff | None,
    changes: Sequence[Change],
    opened: Opened,
    limit: int,
) -> dict[str, Any]:
    """All that differs. What is in a file has at most ``limit`` items; ``left_out`` counts others."""
    bodies = {one.change.path: _body(one, values, limit or None) for one, values in opened}
    files = [_file(change) | bodies.get(change.path, {}) for change in changes]
    found: dict[str, Any] = {"old": titles[0], "new": titles[1]}
    if diff is not None:
        found |= {
            "same": not changes and diff.is_same,
            "versions": [version_json(side.project.name, side.version) for side in (diff.old, diff.new)],
            "other_data": [msgspec.to_builtins(one) for one in diff.other_data],
        }
    else:
        found["same"] = not changes
    found["files"] = files
    return found if diff is None else found | _sections(diff)


def _sections(diff: VersionDiff) -> dict[str, Any]:
    code, note = diff.code, diff.note
    return {
        "metadata": list(map(_change, diff.metadata)),
        "tags": [{"kind": one.kind.value, "path": one.path} for one in diff.labels],
        "note": None if note is None else [side.version.note for side in (diff.old, diff.new)],
        "config": list(map(_change, diff.config)),
        "summary": list(map(_change, diff.summary)),
        "inputs": list(map(_change, diff.inputs)),
        "code": {
            "changes": list(map(_change, code.changes)),
            "packages": list(map(_change, code.packages)),
            "uncommitted": None if code.patch is None else "\n".join(unified(code.patch, "old", "new", 3)),
        },
    }


def _change(change: Change) -> dict[str, Any]:
    return {"kind": change.kind.value, "path": change.path, "old": change.old, "new": change.new}


def _file(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "path": change.path,
        "old": _entry(change.old),
        "new": _entry(change.new),
    }


def _entry(entry: FileEntry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    about = {"path": entry.path, "size": entry.size, "digest": entry.digest.hex() or None}
    return about | {"executable": entry.executable}


def _body(diff: FileDiff, values: dict[str, Numbers], limit: int | None) -> dict[str, Any]:
    """What differs in a file, under the name of what it was compared as."""
    body = diff.body
    found: dict[str, Any] = {"as": _NAMES[type(body)]}
    if diff.remark:
        found["remark"] = diff.remark
    match body:
        case TextDiff():
            found["added"], found["removed"] = counts(body.old.rows, body.new.rows)
            some = [] if body.is_too_long else list(islice(hunks(body.old.rows, body.new.rows), limit))
            found["hunks"] = [msgspec.to_builtins(hunk) for hunk in some]
        case MappingDiff():
            found |= _some("changes", list(map(_change, body.changes[:limit])), len(body.changes))
        case TableDiff():
            about = msgspec.structs.asdict(body)
            rows = [msgspec.structs.asdict(row) for row in about.pop("rows")[:limit]]
            for row in rows:
                row["cells"] = [msgspec.structs.asdict(cell) for cell in row["cells"]]
            found |= about | _some("rows", rows, body.added + body.removed + body.changed)
        case TensorsDiff():
            told = [_tensor(change, values.get(change.path)) for change in body.changes[:limit]]
            found |= {"tensors_old": body.old, "tensors_new": body.new}
            found |= _some("tensors", told, len(body.changes))
        case ImageDiff() | BytesDiff():
            found |= msgspec.to_builtins(body)
    return found


_NAMES: dict[type, str] = {
    TextDiff: "text", MappingDiff: "values", TableDiff: "table", TensorsDiff: "tensors", ImageDiff: "image",
    BytesDiff: "bytes",
}  # fmt: skip


def _some(name: str, items: list[Any], count: int) -> dict[str, Any]:
    return {name: items, "left_out": count - len(items)}


def _tensor(change: Change, values: Numbers | None) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": change.kind.value, "name": change.path}
    found |= {"old": _info(change.old), "new": _info(change.new)}
    return found if values is None else found | {"values": msgspec.to_builtins(values)}


def _info(info: TensorInfo | None) -> dict[str, Any] | None:
    if info is None:
        return None
    about = {"name": info.name, "dtype": info.dtype or None, "shape": list(info.shape), "size": info.size}
    return about | {"digest": info.digest.hex() or None}
