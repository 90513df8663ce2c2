"""Large versions, made without any of the files that would be logged: as a manifest and a pack."""

from __future__ import annotations

from collections.abc import Iterable

from blake3 import blake3

from mvfs.catalog.project import Project
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.manifest.records import Blob, Extent, FileEntry
from mvfs.store.manifest.writer import pack


def log_many(project: Project, name: str, paths: Iterable[str]) -> int:
    """Log a version of a new name, of files that hold their own paths; return how many there are."""
    files, parts, at = [], [], 0
    for path in sorted(paths):
        data = path.encode()
        files.append(FileEntry(path, len(data), blake3(data).digest(), False, (Extent(0, at, len(data)),)))
        parts.append(data)
        at += len(data)
    content = b"".join(parts)
    blob = Blob(keys.blob(project.id, blake3(content).digest()), at, blake3(content).digest())
    project.backend.put(blob.key, content)
    packed = pack(files, [blob])
    manifest = keys.manifest(project.id, packed.digest)
    project.backend.put(manifest, packed.data)
    made = fx.VersionMade(
        name, 0, manifest, packed.head_hash, packed.digest, packed.files, packed.size, None, {}
    )
    project.commit(lambda: [fx.NameMade(name, "data"), made, fx.AliasMoved(name, "latest", 0, None)])
    return packed.files
