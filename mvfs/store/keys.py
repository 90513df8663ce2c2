"""Where each kind of object lives in a store. docs/FORMAT.md, "Layout"."""

from __future__ import annotations

import os
import re
import time

from mvfs.errors import CorruptObject

STORE = "store.mp"

PASSING = ("probe/", "locks/")
"""Where objects are that whoever writes them deletes soon; nothing reads those that are left."""
ROOT_JOURNAL = "projects"
"""Folder of the journal that maps project names to ids."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def project_journal(project_id: str) -> str:
    """Folder of a project's journal."""
    return f"p/{project_id}/journal"


def entry(folder: str, seq: int) -> str:
    """Key of journal entry ``seq``; zero-padded, so that key order is entry order."""
    return f"{folder}/{seq:012d}.mp"


def segments(folder: str, seq: int | None = None) -> str:
    """Prefix of the segments of a journal; with ``seq``, what sorts before all that begin there or later."""
    return f"{_beside(folder, 'seg')}/" if seq is None else f"{_beside(folder, 'seg')}/{seq:012d}-"


def segment(folder: str, seq: int, entries: int, h16: str) -> str:
    """Key of the segment of so many entries from ``seq`` on; ``h16``: first hex digits of its hash."""
    return f"{segments(folder, seq)}{seq + entries - 1:012d}.{h16}.mpz"


def segment_first(folder: str, key: str, entries: int) -> int | None:
    """The number of a segment's first entry; None for a key of any other form."""
    found = re.fullmatch(_SEGMENT, key.removeprefix(segments(folder)))
    if found is None or int(found[1]) % entries or int(found[2]) != int(found[1]) + entries - 1:
        return None
    return int(found[1])


def checkpoints(folder: str) -> str:
    """Prefix of the checkpoints of a journal; the newest is listed first."""
    return f"{_beside(folder, 'ckpt')}/"


def checkpoint(folder: str, seq: int, h16: str) -> str:
    """Key of the checkpoint of the state before entry ``seq``; ``h16``: first hex digits of its hash."""
    return f"{checkpoints(folder)}{_LAST - seq:012d}.{h16}.mpz"


def checkpoint_seq(folder: str, key: str) -> int | None:
    """The ``seq`` in a checkpoint's key; None for a key of any other form."""
    found = re.fullmatch(_CHECKPOINT, key.removeprefix(checkpoints(folder)))
    return _LAST - int(found[1]) if found else None


def tail(folder: str, first: int, seq: int, h16: str) -> str:
    """Key of the copies of the entries from ``first`` to ``seq`` - 1: listed before what is older."""
    return f"{checkpoints(folder)}{_LAST - seq:012d}-{first:012d}.{h16}.mpz"


def tail_span(folder: str, key: str) -> tuple[int, int] | None:
    """Numbers of a tail's first entry and of the one after its last; None for a key of any other form."""
    found = re.fullmatch(_TAIL, key.removeprefix(checkpoints(folder)))
    if found is None or not 0 < _LAST - int(found[1]) - int(found[2]) < 65536:
        return None
    return int(found[2]), _LAST - int(found[1])


def _beside(folder: str, kind: str) -> str:
    """The folder for what accelerates a journal: ``p/<project>/seg``, or ``projects-seg`` for the root."""
    parent, slash, name = folder.rpartition("/")
    return f"{parent}/{kind}" if slash and name == "journal" else f"{folder}-{kind}"


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


# Patterns are compiled when first used: most commands use none.
_OBJECT = (
    r"p/[0-9A-HJKMNP-TV-Z]{26}/"
    r"(blobs/[0-9a-f]{2}/[0-9a-f]{32}\.[0-9a-f]{8}|manifests/[0-9a-f]{16}\.[0-9a-f]{8}\.mf)"
)
_OBJECTS = f"(?:{_OBJECT}\n)*"
_SEGMENT = r"([0-9]{12})-([0-9]{12})\.[0-9a-f]{16}\.mpz"
_CHECKPOINT = r"([0-9]{12})\.[0-9a-f]{16}\.mpz"
_TAIL = r"([0-9]{12})-([0-9]{12})\.[0-9a-f]{16}\.mpz"
_LAST = 999_999_999_999
_ULID = r"[0-9A-HJKMNP-TV-Z]{26}"
_SWEEP = r"[0-9a-f]{16}"


def check_object(key: str) -> str:
    """Return a blob or manifest key that came out of the store, or refuse it: keys become file paths.

    Raises:
        CorruptObject: it is of another form.
    """
    if not re.fullmatch(_OBJECT, key):
        raise CorruptObject(f"{key!r} is no key of a blob or manifest", key=key)
    return key


def is_object(key: str) -> bool:
    """Whether ``key`` has the form of a blob's or manifest's key."""
    return bool(re.fullmatch(_OBJECT, key))


def check_objects(found: list[str]) -> None:
    """`check_object` for many keys at once.

    Raises:
        CorruptObject: one is of another form.
    """
    lines = "\n".join([*found, ""])
    if lines.count("\n") != len(found) or not re.fullmatch(_OBJECTS, lines):
        for key in found:
            check_object(key)


def is_ulid(text: str) -> bool:
    """Whether ``text`` has the form of a project id."""
    return bool(re.fullmatch(_ULID, text))


def is_sweep_id(text: str) -> bool:
    """Whether ``text`` has the form of a sweep's id."""
    return bool(re.fullmatch(_SWEEP, text))


def run_object(project_id: str, run_id: str, name: str) -> str:
    """Key of an object that one run owns and alone writes."""
    return f"p/{project_id}/runs/{run_id}/{name}"


def sign_of_life(project_id: str, run_id: str, writer: str) -> str:
    """Key of what a process that takes part in a run leaves to say that it lives; "": their prefix."""
    return f"p/{project_id}/alive/{run_id}/{writer}" if run_id else f"p/{project_id}/alive/"


def _nonce() -> str:
    return os.urandom(4).hex()


def new_ulid() -> str:
    """A new ULID: 48 bits of milliseconds and 80 random bits in Crockford's base 32 (26 characters)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
