"""A directory of a version: what lies in it, and how large that is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from mvfs import units
from mvfs.store.manifest.records import DirEntry, FileEntry
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.preview.preview import Preview

MOST = 10_000
"""Entries that are listed."""

_SIZE = 14


class Folder(Preview):
    """The entries of a directory."""

    KIND = "folder"

    def __init__(self, entries: Sequence[FileEntry | DirEntry], files: int) -> None:
        self._entries, self._files = entries, files

    def about(self) -> str:
        """How many files there are, at any depth."""
        said = f"{self._files:,} file" + "s" * (self._files != 1)
        return said + (f", the first {MOST:,} entries" if len(self._entries) >= MOST else "")

    def rows(self) -> Sequence[FileEntry | DirEntry]:
        return self._entries

    def identity(self, row: FileEntry | DirEntry) -> Hashable:
        return row.path

    def spans(self, row: FileEntry | DirEntry, width: int) -> Sequence[Span]:
        room = width - _SIZE - 3
        if isinstance(row, DirEntry):
            size, mark = f"{row.files:,} file" + "s" * (row.files != 1), "▸ "
            name = line(row.name) + "/"
        else:
            size, mark = units.size(row.size), "↗ " if row.is_external else "  "
            name = line(row.name)
            if row.reference is not None:
                name += f"  {line(row.reference.uri)}"
        return [
            (mark, "faint"),
            (paint.fit(name, room), "text"),
            (paint.fit(size, _SIZE, right=True), "muted"),
        ]

    def plain(self, row: FileEntry | DirEntry) -> str:
        return row.path
