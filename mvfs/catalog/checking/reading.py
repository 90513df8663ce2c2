"""Level 4: the bytes of blobs against their hashes, all of them or a sample spread over all blobs."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from blake3 import blake3

from mvfs.errors import Damaged
from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import explain
from mvfs.store.hashing import HASH, LEAF, Hashed, Progress, hash_file, leaf_count
from mvfs.store.manifest.records import Blob
from mvfs.store.trust import Stamps

_AT_ONCE = 8 * LEAF


@dataclass(frozen=True, slots=True)
class Unit:
    """What is read and verified by itself: a whole blob, or one leaf of it."""

    blob: Blob
    leaf: int | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        if self.leaf is None:
            return self.blob.size
        return min(LEAF, self.blob.size - self.leaf * LEAF)


def read_whole(backend: Backend, blob: Blob, stamps: Stamps, progress: Progress | None = None) -> Hashed:
    """Hash a blob's bytes; where the kernel could be trusted with the file, what was found is remembered.

    Raises:
        Damaged: it is missing or short.
        Unavailable: it cannot be read.
    """
    path = backend.local_path(blob.key)
    if path is None:
        return _read_far(backend, blob, progress)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Damaged(f"{blob.key} is missing from the store") from None
    except OSError as exc:
        raise explain(exc, f"cannot read {path}") from exc
    try:
        before = os.fstat(fd)
        found = hash_file(fd, blob.size, progress=progress)
        stamps.record([(before, found.digest)])  # a stamp from better days must not outlive the bytes
        return found
    except EOFError:
        raise Damaged(f"{blob.key} is shorter than the {blob.size:,} bytes it must have") from None
    except OSError as exc:
        raise explain(exc, f"cannot read {path}") from exc
    finally:
        os.close(fd)


def _read_far(backend: Backend, blob: Blob, progress: Progress | None) -> Hashed:
    whole, leaves = blake3(), []
    for offset in range(0, blob.size, _AT_ONCE):
        length = min(_AT_ONCE, blob.size - offset)
        view = memoryview(backend.get_range(blob.key, offset, length) or b"")
        if len(view) != length:
            raise Damaged(f"{blob.key} is missing or shorter than the {blob.size:,} bytes it must have")
        whole.update(view)
        leaves += [blake3(view[at : at + LEAF]).digest() for at in range(0, length, LEAF)]
        if progress is not None:
            progress(length)
    return Hashed(whole.digest(), b"".join(leaves))


def sample(blobs: Iterable[tuple[Blob, bool]], percent: float, seed: int | None = None) -> list[Unit]:
    """Choose ``percent`` of the bytes: leaves of blobs that have them (the flag), and whole other blobs.

    Every step of 100 / ``percent`` units is taken, from a random start, so the sample is spread evenly.
    """
    if percent >= 100:
        return [Unit(blob) for blob, _ in blobs]
    chance = random.Random(seed)  # noqa: S311 - nobody gains by guessing the sample
    packs = [Unit(blob) for blob, is_leafed in blobs if not is_leafed]
    chance.shuffle(packs)
    leaves = (
        Unit(blob, leaf) for blob, is_leafed in blobs if is_leafed for leaf in range(leaf_count(blob.size))
    )
    return [*_every(packs, percent, chance.random()), *_every(leaves, percent, chance.random())]


def _every(units: Iterable[Unit], percent: float, phase: float) -> Iterator[Unit]:
    for number, unit in enumerate(units):
        if int((number + 1) * percent / 100 + phase) > int(number * percent / 100 + phase):
            yield unit


def is_right(backend: Backend, unit: Unit, leaves: bytes, stamps: Stamps, progress: Progress) -> bool:
    """Whether a unit's bytes match their hash.

    Raises:
        Unavailable: it cannot be read.
    """
    if unit.leaf is None:
        try:
            return read_whole(backend, unit.blob, stamps, progress).digest == unit.blob.digest
        except Damaged:
            return False
    data = backend.get_range(unit.blob.key, unit.leaf * LEAF, unit.size) or b""
    progress(len(data))
    return blake3(data).digest() == leaves[HASH * unit.leaf : HASH * (unit.leaf + 1)]


def changed_leaves(found: Hashed, leaves: bytes) -> tuple[int, ...]:
    """Return the numbers of the leaves that differ."""
    return tuple(
        number
        for number in range(len(leaves) // HASH)
        if found.leaves[HASH * number : HASH * (number + 1)] != leaves[HASH * number : HASH * (number + 1)]
    )
