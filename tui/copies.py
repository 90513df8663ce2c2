"""Copies out of the store that go on in the background: each in a thread, told of by numbers."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mvfs import units
from mvfs.errors import MvfsError
from mvfs.index.rows import Version
from mvfs.text import line
from tui.library import Library
from tui.paint import Span

_WINDOW = 3.0
"""Seconds over which the rate is taken."""

_LEAVE = 5.0
"""Seconds that a copy gets to clear away what is unfinished when the UI ends."""


class State(StrEnum):
    """How far a copy is."""

    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class _CancelledError(Exception):
    """Ends a copy from within."""


@dataclass(eq=False)
class Copy:
    """One copy; the thread that makes it writes the numbers, everybody reads them."""

    project: str
    version: Version
    path: str
    """What of the version; empty for all of it."""
    target: Path
    total: int
    state: State = State.RUNNING
    done: int = 0
    """Bytes."""
    files: int = 0
    outside: int = 0
    """Files that came by reference, of which only size and tag are known."""
    trouble: str = ""
    began: float = field(default_factory=time.monotonic)
    _marks: list[tuple[float, int]] = field(default_factory=list)
    thread: threading.Thread | None = None

    @property
    def ref(self) -> str:
        """What is copied, inert."""
        below = f"/{line(self.path)}" if self.path else ""
        return f"{line(self.version.name)}:{self.version.label}{below}"

    @property
    def is_over(self) -> bool:
        """Whether it goes on no more."""
        return self.state not in (State.RUNNING, State.CANCELLING)

    @property
    def part(self) -> float:
        """From 0 to 1."""
        return 1.0 if self.state is State.DONE else min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def rate(self) -> float:
        """Bytes in a second, lately."""
        marks = self._marks
        if len(marks) < 2 or marks[-1][0] <= marks[0][0]:
            return 0.0
        return (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])

    def advance(self, count: int) -> None:
        """Told by whoever copies; ends the copy where that is wanted."""
        if self.state is State.CANCELLING:
            raise _CancelledError
        self.done += count
        now = time.monotonic()
        marks = [mark for mark in self._marks if now - mark[0] < _WINDOW]
        if not marks or now - marks[-1][0] > 0.1:
            marks.append((now, self.done))
        self._marks = marks

    def cancel(self) -> None:
        """Have it end soon; files that are whole stay, and nothing unfinished."""
        if self.state is State.RUNNING:
            self.state = State.CANCELLING

    def said(self) -> str:
        """What came of it, in one line, inert."""
        where = line(str(self.target))
        if self.state is State.DONE:
            what = "1 file" if self.files == 1 else f"{self.files:,} files"
            how = "every byte verified" if not self.outside else f"{self.outside:,} by reference"
            return f"{self.ref} is in {where}: {what}, {units.size(self.done)}, {how}"
        if self.state is State.CANCELLED:
            return f"copy of {self.ref} cancelled at {self.part:.0%}; copied there again, it goes on"
        return f"cannot copy {self.ref}: {line(self.trouble)}"


class Copies:
    """All copies of this session."""

    def __init__(self, ended: Callable[[Copy], object]) -> None:
        """Tell ``ended`` of each that is over, in its thread."""
        self._ended = ended
        self.all: list[Copy] = []

    @property
    def running(self) -> list[Copy]:
        """Those that go on."""
        return [copy for copy in self.all if not copy.is_over]

    def spans(self) -> list[Span]:
        """What goes on, for the header: ``↓ 2 copies 45 % 12 MiB/s``."""
        running = self.running
        if not running:
            return []
        total, done = sum(c.total for c in running), sum(c.done for c in running)
        part = f"{min(done / total, 1.0):.0%}" if total else "…"
        count = f"{len(running)} copies " if len(running) > 1 else ""
        rate = units.size(round(sum(copy.rate for copy in running)))
        return [(f"↓ {count}{part} {rate}/s  ", "accent")]

    def in_the_way(self, target: Path) -> Copy | None:
        """A copy that goes on and writes where one to ``target`` would: the two would mix their bytes."""
        wanted = Path(os.path.realpath(target))
        for copy in self.running:
            other = Path(os.path.realpath(copy.target))
            if wanted == other or wanted in other.parents or other in wanted.parents:
                return copy
        return None

    def begin(self, library: Library, project: str, version: Version, path: str, target: Path) -> Copy:
        """Copy a version, or a path in it, to ``target``."""
        copy = Copy(project, version, path, target, version.size)
        copy.thread = threading.Thread(target=self._run, args=(library, copy), name="copy", daemon=True)
        self.all.append(copy)
        copy.thread.start()
        return copy

    def _run(self, library: Library, copy: Copy) -> None:
        try:
            content = library.project(copy.project).content(copy.version)
            if copy.path:
                copy.total = sum(entry.size for entry in content.below(copy.path))
            files = content.copy(copy.target, copy.path, progress=copy.advance)
            copy.files, copy.outside = len(files), sum(file.is_external for file in files)
            copy.state = State.DONE
        except _CancelledError:
            copy.state = State.CANCELLED
        except MvfsError as exc:
            copy.trouble, copy.state = exc.message, State.FAILED
        except Exception as exc:  # noqa: BLE001 - the guard of the thread: the screen tells it
            copy.trouble, copy.state = f"unexpected {type(exc).__name__}: {exc} (a bug)", State.FAILED
        self._ended(copy)

    def forget(self, copy: Copy) -> None:
        """List a copy that is over no more."""
        if copy.is_over and copy in self.all:
            self.all.remove(copy)

    def leave(self) -> None:
        """End all that go on, and give them time to clear away what is unfinished."""
        for copy in self.running:
            copy.cancel()
        until = time.monotonic() + _LEAVE
        for copy in list(self.all):
            if copy.thread is not None and copy.thread.is_alive():
                copy.thread.join(max(until - time.monotonic(), 0))
