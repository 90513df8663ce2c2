"""Level 2: the manifest of every version, read whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mvfs.catalog.checking.findings import Finding, Hurt, Kind, hurt
from mvfs.errors import CorruptObject, Damaged, MvfsError
from mvfs.index.rows import Version
from mvfs.store.backend.base import Backend
from mvfs.store.hashing import content_digest
from mvfs.store.leaves import LEAF
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob, DirEntry, FileEntry

_MANY = 1000
"""Files of one version that a finding names."""


@dataclass
class Holding:
    """A version, and what its manifest says that it needs."""

    project: str
    version: Version
    in_trash: bool
    since: int = 0
    """For the trash: number of the entry that deleted it."""
    is_swept: bool = False
    """For the trash: whether a sweep took the manifest or a blob of it."""
    blobs: tuple[Blob, ...] = ()
    is_readable: bool = False
    """Whether the manifest is whole, but for leaf hashes."""
    unleafed: set[str] = field(default_factory=set)
    """Keys of the blobs whose leaf hashes cannot be read."""
    untabled: bool = False
    """Whether a table of tensors cannot be read."""

    def hurt(self, files: Iterable[str] = ()) -> Hurt:
        """Return this version as one that a finding hurts."""
        return hurt(self.project, self.version, files, in_trash=self.in_trash)

    def open(self, backend: Backend) -> Manifest:
        """Open the manifest again; CorruptObject as `Manifest` does."""
        return Manifest(backend, self.version.manifest, self.version.manifest_hash)

    def files_in(self, backend: Backend, blobs: set[str]) -> Iterator[tuple[FileEntry, Manifest]]:
        """Yield the files that have bytes in one of the blobs (keys)."""
        if not self.is_readable or not any(blob.key in blobs for blob in self.blobs):
            return
        manifest = self.open(backend)
        for entry in manifest.entries():
            if any(self.blobs[extent.blob].key in blobs for extent in entry.extents):
                yield entry, manifest


def inspect(backend: Backend, project_id: str, holding: Holding) -> Iterator[Finding]:
    """Read a version's manifest to its last byte, and fill in what it needs."""
    version = holding.version
    key = version.manifest
    try:
        manifest = holding.open(backend)
        holding.blobs = tuple(manifest.blobs())
        _check_tables(manifest, version, project_id)
        _check_files(manifest, version)
        holding.is_readable = True
    except Damaged as exc:
        kind = Kind.MANIFEST_MISSING if _is_missing(backend, key) else Kind.MANIFEST_DAMAGED
        what = f"{exc.message}; 'mvfs fsck --repair --from DIR_OR_STORE' needs the whole version or its copy"
        yield Finding(kind, 2, key, what, (holding.hurt(),))
        return
    except MvfsError as exc:
        yield Finding(Kind.UNREADABLE, 2, key, exc.message, (holding.hurt(),))
        return
    yield from _check_leaves(backend, manifest, holding)
    yield from _check_tensors(manifest, holding)


def _is_missing(backend: Backend, key: str) -> bool:
    try:
        return backend.head(key) is None
    except MvfsError:
        return False


def _check_tables(manifest: Manifest, version: Version, project_id: str) -> None:
    key = manifest.key
    told = (manifest.digest, manifest.files, manifest.size)
    if told != (version.digest, version.files, version.size):
        raise CorruptObject(f"manifest {key} is not that of {version.name}:{version.label}", key=key)
    for blob in manifest.blobs():
        if not blob.key.startswith(f"p/{project_id}/blobs/"):
            raise CorruptObject(f"manifest {key} needs {blob.key}, which is no blob of its project", key=key)
        if blob.key.rpartition("/")[2].partition(".")[0] != blob.digest[:16].hex():
            raise CorruptObject(f"manifest {key} gives {blob.key} another hash than its name", key=key)


def _check_files(manifest: Manifest, version: Version) -> None:
    """Read all blocks; what they list must make the digest in the journal."""
    size = 0

    def rows() -> Iterator[tuple[bytes, int, bytes]]:
        nonlocal size
        for entry in manifest.entries():
            size += entry.size
            yield entry.path.encode(), entry.size, entry.identity

    if content_digest(rows()) != version.digest or size != version.size:
        raise CorruptObject(f"manifest {manifest.key} lists other content than the journal", key=manifest.key)
    if _files_below(manifest) != manifest.files:
        raise CorruptObject(f"manifest {manifest.key} does not show all of its files", key=manifest.key)


def _files_below(manifest: Manifest) -> int:
    """How many files a walk through the directories meets."""
    found, stack = 0, [""]
    while stack:
        for row in manifest.rows(stack.pop()):
            if isinstance(row, DirEntry):
                stack.append(row.path)
            else:
                found += 1
    return found


def _check_leaves(backend: Backend, manifest: Manifest, holding: Holding) -> Iterator[Finding]:
    """Large files are read leaf by leaf, so they need the leaf hashes of their blobs."""
    large = {extent.blob for entry in manifest.entries() if entry.size >= LEAF for extent in entry.extents}
    for index, blob in enumerate(holding.blobs):
        try:
            if manifest.leaves_or_none(index) is None and index in large:
                raise CorruptObject(f"manifest {manifest.key} has no leaf hashes for a large file")
        except Damaged as exc:
            holding.unleafed.add(blob.key)
            files = [entry.path for entry, _ in holding.files_in(backend, {blob.key}) if entry.size >= LEAF]
            what = f"{exc.message}: the leaf hashes of {blob.key}; 'mvfs fsck --repair' makes them anew"
            yield Finding(
                Kind.LEAVES_DAMAGED, 2, manifest.key, what, (holding.hurt(files[:_MANY]),), (blob.key,)
            )
        except MvfsError as exc:
            yield Finding(Kind.UNREADABLE, 2, manifest.key, exc.message, (holding.hurt(),))


def _check_tensors(manifest: Manifest, holding: Holding) -> Iterator[Finding]:
    hurt = []
    for number, entry in enumerate(manifest.entries()):
        try:
            manifest.tensors(number)
        except Damaged:
            hurt.append(entry.path)
    if hurt:
        holding.untabled = True
        what = "a table of tensors was changed, the files can be read; 'mvfs fsck --repair' makes it anew"
        yield Finding(Kind.TENSORS_DAMAGED, 2, manifest.key, what, (holding.hurt(hurt[:_MANY]),))
