"""Which run ``resume="auto"`` goes on with: the last one that was begun so from this directory."""

from __future__ import annotations

import os
from pathlib import Path

from blake3 import blake3

from mvfs.catalog import spool
from mvfs.catalog.project import Project
from mvfs.errors import NotFound
from mvfs.refs import check_name


def last(project: Project) -> str | None:
    """Return the id of a run that did not end well; None where there is none."""
    try:
        run_id = check_name(_file(project).read_text("utf-8").strip(), "run id")
        known = project.run(run_id)
    except (OSError, ValueError, NotFound):
        return None
    return None if known.state == "finished" else run_id


def remember(project: Project, run_id: str) -> None:
    """Note the run that was begun."""
    path = _file(project)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(run_id, "utf-8")


def _file(project: Project) -> Path:
    here = blake3(os.fsencode(Path.cwd())).hexdigest(length=8)
    return spool.folder_of(project).parent / "last" / project.id / here
