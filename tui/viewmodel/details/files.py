"""The files of a version as a tree with sizes, and where references lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from mvfs import units
from mvfs.store.manifest.records import DirEntry, FileEntry
from mvfs.text import line
from tui import paint
from tui.viewmodel.details.lines import Bounds, FileOf, Folder, Line, heading, more, sized
from tui.viewmodel.facts import Facts, Listing
from tui.viewmodel.wrap import wrapped


def rows(
    facts: Facts, listings: Mapping[str, Listing], folded: set[str], bounds: Bounds, width: int
) -> Iterator[Line]:
    """The section."""
    version = facts.version
    count = f"{version.files:,} file" + "s" * (version.files != 1)
    yield heading("files", width, f"{count}, {units.size(version.size)}")
    if facts.trouble is not None:
        for number, row in enumerate(wrapped("✗ " + line(facts.trouble), width)):
            yield Line(("trouble", number), [(row, "bad")])
        return
    tree, limit = _Tree(listings, folded, width), bounds.limit("files")
    lines = list(islice(tree.below("", 0), limit + 1))
    yield from lines[:limit]
    unseen = listings[""].unseen if "" in listings else 0
    if len(lines) > limit or unseen:
        yield more("files", f"{tree.left(lines[:limit], version.files):,}")


class _Tree:
    """The rows of the directories that are open."""

    def __init__(self, listings: Mapping[str, Listing], folded: set[str], width: int) -> None:
        self._listings, self._folded, self._width = listings, folded, width

    def _is_open(self, path: str) -> bool:
        return path in self._listings and path not in self._folded

    def below(self, path: str, depth: int) -> Iterator[Line]:
        listing = self._listings.get(path)
        if listing is None:
            return
        for entry in listing.entries:
            pad = "  " * min(depth, 8)
            if isinstance(entry, DirEntry):
                is_open = self._is_open(entry.path)
                count = f"{entry.files:,} file" + "s" * (entry.files != 1)
                mark = pad + ("▾ " if is_open else "▸ ")
                spans = sized(mark, line(entry.name) + "/", count, self._width)
                yield Line(("dir", entry.path, entry.files), spans, Folder(entry.path))
                if is_open:
                    yield from self.below(entry.path, depth + 1)
            else:
                yield from self._file(entry, pad)
        if path and listing.unseen:
            yield Line(("rest", path), [(f"{'  ' * depth}  … {listing.unseen:,} more", "muted")])

    def _file(self, entry: FileEntry, pad: str) -> Iterator[Line]:
        mark = "↗ " if entry.is_external else "  "
        spans = sized(pad + mark, line(entry.name), units.size(entry.size), self._width)
        yield Line(("file", entry.path), spans, FileOf(entry.path))
        if entry.reference is not None:
            where = line(entry.reference.uri) + ("" if entry.is_external else "  (bytes are in the store)")
            shown = paint.cut(where, self._width - len(pad) - 4)
            yield Line(("uri", entry.path), [(pad + "    ", "text"), (shown, "faint")], FileOf(entry.path))

    def left(self, shown: Sequence[Line], files: int) -> int:
        """Files that no shown row stands for: neither itself nor a folded directory."""
        covered = 0
        for row in shown:
            kind = row.key[0] if isinstance(row.key, tuple) else ""
            if kind == "file":
                covered += 1
            elif isinstance(row.target, Folder) and not self._is_open(row.target.path):
                covered += row.key[2] if isinstance(row.key, tuple) else 0
        return max(files - covered, 0)
