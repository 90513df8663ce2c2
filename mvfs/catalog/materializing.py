"""Brings the bytes of a version's references into the store: the same version, another manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mvfs.catalog.project import Project
from mvfs.catalog.references import ObjectsGone, swept_since
from mvfs.errors import Conflict
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.store import effects as fx
from mvfs.store.backend.local import explain
from mvfs.store.external import ReferenceReader
from mvfs.store.ingest import Ingest, Ingested
from mvfs.store.journal import Operation
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import FileEntry
from mvfs.store.pipeline import Progress
from mvfs.store.sources import SourceFile
from mvfs.store.staging import Staging
from mvfs.store.trust import stamps

_MAX_ROUNDS = 5

_AT_ONCE = 4 << 20
"""Bytes of an object that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Materialized:
    """What came of it."""

    files: int
    """References whose bytes were brought in."""
    size: int
    """Bytes that were read from where the references lead."""
    new_bytes: int = 0
    """Of them what the store did not have already."""


def externals(project: Project, version: Version) -> Iterator[FileEntry]:
    """Yield the files of a version whose bytes are not in the store.

    Raises:
        CorruptObject: the manifest is missing or was changed.
    """
    content = project.content(version)
    if content.has_references:
        yield from (entry for entry in content.files() if entry.is_external)


def materialize(project: Project, version: Version, progress: Progress | None = None) -> Materialized:
    """Store the bytes of all references of a version; from then on they are verified, and read from here.

    Digest, number, aliases and all that is said of the version stay. Until the end the version is as it was.

    Raises:
        SourceChanged: an object is no longer the recorded one.
        InvalidInput: a reference leads where it must not.
        NotFound: an object is gone, or the version was deleted meanwhile.
        Conflict: the version was stored anew by somebody else meanwhile.
        NoSpace, NoPermission, Unavailable: an object cannot be read, or the store cannot be written.
    """
    for _ in range(_MAX_ROUNDS):
        try:
            return _Materializing(project, version, progress).run()
        except ObjectsGone:
            continue
    raise Conflict(f"sweeps took what was brought in {_MAX_ROUNDS} times; run it again")


class _Materializing:
    def __init__(self, project: Project, version: Version, progress: Progress | None) -> None:
        self._project, self._version, self._progress = project, version, progress
        project.refresh()
        self._operation = Operation(project.index.seq)
        self._manifest = Manifest(project.backend, version.manifest, version.manifest_hash)
        self._staging = Staging(project.backend)

    def run(self) -> Materialized:
        entries = list(self._manifest.entries()) if self._manifest.has_references else []
        outside = [entry for entry in entries if entry.is_external]
        if not outside:
            return Materialized(0, 0)
        project = self._project
        ingest = Ingest(project.backend, project.id, stamps(), self._manifest, move=True)
        try:
            for number, entry in enumerate(entries):
                if entry.is_external:
                    self._bring(entry, ingest)
                else:
                    ingest.keep(number)
            ingested = ingest.finish()
            project.commit(lambda: self._plan(ingested), self._operation)
        except BaseException:
            if not self._operation.may_be_needed:  # else the entry may be there, and lead to these objects
                ingest.discard()
            raise
        finally:
            self._staging.close()
        return Materialized(len(outside), sum(entry.size for entry in outside), ingested.new_bytes)

    def _bring(self, entry: FileEntry, ingest: Ingest) -> None:
        """Copy an object to the scratch directory, in bounded memory, and from there take it in."""
        assert entry.reference is not None
        reader = ReferenceReader(entry, entry.reference)
        staged = self._staging.new_path()
        try:
            self._fetch(reader, staged)
            source = SourceFile(
                entry.path, str(staged), entry.size, entry.executable, reference=entry.reference
            )
            ingest.add(source)
        finally:
            staged.unlink(missing_ok=True)

    def _fetch(self, reader: ReferenceReader, staged: Path) -> None:
        try:
            with open(staged, "xb", buffering=0) as out:
                for offset in range(0, reader.entry.size, _AT_ONCE):
                    view = memoryview(reader.read(offset, _AT_ONCE))
                    if self._progress is not None:
                        self._progress(len(view))
                    while view:
                        view = view[out.write(view) :]
        except OSError as exc:
            raise explain(exc, f"cannot write {staged}") from exc

    def _plan(self, ingested: Ingested) -> list[fx.AnyEffect]:
        project, version = self._project, self._version
        now = queries.version(project.index, version.name, version.number)
        if now is None:
            raise Conflict(f"{version.name}:{version.label} was deleted meanwhile", version=version.label)
        if now.manifest != version.manifest:
            raise Conflict(f"{version.name}:{version.label} was stored anew meanwhile; run it again")
        if not swept_since(project, project.index, self._operation.since).isdisjoint(ingested.own):
            raise ObjectsGone
        key, head_hash = ingested.manifest_key, ingested.packed.head_hash
        return [fx.Repointed(version.name, version.number, key, head_hash)]
