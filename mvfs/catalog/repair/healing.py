"""Heals one version: its lost files are stored anew, a new manifest lists them, an entry points to it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mvfs.catalog.checking import reading
from mvfs.catalog.checking.manifests import Holding
from mvfs.catalog.checking.project import ProjectCheck
from mvfs.catalog.project import Project
from mvfs.catalog.references import ObjectsGone, swept_since
from mvfs.catalog.repair.sources import Listed, Source, Store, fetch, listed
from mvfs.errors import CorruptObject, MvfsError
from mvfs.index import queries
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.cutting.recognition import tensors_of
from mvfs.store.ingest import Ingest
from mvfs.store.journal import Operation
from mvfs.store.leaves import Leaves
from mvfs.store.manifest.builder import ManifestBuilder
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import FileEntry
from mvfs.store.manifest.tensors import StoredTensor, with_digests
from mvfs.store.manifest.writer import Packed
from mvfs.store.reading import FileReader
from mvfs.store.sources import SourceFile
from mvfs.store.staging import Staging


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the repair of one version."""

    ref: str
    is_healed: bool
    message: str
    lost: tuple[Listed, ...] = ()
    """Files that were not found anywhere."""


class Lost(Exception):
    """What is lost is nowhere to be found."""

    def __init__(self, message: str, files: Sequence[Listed] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.files = tuple(files)


def needs_healing(check: ProjectCheck, holding: Holding) -> bool:
    """Whether anything of a version is damaged, or about to be swept."""
    if holding.is_swept:
        return False
    bad = check.doomed.union(check.unsound)
    is_hurt = not holding.is_readable or holding.unleafed or holding.untabled
    return bool(is_hurt) or holding.version.manifest in bad or any(b.key in bad for b in holding.blobs)


class Healer:
    """Repairs the versions of one project."""

    def __init__(self, project: Project, check: ProjectCheck, sources: Sequence[Source]) -> None:
        self.project, self.check, self._sources = project, check, sources
        self._backend = project.backend.stored()
        self.base: Manifest | None = None
        """The live version that was healed last: what it got need not be stored once more."""

    def heal(self, holding: Holding) -> Outcome:
        """Heal a version if all of its lost files are found.

        Raises:
            NoSpace, NoPermission, Unavailable: the store cannot be written.
        """
        ref = holding.hurt().ref
        self.project.refresh()
        try:
            return Outcome(ref, True, _Healing(self, holding).run())
        except Lost as exc:
            return Outcome(ref, False, exc.message, exc.files)
        except ObjectsGone:
            return Outcome(ref, False, "it was changed, deleted or swept meanwhile; run the repair again")
        except CorruptObject as exc:
            return Outcome(ref, False, exc.message)

    def manifest(self, holding: Holding) -> Manifest | None:
        """Open a version's manifest, or the same object in a copy of the store; None if no copy is whole."""
        version = holding.version
        if holding.is_readable:
            return holding.open(self._backend)
        for source in self._sources:
            if isinstance(source, Store):
                with contextlib.suppress(MvfsError):
                    manifest = Manifest(source.backend, version.manifest, version.manifest_hash)
                    listed(manifest)  # to the last block
                    return manifest
        return None

    def is_sound(self, manifest: Manifest, number: int) -> bool:
        """Whether a blob is here, is right, and no sweep will take it."""
        blob, check = manifest.blob(number), self.check
        if blob.key in check.unsound or blob.key in check.doomed:
            return False
        if blob.key not in check.read:
            try:
                if reading.read_whole(self._backend, blob, check.stamps).digest != blob.digest:
                    return False
            except MvfsError:
                return False
            check.read.add(blob.key)
        return True

    def find(self, file: Listed, scratch: Path) -> Path | None:
        """Return a file with the wanted bytes from the first source that has one."""
        found = (source.file(file.size, file.digest, scratch) for source in self._sources)
        return next((path for path in found if path is not None), None)

    def whole(self, holding: Holding) -> list[Listed]:
        """Return the files of a version whose manifest is lost."""
        for source in self._sources:
            found = source.listing(holding.version)
            if found is not None:
                return found
        version = holding.version
        raise Lost(
            f"its manifest is lost, and no source holds all of it ({version.files} files,"
            f" {version.size:,} bytes, digest {version.digest.hex()})"
        )


class _Healing:
    """The repair of one version."""

    def __init__(self, healer: Healer, holding: Holding) -> None:
        self._healer, self._holding = healer, holding
        self._staging = Staging(healer.project.backend)
        self._project = healer.project
        self._backend = healer.project.backend
        self._operation = Operation(healer.project.index.seq)
        self._manifest = healer.manifest(holding)
        self._sound: dict[int, bool] = {}
        self._kept: set[str] = set()

    def run(self) -> str:
        entries = list(self._manifest.entries()) if self._manifest else None
        files = self._healer.whole(self._holding) if self._manifest is None else listed(self._manifest)
        if entries is None:
            wanted = {one.path for one in files if not one.is_external}
        else:
            wanted = self._unsound_files(entries)
        check = self._healer.check
        ingest = Ingest(self._backend, self._project.id, check.stamps, self._healer.base)
        own: set[str] = set()
        try:
            lost = self._store([one for one in files if one.path in wanted], entries, ingest)
            if lost:
                raise Lost(f"{len(lost)} of its files were found nowhere", lost)
            ingested = ingest.finish()
            own |= ingested.own
            part = Manifest(self._backend, ingested.manifest_key, ingested.packed.head_hash)
            packed = self._build(files, part)
            key = keys.manifest(self._project.id, packed.digest)
            own.add(key)
            self._backend.put(key, packed.data)
            self._commit(key, packed, own, ingested.borrowed)
        except BaseException:
            if not self._operation.may_be_needed:  # else the entry may be there, and lead to these objects
                ingest.discard()
                for written in own:
                    with contextlib.suppress(MvfsError):
                        self._backend.delete(written)
            raise
        finally:
            self._staging.close()
        with contextlib.suppress(MvfsError):  # the version is whole again, whatever stays beside it
            self._backend.delete(ingested.manifest_key)
        plural = "s" * (len(wanted) != 1)
        return f"{len(wanted)} file{plural} stored anew" if wanted else "its manifest was made anew"

    def _unsound_files(self, entries: Sequence[FileEntry]) -> set[str]:
        """The files with bytes in blobs that cannot be relied on, readable or not."""
        return {
            entry.path
            for entry in entries
            if not all(self._is_sound(extent.blob) for extent in entry.extents)
        }

    def _is_sound(self, number: int) -> bool:
        assert self._manifest is not None
        if number not in self._sound:
            self._sound[number] = self._healer.is_sound(self._manifest, number)
        return self._sound[number]

    def _store(
        self, wanted: Sequence[Listed], entries: Sequence[FileEntry] | None, ingest: Ingest
    ) -> list[Listed]:
        """Store the wanted files; return those that are nowhere, having looked for all of them."""
        known = {entry.path: entry for entry in entries or ()}
        lost = []
        for file in wanted:
            scratch = self._staging.new_path()
            found = None
            if self._manifest is not None:
                found = fetch(self._backend, self._manifest, known[file.path], scratch)
            if found is None:
                found = self._healer.find(file, scratch)
            if found is None:
                lost.append(file)
            elif not lost:
                ingest.add(SourceFile(file.path, str(found), file.size, file.executable))
            scratch.unlink(missing_ok=True)
        return lost

    def _build(self, files: Sequence[Listed], part: Manifest) -> Packed:
        """Make the new manifest from the files stored anew and those that stay where they are."""
        new = {entry.path: number for number, entry in enumerate(part.entries())}
        old = (
            {entry.path: number for number, entry in enumerate(self._manifest.entries())}
            if self._manifest
            else {}
        )
        builder = ManifestBuilder()
        for file in files:
            source = SourceFile(file.path, "", file.size, file.executable, reference=file.reference)
            is_new = file.path in new
            if file.is_external:
                builder.add(source, file.size, file.digest, ())
                continue
            manifest, number = (part, new[file.path]) if is_new else (self._manifest, old[file.path])
            assert manifest is not None
            entry = manifest.entry(number)
            parts = [
                (manifest.blob(e.blob, self._leaves(manifest, e.blob)), e.offset, e.length)
                for e in entry.extents
            ]
            if not is_new:
                self._kept.update(blob.key for blob, _, _ in parts)
            tensors = self._tensors(manifest, number, entry)
            builder.add(source, entry.size, entry.digest, parts, tensors)
        packed = builder.build()
        if packed.digest != self._holding.version.digest:
            raise Lost("what was found makes other content; a source changed while it was read")
        return packed

    def _leaves(self, manifest: Manifest, number: int) -> Leaves | None:
        try:
            return manifest.leaves_or_none(number)
        except CorruptObject:
            return reading.read_whole(self._backend, manifest.blob(number), self._healer.check.stamps).leaves

    def _tensors(self, manifest: Manifest, number: int, entry: FileEntry) -> Sequence[StoredTensor]:
        try:
            return manifest.tensors(number)
        except CorruptObject:
            read = FileReader(self._backend, manifest, entry).read
            return with_digests(tensors_of(read, entry.size), None, read)

    def _commit(self, key: str, packed: Packed, own: set[str], borrowed: str | None) -> None:
        version, project = self._holding.version, self._project
        repointed = fx.Repointed(version.name, version.number, key, packed.head_hash)

        def plan() -> list[fx.AnyEffect]:
            if borrowed is not None and not queries.is_manifest_live(project.index, borrowed):
                raise ObjectsGone
            if not swept_since(project, project.index, self._operation.since).isdisjoint(own):
                raise ObjectsGone
            if not self._holding.in_trash:
                now = queries.version(project.index, version.name, version.number)
                if now is None or now.manifest != version.manifest:
                    raise ObjectsGone
                return [repointed]
            gone = queries.deleted(project.index, version.name, version.number)
            if gone is None or gone.version.manifest != version.manifest or gone.seq != self._holding.since:
                raise ObjectsGone
            if not swept_since(project, project.index, gone.seq).isdisjoint(self._kept):
                raise ObjectsGone
            back = fx.Undeleted(version.name, version.number)
            return [back, repointed, fx.Deleted(version.name, version.number)]

        project.commit(plan, self._operation)
        if not self._holding.in_trash:
            self._healer.base = Manifest(self._backend, key, packed.head_hash)
