"""BLAKE3 over files and versions. docs/FORMAT.md, "Hashes".

A file's identity is the plain BLAKE3 of its bytes, as ``b3sum`` prints it.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from blake3 import blake3

from mvfs.references.reference import Reference
from mvfs.store.leaves import Leaves, grid
from mvfs.store.pipeline import Nowhere, Pipeline, Progress, Sink

WORKERS = 2 + min(os.cpu_count() or 2, 6)
"""Threads that read, hash and write one file: as many as cores hash, and two wait for the disk."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """What one pass over a file's bytes found."""

    digest: bytes
    leaves: Leaves


def content_digest(files: Iterable[tuple[bytes, int, bytes]]) -> bytes:
    """Return the identity of a version from (path in UTF-8, size, identity) in the order of the paths."""
    hasher = blake3(b"mvfs content 1\n")
    for path, size, digest in files:
        hasher.update(digest + size.to_bytes(8, "little") + len(path).to_bytes(4, "little") + path)
    return hasher.digest()


def reference_digest(reference: Reference) -> bytes:
    """Return what stands for the hash of a file whose bytes are elsewhere: that of what is known of them."""
    return blake3(b"mvfs reference 1\n" + msgspec.msgpack.encode(msgspec.structs.astuple(reference))).digest()


def hash_file(
    source: int,
    size: int,
    sink: Sink | None = None,
    progress: Progress | None = None,
    *,
    workers: int = WORKERS,
    lengths: array[int] | None = None,
) -> Hashed:
    """Hash ``size`` bytes of descriptor ``source`` in one pass; ``sink`` may store them.

    ``lengths`` are those of the leaves (bytes); by default there is one per MiB.

    Raises:
        EOFError: the source is shorter than ``size``.
        OSError: a read or write failed.
    """
    digest, leaves = Pipeline(
        source, grid(size) if lengths is None else lengths, sink or Nowhere(), progress
    ).run(workers)
    return Hashed(digest, leaves)
