"""Level 4: the bytes of blobs against their hashes, all of them or a sample spread over all blobs."""

from __future__ import annotations

import os
import random
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from blake3 import blake3

from mvfs.errors import Damaged
from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import explain
from mvfs.store.hashing import Hashed, hash_file
from mvfs.store.leaves import Leaves, grid
from mvfs.store.manifest.records import Blob
from mvfs.store.pipeline import Progress
from mvfs.store.trust import Stamps


@dataclass(frozen=True, slots=True)
class Unit:
    """What is read and verified by itself: a whole blob, or one leaf of it."""

    blob: Blob
    size: int
    """Bytes."""
    leaf: int | None = None
    offset: int = 0
    digest: bytes = b""
    """Hash of the leaf."""


def read_whole(
    backend: Backend,
    blob: Blob,
    stamps: Stamps,
    progress: Progress | None = None,
    lengths: array[int] | None = None,
) -> Hashed:
    """Hash a blob's bytes; where the kernel could be trusted with the file, what was found is remembered.

    ``lengths`` are those of the leaves to hash (bytes); by default there is one per MiB.

    Raises:
        Damaged: it is missing or short.
        Unavailable: it cannot be read.
    """
    backend = backend.stored()
    path = backend.local_path(blob.key)
    if path is None:
        return _read_far(backend, blob, grid(blob.size) if lengths is None else lengths, progress)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Damaged(f"{blob.key} is missing from the store") from None
    except OSError as exc:
        raise explain(exc, f"cannot read {path}") from exc
    try:
        before = os.fstat(fd)
        found = hash_file(fd, blob.size, progress=progress, lengths=lengths)
        stamps.record([(before, found.digest)])  # a stamp from better days must not outlive the bytes
        return found
    except EOFError:
        raise Damaged(f"{blob.key} is shorter than the {blob.size:,} bytes it must have") from None
    except OSError as exc:
        raise explain(exc, f"cannot read {path}") from exc
    finally:
        os.close(fd)


def _read_far(backend: Backend, blob: Blob, lengths: array[int], progress: Progress | None) -> Hashed:
    whole, digests, offset = blake3(), [], 0
    for length in lengths:
        data = backend.get_range(blob.key, offset, length) or b""
        if len(data) != length:
            raise Damaged(f"{blob.key} is missing or shorter than the {blob.size:,} bytes it must have")
        whole.update(data)
        digests.append(blake3(data).digest())
        offset += length
        if progress is not None:
            progress(length)
    return Hashed(whole.digest(), Leaves(lengths, b"".join(digests)))


def sample(
    blobs: Iterable[tuple[Blob, Leaves | None]], percent: float, seed: int | None = None
) -> list[Unit]:
    """Choose ``percent`` of the bytes: leaves of blobs that have them, and whole other blobs.

    Every step of 100 / ``percent`` units is taken, from a random start, so the sample is spread evenly.
    """
    if percent >= 100:
        return [Unit(blob, blob.size) for blob, _ in blobs]
    chance = random.Random(seed)  # noqa: S311 - nobody gains by guessing the sample
    found = list(blobs)
    packs = [Unit(blob, blob.size) for blob, leaves in found if leaves is None]
    chance.shuffle(packs)
    pieces = (unit for blob, leaves in found if leaves is not None for unit in _leaf_units(blob, leaves))
    return [*_every(packs, percent, chance.random()), *_every(pieces, percent, chance.random())]


def _leaf_units(blob: Blob, leaves: Leaves) -> Iterator[Unit]:
    for number, length in enumerate(leaves.lengths):
        yield Unit(blob, length, number, leaves.starts[number], leaves.digest(number))


def _every(units: Iterable[Unit], percent: float, phase: float) -> Iterator[Unit]:
    for number, unit in enumerate(units):
        if int((number + 1) * percent / 100 + phase) > int(number * percent / 100 + phase):
            yield unit


def is_right(backend: Backend, unit: Unit, stamps: Stamps, progress: Progress) -> bool:
    """Whether a unit's bytes match their hash.

    Raises:
        Unavailable: it cannot be read.
    """
    if unit.leaf is None:
        try:
            return read_whole(backend, unit.blob, stamps, progress).digest == unit.blob.digest
        except Damaged:
            return False
    data = backend.stored().get_range(unit.blob.key, unit.offset, unit.size) or b""
    progress(len(data))
    return blake3(data).digest() == unit.digest


def changed_leaves(found: Leaves, right: Leaves) -> tuple[int, ...]:
    """Return the numbers of the leaves that differ, both being cut in the same places."""
    return tuple(number for number in range(len(right)) if found.digest(number) != right.digest(number))
