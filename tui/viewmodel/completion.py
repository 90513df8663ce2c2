"""What a place that is being typed can become: views, and refs as far as they were read already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tui.place import WORDS

_MOST = 50
"""Completions that are offered."""


@dataclass
class Known:
    """What was read of a store so far: enough to complete what is typed, without asking the store."""

    projects: Sequence[str] = ()
    names: dict[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """Types and names by project."""
    aliases: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    """By project and name."""

    def unread(self) -> set[str]:
        """Projects whose names were not read."""
        return {one for one in self.projects if one not in self.names}


def completions(text: str, known: Known, subject: str | None, sort_keys: Sequence[str] = ()) -> list[str]:
    """The texts that ``text`` can become by completing its last word, those that begin with it first."""
    head, gap, word = text.rpartition(" ")
    is_first = not head.strip()
    candidates = list(dict.fromkeys(_candidates(word, known, subject, sort_keys, is_first=is_first)))
    lower = word.lower()
    starting = [one for one in candidates if one.lower().startswith(lower)]
    holding = [one for one in candidates if word and _holds(one.lower(), lower) and one not in starting]
    return [head + gap + one for one in [*starting, *holding] if one != word][:_MOST]


def _holds(candidate: str, word: str) -> bool:
    """Whether the parts of a word stand in it one after the other: ``zoo/whi`` in zoo/model/whisper."""
    at = 0
    for part in word.split("/"):
        at = candidate.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _candidates(
    word: str, known: Known, subject: str | None, sort_keys: Sequence[str], *, is_first: bool
) -> Iterator[str]:
    if word.startswith("sort:"):
        yield from (f"sort:{key}" for key in sort_keys)
        return
    stem, mark, _ = word.rpartition(":")
    if mark:
        yield from (f"{stem}:{alias}" for alias in _aliases(stem, known.aliases))
        return
    if is_first:
        yield from WORDS
    elif subject is not None:
        yield from _aliases(subject.partition(":")[0], known.aliases)
    project = subject.partition("/")[0] if subject else None
    for one in sorted(known.names, key=lambda name: name != project):
        yield from (f"{one}/{type_}/{name}" for type_, name in known.names[one])
    yield from known.projects


def _aliases(stem: str, aliases: Mapping[tuple[str, str], Sequence[str]]) -> Sequence[str]:
    parts = stem.split("/")
    return aliases.get((parts[0], parts[-1]), ("latest",))
