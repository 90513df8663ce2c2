"""The files that a run saved, as W&B gives them out: by name, whatever version of an artifact holds them."""

from __future__ import annotations

import os
from io import TextIOWrapper
from pathlib import Path

from mvfs.catalog.project import Project
from mvfs.errors import Conflict, NoSuchFile, NotFound
from mvfs.refs import Selector
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.stored import Entry


class RecordedFile:
    """One file that `Run.save` took, or that lay in `Run.dir`."""

    def __init__(self, entry: Entry, artifact: Artifact) -> None:
        self._entry = entry
        self._artifact = artifact

    @property
    def name(self) -> str:
        """Its path."""
        return self._entry.path

    @property
    def size(self) -> int:
        """Bytes."""
        return self._entry.size

    @property
    def updated_at(self) -> str:
        """When the version that holds it was logged: ISO 8601, UTC."""
        return self._artifact.created_at

    def download(
        self, root: str | os.PathLike[str] = ".", replace: bool = False, exist_ok: bool = False
    ) -> TextIOWrapper:
        """Copy it to its path below a directory, and open that to be read.

        Raises:
            Conflict: there is a file already, and neither ``replace`` nor ``exist_ok`` is set.
        """
        target = Path(root, self.name)
        if target.exists() and not replace:
            if not exist_ok:
                raise Conflict(
                    "File already exists, pass replace=True to overwrite or exist_ok=True to leave it as is"
                    f" and don't error: '{target}'",
                    path=str(target),
                )
        else:
            self._entry.download(os.fspath(root))
        return target.open(encoding="utf-8")

    def __repr__(self) -> str:
        return f"<File {self.name} ({self.size:,} bytes)>"


def saved_files(project: Project, run_id: str, entity: str) -> list[RecordedFile]:
    """Return the files that a run saved, as they were when they were saved last."""
    project.refresh()
    try:
        version = project.version(f"run-{run_id}-files", Selector())
    except NotFound:
        return []
    artifact = Artifact.of(project, version, entity)
    return [RecordedFile(entry, artifact) for entry in artifact.files()]


def saved_file(project: Project, run_id: str, entity: str, name: str) -> RecordedFile:
    """Return one file that a run saved.

    Raises:
        NoSuchFile: it saved none of that name.
    """
    for found in saved_files(project, run_id, entity):
        if found.name == name:
            return found
    raise NoSuchFile(f"run '{run_id}' saved no file '{name}'", path=name)
