"""What a command prints: data to standard output, talk to standard error, all of it inert."""

from __future__ import annotations

import json
import sys
from typing import Any

from mvfs import text


class Output:
    """The two streams of one command."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def data(self, line: str) -> None:
        """Print one row of data; on a terminal, control characters are made visible."""
        sys.stdout.write((text.line(line) if sys.stdout.isatty() else line) + "\n")

    def data_block(self, block: str) -> None:
        """Print several rows of data."""
        sys.stdout.write((text.block(block) if sys.stdout.isatty() else block).rstrip("\n") + "\n")

    def data_inert(self, line: str) -> None:
        """Print one row of data that was made inert before it got its colours."""
        sys.stdout.write(line + "\n")

    def data_json(self, value: Any) -> None:
        """Print data as JSON."""
        sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")

    def say(self, line: str) -> None:
        """Tell the person something, in one line."""
        sys.stderr.write(text.line(line) + "\n")

    def warn(self, line: str) -> None:
        """Tell that something is not as it should be, though the command did what it was asked for."""
        if self.as_json:
            self.say_json({"warning": {"message": line}})
        else:
            self.say(f"mvfs: {line}")

    def say_json(self, value: Any) -> None:
        """Tell a program something on standard error."""
        sys.stderr.write(json.dumps(value, default=str) + "\n")
