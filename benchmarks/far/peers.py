"""Where the programs are that others fetch objects with."""

from __future__ import annotations

import shutil
from pathlib import Path

from far.place import ROOT

FOLDER = ROOT / ".venv-peers"
"""The virtual environment that ``scripts/setup dev peers`` makes for them."""


def find(name: str) -> Path | None:
    """Return the program ``name``, or None: in the peers' environment, or installed on the machine."""
    if name == "s5cmd":  # the package's script starts Python first, which s5cmd itself does not need
        return next(FOLDER.glob("lib/python*/site-packages/s5cmd/bin/s5cmd"), None)
    if name == "obstore":
        there = next(FOLDER.glob("lib/python*/site-packages/obstore"), None)
        return FOLDER / "bin" / "python" if there else None
    own = FOLDER / "bin" / name
    found = own if own.exists() else shutil.which(name)
    return Path(found) if found else None
