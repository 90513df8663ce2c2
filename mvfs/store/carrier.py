"""Copies versions' objects to another project or store, under new keys; every blob is verified on the way."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Protocol

from blake3 import blake3
from msgspec.structs import replace

from mvfs.errors import CorruptObject, MvfsError
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.blob_body import BlobBody, changed, save
from mvfs.store.hashing import hash_file
from mvfs.store.intents import Intent
from mvfs.store.leaves import Leaves
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob
from mvfs.store.manifest.writer import pack
from mvfs.store.pipeline import Progress
from mvfs.store.staging import Staging
from mvfs.store.trust import Stamps


class Stock(Protocol):
    """What the target has already."""

    def find(self, blob: Blob) -> Blob | None:
        """Return a whole blob of the target with the same bytes, or None."""


class Carrier:
    """Carries any number of versions; blobs that they share are copied once."""

    def __init__(
        self,
        source: Backend,
        target: Backend,
        project_id: str,
        stamps: Stamps,
        progress: Progress | None = None,
        *,
        stock: Stock | None = None,
        intent: Intent | None = None,
    ) -> None:
        """Take where from and where to; ``stock`` spares copies, ``intent`` notes those that are made."""
        self._source, self._target, self._project_id = source, target, project_id
        self._stamps = stamps
        self._progress = progress
        self._stock, self._intent = stock, intent
        self._blobs: dict[tuple[bytes, int], str] = {}
        self.written: list[str] = []
        """Keys of all objects that were written, durably."""
        self.new_bytes = 0
        """Bytes of blobs that were written."""

    def carry(self, manifest: Manifest) -> tuple[str, bytes]:
        """Copy what a manifest leads to, and write one that leads to the copies: its key and head's hash.

        Raises:
            CorruptObject: a blob is missing, or its bytes were changed.
            NoSpace, NoPermission, Unavailable: the target cannot be written.
        """
        blobs = [
            self._carried(replace(blob, leaves=manifest.leaves_or_none(index)))
            for index, blob in enumerate(manifest.blobs())
        ]
        files = list(manifest.entries())
        tables = {index: table for index in range(len(files)) if (table := manifest.tensors(index))}
        packed = pack(files, blobs, tables)
        if packed.digest != manifest.digest:
            raise CorruptObject(f"manifest {manifest.key} is not that of its content", key=manifest.key)
        key = keys.manifest(self._project_id, packed.digest)
        self.written.append(key)
        self._target.put(key, packed.data)
        return key, packed.head_hash

    def discard(self, since: int = 0) -> None:
        """Remove what was written from the ``since``-th object on; only where no entry can lead to it."""
        gone = set(self.written[since:])
        for key in gone:
            with contextlib.suppress(MvfsError):
                self._target.delete(key)
        del self.written[since:]
        self._blobs = {same: key for same, key in self._blobs.items() if since and key not in gone}

    def _carried(self, blob: Blob) -> Blob:
        same = (blob.digest, blob.size)
        if same not in self._blobs:
            self._blobs[same] = self._found(blob) or self._sent(blob)
        return replace(blob, key=self._blobs[same])

    def _found(self, blob: Blob) -> str | None:
        found = self._stock.find(blob) if self._stock is not None else None
        if found is not None and self._progress is not None:
            self._progress(blob.size)
        return found.key if found is not None else None

    def _sent(self, blob: Blob) -> str:
        key = keys.blob(self._project_id, blob.digest)
        self.written.append(key)
        if self._intent is not None:
            self._intent.note(replace(blob, key=key))
        self._copy(blob, key)
        self.new_bytes += blob.size
        return key

    def _copy(self, blob: Blob, key: str) -> None:
        """Copy one blob in bounded memory; nothing appears under ``key`` that is not right."""
        if blob.leaves is None:
            self._target.put(key, self._small(blob))
        elif self._target.staging() is None:
            self._target.put(key, BlobBody(self._source, blob, blob.leaves, self._progress))
        else:
            self._stage(blob, blob.leaves, key)
        path = self._target.stored().local_path(key)
        if path is not None:
            with contextlib.suppress(OSError):
                self._stamps.record([(os.stat(path), blob.digest)])

    def _stage(self, blob: Blob, leaves: Leaves, key: str) -> None:
        """Put a blob together in the target's own scratch directory, and move it in."""
        body = BlobBody(self._source, blob, leaves, self._progress)
        staging = Staging(self._target)
        staged = staging.new_path()
        try:
            save(body, staged, self._source.stored().streams)
            if _digest(staged) != blob.digest:
                raise changed(self._source, blob.key)
            self._target.put(key, staged)
        finally:
            staged.unlink(missing_ok=True)
            staging.close()

    def _small(self, blob: Blob) -> bytes:
        """Return the bytes of a pack."""
        data = self._source.stored().get_range(blob.key, 0, blob.size)
        if data is None:
            raise CorruptObject(f"blob {blob.key} is missing from the store", key=blob.key)
        if blake3(data).digest() != blob.digest:
            raise changed(self._source, blob.key)
        if self._progress is not None:
            self._progress(blob.size)
        return data


def _digest(path: Path) -> bytes:
    with open(path, "rb") as file:
        return hash_file(file.fileno(), os.fstat(file.fileno()).st_size).digest
