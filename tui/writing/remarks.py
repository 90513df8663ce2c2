"""Notes, tags and metadata of a version, each replaced only where it is as it was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mvfs.catalog import pointers
from mvfs.catalog.metadata import normal_metadata
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.text import line
from tui.library import Library
from tui.writing.written import Undo, Written


def named(version: Version) -> str:
    """``iv3:v3``, inert."""
    return f"{line(version.name)}:{version.label}"


def as_it_is(library: Library, project: str, version: Version) -> Version:
    """A version as it is now; as it was where it is gone."""
    opened = library.project(project)
    return queries.version(opened.index, version.name, version.number) or version


def note(library: Library, project: str, seen: Version, text: str) -> Written:
    """Replace a note; empty text removes it.

    Raises:
        Conflict: it is not as it was seen; the message says who changed it.
    """
    new = text.strip("\n") or None
    if new == seen.note:
        return Written("the note is unchanged")
    key = seen.name, seen.number
    pointers.set_note(library.project(project), *key, new, seen.note)

    def back(library: Library) -> None:
        pointers.set_note(library.project(project), *key, seen.note, new)

    what = f"note of {named(seen)}"
    return Written(f"{what} {'saved' if new else 'removed'}", Undo(what, back))


def tags(library: Library, project: str, seen: Version, add: Sequence[str], remove: Sequence[str]) -> Written:
    """Add and remove tags.

    Raises:
        InvalidName: a tag breaks the rules.
    """
    new = [tag for tag in dict.fromkeys(add) if tag not in seen.tags]
    gone = [tag for tag in dict.fromkeys(remove) if tag in seen.tags]
    if not new and not gone:
        return Written("the tags are unchanged")
    key = seen.name, seen.number
    pointers.change_tags(library.project(project), *key, new, gone, seen=seen.tags)
    now = [tag for tag in (*seen.tags, *new) if tag not in gone]

    def back(library: Library) -> None:
        pointers.change_tags(library.project(project), *key, gone, new, seen=now)

    what = f"tags of {named(seen)}"
    return Written(f"{what}: {line(', '.join(now)) or 'none'}", Undo(what, back))


def metadata(
    library: Library, project: str, seen: Version, change: Mapping[str, Any], remove: Sequence[str] = ()
) -> Written:
    """Set and remove keys of metadata; others may have changed other keys.

    Raises:
        Conflict: one of these keys is not as it was seen.
        InvalidInput: the values are no JSON, too many or too long.
    """
    old = seen.metadata
    change = {
        key: value for key, value in normal_metadata(dict(change)).items() if not _is_as(old, key, value)
    }
    gone = [key for key in remove if key in old and key not in change]
    if not change and not gone:
        return Written("the metadata is unchanged")
    key = seen.name, seen.number
    pointers.change_metadata(library.project(project), *key, change, gone, seen=old)
    restored = {one: old[one] for one in (*change, *gone) if one in old}
    added = [one for one in change if one not in old]

    def back(library: Library) -> None:
        opened = library.project(project)
        pointers.change_metadata(opened, *key, restored, added, seen=change)

    what = f"metadata of {named(seen)}"
    return Written(f"{what} saved: {_listed([*change, *gone])}", Undo(what, back))


def _is_as(old: Mapping[str, Any], key: str, value: object) -> bool:
    return key in old and old[key] == value and type(old[key]) is type(value)


def _listed(keys: Sequence[str]) -> str:
    return line(", ".join(keys[:3])) + ", …" * (len(keys) > 3)
