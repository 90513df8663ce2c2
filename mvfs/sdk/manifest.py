"""`ArtifactManifest`: the list of an artifact's files in W&B's form, with W&B's digests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mvfs.sdk import wandb_digest
from mvfs.sdk.entry import ArtifactManifestEntry


class ArtifactManifest:
    """The files as they are when it is asked for. Digests are W&B's, and cost a pass over the bytes."""

    def __init__(self, entries: Iterable[ArtifactManifestEntry]) -> None:
        self._source = entries  # a draft's copies of files live as long as it does
        self._entries = {entry.path: entry for entry in entries}

    @property
    def entries(self) -> Mapping[str, ArtifactManifestEntry]:
        """All entries, by path."""
        return self._entries

    def get_entry_by_path(self, path: str) -> ArtifactManifestEntry | None:
        """Return one entry; None if there is none such."""
        return self._entries.get(path)

    def get_entries_in_directory(self, directory: str) -> list[ArtifactManifestEntry]:
        """Return the entries below a directory."""
        return [entry for path, entry in self._entries.items() if path.startswith(directory + "/")]

    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(entry.size for entry in self._entries.values())

    def digest(self) -> str:
        """Return the digest that W&B gives an artifact of these files."""
        return wandb_digest.of_manifest((path, one.wandb_digest()) for path, one in self._entries.items())

    def to_manifest_json(self) -> dict[str, Any]:
        """Return what W&B keeps as ``wandb_manifest.json``."""
        return {
            "version": 1,
            "storagePolicy": "wandb-storage-policy-v1",
            "storagePolicyConfig": {"storageLayout": "V2"},
            "contents": {path: _contents(entry) for path, entry in self._entries.items()},
        }

    def __len__(self) -> int:
        return len(self._entries)


def _contents(entry: ArtifactManifestEntry) -> dict[str, Any]:
    about = {"ref": entry.ref, "extra": entry.extra or None}
    given = {key: value for key, value in about.items() if value is not None}
    return {"digest": entry.wandb_digest(), **given, "size": entry.size}
