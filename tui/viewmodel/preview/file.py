"""What is known of the file that a preview shows; texts as they were stored."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs import units
from mvfs.text import line
from tui.paint import Span


@dataclass(frozen=True, slots=True)
class File:
    """A file or directory of a version, or something that is kept of a run."""

    ref: str
    """The version, ``project/type/name:v3``; of a run, ``project:run-id``."""
    path: str
    """In it; empty for all files of a version."""
    size: int = 0
    """Bytes."""
    digest: str = ""
    """In hex; empty where the bytes are not in the store."""
    uri: str = ""
    """Where a reference leads."""
    mount: str = ""
    """Where it is in a mount of the store."""

    @property
    def whole(self) -> str:
        """The ref with the path."""
        return f"{self.ref}/{self.path}" if self.path else self.ref

    @property
    def is_of_run(self) -> bool:
        """Whether it is something that is kept of a run."""
        return "/" not in self.ref

    @property
    def name(self) -> str:
        """The last part of the path, or the ref."""
        return self.path.rpartition("/")[2] or self.ref

    def spans(self, about: str) -> list[Span]:
        """The row above the content."""
        folder = self.path[: len(self.path) - len(self.name)] if self.path else ""
        spans: list[Span] = [(f" {line(folder)}", "muted"), (line(self.name), "title")]
        if self.size:
            spans.append((f"  {units.size(self.size)}", "text"))
        spans.append((f"  {line(about)}", "muted"))
        if self.uri:
            spans.append((f"  ↗ {line(self.uri)}", "faint"))
        return spans
