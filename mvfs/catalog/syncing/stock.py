"""The blobs that a project has: what need not be sent to it, as long as it may be relied on."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from mvfs.catalog.project import Project
from mvfs.catalog.references import ObjectsGone
from mvfs.errors import CorruptObject
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.store.intents import Intent
from mvfs.store.known import Known
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob
from mvfs.store.trust import Stamps

_THREADS = 16


class ProjectStock:
    """Implements `mvfs.store.carrier.Stock`; manifests, which never change, are read once."""

    def __init__(self, project: Project, stamps: Stamps) -> None:
        self._project, self._stamps = project, stamps
        self._manifests: dict[tuple[str, bytes], list[Blob]] = {}
        self.begin(())

    def begin(self, leftovers: Sequence[Intent]) -> None:
        """Begin an operation that may also use what cut-off ones stored."""
        self._known = Known(self._project.backend, self._stamps, None)
        self._left = {(b.digest, b.size): b for one in leftovers for b in one.blobs}
        self._live: dict[tuple[bytes, int], tuple[Blob, Version]] | None = None
        self.borrowed: set[tuple[str, str]] = set()
        """Name and manifest of the versions whose blobs are used."""
        self.resumed: set[str] = set()
        """Keys of the blobs of cut-off operations that are used."""

    def find(self, blob: Blob) -> Blob | None:
        """Return a whole blob with the same bytes, of a live version or a cut-off operation."""
        same = (blob.digest, blob.size)
        if self._live is None:
            self._live = self._load()
        if (found := self._live.get(same)) is not None and self._known.is_sound(found[0]):
            self.borrowed.add((found[1].name, found[1].manifest))
            return found[0]
        left = self._left.get(same)
        if left is not None and self._known.is_sound(left):
            self.resumed.add(left.key)
            return left
        return None

    def require_live(self) -> None:
        """Check at the index's state that the versions whose blobs are used have them still.

        Raises:
            ObjectsGone: one was deleted, or its bytes were moved elsewhere.
        """
        for name, manifest in self.borrowed:
            if not queries.is_manifest_live(self._project.index, manifest, name):
                raise ObjectsGone

    def _load(self) -> dict[tuple[bytes, int], tuple[Blob, Version]]:
        versions = queries.live(self._project.index)
        unread = {(v.manifest, v.manifest_hash) for v in versions} - self._manifests.keys()
        if unread:
            with ThreadPoolExecutor(min(_THREADS, len(unread))) as pool:
                self._manifests.update(pool.map(self._read, unread))
        return {
            (blob.digest, blob.size): (blob, version)
            for version in versions
            for blob in self._manifests[version.manifest, version.manifest_hash]
        }

    def _read(self, known: tuple[str, bytes]) -> tuple[tuple[str, bytes], list[Blob]]:
        """The blobs of a manifest; none where it is damaged, or was swept just now."""
        try:
            return known, list(Manifest(self._project.backend, *known).blobs())
        except CorruptObject:
            return known, []
