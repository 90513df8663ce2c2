"""What is known of an artifact: its properties, those of drafts and those that only a logged one has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mvfs import settings, units
from mvfs.catalog import run_objects
from mvfs.index import queries
from mvfs.sdk import changes
from mvfs.sdk.artifact_state import ArtifactState, ArtifactTTL
from mvfs.sdk.manifest import ArtifactManifest
from mvfs.sdk.names import alias_list, checked_aliases, checked_tags
from mvfs.wellformed import check_text

if TYPE_CHECKING:
    from mvfs.sdk.collection import ArtifactCollection


class HasFacts(ArtifactState):
    """An artifact, as far as it is looked at."""

    @property
    def name(self) -> str:
        """The name; once logged, with the version: ``iv3:v3``."""
        return self._stored.label if self._stored else self._name

    @property
    def type(self) -> str:
        """``model``, ``dataset``, …"""
        return self._type

    @property
    def state(self) -> str:
        """``PENDING``, ``COMMITTED`` or ``DELETED``."""
        if self._deleted:
            return "DELETED"
        return "COMMITTED" if self._stored else "PENDING"

    @property
    def id(self) -> str | None:
        """What identifies the version in its store, a link by what it stands for; None in drafts."""
        if self._stored is None:
            return None
        project_id = self._stored.project.id
        if (link := self._link) is not None:
            return f"{link.project_id or project_id}/{link.source}:v{link.source_number}"
        return f"{project_id}/{self._stored.label}"

    @property
    def manifest(self) -> ArtifactManifest:
        """The list of files in W&B's form."""
        return ArtifactManifest(self._stored.entries() if self._stored else self._files)

    @property
    def digest(self) -> str:
        """BLAKE3 of the content, in hex: equal files under equal paths have equal digests.

        ``manifest.digest()`` is W&B's, by MD5, for which all bytes are read. Where ``MVFS_DIGEST=md5`` is
        set, this one is, too.
        """
        return self.manifest.digest() if settings.wants_md5() else self._identity().hex()

    @property
    def digest_algorithm(self) -> str:
        """``BLAKE3``, or ``MD5`` where ``MVFS_DIGEST=md5`` is set."""
        return "MD5" if settings.wants_md5() else "BLAKE3"

    def _identity(self) -> bytes:
        return self._stored.version.digest if self._stored else self._files.digest()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self._stored.version.size if self._stored else self._files.size

    @property
    def incremental(self) -> bool:
        """Whether it begins with the files of the latest version."""
        return self._incremental

    @property
    def use_as(self) -> None:
        """Nothing; W&B has given it up, too."""
        return

    @property
    def distributed_id(self) -> str | None:
        """What joins the parts that several processes add; by default the run's group."""
        return self._distributed_id

    @distributed_id.setter
    def distributed_id(self, distributed_id: str | None) -> None:
        self._distributed_id = distributed_id

    @property
    def description(self) -> str | None:
        """The note; on a logged version, set it and call `save`."""
        return self._description

    @description.setter
    def description(self, text: str | None) -> None:
        self._description = check_text(text, "the description")

    @property
    def metadata(self) -> dict[str, Any]:
        """What is known of the version; on a logged one, edit or set it and call `save`."""
        return self._metadata

    @metadata.setter
    def metadata(self, metadata: dict[str, Any]) -> None:
        self._metadata = changes.parse_metadata(metadata)

    @property
    def ttl(self) -> timedelta | None:
        """How long after it was logged ``mvfs prune --expired`` may delete it. Set it, then call `save`: None
        keeps the version whatever the policy of its name says, ``ArtifactTTL.INHERIT`` leaves it to that
        again. Of a version that has none of its own it is None, too.

        Raises:
            ArtifactNotLoggedError: it is a draft without a time of its own.
        """
        if self._ttl is ArtifactTTL.INHERIT:
            self._need("ttl")
            return None
        assert not isinstance(self._ttl, ArtifactTTL)
        return self._ttl

    @ttl.setter
    def ttl(self, ttl: timedelta | ArtifactTTL | None) -> None:
        self._ttl = changes.check_ttl(ttl, self._type, is_link=self._link is not None)

    @property
    def version(self) -> str:
        """``v3``."""
        return self._need("version").version.label

    @property
    def project(self) -> str:
        """The project's name."""
        return self._need("project").project.name

    @property
    def entity(self) -> str:
        """What stands for W&B's entity; the store does not keep it."""
        self._need("entity")
        return self._entity

    @property
    def qualified_name(self) -> str:
        """``entity/project/name:v3``, as in W&B."""
        return f"{self.entity}/{self.project}/{self.name}"

    @property
    def ref(self) -> str:
        """``project/name:v3``, as every mvfs command takes it."""
        stored = self._need("ref")
        return f"{stored.project.name}/{stored.label}"

    @property
    def url(self) -> str:
        """What names it everywhere: the store and the ref."""
        stored = self._need("url")
        return f"{stored.project.backend.location}::{stored.project.name}/{stored.label}"

    @property
    def collection(self) -> ArtifactCollection:
        """The name that it is a version of."""
        from mvfs.sdk.collection import ArtifactCollection

        stored = self._need("collection")
        row = stored.project.find_name(stored.version.name)
        return ArtifactCollection(stored.project, self._entity, row)

    @property
    def commit_hash(self) -> str:
        """BLAKE3 of the content, in hex, whatever `digest` is."""
        return self._need("commit_hash").version.digest.hex()

    @property
    def created_at(self) -> str:
        """When it was logged: ISO 8601, UTC."""
        return units.zulu(self._need("created_at").version.created)

    @property
    def updated_at(self) -> str:
        """When it was logged, or an alias or the note was changed since: ISO 8601, UTC."""
        stored = self._need("updated_at")
        version = stored.version
        return units.zulu(queries.changed_at(stored.project.index, version.name, version.number))

    @property
    def file_count(self) -> int:
        """How many files it has."""
        return self._need("file_count").version.files

    @property
    def history_step(self) -> int | None:
        """The last step that its run had logged before it; None where there was none."""
        stored = self._need("history_step")
        if stored.version.run is None:
            return None
        found = None
        for row in run_objects.read_history(stored.project, stored.version.run):
            if row.get("_timestamp", 0) * 1e6 > stored.version.created:
                break
            found = row.get("_step")
        return found

    @property
    def reused(self) -> bool:
        """Whether logging it found its content there already, and made no new version."""
        self._need("reused")
        return self._reused

    @property
    def kept(self) -> bool:
        """Whether it is in the store; if not, by ``if_better``, this stands for the better version."""
        self._need("kept")
        return self._kept

    @property
    def aliases(self) -> list[str]:
        """The aliases that point at it; edit the list (or set it) and call `save`."""
        self._need("aliases")
        return self._aliases

    @aliases.setter
    def aliases(self, aliases: Iterable[str]) -> None:
        self._need("aliases")
        self._aliases = checked_aliases(alias_list(aliases))

    @property
    def tags(self) -> list[str]:
        """Its tags; edit the list (or set it) and call `save`."""
        self._need("tags")
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        before = self._need("tags").version.tags
        self._tags = checked_tags(alias_list(tags), before)
