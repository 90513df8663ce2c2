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

    def add_jump(self, text: str) -> None:
        """Remember what was typed; the same text is remembered once."""
        self.jumps = [*[one for one in self.jumps if one != text][1 - _MOST_JUMPS :], text]

    def save(self) -> None:
        """Write the file."""
        scratch = self.path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            scratch.write_text(json.dumps({"place": self.place, "jumps": self.jumps}), "utf-8")
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
    return Remembered(path, place if isinstance(place, str) else "", texts[-_MOST_JUMPS:])
