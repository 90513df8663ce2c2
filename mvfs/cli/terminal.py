"""Whether output may have colours, and how wide it may be."""

from __future__ import annotations

import os
import sys


def wanted() -> bool:
    """Whether standard output is a terminal whose user did not say no (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def room() -> int:
    """Columns that a row should take at most: those of the terminal, and many where there is none."""
    from mvfs.cli import columns

    return columns() if sys.stdout.isatty() else 160
