"""One file opened on both sides, and compared as what it is: by its name, and by what is in it."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec

from mvfs.diff import image, mapping, rows, table, tensors, text
from mvfs.diff.files import Files
from mvfs.diff.image import ImageInfo
from mvfs.diff.model import Change
from mvfs.diff.table import TableDiff
from mvfs.diff.text import Lines
from mvfs.errors import InvalidInput
from mvfs.store.manifest.records import FileEntry

MAX_TEXT = 16 << 20
"""Bytes of a file that is compared as text, or as nested values."""

MAX_LINES = 1_000_000
"""Lines of a file that is compared as text."""

MAX_LEAVES = 200_000

_MAX_YAML = 2 << 20
"""Bytes; its parser is slow."""

BINARY = "binary"
"""The remark on files of which only sizes can be told."""

_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")
_NESTED = (".json", ".yaml", ".yml", ".toml")
_AT_ONCE = 8 << 20


class TextDiff(msgspec.Struct, frozen=True):
    """Two texts; `mvfs.diff.text.hunks` of their lines is what differs."""

    old: Lines
    new: Lines
    is_too_long: bool
    """Whether there are so many lines that only their numbers are to be told (`text.counts`)."""


class MappingDiff(msgspec.Struct, frozen=True):
    """Nested values: the leaves that differ, by dotted path."""

    changes: tuple[Change, ...]


class TensorsDiff(msgspec.Struct, frozen=True):
    """Tensors that differ, and how many there are on both sides."""

    changes: tuple[Change, ...]
    old: int
    new: int


class ImageDiff(msgspec.Struct, frozen=True):
    """Two images."""

    old: ImageInfo
    new: ImageInfo
    share_changed: float | None
    """Of the pixels, from 0 to 1."""


class BytesDiff(msgspec.Struct, frozen=True):
    """Only sizes can be told."""


class FileDiff(msgspec.Struct, frozen=True):
    """What differs in one file."""

    change: Change
    body: TextDiff | MappingDiff | TableDiff | TensorsDiff | ImageDiff | BytesDiff
    remark: str = ""
    """Why it is not compared as what its name says, or what else there is to know."""


def of_file(
    change: Change, old: Files, new: Files, *, key: str | None = None, as_text: bool = False
) -> FileDiff:
    """Open a file that `mvfs.diff.files.changes` yielded, and tell what differs in it.

    A table's rows are found again by the column ``key``. With ``as_text``, whatever can be is compared by
    line. What is not there is empty text. Only as much is read as is needed: of models, nothing.

    Raises:
        InvalidInput: the table has no such column, or it does not identify rows.
        CorruptObject: bytes are missing or changed.
    """
    pair = _Pair(change, old, new)
    if as_text or not pair.is_two:
        return _text(pair, "")
    found = _tensors(pair)
    if found is not None:
        return found
    name, remark = change.path.lower(), ""
    try:
        if name.endswith(rows.SUFFIXES):
            pair.refuse_beyond(rows.MAX_BYTES)
            tables = rows.read(pair.old(), pair.old_path), rows.read(pair.new(), change.path)
            return FileDiff(change, table.diff(*tables, key))
        if name.endswith(_NESTED):
            pair.refuse_beyond(MAX_TEXT)
            return _nested(pair, key)
        if name.endswith(_IMAGES):
            return _image(pair)
    except _OtherwiseText as exc:
        remark = str(exc)
    except InvalidInput as exc:
        if "key" in exc.fields:
            raise
        remark = exc.message
    return _text(pair, remark)


class _OtherwiseText(Exception):
    """The file is not what its name says."""


class _Pair:
    """Both sides of a file, read once."""

    def __init__(self, change: Change, old: Files, new: Files) -> None:
        self.change = change
        self._sides = (old, change.old), (new, change.new)
        self._data: list[bytes | None] = [None, None]

    @property
    def is_two(self) -> bool:
        return self.change.old is not None and self.change.new is not None

    @property
    def old_path(self) -> str:
        entry: FileEntry = self.change.old
        return entry.path

    @property
    def size(self) -> int:
        """Bytes of the larger side."""
        sizes: list[int] = [entry.size for _, entry in self._sides if entry is not None]
        return max(sizes)

    def refuse_beyond(self, most: int) -> None:
        if self.size > most:
            raise _OtherwiseText(f"larger than {most >> 20} MiB")

    def tensors(self, side: int) -> list[tensors.TensorInfo]:
        files, entry = self._sides[side]
        return tensors.table(files, entry)

    def old(self) -> bytes:
        return self._read(0)

    def new(self) -> bytes:
        return self._read(1)

    def head(self, side: int, length: int) -> bytes:
        files, entry = self._sides[side]
        return b"" if entry is None else files.reader(entry).read(0, length)

    def _read(self, side: int) -> bytes:
        known = self._data[side]
        if known is None:
            files, entry = self._sides[side]
            if entry is None:
                return b""
            reader = files.reader(entry)
            known = b"".join(reader.read(at, _AT_ONCE) for at in range(0, entry.size, _AT_ONCE))
            self._data[side] = known
        return known


def _tensors(pair: _Pair) -> FileDiff | None:
    old, new = pair.tensors(0), pair.tensors(1)
    if not old or not new:
        return None
    known = all(one.digest for one in (*old, *new))
    remark = "" if known else "a reference has no hashes of its tensors; only types and shapes are compared"
    body = TensorsDiff(tuple(tensors.changes(old, new)), len(old), len(new))
    if not body.changes and known:
        remark = "all tensors are the same; what differs is around them"
    return FileDiff(pair.change, body, remark)


def _nested(pair: _Pair, key: str | None) -> FileDiff:
    """Compare JSON, YAML or TOML by key, and a list of records by row."""
    old, new = _values(pair.old(), pair.old_path), _values(pair.new(), pair.change.path)
    if all(isinstance(one, list) and one and all(isinstance(row, dict) for row in one) for one in (old, new)):
        return FileDiff(pair.change, table.diff(rows.of_records(old), rows.of_records(new), key))
    if not all(isinstance(one, dict | list) for one in (old, new)):
        raise _OtherwiseText("")
    if max(len(mapping.flat(one)) for one in (old, new)) > MAX_LEAVES:
        raise _OtherwiseText(f"more than {MAX_LEAVES:,} values")
    changes = tuple(mapping.changes(old, new))
    remark = "" if changes else "all values are the same; they are written in another way"
    return FileDiff(pair.change, MappingDiff(changes), remark)


def _values(data: bytes, path: str) -> Any:
    name = path.lower()
    try:
        if name.endswith(".toml"):
            return import_module("tomllib").loads(data.decode())
        if name.endswith(".json"):
            return json.loads(data)
        if find_spec("yaml") is None:
            raise _OtherwiseText("YAML is compared by key with PyYAML (pip install pyyaml)")
        return _yaml(data)
    except (ValueError, RecursionError) as exc:
        raise _OtherwiseText(f"cannot be read as {name.rpartition('.')[2].upper()}: {exc}") from exc


def _yaml(data: bytes) -> Any:
    """The values in a file of one document, whose aliases would let a small file grow without end."""
    if len(data) > _MAX_YAML:
        raise _OtherwiseText(f"YAML of more than {_MAX_YAML >> 20} MiB is compared as text")
    yaml = import_module("yaml")
    try:
        for event in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.AliasEvent):
                raise _OtherwiseText("YAML with aliases is compared as text")
        return yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as exc:
        raise _OtherwiseText(f"cannot be read as YAML: {exc}") from exc


def _image(pair: _Pair) -> FileDiff:
    old, new = (image.look(pair.head(side, 64 << 10)) for side in (0, 1))
    if old is None or new is None:
        raise _OtherwiseText("an image of a format that is not known")
    if (old.width, old.height) != (new.width, new.height):
        return FileDiff(pair.change, ImageDiff(old, new, None))
    if pair.size > rows.MAX_BYTES:
        return FileDiff(pair.change, ImageDiff(old, new, None), "too large to be decoded")
    share, why = image.share_changed(pair.old(), pair.new())
    return FileDiff(pair.change, ImageDiff(old, new, share), why)


def _text(pair: _Pair, remark: str) -> FileDiff:
    """Compare as text, if it is that."""
    if pair.size > MAX_TEXT:
        return FileDiff(pair.change, BytesDiff(), remark or f"larger than {MAX_TEXT >> 20} MiB")
    try:
        heads = [pair.head(side, 8192) for side in (0, 1)]
        if any(b"\0" in head for head in heads):
            raise ValueError  # as git tells what is binary
        if max(pair.old().count(b"\n"), pair.new().count(b"\n")) > MAX_LINES:
            return FileDiff(pair.change, BytesDiff(), remark or f"more than {MAX_LINES:,} lines")
        old, new = text.lines(pair.old().decode()), text.lines(pair.new().decode())
    except ValueError:
        return FileDiff(pair.change, BytesDiff(), remark or BINARY)
    is_too_long = text.is_too_long(old.rows, new.rows)
    return FileDiff(pair.change, TextDiff(old, new, is_too_long), remark)
