"""What every effect's step needs: lookups, and the refusal of an entry that makes no sense."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mvfs.errors import CorruptObject, InvalidName
from mvfs.index.fold.pending import Name, Pending
from mvfs.store.effects import MAX_DEPTH, depth
from mvfs.store.entry import Entry

Step = Callable[[Pending, Entry, Any], None]
"""Applies one effect of an entry."""


def broken(entry: Entry, why: str) -> CorruptObject:
    """Return the error of an entry that contradicts the state before it."""
    return CorruptObject(f"journal entry {entry.seq} contradicts the ones before it: {why}", seq=entry.seq)


def check(entry: Entry, rule: Callable[..., str], *words: str) -> None:
    """Names become directory names, so those of a foreign writer are held to the same rules."""
    try:
        normal = rule(*words)
    except InvalidName as exc:
        raise broken(entry, str(exc)) from exc
    if normal != words[0]:
        raise broken(entry, f"{words[0]!r} is not in Unicode form NFC")


def name_of(pending: Pending, entry: Entry, name: str) -> Name:
    """A name that must exist."""
    found = pending.name(name)
    if found is None:
        raise broken(entry, f"there is no name '{name}'")
    return found


def name_with(pending: Pending, entry: Entry, name: str, number: int) -> Name:
    """The name of a version that must be there, and not in the trash."""
    found = name_of(pending, entry, name)
    if not pending.has_version(found, number):
        raise broken(entry, f"there is no version {name}:v{number}")
    return found


_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=repr, check_circular=False)


def to_json(entry: Entry, value: dict[str, Any]) -> str:
    """Return compact JSON; what JSON does not know (bytes from a foreign writer) is shown by repr.

    Raises:
        CorruptObject: it is nested too deeply for those who will read it, or has keys that are no text.
    """
    try:
        text = _encoder.encode(value)
    except (TypeError, ValueError, RecursionError) as exc:
        raise broken(entry, "it has values that are no JSON") from exc
    if text.count("[") + text.count("{") > MAX_DEPTH and depth(value) > MAX_DEPTH:
        raise broken(entry, f"it has values in more than {MAX_DEPTH} levels")
    return text
