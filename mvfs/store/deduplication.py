"""Decides leaf by leaf what of a large file is stored already, and writes the rest into one new blob.

Known bytes are taken from an older blob only in runs of 1 MiB or more, so that files do not fall to
pieces: a run that is still shorter is held back in memory until it is long enough, or is written after all.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from mvfs.store.known import Known, Spot
from mvfs.store.leaves import LEAF, ZEROS, Leaves
from mvfs.store.manifest.records import Blob
from mvfs.store.pipeline import read_exactly
from mvfs.store.target import Chunk, Target, page_aligned

MIN_RUN = LEAF
"""Bytes that must lie together in an older blob to be taken from there."""


@dataclass(slots=True)
class Part:
    """A run of a file's bytes, and where they are stored."""

    blob: Blob | None
    """An older blob, or None for the new one."""
    offset: int
    length: int


class Deduplicator:
    """A `Sink` for the leaves of one file."""

    def __init__(self, known: Known, target: Target | None) -> None:
        """Write new bytes to ``target``; None only decides."""
        self._known, self._target = known, target
        self.parts: list[Part] = []
        """The file's bytes in order."""
        self._run: list[tuple[Spot, bytes, bytes]] = []
        self._last: Spot | None = None
        self._run_length = 0
        self._lengths = array("I")
        self._digests: list[bytes] = []
        self._hasher: blake3 | None = None  # as long as all leaves are new, it would only repeat the file's
        self.stored = 0
        """Bytes that went into the new blob."""

    def place(self, digest: bytes, view: memoryview, before: blake3) -> list[Chunk]:
        spot = self._known.leaf(digest, self._last)
        if spot is None or not self._continues(spot):
            self._give_up_run()
        if spot is None:
            return self._append(digest, view)
        if self._hasher is None:
            self._hasher = before.copy()
        self._last = spot
        if self._run_length >= MIN_RUN or len(view) == LEAF:
            self._accept_run()
            self._extend(spot.blob, spot.offset, len(view))
            self._run_length = max(self._run_length, MIN_RUN)
        else:
            self._run.append((spot, digest, bytes(view)))
            self._run_length += len(view)
            if self._run_length >= MIN_RUN:
                self._accept_run()
        return []

    def finish(self) -> None:
        """Settle what is still open after the last leaf."""
        self._give_up_run()
        if self._target is not None:
            self._target.finish()

    def write(self, chunk: Chunk) -> None:
        assert self._target is not None
        self._target.write(chunk)

    def digest(self, whole: bytes) -> bytes:
        """The hash of the new blob; ``whole`` is that of the file."""
        return whole if self._hasher is None else self._hasher.digest()

    def new_blob(self, key: str, digest: bytes) -> Blob:
        """Describe the new blob, to be stored under ``key``."""
        return Blob(key, self.stored, digest, Leaves(self._lengths, b"".join(self._digests)))

    def _continues(self, spot: Spot) -> bool:
        last = self._last
        return last is not None and spot.blob.key == last.blob.key and spot.number == last.number + 1

    def _accept_run(self) -> None:
        for spot, _, data in self._run:
            self._extend(spot.blob, spot.offset, len(data))
        self._run.clear()

    def _give_up_run(self) -> None:
        """Store the leaves of a run that was too short."""
        for _, digest, data in self._run:
            aligned = page_aligned(len(data))[: len(data)]
            aligned[:] = data
            for chunk in self._append(digest, aligned):
                self.write(chunk)
        self._run.clear()
        self._run_length, self._last = 0, None

    def _append(self, digest: bytes, view: memoryview) -> list[Chunk]:
        """Put a leaf into the new blob."""
        if self._hasher is not None:
            self._hasher.update(view)
        self._lengths.append(len(view))
        self._digests.append(digest)
        self._extend(None, self.stored, len(view))
        self.stored += len(view)
        if self._target is None or (digest == ZEROS and self._target.skip(len(view))):
            return []
        return self._target.append(view)

    def _extend(self, blob: Blob | None, offset: int, length: int) -> None:
        last = self.parts[-1] if self.parts else None
        if last is not None and last.blob is blob and last.offset + last.length == offset:
            last.length += length
        else:
            self.parts.append(Part(blob, offset, length))


def keep_only_new(whole: int, parts: list[Part], path: Path) -> None:
    """Copy the parts of a file that are new into a file of their own, as the new blob has them."""
    target = Target(path, sum(part.length for part in parts if part.blob is None))
    try:
        position = 0
        for part in parts:
            done = 0
            while part.blob is None and done < part.length:
                view = page_aligned(LEAF)[: min(LEAF, part.length - done)]
                read_exactly(whole, view, position + done)
                for chunk in target.append(view):
                    target.write(chunk)
                done += len(view)
            position += part.length
        target.finish()
    finally:
        target.close()
