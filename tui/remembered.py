"""What the UI remembers of a store from start to start: the last place, and those typed after ``:``."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from mvfs import settings

_MOST_JUMPS = 50
_LARGEST = 64 << 10
"""Bytes that are read of the file."""


@dataclass(slots=True)
class Remembered:
    """The file of one store, as it was read; what cannot be read or written is forgotten."""

    path: Path
    place: str = ""
    jumps: list[str] = field(default_factory=list)
    """The newest last."""
    columns: dict[str, list[list[str]]] = field(default_factory=dict)
    """By project, the columns chosen for its runs: ``config`` or ``summary``, and the path there."""

    def add_jump(self, text: str) -> None:
        """Remember what was typed; the same text is remembered once."""
        self.jumps = [*[one for one in self.jumps if one != text][1 - _MOST_JUMPS :], text]

    def _content(self) -> dict[str, object]:
        return {"place": self.place, "jumps": self.jumps, "columns": self.columns}

    def save(self) -> None:
        """Write the file."""
        scratch = self.path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            scratch.write_text(json.dumps(self._content()), "utf-8")
            scratch.replace(self.path)


def remembered(location: str) -> Remembered:
    """What is remembered of the store at ``location``."""
    name = hashlib.blake2b(location.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    path = settings.state_dir() / "tui" / f"{name}.json"
    found: object = None
    with contextlib.suppress(OSError, ValueError), path.open("rb") as file:
        found = json.loads(file.read(_LARGEST))
    if not isinstance(found, dict):
        return Remembered(path)
    place, jumps = found.get("place"), found.get("jumps")
    texts = [one for one in jumps if isinstance(one, str)] if isinstance(jumps, list) else []
    columns = found.get("columns")
    return Remembered(
        path,
        place if isinstance(place, str) else "",
        texts[-_MOST_JUMPS:],
        {project: pairs for project, pairs in columns.items() if _are_pairs(pairs)}
        if isinstance(columns, dict)
        else {},
    )


def _are_pairs(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, list) and _are_two_texts(one) for one in value)


def _are_two_texts(value: list[object]) -> bool:
    return len(value) == 2 and all(isinstance(one, str) for one in value)
