"""`ArtifactManifestEntry`: what is said of one file, in a draft or in a version."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from mvfs import settings
from mvfs.errors import InvalidInput
from mvfs.references.reference import Reference


class ArtifactManifestEntry:
    """One file of an artifact."""

    __slots__ = ()

    @property
    @abstractmethod
    def path(self) -> str:
        """Where it is in the artifact."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes."""

    @property
    @abstractmethod
    def reference(self) -> Reference | None:
        """What is recorded of a reference; None for a file."""

    @property
    @abstractmethod
    def local_path(self) -> str | None:
        """Where the bytes of a draft's file are; None for references and in versions."""

    @abstractmethod
    def hashed(self) -> bytes:
        """Return the BLAKE3 of the bytes; of a reference, of what is recorded of it."""

    @abstractmethod
    def wandb_digest(self) -> str:
        """Return W&B's digest: MD5 in Base64; of a reference, ETag or URI. Reads the file."""

    @property
    def name(self) -> str:
        """The same as `path`, as in W&B."""
        return self.path

    @property
    def ref(self) -> str | None:
        """The URI of a reference; None for a file."""
        return self.reference.uri if self.reference else None

    @property
    def digest(self) -> str:
        """BLAKE3 of the bytes, in hex; of a reference, of what is recorded of it. W&B's digest where
        ``MVFS_DIGEST=md5`` is set.
        """
        return self.wandb_digest() if settings.wants_md5() else self.hashed().hex()

    @property
    def extra(self) -> dict[str, Any]:
        """What else is recorded of a reference: ``etag``, ``versionID``."""
        found = self.reference
        values = {"etag": found.etag, "versionID": found.version} if found else {}
        return {key: value for key, value in values.items() if value is not None}

    @property
    def birth_artifact_id(self) -> None:
        """W&B's; versions here do not record which of them had a file first."""
        return

    @property
    def skip_cache(self) -> bool:
        """W&B's; nothing that is logged goes through a cache."""
        return False

    def digest_algorithm(self) -> str:
        """Return ``BLAKE3``, or ``MD5`` where ``MVFS_DIGEST=md5`` is set."""
        return "MD5" if settings.wants_md5() else "BLAKE3"

    def ref_target(self) -> str:
        """Return the URI of a reference.

        Raises:
            InvalidInput: it is a file.
        """
        if self.reference is None:
            raise InvalidInput("Only reference entries support ref_target().")
        return self.reference.uri

    def to_json(self) -> dict[str, Any]:
        """Return all that is said of it."""
        values = {
            "path": self.path, "digest": self.digest, "size": self.size, "ref": self.ref,
            "local_path": self.local_path,
        }  # fmt: skip
        return {
            **{key: value for key, value in values.items() if value is not None},
            "extra": self.extra,
            "skip_cache": False,
        }
