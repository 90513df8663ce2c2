"""Files of two versions, or of a version and a folder: added, removed, changed, and moved by digest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from mvfs.catalog.content import Content
from mvfs.diff.model import Change, Kind
from mvfs.diff.moving import moves
from mvfs.store.manifest.records import FileEntry
from mvfs.store.manifest.tensors import StoredTensor


class Readable(Protocol):
    """Reads one file by ranges."""

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``, verified; fewer at the end."""


class Files(Protocol):
    """One side of a diff: an opened version (`Content`), a part of one, or a folder (`mvfs.diff.sides`)."""

    def files(self) -> Iterator[FileEntry]:
        """Yield all files in the order of their paths; a digest may be empty where it can match nothing."""

    def reader(self, entry: FileEntry) -> Readable:
        """Return a reader of one of these files."""

    def tensors(self, entry: FileEntry) -> list[StoredTensor]:
        """Return the tensors of a file with their digests; none where it holds none."""


def changes(old: Files, new: Files) -> Iterator[Change]:
    """Yield the files that differ, as changes of `FileEntry`: first what changed in its place, by path.

    Then comes what moved, each file once, by the path in new; then what was added, and what was removed. Two
    files are the same if their bytes and modes are. A file that moved has the same bytes under another path.

    Raises:
        CorruptObject: a manifest was changed.
    """
    gone: list[FileEntry] = []
    fresh: list[FileEntry] = []
    for before, after in _pairs(old, new):
        if after is None:
            assert before is not None
            gone.append(before)
        elif before is None:
            fresh.append(after)
        elif not _is_same(before, after):
            yield Change(after.path, Kind.CHANGED, before, after)
    moved = moves(gone, fresh, _content, lambda entry: entry.path, lambda entry: entry.name)
    for entry in fresh:
        if entry.path in moved:
            yield Change(entry.path, Kind.MOVED, moved[entry.path], entry)
    left = {entry.path for entry in moved.values()}
    yield from (Change(e.path, Kind.ADDED, None, e) for e in fresh if e.path not in moved)
    yield from (Change(e.path, Kind.REMOVED, e, None) for e in gone if e.path not in left)


def _pairs(old: Files, new: Files) -> Iterator[tuple[FileEntry | None, FileEntry | None]]:
    """Files that may differ, by path."""
    if isinstance(old, Content) and isinstance(new, Content):
        yield from old.differing(new)
        return
    before = {entry.path: entry for entry in old.files()}
    after = {entry.path: entry for entry in new.files()}
    for path in sorted(before.keys() | after.keys()):
        yield before.get(path), after.get(path)


def _is_same(old: FileEntry, new: FileEntry) -> bool:
    """Whether bytes and modes are the same; of a reference, what is known of the bytes."""
    return _is_equal(old, new) and old.executable == new.executable


def _is_equal(old: FileEntry, new: FileEntry) -> bool:
    if old.size != new.size or not (old.digest and new.digest):
        return False
    return old.digest == new.digest or old.identity == new.identity


def _content(entry: FileEntry) -> bytes | None:
    return entry.digest if entry.size and entry.digest else None  # empty files are all the same
