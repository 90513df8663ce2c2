"""All that is known of one run, as read from the store: texts in it are still as they were stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mvfs.catalog.run_objects import Line as Printed
from mvfs.index.rows import Run, Version
from tui.viewmodel.facts import Source


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run and what is around it."""

    project: str
    run: Run
    """With its state as of now; config and summary are whole."""
    captured: Mapping[str, Any] = field(default_factory=dict)
    """Command line, host, code and more, as found at its start."""
    ending: Mapping[str, Any] = field(default_factory=dict)
    """``exit_code``, and ``exception`` if there was one; empty while it goes on."""
    inputs: Sequence[Source] = ()
    outputs: Sequence[Version] = ()
    printed: Sequence[Printed] = ()
    """What it printed last."""
    trouble: str | None = None
    """Why not all of it could be read."""

    @property
    def ref(self) -> str:
        """``project:id``."""
        return f"{self.project}:{self.run.id}"
