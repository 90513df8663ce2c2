"""`Artifact`: files and what is said about them; first a draft that takes files, then a logged version."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mvfs import text
from mvfs.catalog import recording
from mvfs.catalog.expiry import NEVER
from mvfs.catalog.metadata import normal_metadata
from mvfs.catalog.project import Project
from mvfs.catalog.protection import Insistence
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.refs import Selector, check_name
from mvfs.sdk import active, changes
from mvfs.sdk.artifact_content import GivesFiles
from mvfs.sdk.artifact_draft import TakesFiles
from mvfs.sdk.artifact_links import Links
from mvfs.sdk.artifact_parts import Parts
from mvfs.sdk.artifact_state import ArtifactTTL
from mvfs.sdk.draft import DraftFiles
from mvfs.sdk.names import artifact_name, checked_tags, refuse_reserved
from mvfs.sdk.stored import Stored
from mvfs.sdk.terms import PLAIN, Terms
from mvfs.wellformed import check_text

if TYPE_CHECKING:
    from mvfs.sdk.later import Pending
    from mvfs.sdk.record import RecordedRun

__all__ = ["Artifact", "ArtifactTTL"]

_log = logging.getLogger("mvfs")


class Artifact(TakesFiles, GivesFiles, Links, Parts):
    """A version of a model, a data set or anything else that is files.

    Make one, add files to it, and hand it to `Run.log_artifact`. From then on, and where it comes out of
    `Run.use_artifact` or `Api`, it stands for a version in the store, whose files never change.
    """

    def __init__(  # noqa: PLR0917 - W&B's signature
        self,
        name: str,
        type: str,  # noqa: A002 - W&B's word
        description: str | None = None,
        metadata: dict[str, Any] | str | None = None,
        incremental: bool = False,
        use_as: str | None = None,  # noqa: ARG002 - without effect in W&B, too
        storage_region: str | None = None,  # noqa: ARG002 - where a store is, its directory says
        digest_algorithm: str = "MD5",  # noqa: ARG002 - see `digest`
    ) -> None:
        """Begin a draft.

        Args:
            name: letters, digits, ``_``, ``.`` and ``-``; unique in its project.
            type: such as ``model`` or ``dataset``; also becomes a directory of the mount.
            description: the version's note.
            metadata: whatever JSON can hold, at most 100 keys.
            incremental: begin with the files of the latest version.
            use_as: ignored.
            storage_region: ignored.
            digest_algorithm: ignored; all hashes are BLAKE3.

        Raises:
            InvalidName: name or type break the rules.
            InvalidInput: the metadata cannot be kept, or the description is no text.
        """
        refuse_reserved(type, name)
        self._begin(artifact_name(name), check_name(type, "type"))
        self._metadata = changes.parse_metadata(metadata)
        self._description = check_text(description, "the description")
        self._incremental = incremental

    def _begin(self, name: str, type_: str) -> None:
        self._name, self._type = name, type_
        self._description = None
        self._metadata = {}
        self._aliases, self._tags = [], []
        self._ttl = ArtifactTTL.INHERIT
        self._entity = active.entity()
        self._incremental = self._finalized = self._reused = self._deleted = self._gathers = False
        self._kept = True
        self._files = DraftFiles()
        self._stored = self._link = self._home = self._distributed_id = self._pending = None

    @classmethod
    def internal(cls, name: str, type_: str) -> Artifact:
        """Begin a draft of a type that is reserved for what `Run` logs by itself."""
        artifact = cls.__new__(cls)
        artifact._begin(check_name(name, "name"), check_name(type_, "type"))  # noqa: SLF001 - our own class
        return artifact

    @classmethod
    def of(cls, project: Project, version: Version, entity: str | None = None) -> Artifact:
        """Return the artifact of a version in the store."""
        artifact = cls.internal(version.name, version.type)
        artifact._attach(project, version, entity)  # noqa: SLF001 - our own class
        return artifact

    def _attach(self, project: Project, version: Version, entity: str | None = None) -> None:
        """Stand for a version from now on."""
        self._stored = Stored(project, version)
        self._link = queries.link(project.index, version.name, version.number)
        self._finalized = True
        self._files.clear()
        self._entity = entity or self._entity
        self._metadata = json.loads(json.dumps(version.metadata))
        self._description = version.note
        self._aliases, self._tags = list(version.aliases), list(version.tags)
        self._ttl = changes.ttl_of(version)

    def new_draft(self) -> Artifact:
        """Return a draft with the same files and metadata, to be changed and logged as the next version.

        Files are copied only when it is logged, those that are still in it.
        """
        project, version = self._source("new_draft")
        draft = Artifact.internal(version.name, version.type)
        draft._begin_from(Stored(project, version))  # noqa: SLF001 - our own class
        return draft

    def _begin_from(self, stored: Stored) -> None:
        self._description = stored.version.note
        self._metadata = json.loads(json.dumps(stored.version.metadata))
        self._files.adopt(stored.entries())
        self._home = stored.project

    def wait(self, timeout: float | None = None) -> Artifact:
        """Return the artifact when its version is durable: at once, unless it was logged with ``wait=False``.

        Raises:
            WaitTimeoutError: it is not durable within ``timeout`` seconds.
            MvfsError: what went wrong with it in the background.
        """
        if self._pending is not None:
            self._pending.wait(timeout)
        elif self._stored is None and not self._finalized:
            self._need("wait")
        return self

    def log_later(self, pending: Pending) -> None:
        """It is being logged in the background: closed to changes, and `wait` waits."""
        self.finalize()
        self._pending = pending

    def save(
        self,
        project: str | None = None,
        settings: Any = None,  # noqa: ARG002 - about W&B's service
        *,
        force: bool = False,
        reason: str | None = None,
    ) -> None:
        """Log a draft (in the active run, if there is one), or store changed description, metadata, aliases,
        tags and time to live.

        ``force`` and a ``reason``, which is recorded, also move protected aliases of a logged version.

        Raises:
            InvalidInput: a word breaks the rules, or the metadata is no JSON.
            Conflict: an alias is protected or kept by a rule.
        """
        if self._stored is not None:
            self._save_edits(self._stored, Insistence(force, reason))
        elif (run := active.run()) is not None:
            run.log_artifact(self)
        else:
            self.log_to(active.catalog().make_project(project or active.project_name()))

    def _save_edits(self, stored: Stored, insistence: Insistence) -> None:
        edits = changes.Edits(self._description, self._metadata, self._aliases, self._tags, self._ttl)
        source = None
        if self._link is not None and (what := changes.differs(stored, edits)):
            _log.warning(
                "mvfs: Editing %s will apply the changes to the source artifact and all linked artifacts"
                " associated with it.",
                what,
            )
            source = self._source("save")
        self._attach(stored.project, changes.save(stored, edits, source, insistence))

    def delete(self, delete_aliases: bool = False, *, force: bool = False, reason: str | None = None) -> None:
        """Move the version to the trash, from where ``mvfs undelete`` brings it back until a sweep.

        Of a link, only the link goes. ``force`` and a ``reason``, which is recorded, also take protected
        aliases away.

        Raises:
            Conflict: an alias points at it, ``latest`` too, and ``delete_aliases`` is not set; or one is
                protected.
        """
        stored, insistence = self._need("delete"), Insistence(force, reason)
        if self._link is not None:
            _log.warning(
                "mvfs: Deleting a link artifact will only unlink the artifact from the source artifact and"
                " not delete the source artifact and the data of the source artifact."
            )
            self._remove_link(stored, insistence)
            return
        changes.delete(stored, delete_aliases=delete_aliases, insistence=insistence)
        self._deleted = True

    def json_encode(self) -> dict[str, Any]:
        """Return what stands for it in a run's config."""
        self._need("json_encode")
        return {
            "_type": "artifactVersion",
            "_version": "v0",
            "id": self.id,
            "version": self.source_version,
            "sequenceName": self.source_name.partition(":")[0],
            "usedAs": None,
        }

    def stored(self) -> tuple[Project, Version]:
        """Return the project and version that it stands for, in the words of `mvfs.catalog`."""
        stored = self._need("stored")
        return stored.project, stored.version

    def reload(self) -> None:
        """Take in what changed since: aliases, tags, description. Edits that were not saved are lost."""
        stored = self._need("reload")
        stored.project.refresh()
        here = Selector(number=stored.version.number)
        self._attach(stored.project, stored.project.version(stored.version.name, here))

    def logged_by(self) -> RecordedRun | None:
        """Return the run that logged this version first."""
        from mvfs.sdk.record import RecordedRun

        stored = self._need("logged_by")
        if stored.version.run is None:
            return None
        try:
            return RecordedRun(stored.project, stored.project.run(stored.version.run), self._entity)
        except NotFound:
            return None

    def used_by(self) -> list[RecordedRun]:
        """Return the runs of the project that used this version."""
        from mvfs.sdk.record import RecordedRun

        stored = self._need("used_by")
        stored.project.refresh()
        users = queries.users(stored.project.index, stored.version.name, stored.version.number)
        return [RecordedRun(stored.project, user, self._entity) for user in users]

    def log_to(
        self,
        project: Project,
        run: str | None = None,
        aliases: Iterable[str] = (),
        tags: Iterable[str] = (),
        entity: str | None = None,
        *,
        terms: Terms = PLAIN,
    ) -> None:
        """Log the draft as a version of ``project``; what `Run.log_artifact` does.

        Raises:
            Conflict: the name has another type there, or ``best`` is kept by a rule.
            SourceChanged: a file with the policy ``immutable`` changed while it was read.
            InvalidInput: it is the draft of a version of another project.
        """
        if self._home is not None and self._home.id != project.id:
            raise InvalidInput(
                f"Artifact {self._name} exists in project {self._home.name!r}; it can't be moved"
                f" to {project.name!r}"
            )
        if self._incremental:
            self._take_latest(project)
        if self._gathers:
            self._take_parts(project)
        draft = recording.Draft(
            self._name,
            self._type,
            self._files.sources(),
            list(aliases),
            checked_tags(list(tags)),
            self._description,
            normal_metadata(self._metadata),
            run,
            if_better=terms.if_better,
            insistence=terms.insistence,
            expires=NEVER if self._ttl is None else None,
            ttl=self._ttl // timedelta(microseconds=1) if isinstance(self._ttl, timedelta) else None,
        )
        logged = recording.log(project, draft)
        self._attach(project, logged.version, entity)
        self._reused, self._kept = logged.reused, logged.kept
        if not logged.kept:
            _log.warning("mvfs: '%s' was not kept: %s", text.line(self._name), logged.reason)
        if self._gathers:
            self._discard_parts(project)

    def _take_latest(self, project: Project) -> None:
        project.refresh()
        try:
            latest = project.version(self._name)
        except NotFound:
            return
        self._files.adopt(Stored(project, latest).entries())

    def __repr__(self) -> str:
        return f"<Artifact {self._type} {self.name}>"
