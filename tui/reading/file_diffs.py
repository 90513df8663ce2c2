"""What differs in one file, as workers read it; they can be called off, and say how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mvfs.catalog.content import Content
from mvfs.diff import opened, tensors
from mvfs.diff.files import Readable
from mvfs.diff.model import Change, Kind
from mvfs.diff.opened import FileDiff, ImageDiff, MappingDiff, TensorsDiff, TextDiff
from mvfs.diff.table import TableDiff
from mvfs.diff.tensors import TensorInfo
from mvfs.store.manifest.records import FileEntry
from mvfs.store.manifest.tensors import StoredTensor
from tui.reading.diffs import Compared, of_text
from tui.viewmodel.diff.images import Images
from tui.viewmodel.diff.row import Part
from tui.viewmodel.diff.table import TableRows
from tui.viewmodel.diff.tensors import Measured, Tensors
from tui.viewmodel.diff.values import Values
from tui.viewmodel.diff.words import Words
from tui.viewmodel.preview import image
from tui.viewmodel.preview.image import Picture

Tick = Callable[[int], None]
"""Told how many bytes were read; raises where nobody waits for more."""


@dataclass(frozen=True)
class _Watched:
    """The files of a version, whose reading is told."""

    content: Content
    tick: Tick

    def files(self) -> Iterator[FileEntry]:
        return self.content.files()

    def tensors(self, entry: FileEntry) -> list[StoredTensor]:
        return self.content.tensors(entry)

    def reader(self, entry: FileEntry) -> Readable:
        return _WatchedReader(self.content.reader(entry), self.tick)


@dataclass(frozen=True)
class _WatchedReader:
    reader: Readable
    tick: Tick

    def read(self, offset: int, length: int) -> bytes:
        self.tick(0)
        data = self.reader.read(offset, length)
        self.tick(len(data))
        return data


def of_file(compared: Compared, tick: Tick, *, as_text: bool = False) -> Iterator[Part]:
    """Yield what differs between two files, opened as what they are, or as text."""
    change = _change(compared)
    if change.old.digest == change.new.digest:
        but = "" if change.old.executable == change.new.executable else "; only the mode differs"
        yield Words(".same", [(f"The bytes are the same{but}.", "latest")])
        return
    old, new = (_Watched(content, tick) for content in compared.versions.contents)
    found = opened.of_file(change, old, new, as_text=as_text)
    if found.remark:
        yield Words(".remark", [(found.remark, "faint")])
    yield from _body(found, old, new)


def _change(compared: Compared) -> Change:
    old, new = compared.entries
    assert isinstance(old, FileEntry)
    assert isinstance(new, FileEntry)
    return Change(new.path, Kind.CHANGED, old, new)


def _body(found: FileDiff, old: _Watched, new: _Watched) -> Iterator[Part]:
    match found.body:
        case TextDiff() as body:
            yield from of_text("lines", body)
            if body.old.is_ended != body.new.is_ended:
                side = "new" if body.old.is_ended else "old"
                yield Words(".end", [(f"no newline at the end of {side}", "faint")])
        case MappingDiff(changes):
            yield Values("values", changes)
        case TableDiff() as body:
            yield TableRows(body)
        case TensorsDiff(changes):
            yield Tensors(_with_same(changes, found.change, old, new))
        case ImageDiff() as body:
            yield Images(body)
            yield Images(body, _pictures(found.change, old, new))
        case _:
            yield Words("bytes", [("Only sizes and hashes can be compared; the bytes differ.", "muted")])


def _pictures(change: Change, old: _Watched, new: _Watched) -> tuple[Picture, Picture] | None:
    """Both images, made small, where they can be decoded."""
    sides = (old, change.old), (new, change.new)
    if any(entry.size > image.MOST_BYTES for _, entry in sides):
        return None
    try:
        one, other = (image.load(files.reader(entry).read(0, entry.size)) for files, entry in sides)
    except image.Unreadable:  # how many pixels differ could not be told either, and the remark says why
        return None
    return one, other


def _with_same(changes: tuple[Change, ...], file: Change, old: _Watched, new: _Watched) -> tuple[Change, ...]:
    """All tensors in the order of new, also those that are the same; then what was removed."""
    differing = {change.path: change for change in changes}
    before = {one.name: one for one in tensors.table(old, file.old)}
    found = []
    for one in tensors.table(new, file.new):
        known = differing.pop(one.name, None)
        found.append(known or Change(one.name, Kind.SAME, before.get(one.name), one))
    return (*found, *differing.values())


def measure(compared: Compared, change: Change, tick: Tick) -> Measured:
    """Tell how far apart the values of two tensors of the compared files are; reads both.

    Raises:
        Damaged: bytes are missing or changed.
    """
    from mvfs.diff.numbers import numbers

    file = _change(compared)
    contents = compared.versions.contents
    old, new = (_WatchedReader(content.reader(entry), tick)
                for content, entry in zip(contents, (file.old, file.new), strict=True))  # fmt: skip
    one, other = change.old, change.new
    assert isinstance(one, TensorInfo)
    assert isinstance(other, TensorInfo)
    return Measured.of(numbers(old, one, new, other))
