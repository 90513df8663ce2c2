"""The files of a logged version: look, download, verify."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mvfs.catalog.content import Content, is_same_file
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput, NoSuchFile, NotFound
from mvfs.index.rows import Version
from mvfs.references.reference import Reference
from mvfs.sdk import wandb_digest
from mvfs.sdk.entry import ArtifactManifestEntry
from mvfs.store.manifest.records import FileEntry

if TYPE_CHECKING:
    from mvfs.sdk.artifact import Artifact

_PIECE = 8 << 20

_log = logging.getLogger("mvfs")


class Stored:
    """A version as its artifact knows it."""

    def __init__(self, project: Project, version: Version) -> None:
        self.project = project
        self.version = version

    @property
    def label(self) -> str:
        """``name:v3``."""
        return f"{self.version.name}:{self.version.label}"

    @cached_property
    def content(self) -> Content:
        """The opened version."""
        return self.project.content(self.version)

    def default_root(self) -> Path:
        """``./artifacts/name:v3``; ``$MVFS_ARTIFACT_DIR`` or W&B's variable stand for ``./artifacts``."""
        return downloads() / self.label

    def entry(self, path: str) -> Entry:
        """Return the file at ``path``.

        Raises:
            NoSuchFile: the version has none there.
        """
        found = self.content.find(path)
        if not isinstance(found, FileEntry):
            raise NoSuchFile(f"Path not contained in artifact: {path}", path=path)
        return Entry(self, found)

    def entries(self, paths: Iterable[str] | None = None) -> list[Entry]:
        """Return the files, or those at ``paths``."""
        if paths is not None:
            return [self.entry(path) for path in paths]
        return [Entry(self, file) for file in self.content.files()]

    def download(self, root: Path, prefix: str = "", *, allow_missing: bool = False) -> None:
        """Copy the files whose paths begin with ``prefix`` to ``root``, verified.

        With ``allow_missing``, references whose objects are gone are passed over, with a warning.
        """
        root.mkdir(parents=True, exist_ok=True)
        if not (allow_missing and self.content.has_references):
            self.content.copy(root, prefix=prefix)
            return
        for file in self.content.files():
            if file.path.startswith(prefix):
                try:
                    self.content.copy(root / file.path, file.path)
                except NotFound as exc:
                    if not file.is_external:
                        raise
                    _log.warning("mvfs: %s; it is left out", exc.message)

    def checkout(self, root: Path) -> None:
        """Make ``root`` hold exactly the files of the version; removes all others."""
        for path in self._foreign(root):
            os.unlink(root / path)
        self.download(root)

    def verify(self, root: Path) -> None:
        """Compare a copy with the version.

        Raises:
            InvalidInput: a file is extra, missing or different.
        """
        for path in self._foreign(root):
            raise InvalidInput(
                f"Found file {(root / path).absolute()} which is not a member of artifact {self.label}",
                path=path,
            )
        skipped = 0
        for file in self.content.files():
            if not os.path.lexists(root / file.path):
                raise InvalidInput(f"Missing file: {file.path}", path=file.path)
            if file.is_external:
                skipped += 1
            elif not is_same_file(root / file.path, file):
                raise InvalidInput(f"Digest mismatch for file: {file.path}", path=file.path)
        if skipped:
            _log.warning("mvfs: skipped verification of %d refs", skipped)

    def _foreign(self, root: Path) -> list[str]:
        """Paths below ``root`` that the version does not hold."""
        known = {file.path for file in self.content.files()}
        paths = (
            os.path.relpath(os.path.join(place, name), root)
            for place, _, names in os.walk(root)
            for name in names
        )
        return sorted(path for path in paths if path not in known)


@dataclass(frozen=True, slots=True)
class Entry(ArtifactManifestEntry):
    """A file of a logged version."""

    _stored: Stored
    _file: FileEntry

    @property
    def path(self) -> str:
        """Where it is in the version."""
        return self._file.path

    @property
    def size(self) -> int:
        """Bytes."""
        return self._file.size

    @property
    def executable(self) -> bool:
        """Whether it may be run."""
        return bool(self._file.executable)

    @property
    def reference(self) -> Reference | None:
        """What is recorded of a reference; None for a file."""
        return self._file.reference

    @property
    def local_path(self) -> None:
        """None: downloads are the caller's."""
        return

    def hashed(self) -> bytes:
        """Return the BLAKE3 of the bytes; of a reference, of what is recorded of it, materialized or not."""
        return self._file.identity

    def wandb_digest(self) -> str:
        """Return W&B's digest; reads the file, verified, unless this process has done so before."""
        if self.reference is not None:
            return wandb_digest.of_reference(self.reference, self._pieces())
        return wandb_digest.of_pieces(self._pieces(), self._file.digest)

    def _pieces(self) -> Iterator[bytes]:
        reader = self._stored.content.reader(self._file)
        return (reader.read(at, _PIECE) for at in range(0, self.size, _PIECE))

    def parent_artifact(self) -> Artifact:
        """Return the artifact that it is in."""
        from mvfs.sdk.artifact import Artifact

        return Artifact.of(self._stored.project, self._stored.version)

    def ref_url(self) -> str:
        """Return what names the file everywhere: the URI of a reference, else the full mvfs ref."""
        project, stored = self._stored.project, self._stored
        return self.ref or f"{project.backend.location}::{project.name}/{stored.label}/{self.path}"

    def copy_to(self, target: Path) -> None:
        """Copy the file to ``target``."""
        self._stored.content.copy(target, self.path)

    def download(
        self,
        root: str | os.PathLike[str] | None = None,
        skip_cache: bool | None = None,  # noqa: ARG002 - every copy is verified anyway
        executor: object = None,  # noqa: ARG002 - W&B's pool
    ) -> str:
        """Copy the file below ``root`` (by default where the whole artifact goes); return its path."""
        folder = self._stored.default_root() if root is None else Path(root)
        target = folder / self.path
        if target.is_dir():
            raise InvalidInput(f"'{target}' is a directory, the version has a file there", path=str(target))
        self._stored.content.copy(target, self.path)
        return str(target)


def downloads() -> Path:
    """Where downloads go that name no place."""
    given = os.environ.get("MVFS_ARTIFACT_DIR") or os.environ.get("WANDB_ARTIFACT_DIR")
    return Path(given or "artifacts").absolute()
