"""Moves what is left of mostly dead blobs into new ones, so that a sweep can delete the old.

Every byte is verified on its way: in blobs with leaves by whole leaves, in packs by whole files.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from blake3 import blake3
from msgspec.structs import replace

from mvfs.errors import CorruptObject
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.decoding import verify
from mvfs.store.leaves import Leaves
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob, Extent
from mvfs.store.manifest.writer import Packed, pack
from mvfs.store.packing import SIZE
from mvfs.store.staging import Staging

ALIVE = 0.5
"""Part of a blob's bytes below which it is worth moving them."""

Range = tuple[int, int]
"""First byte, and first byte after."""


@dataclass(slots=True)
class Use:
    """How versions use one blob."""

    blob: Blob
    leaves: Leaves | None
    ranges: set[Range] = field(default_factory=set)
    files: dict[Range, bytes] = field(default_factory=dict)
    """In a pack: where whole files lie, with their hashes."""
    is_movable: bool = True

    def merged(self) -> list[Range]:
        """The used bytes as few ranges in order, widened to whole leaves."""
        wide: list[Range] = []
        for start, end in sorted(map(self._widened, self.ranges)):
            if wide and start <= wide[-1][1]:
                wide[-1] = (wide[-1][0], max(end, wide[-1][1]))
            else:
                wide.append((start, end))
        return wide

    def _widened(self, place: Range) -> Range:
        if self.leaves is None:
            return place
        covering = self.leaves.covering(place[0], place[1] - place[0])
        return self.leaves.starts[covering.start], self.leaves.starts[covering.stop]

    def is_mostly_dead(self) -> bool:
        """Whether less than `ALIVE` of the blob is used, and the rest can be moved."""
        used = sum(end - start for start, end in self.merged())
        return self.is_movable and used < ALIVE * self.blob.size


def uses(manifests: Iterable[Manifest]) -> dict[str, Use]:
    """Return how the manifests use each blob, by key."""
    found: dict[str, Use] = {}
    for manifest in manifests:
        known = []
        for number, blob in enumerate(manifest.blobs()):
            if blob.key not in found:
                found[blob.key] = Use(blob, manifest.leaves_or_none(number))
            known.append(found[blob.key])
        for entry in manifest.entries():
            for extent in entry.extents:
                use = known[extent.blob]
                place = (extent.offset, extent.offset + extent.length)
                use.ranges.add(place)
                if use.leaves is None:
                    use.is_movable &= len(entry.extents) == 1
                    use.files[place] = entry.digest
    return found


class Repack:
    """New homes for the used bytes of some blobs."""

    def __init__(self, backend: Backend, project_id: str) -> None:
        self._backend, self._project_id = backend, project_id
        self._homes: dict[str, list[tuple[int, Blob, int]]] = {}
        self.written: list[str] = []
        """Keys of all objects that were stored."""
        self.size = 0
        """Bytes of the new blobs."""

    def move(self, victims: Sequence[Use]) -> None:
        """Store the used bytes of the victims anew.

        Raises:
            CorruptObject: bytes of a victim are damaged.
        """
        self._move_packs([use for use in victims if use.leaves is None])
        staging = Staging(self._backend)
        try:
            for use in victims:
                if use.leaves is not None:
                    self._move_leaves(use, use.leaves, staging)
        finally:
            staging.close()

    def manifest(self, old: Manifest) -> tuple[str, Packed] | None:
        """Store a manifest of the same files in their new homes; None if it uses none of the victims."""
        blobs: dict[str, tuple[int, Blob]] = {}

        def number(blob: Blob) -> int:
            return blobs.setdefault(blob.key, (len(blobs), blob))[0]

        if self._homes.keys().isdisjoint(blob.key for blob in old.blobs()):
            return None
        files, tensors = [], {}
        for index, entry in enumerate(old.entries()):
            extents = []
            for extent in entry.extents:
                blob, offset = self._home(old, extent)
                extents.append(Extent(number(blob), offset, extent.length))
            files.append(replace(entry, extents=tuple(extents)))
            tensors[index] = old.tensors(index)
        packed = pack(files, [blob for _, blob in blobs.values()], tensors)
        if packed.digest != old.digest:
            raise CorruptObject(f"manifest {old.key} does not hold the content it names", key=old.key)
        key = keys.manifest(self._project_id, packed.digest)
        self.written.append(key)
        self._backend.put(key, packed.data)
        return key, packed

    def _home(self, old: Manifest, extent: Extent) -> tuple[Blob, int]:
        blob = old.blob(extent.blob)
        homes = self._homes.get(blob.key)
        if homes is None:
            return old.blob(extent.blob, old.leaves_or_none(extent.blob)), extent.offset
        start, new, offset = homes[bisect_right(homes, extent.offset, key=lambda home: home[0]) - 1]
        return new, offset + extent.offset - start

    def _move_packs(self, packs: Sequence[Use]) -> None:
        """Small files of several packs share new ones."""
        data, homes = bytearray(), list[tuple[str, int, int]]()
        for use in packs:
            for (start, end), digest in sorted(use.files.items()):
                piece = self._read(use.blob.key, start, end - start)
                verify(piece, digest, use.blob.key)
                homes.append((use.blob.key, start, len(data)))
                data += piece
                if len(data) >= SIZE:
                    self._close_pack(data, homes)
                    data, homes = bytearray(), []
        if homes:
            self._close_pack(data, homes)

    def _close_pack(self, data: bytearray, homes: Iterable[tuple[str, int, int]]) -> None:
        digest = blake3(data).digest()
        blob = Blob(keys.blob(self._project_id, digest), len(data), digest)
        self._keep(blob)
        self._backend.put(blob.key, data)
        for key, start, offset in homes:
            self._homes.setdefault(key, []).append((start, blob, offset))

    def _move_leaves(self, use: Use, leaves: Leaves, staging: Staging) -> None:
        hasher, lengths, digests = blake3(), leaves.lengths[:0], []
        homes, size = [], 0
        staged = staging.new_path()
        with open(staged, "xb") as out:
            for start, end in use.merged():
                homes.append((start, size))
                for number in leaves.covering(start, end - start):
                    piece = self._read(use.blob.key, leaves.starts[number], leaves.lengths[number])
                    verify(piece, leaves.digest(number), use.blob.key)
                    out.write(piece)
                    hasher.update(piece)
                    lengths.append(len(piece))
                    digests.append(leaves.digest(number))
                    size += len(piece)
        staged.chmod(0o444)
        digest = hasher.digest()
        blob = Blob(keys.blob(self._project_id, digest), size, digest, Leaves(lengths, b"".join(digests)))
        self._keep(blob)
        self._backend.put(blob.key, staged)
        self._homes[use.blob.key] = [(start, blob, offset) for start, offset in homes]

    def _keep(self, blob: Blob) -> None:
        self.written.append(blob.key)
        self.size += blob.size

    def _read(self, key: str, offset: int, length: int) -> bytes:
        data = self._backend.stored().get_range(key, offset, length)
        if data is None or len(data) != length:
            raise CorruptObject(f"blob {key} is missing or cut short; run 'mvfs fsck'", key=key)
        return data
