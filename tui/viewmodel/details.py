"""Everything about one version as rows: what, by whom, note, metadata, files, and the runs around it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from rich.cells import cell_len

from mvfs import units
from mvfs.index.rows import Run
from mvfs.store.manifest.records import DirEntry
from mvfs.text import block, line
from tui import paint
from tui.paint import Span
from tui.viewmodel import values
from tui.viewmodel.chips import chips
from tui.viewmodel.facts import Facts, Listing
from tui.viewmodel.wrap import wrapped

_FIRST = {"note": 12, "metadata": 16, "files": 24, "config": 10, "summary": 10, "inputs": 8, "siblings": 6,
          "users": 6}  # fmt: skip
"""Rows of each section before its ``… more``."""

_STEP = 20
"""Asking for more shows this many times as many."""

_LONGEST_NOTE = 200_000
_STATES = {
    "running": "▶ running", "finished": "✓ finished", "failed": "✗ failed", "crashed": "✗ crashed",
    "preempted": "✗ preempted",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class More:
    """Opening shows more of a section."""

    section: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Opening folds or unfolds a directory."""

    path: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Opening goes to another version."""

    project: str
    name: str
    number: int


Target = More | Folder | Elsewhere


@dataclass(frozen=True, slots=True)
class Line:
    """One row."""

    key: Hashable
    spans: Sequence[Span]
    target: Target | None = None


@dataclass
class Details:
    """The rows of one version, and how far its sections are open."""

    facts: Facts
    now: int
    listings: dict[str, Listing] = field(init=False)
    folded: set[str] = field(default_factory=set)
    _limits: dict[str, int] = field(default_factory=lambda: dict(_FIRST))

    def __post_init__(self) -> None:
        self.listings = dict(self.facts.listings)

    def show_more(self, section: str) -> None:
        """Show more of a section from now on."""
        self._limits[section] *= _STEP

    def limit(self, section: str) -> int:
        """How many rows a section may have."""
        return self._limits[section]

    def lines(self, width: int) -> list[Line]:
        """The rows, at a width."""
        width = max(width, 16)
        parts = [self._head(width), self._note(width), self._metadata(width), self._files(width)]
        parts += [self._origin(width), self._users(width)]
        lines: list[Line] = []
        for part in parts:
            rows = list(part)
            if rows and lines:
                lines.append(Line(("gap", len(lines)), ()))
            lines += rows
        return lines

    # Sections

    def _head(self, width: int) -> Iterator[Line]:
        version = self.facts.version
        yield Line("title", [(f"{line(version.name)}:{version.label}", "strong")])
        if version.aliases:
            yield Line("aliases", chips(version.aliases))
        files = "1 file" if version.files == 1 else f"{version.files:,} files"
        pairs = [
            ("ref", line(self.facts.ref)),
            ("digest", version.digest.hex()[:16]),
            ("content", f"{files}, {units.size(version.size)}"),
            ("logged", f"{units.moment(version.created)[:-3]}, {units.age(version.created, self.now)} ago"),
            ("by", line(version.actor)),
        ]
        if version.tags:
            pairs.append(("tags", line(", ".join(version.tags))))
        for label, value in pairs:
            for number, piece in enumerate(wrapped(value, width - 9)):
                yield Line(
                    (label, number), [(paint.fit("" if number else label, 9), "muted"), (piece, "text")]
                )

    def _note(self, width: int) -> Iterator[Line]:
        note = self.facts.version.note
        if not note:
            return
        yield _heading("note", width)
        rows = wrapped(block(note[:_LONGEST_NOTE]).strip("\n"), width)
        yield from self._bounded("note", ([(row, "text")] for row in rows))

    def _metadata(self, width: int) -> Iterator[Line]:
        if self.facts.version.metadata:
            yield _heading("metadata", width)
            yield from self._mapping("metadata", self.facts.version.metadata, width)

    def _mapping(
        self, section: str, mapping: Mapping[str, Any], width: int, indent: str = ""
    ) -> Iterator[Line]:
        pairs = [(line(path), values.shown(value)) for path, value in values.flat(mapping)]
        room = width - len(indent)
        wide = min(max((cell_len(path) for path, _ in pairs), default=0), room // 2)
        rows = (
            [(indent + paint.fit(path, wide) + "  ", "muted"), (paint.cut(value, room - wide - 2), "text")]
            for path, value in pairs
        )
        yield from self._bounded(section, rows, indent)

    def _files(self, width: int) -> Iterator[Line]:
        yield _heading("files", width)
        if self.facts.trouble is not None:
            for number, row in enumerate(wrapped("✗ " + line(self.facts.trouble), width)):
                yield Line(("trouble", number), [(row, "bad")])
            return
        lines = list(islice(self._folder("", 0, width), self.limit("files") + 1))
        yield from lines[: self.limit("files")]
        unseen = self.listings[""].unseen if "" in self.listings else 0
        if len(lines) > self.limit("files") or unseen:
            yield _more("files", self._files_left(lines[: self.limit("files")]))

    def _files_left(self, shown: Sequence[Line]) -> int:
        """Files that no shown row stands for: neither itself nor a folded directory."""
        covered = 0
        for row in shown:
            if row.target is None:
                covered += 1
            elif isinstance(row.target, Folder) and not self._is_open(row.target.path):
                covered += row.key[2] if isinstance(row.key, tuple) else 0
        return max(self.facts.version.files - covered, 0)

    def _is_open(self, path: str) -> bool:
        return path in self.listings and path not in self.folded

    def _folder(self, path: str, depth: int, width: int) -> Iterator[Line]:
        listing = self.listings.get(path)
        if listing is None:
            return
        for entry in listing.entries:
            name = line(entry.name)
            pad = "  " * min(depth, 8)
            if isinstance(entry, DirEntry):
                is_open = self._is_open(entry.path)
                count = f"{entry.files:,} file" + "s" * (entry.files != 1)
                spans = _sized(pad + ("▾ " if is_open else "▸ "), name + "/", count, width)
                yield Line(("dir", entry.path, entry.files), spans, Folder(entry.path))
                if is_open:
                    yield from self._folder(entry.path, depth + 1, width)
            else:
                yield Line(("file", entry.path), _sized(pad + "  ", name, units.size(entry.size), width))
        if path and listing.unseen:
            yield Line(("rest", path), [(f"{'  ' * depth}  … {listing.unseen:,} more", "muted")])

    def _origin(self, width: int) -> Iterator[Line]:
        for number, run in enumerate(self.facts.producers[:3]):
            yield _heading("logged by" if number == 0 else "logged again by", width)
            yield from self._run(run, number)
            if number:
                continue
            for section, mapping in (("config", run.config), ("summary", run.summary)):
                if mapping:
                    yield Line(("head", section), [(section, "muted")])
                    yield from self._mapping(section, mapping, width, "  ")
            yield from self._sources()
            yield from self._siblings()

    def _run(self, run: Run, number: int) -> Iterator[Line]:
        state = _STATES.get(run.state, line(run.state))
        role = {"failed": "bad", "crashed": "bad", "running": "best"}.get(run.state, "latest")
        yield Line(("run", number), [(line(run.name), "strong"), ("  ", "text"), (state, role)])
        job = f"{line(run.job_type)}, " if run.job_type else ""
        about = f"{line(run.id)}, {job}{units.age(run.started, self.now)} ago"
        if run.ended is not None and run.ended > run.started:
            about += f", took {units.age(run.started, run.ended)}"
        yield Line(("about run", number), [(about, "muted")])

    def _sources(self) -> Iterator[Line]:
        if self.facts.sources:
            yield Line(("head", "inputs"), [("inputs", "muted")])
        rows: list[tuple[Sequence[Span], Target | None]] = []
        for source in self.facts.sources:
            where = "" if source.project == self.facts.project else f"{line(source.project or '?')}/"
            target = None if source.project is None else Elsewhere(source.project, source.name, source.number)
            rows.append(
                ([("  ↖ ", "faint"), (f"{where}{line(source.name)}:v{source.number}", "accent")], target)
            )
        yield from self._targets("inputs", rows)

    def _siblings(self) -> Iterator[Line]:
        if self.facts.siblings:
            yield Line(("head", "siblings"), [("also logged", "muted")])
        yield from self._targets(
            "siblings",
            [
                (
                    [("  ↗ ", "faint"), (f"{line(other.name)}:{other.label}", "accent")],
                    Elsewhere(self.facts.project, other.name, other.number),
                )
                for other in self.facts.siblings
            ],
        )

    def _users(self, width: int) -> Iterator[Line]:
        if self.facts.users:
            yield _heading("used by", width)
        rows: list[Sequence[Span]] = []
        for run in reversed(self.facts.users):
            about = f"{run.job_type}, " if run.job_type else ""
            about = line(f"{about}{run.state}, {units.age(run.started, self.now)} ago")
            rows.append([("↘ ", "faint"), (line(run.name), "text"), (f"  {about}", "muted")])
        yield from self._bounded("users", rows)

    # Bounds

    def _bounded(self, section: str, rows: Iterable[Sequence[Span]], indent: str = "") -> Iterator[Line]:
        limit, left = self.limit(section), 0
        for number, spans in enumerate(rows):
            if number < limit:
                yield Line((section, number), spans)
            else:
                left += 1
        if left:
            yield _more(section, left, indent)

    def _targets(self, section: str, rows: Sequence[tuple[Sequence[Span], Target | None]]) -> Iterator[Line]:
        limit = self.limit(section)
        for number, (spans, target) in enumerate(rows[:limit]):
            yield Line((section, number), spans, target)
        if len(rows) > limit:
            yield _more(section, len(rows) - limit, "  ")


def _heading(title: str, width: int) -> Line:
    return Line(("heading", title), [(title + " ", "accent"), ("─" * (width - len(title) - 1), "line")])


def _more(section: str, left: int, indent: str = "") -> Line:
    return Line(("more", section), [(f"{indent}… {left:,} more", "accent")], More(section))


def _sized(lead: str, name: str, size: str, width: int) -> list[Span]:
    room = width - len(lead) - len(size) - 2
    return [(lead, "faint"), (paint.fit(name, room) + "  ", "text"), (size, "muted")]
