"""Large stores, made without any of the files that would be logged: manifests, packs, entries."""

from __future__ import annotations

from collections.abc import Iterable

from blake3 import blake3

from mvfs.catalog.project import Project
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.manifest.records import Blob, Extent, FileEntry
from mvfs.store.manifest.writer import Packed, pack

_AT_ONCE = 350
"""Versions that are made by one entry, which may have 64 KiB."""


def store_many(project: Project, paths: Iterable[str]) -> tuple[str, Packed]:
    """Store files that hold their own paths; return their manifest and its key."""
    files, parts, at = [], [], 0
    for path in sorted(paths):
        data = path.encode()
        files.append(FileEntry(path, len(data), blake3(data).digest(), False, (Extent(0, at, len(data)),)))
        parts.append(data)
        at += len(data)
    content = b"".join(parts)
    digest = blake3(content).digest()
    blob = Blob(keys.blob(project.id, digest), at, digest)
    project.backend.put(blob.key, content)
    packed = pack(files, [blob])
    key = keys.manifest(project.id, packed.digest)
    project.backend.put(key, packed.data)
    return key, packed


def made(name: str, number: int, key: str, packed: Packed) -> fx.VersionMade:
    """The effect that makes a stored manifest a version."""
    return fx.VersionMade(
        name, number, key, packed.head_hash, packed.digest, packed.files, packed.size, None, {}
    )


def log_many(project: Project, name: str, paths: Iterable[str]) -> None:
    """Log a version of a new name, of files that hold their own paths."""
    version = made(name, 0, *store_many(project, paths))
    project.commit(lambda: [fx.NameMade(name, "data"), version, fx.AliasMoved(name, "latest", 0, None)])


def log_versions(project: Project, names: int, versions: int) -> None:
    """Make names n0, n1, … with so many versions each; version 7 holds ``number/7``."""
    stored = [store_many(project, [f"number/{number}"]) for number in range(versions)]
    for name in (f"n{number}" for number in range(names)):
        effects: list[fx.AnyEffect] = [fx.NameMade(name, "data")]
        effects += [made(name, number, *one) for number, one in enumerate(stored)]
        effects.append(fx.AliasMoved(name, "latest", versions - 1, None))
        for start in range(0, len(effects), _AT_ONCE):
            project.commit(lambda part=effects[start : start + _AT_ONCE]: part)  # type: ignore[misc]
