"""Damage done by hand to a store on disk."""

from __future__ import annotations

from pathlib import Path

from mvfs.catalog.checking.findings import Severity
from mvfs.catalog.checking.store import StoreCheck, check_store
from mvfs.store.backend.local import LocalBackend


def flip(path: Path, offset: int) -> None:
    """Change one byte of a file; a negative offset counts from its end."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x41
    rewrite(path, bytes(data))


def rewrite(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def full_check(store: Path, percent: float = 100) -> StoreCheck:
    return check_store(LocalBackend(store), percent=percent)


def told(check: StoreCheck) -> list[tuple[str, list[tuple[str, tuple[str, ...]]]]]:
    """Kinds of all damage, each with the versions and files that it hurts."""
    return [
        (one.kind.value, [(hurt.ref, hurt.files) for hurt in one.versions])
        for one in check.findings
        if one.severity is not Severity.NOTE
    ]


def notes(check: StoreCheck) -> list[str]:
    return [one.kind.value for one in check.findings if one.severity is Severity.NOTE]


def blob_of(store: Path, size: int) -> Path:
    """The only blob of that many bytes."""
    (found,) = (path for path in store.glob("p/*/blobs/*/*") if path.stat().st_size == size)
    return found
