"""What the depth of the library has to tell the user, past all return values: seldom, and in one line.

A face may put its own function in place of `tell`; by default a line goes to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from mvfs import text


def _to_stderr(line: str) -> None:
    sys.stderr.write(text.line(f"mvfs: {line}") + "\n")


class _Face:
    tell: Callable[[str], None] = staticmethod(_to_stderr)


def tell(line: str) -> None:
    """Tell the user something that no caller need decide about."""
    _Face.tell(line)


def tell_by(face: Callable[[str], None] | None) -> None:
    """Have all that is told go to ``face``; with None to standard error again."""
    _Face.tell = staticmethod(face or _to_stderr)
