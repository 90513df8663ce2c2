"""Where each kind of object lives in a store. docs/FORMAT.md, "Layout"."""

from __future__ import annotations

import os
import re
import time

from mvfs.errors import CorruptObject

STORE = "store.mp"
ROOT_JOURNAL = "projects"
"""Folder of the journal that maps project names to ids."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def project_journal(project_id: str) -> str:
    """Folder of a project's journal."""
    return f"p/{project_id}/journal"


def entry(folder: str, seq: int) -> str:
    """Key of journal entry ``seq``; zero-padded, so that key order is entry order."""
    return f"{folder}/{seq:012d}.mp"


def blob(project_id: str, digest: bytes) -> str:
    """A new key for a blob: never reused, so that a late delete cannot hit a later upload."""
    name = digest[:16].hex()
    return f"p/{project_id}/blobs/{name[:2]}/{name}.{_nonce()}"


def manifest(project_id: str, digest: bytes) -> str:
    """A new key for a manifest of the version whose digest is given."""
    return f"p/{project_id}/manifests/{digest[:8].hex()}.{_nonce()}.mf"


def sweep_list(project_id: str, sweep_id: str) -> str:
    """Key of the list of objects that a sweep declared to be garbage."""
    return f"p/{project_id}/gc/{sweep_id}.mpz"


def new_sweep_id() -> str:
    """A new id for a sweep: 16 random hex digits."""
    return os.urandom(8).hex()


_OBJECT = re.compile(
    r"p/[0-9A-HJKMNP-TV-Z]{26}/(blobs/[0-9a-f]{2}/[0-9a-f]{32}\.[0-9a-f]{8}|manifests/[0-9a-f]{16}\.[0-9a-f]{8}\.mf)"
)
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_SWEEP = re.compile(r"[0-9a-f]{16}")


def check_object(key: str) -> str:
    """Return a blob or manifest key that came out of the store, or refuse it: keys become file paths.

    Raises:
        CorruptObject: it is of another form.
    """
    if not _OBJECT.fullmatch(key):
        raise CorruptObject(f"{key!r} is no key of a blob or manifest", key=key)
    return key


def is_object(key: str) -> bool:
    """Whether ``key`` has the form of a blob's or manifest's key."""
    return bool(_OBJECT.fullmatch(key))


def is_ulid(text: str) -> bool:
    """Whether ``text`` has the form of a project id."""
    return bool(_ULID.fullmatch(text))


def is_sweep_id(text: str) -> bool:
    """Whether ``text`` has the form of a sweep's id."""
    return bool(_SWEEP.fullmatch(text))


def run_object(project_id: str, run_id: str, name: str) -> str:
    """Key of an object that one run owns and alone writes."""
    return f"p/{project_id}/runs/{run_id}/{name}"


def _nonce() -> str:
    return os.urandom(4).hex()


def new_ulid() -> str:
    """A new ULID: 48 bits of milliseconds and 80 random bits in Crockford's base 32 (26 characters)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
