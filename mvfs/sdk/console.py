"""What the process prints, kept with its run: the lines, as a terminal would show them in the end."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TextIO

from mvfs.catalog.run_objects import Line

MAX_BYTES = 8 << 20
"""Text that is kept; of what comes after it, the last `TAIL` lines, which say how it ended."""

TAIL = 200
MAX_LINE = 4096

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


class Console:
    """Sees what is written to ``sys.stdout`` and ``sys.stderr``, which go on as they were.

    What a library in C or a subprocess prints goes past it, and so does what a forked child prints.
    """

    def __init__(self, take: Callable[[Line], object], mask: Callable[[str], str]) -> None:
        self._take, self._mask = take, mask
        self._owner = os.getpid()
        self._lock = threading.RLock()  # what it logs itself may be printed
        self._open = ["", ""]
        self._kept = 0
        self._tail: deque[Line] = deque(maxlen=TAIL)
        self._left_out = 0
        self._watched: list[tuple[TextIO, Any, Any]] = []

    def start(self) -> None:
        """Begin to look on."""
        for number, stream in enumerate((sys.stdout, sys.stderr)):
            if stream is not None:
                self._watch(number, stream)

    def _watch(self, number: int, stream: TextIO) -> None:
        before = stream.write

        def write(text: str) -> int:
            count = before(text)
            if os.getpid() == self._owner and isinstance(text, str):
                self.feed(number, text)
            return count

        try:
            stream.write = write  # type: ignore[method-assign]
        except (AttributeError, TypeError):
            return  # a stream that takes none, such as one that a notebook made
        self._watched.append((stream, write, before))

    def stop(self) -> None:
        """Look away, and hand on what is left."""
        for stream, ours, before in self._watched:
            if stream.write is ours:  # else somebody else has stepped in since, and calls us
                stream.write = before  # type: ignore[method-assign]
        self._watched = []
        with self._lock:
            for number in (0, 1):
                if self._open[number]:
                    self.feed(number, "\n")
            self._owner = 0
            if self._left_out > len(self._tail):
                gap = self._left_out - len(self._tail)
                self._take(Line(time.time_ns() // 1000, 1, f"[{gap} lines are left out here]"))
            for line in self._tail:
                self._take(line)

    def feed(self, number: int, text: str) -> None:
        """Take what was written to stream ``number``: 0 for output, 1 for errors."""
        with self._lock:
            *lines, rest = (self._open[number] + text).split("\n")
            for line in lines:
                self._keep(Line(time.time_ns() // 1000, number, self._mask(shown(line))))
            self._open[number] = shown(rest) + "\r" * rest.endswith("\r") if len(rest) > MAX_LINE else rest

    def _keep(self, line: Line) -> None:
        if self._kept < MAX_BYTES:
            self._kept += len(line.text) + 16
            self._take(line)
        else:
            self._left_out += 1
            self._tail.append(line)


def shown(line: str) -> str:
    """Return what a terminal shows of a line in the end: no escapes, and what a carriage return overwrote."""
    text = ""
    for part in _ESCAPES.sub("", line).split("\r"):
        text = part + text[len(part) :]
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}…"
