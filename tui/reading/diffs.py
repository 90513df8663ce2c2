"""Diffs as workers read them: section by section, each as soon as it is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from mvfs.catalog.catalog import Place as Found
from mvfs.catalog.shapes import ref_text
from mvfs.diff import files, sides, text
from mvfs.diff.files import Files as Side
from mvfs.diff.model import Change
from mvfs.diff.opened import TextDiff
from mvfs.diff.versions import VersionDiff
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.store.manifest.records import DirEntry, FileEntry
from tui.library import Library
from tui.viewmodel.diff.ends import Ends
from tui.viewmodel.diff.files import Files
from tui.viewmodel.diff.lines import Lines
from tui.viewmodel.diff.row import Part
from tui.viewmodel.diff.values import Values
from tui.viewmodel.diff.words import Words

BATCH = 0.1
"""Seconds of finding differences after which those found are shown."""

_MOST = 20_000
"""Files that differ and are listed."""

Tick = Callable[[int], None]
"""Told how many bytes were read; raises where nobody waits for the others."""


@dataclass(frozen=True)
class Compared:
    """What a place of the diff view means: two versions, or a file or folder in each."""

    versions: VersionDiff
    paths: tuple[str, str]

    @property
    def refs(self) -> tuple[str, str]:
        """The refs of both, which no alias moves."""
        pairs = zip(self.versions.titles, self.paths, strict=True)
        old, new = (f"{title}/{path}" if path else title for title, path in pairs)
        return old, new

    @cached_property
    def entries(self) -> tuple[FileEntry | DirEntry | None, FileEntry | DirEntry | None]:
        """What is at the paths."""
        pairs = zip(self.versions.contents, self.paths, strict=True)
        old, new = (content.find(path) for content, path in pairs)
        return old, new

    @property
    def is_file(self) -> bool:
        """Whether two files are compared."""
        return any(self.paths) and all(isinstance(entry, FileEntry) for entry in self.entries)


def find(library: Library, refs: tuple[str, ...]) -> Compared:
    """Find out what two refs mean; a single one is compared with the version before it.

    Raises:
        NotFound, InvalidInput: a ref means no version, or there is none before it.
    """
    if not 1 <= len(refs) <= 2:
        raise InvalidInput("two versions are compared: diff project/name:v3 project/name:v7")
    new = library.version(refs[-1])
    old = library.version(refs[0]) if len(refs) == 2 else _before(new)
    found = Compared(library.between(old, new), (old.path, new.path))
    for ref, entry in zip(found.refs, found.entries if any(found.paths) else (), strict=False):
        if entry is None:
            raise NotFound(f"there is no {ref}: nothing to compare with")
    if any(found.paths) and len({isinstance(entry, FileEntry) for entry in found.entries}) > 1:
        raise InvalidInput("a file cannot be compared with a folder")
    return found


def _before(found: Found) -> Found:
    """The same path in the version before."""
    version = _version(found)
    for number in range(version.number - 1, -1, -1):
        older = queries.version(found.project.index, version.name, number)
        if older is not None:
            return Found(found.project, found.type, found.name, older, found.path)
    raise NotFound(
        f"{ref_text(found.project.name, version)} is the first version: mark another one with space"
    )


def _version(found: Found) -> Version:
    assert found.version is not None  # `Library.version` returns nothing else
    return found.version


def of_versions(compared: Compared) -> Iterator[Part]:
    """Yield all that differs between two versions."""
    diff = compared.versions
    yield Ends(diff.old.version, diff.new.version, *compared.refs)
    warnings = [(f"⚠ {one.title}", "best") for one in diff.other_data]
    if warnings:
        yield Words(".warning", warnings)
    if any(compared.paths):
        yield from _folders(compared)
        return
    yield from _files(*diff.contents, diff.old.version.files)
    yield from _values("metadata", diff.metadata, _rules(diff))
    if diff.labels:
        yield Values("tags", tuple(diff.labels), is_bare=True)
    if diff.note is not None:
        yield from of_text("note", diff.note, is_prose=True)
    yield from _values("metrics", diff.summary, _rules(diff))
    yield from _values("config", diff.config)
    yield from _values("inputs", diff.inputs)
    code = diff.code
    yield from _values("code", code.changes)
    if code.patch is not None:
        yield from of_text("uncommitted code", code.patch)
    yield from _values("packages", code.packages)
    if diff.is_same:
        yield Words(
            ".same", [("Nothing differs: files, metadata, tags, note and run are the same.", "latest")]
        )


def _rules(diff: VersionDiff) -> Mapping[str, str]:
    """Which metric is to rise or to fall, where both are versions of a name that has a rule."""
    found = queries.name(diff.new.project.index, diff.new.version.name)
    rule = found.rule if found is not None else None
    return {rule.metric: rule.mode} if rule is not None else {}


def _values(name: str, changes: Any, rules: Mapping[str, str] | None = None) -> Iterator[Part]:
    if changes:
        yield Values(name, tuple(changes), rules or {})


def _folders(compared: Compared) -> Iterator[Part]:
    pairs = zip(compared.versions.contents, compared.paths, strict=True)
    old, new = (sides.Part(content, path) if path else content for content, path in pairs)
    yield from _files(old, new, None)


def _files(old: Side, new: Side, count: int | None) -> Iterator[Part]:
    """The files that differ, a batch after the other; old has ``count`` files."""
    found: list[Change] = []
    said = time.monotonic()
    for change in files.changes(old, new):
        if len(found) == _MOST:
            yield Files(tuple(found), is_cut=True)
            return
        found.append(change)
        if time.monotonic() - said > BATCH:
            yield Files(tuple(found), is_all=False)
            said = time.monotonic()
    gone = sum(change.old is not None for change in found)
    yield Files(tuple(found), None if count is None else count - gone)


def of_text(name: str, diff: TextDiff, *, is_prose: bool = False) -> Iterator[Part]:
    """Yield the hunks of a text, a batch after the other."""
    old, new = diff.old, diff.new
    if diff.is_too_long:
        added, removed = text.counts(old.rows, new.rows)
        yield Words(
            name, [(f"{len(new.rows):,} lines: too many to be shown, +{added:,} -{removed:,}", "muted")]
        )
        return
    whole = Lines(old.rows, new.rows, (), name=name, key=name, is_prose=is_prose)
    found: list[text.Hunk] = []
    said = 0.0
    for hunk in text.hunks(old.rows, new.rows):
        found.append(hunk)
        if time.monotonic() - said > BATCH:  # the first one at once
            yield replace(whole, hunks=tuple(found), is_all=False)
            said = time.monotonic()
    yield replace(whole, hunks=tuple(found))
