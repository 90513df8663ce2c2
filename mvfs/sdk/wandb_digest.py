"""W&B's digests, for who compares with W&B: MD5 of files, and of the list of paths and digests.

They cost a pass over all bytes (1.6 s/GiB), so they are computed when somebody asks: by
``artifact.manifest``, or, where ``MVFS_DIGEST=md5`` is set, by every ``digest`` of the SDK.
docs/design/011-digests.md.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from mvfs.references.reference import Reference

_PIECE = 8 << 20
_known: dict[bytes, str] = {}
"""By the BLAKE3 of the bytes, what was computed in this process."""


def of_pieces(pieces: Iterable[bytes], digest: bytes | None = None) -> str:
    """Return the digest of a file's bytes; where their BLAKE3 is given, it is remembered."""
    if digest is not None and digest in _known:
        return _known[digest]
    hasher = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        hasher.update(piece)
    found = base64.b64encode(hasher.digest()).decode()
    if digest is not None:
        _known[digest] = found
    return found


def pieces_of(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def of_reference(reference: Reference, pieces: Iterable[bytes]) -> str:
    """Return what W&B calls the digest of a reference: its ETag, its bytes' digest if it is a local file, or
    its URI. ``pieces``, its bytes, are read only where they count.
    """
    if reference.etag is not None:
        return reference.etag
    if not reference.uri.startswith("file:"):
        return reference.uri
    return of_pieces(pieces if reference.modified is not None else [reference.uri.encode()])


def of_manifest(entries: Iterable[tuple[str, str]]) -> str:
    """Return the digest of an artifact from its entries' paths and digests."""
    hasher = hashlib.md5(b"wandb-artifact-manifest-v1\n", usedforsecurity=False)
    for path, digest in sorted(entries):
        hasher.update(f"{path}:{digest}\n".encode())
    return hasher.hexdigest()
