"""`Artifact`: files and what is said about them; first a draft that takes files, then a logged version."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mvfs import units
from mvfs.catalog import recording
from mvfs.catalog.expiry import expiry_in
from mvfs.catalog.metadata import normal_metadata
from mvfs.catalog.project import Project
from mvfs.errors import (
    ArtifactFinalizedError,
    ArtifactNotLoggedError,
    InvalidInput,
    NotFound,
)
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.refs import Selector, check_name
from mvfs.sdk import active, changes
from mvfs.sdk.draft import DraftEntry, DraftFiles
from mvfs.sdk.names import alias_list
from mvfs.sdk.stored import Entry, Stored, downloads
from mvfs.store.sources import SourceFile

if TYPE_CHECKING:
    from mvfs.sdk.later import Pending
    from mvfs.sdk.record import RecordedRun

_MAX_SHOWN = 128


class Artifact:
    """A version of a model, a data set or anything else that is files.

    Make one, add files to it, and hand it to `Run.log_artifact`. From then on, and where it comes out of
    `Run.use_artifact` or `Api`, it stands for a version in the store, whose files never change.
    """

    def __init__(
        self,
        name: str,
        type: str,  # noqa: A002 - W&B's word
        description: str | None = None,
        metadata: dict[str, Any] | str | None = None,
        *,
        incremental: bool = False,
        use_as: str | None = None,  # noqa: ARG002 - without effect in W&B, too
        storage_region: str | None = None,  # noqa: ARG002 - where a store is, its directory says
        digest_algorithm: str = "MD5",  # noqa: ARG002 - all hashes are BLAKE3
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
            digest_algorithm: ignored.

        Raises:
            InvalidName: name or type break the rules.
        """
        if len(name) > _MAX_SHOWN:
            raise InvalidInput(
                f"Artifact name is longer than {_MAX_SHOWN} characters: {name[:_MAX_SHOWN] + ' ...'!r}"
            )
        self._name, self._type = check_name(name, "name"), check_name(type, "type")
        self._metadata = changes.parse_metadata(metadata)
        self._description = description
        self._incremental = incremental
        self._files = DraftFiles()
        self._finalized = False
        self._stored: Stored | None = None
        self._entity = active.entity()
        self._aliases: list[str] = []
        self._tags: list[str] = []
        self._reused = False
        self._ttl: timedelta | None = None
        self._deleted = False
        self._pending: Pending | None = None

    @classmethod
    def of(cls, project: Project, version: Version, entity: str | None = None) -> Artifact:
        """Return the artifact of a version in the store."""
        artifact = cls(version.name, version.type)
        artifact._attach(project, version, entity)
        return artifact

    def _attach(self, project: Project, version: Version, entity: str | None = None) -> None:
        """Stand for a version from now on."""
        self._stored = Stored(project, version)
        self._finalized = True
        self._files.clear()
        self._entity = entity or self._entity
        self._metadata = json.loads(json.dumps(version.metadata))
        self._description = version.note
        self._aliases, self._tags = list(version.aliases), list(version.tags)
        self._ttl = changes.ttl_of(version)

    def _need(self, what: str) -> Stored:
        if self._stored is None:
            raise ArtifactNotLoggedError(
                f"'Artifact.{what}' used prior to logging artifact or while in offline mode."
                " Call Artifact.wait() before accessing logged artifact properties.",
                attribute=what,
            )
        return self._stored

    def _draft(self, what: str) -> DraftFiles:
        if self._finalized:
            raise ArtifactFinalizedError(
                f"'Artifact.{what}' used on logged artifact. Can't modify finalized artifact.",
                attribute=what,
            )
        return self._files

    # What it is, draft or not.

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
        """What identifies the version in its store; None before it is logged."""
        if self._stored is None:
            return None
        return f"{self._stored.project.id}/{self._stored.label}"

    @property
    def digest(self) -> str:
        """BLAKE3 of the content, in hex: equal files under equal paths have equal digests."""
        return self._stored.version.digest.hex() if self._stored else self._files.digest()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self._stored.version.size if self._stored else self._files.size

    @property
    def incremental(self) -> bool:
        """Whether it begins with the files of the latest version."""
        return self._incremental

    @property
    def description(self) -> str | None:
        """The note; on a logged version, set it and call `save`."""
        return self._description

    @description.setter
    def description(self, text: str | None) -> None:
        self._description = text

    @property
    def metadata(self) -> dict[str, Any]:
        """What is known of the version; fixed once it is logged."""
        return self._metadata

    @metadata.setter
    def metadata(self, metadata: dict[str, Any]) -> None:
        self._draft("metadata")
        self._metadata = changes.parse_metadata(metadata)

    def is_draft(self) -> bool:
        """Whether it is not logged yet."""
        return self._stored is None

    def finalize(self) -> None:
        """Let nothing be added any more."""
        self._finalized = True

    # What only a logged version has.

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
        stored = self._need("qualified_name" if self._stored else "entity")
        return f"{self._entity}/{stored.project.name}/{stored.label}"

    @property
    def ref(self) -> str:
        """``project/name:v3``, as every mvfs command takes it."""
        stored = self._need("ref")
        return f"{stored.project.name}/{stored.label}"

    @property
    def created_at(self) -> str:
        """When it was logged: ISO 8601, UTC."""
        return units.zulu(self._need("created_at").version.created)

    @property
    def file_count(self) -> int:
        """How many files it has."""
        return self._need("file_count").version.files

    @property
    def reused(self) -> bool:
        """Whether logging it found its content there already, and made no new version."""
        self._need("reused")
        return self._reused

    @property
    def aliases(self) -> list[str]:
        """The aliases that point at it; edit the list (or set it) and call `save`."""
        self._need("aliases")
        return self._aliases

    @aliases.setter
    def aliases(self, aliases: Iterable[str]) -> None:
        self._need("aliases")
        self._aliases = alias_list(aliases)

    @property
    def tags(self) -> list[str]:
        """Its tags; edit the list (or set it) and call `save`."""
        self._need("tags")
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        self._need("tags")
        self._tags = alias_list(tags)

    @property
    def ttl(self) -> timedelta | None:
        """How long after it was logged ``mvfs prune --expired`` may delete it; set it, then call `save`."""
        return self._ttl

    @ttl.setter
    def ttl(self, ttl: timedelta | None) -> None:
        self._ttl = changes.check_ttl(ttl)

    # Collecting files.

    def add_file(
        self,
        local_path: str | os.PathLike[str],
        name: str | None = None,
        *,
        is_tmp: bool | None = False,  # noqa: ARG002 - W&B's hint for its own use
        skip_cache: bool | None = False,  # noqa: ARG002 - there is no cache to skip
        policy: str | None = "mutable",
        overwrite: bool = False,
    ) -> DraftEntry:
        """Add a file as it is now. With ``policy="immutable"`` no copy is made; then leave it alone.

        Raises:
            InvalidInput: it is no file, or other content was added under that path.
        """
        files = self._draft("add_file")
        return files.add_file(Path(local_path), name, policy or "mutable", overwrite=overwrite)

    def add_dir(
        self,
        local_path: str | os.PathLike[str],
        name: str | None = None,
        skip_cache: bool | None = False,  # noqa: ARG002 - there is no cache to skip
        policy: str | None = "mutable",
        merge: bool = False,
    ) -> None:
        """Add all files of a directory, below ``name`` if given; ``merge`` replaces what is there.

        Raises:
            InvalidInput: it is no directory, is empty, or other content was added under a path.
        """
        self._draft("add_dir").add_dir(Path(local_path), name, policy or "mutable", merge=merge)

    def add_reference(
        self,
        uri: str | Entry,
        name: str | os.PathLike[str] | None = None,
        checksum: bool = True,
        max_objects: int | None = None,
    ) -> list[DraftEntry]:
        """Add an object, or those of a directory or prefix, by reference: their bytes stay where they are.

        Args:
            uri: ``s3://``, ``gs://``, ``http(s)://`` or ``file://``; or an entry of a logged artifact: a
                reference is added as such, of a file its bytes are copied.
            name: the path in the artifact (default: the last component), or the directory for several.
            checksum: record ETag, version or time too, so that a change of equal size is noticed.
            max_objects: how many objects there may be (10,000); more are an error.

        Raises:
            InvalidInput: it is no such URI, too many objects are there, or a path is taken by other content.
            InvalidSource, NoSuchFile: nothing is there.
            NoPermission, Unavailable: it cannot be reached now.
        """
        from mvfs.sdk.referring import add_entry, referred  # brings in HTTP

        files = self._draft("add_reference")
        path = None if name is None else os.fspath(name)
        if isinstance(uri, Entry):
            return [add_entry(files, uri, path)]
        return files.add_references(referred(uri, path, checksum=checksum, max_objects=max_objects))

    @contextmanager
    def new_file(
        self,
        name: str,
        mode: str = "x",
        encoding: str | None = None,
        policy: str | None = "mutable",  # noqa: ARG002 - nobody else can reach the file
    ) -> Iterator[IO[Any]]:
        """Open a new file of the artifact for writing.

        Raises:
            InvalidInput: there is such a file already, and the mode is ``x``.
        """
        with self._draft("new_file").new_file(name, mode, encoding) as file:
            yield file

    def remove(self, item: str | os.PathLike[str] | DraftEntry) -> None:
        """Take a file, or all files below a directory, out again.

        Raises:
            NoSuchFile: there is none.
        """
        path = item.path if isinstance(item, DraftEntry) else os.fspath(item)
        self._draft("remove").remove(path)

    # The files of a logged version.

    def get_entry(self, name: str | os.PathLike[str]) -> Entry:
        """Return one file.

        Raises:
            NoSuchFile: there is none.
        """
        return self._need("get_entry").entry(os.fspath(name))

    def files(self, names: list[str] | None = None, per_page: int = 50) -> list[Entry]:  # noqa: ARG002 - all at once
        """Return all files, or those named."""
        return self._need("files").entries(names)

    def file(self, root: str | os.PathLike[str] | None = None) -> str:
        """Download the only file and return its path.

        Raises:
            InvalidInput: there are several.
        """
        entries = self._need("file").entries()
        if len(entries) != 1:
            raise InvalidInput(
                "This artifact contains more than one file, call `.download()` to get all files or call"
                ' .get_entry("filename").download()'
            )
        return entries[0].download(root)

    def download(
        self,
        root: str | os.PathLike[str] | None = None,
        allow_missing_references: bool = False,
        skip_cache: bool | None = None,  # noqa: ARG002 - there is no cache to skip
        path_prefix: str | os.PathLike[str] | None = None,
        multipart: bool | None = None,  # noqa: ARG002 - decided by size
    ) -> str:
        """Copy the files to ``root`` (``./artifacts/name:v3``), verified; return where they are.

        What is there already with the right bytes is kept, what differs is replaced, other files stay.
        ``path_prefix`` is compared as text: ``"a"`` also takes ``ab.txt``. References are read from where
        they lead, which must be what was recorded; with ``allow_missing_references``, those whose objects are
        gone are left out, with a warning.

        Raises:
            SourceChanged: a reference leads to something else by now.
            NotFound: what a reference leads to is gone.
            InvalidInput: a reference leads to where the configuration does not allow.
        """
        stored = self._need("download")
        folder = stored.default_root() if root is None else Path(root)
        stored.download(folder, os.fspath(path_prefix or ""), allow_missing=allow_missing_references)
        return str(stored.default_root()) if root is None else os.fspath(root)

    def checkout(self, root: str | os.PathLike[str] | None = None) -> str:
        """Make ``root`` (``./artifacts/name``) hold exactly this version: other files are removed."""
        stored = self._need("checkout")
        folder = downloads() / stored.version.name if root is None else Path(root)
        stored.checkout(folder)
        return os.fspath(folder)

    def verify(self, root: str | os.PathLike[str] | None = None) -> None:
        """Compare a downloaded copy with the version; references, which have no hash, are passed over.

        Raises:
            InvalidInput: a file is extra, missing or different.
        """
        stored = self._need("verify")
        stored.verify(stored.default_root() if root is None else Path(root))

    # Logging and what follows.

    def wait(self, timeout: float | None = None) -> Artifact:
        """Return the artifact when its version is durable: at once, unless it was logged with ``wait=False``.

        Raises:
            WaitTimeoutError: it is not durable within ``timeout`` seconds.
            MvfsError: what went wrong with it in the background.
        """
        if self._pending is not None:
            self._pending.wait(timeout)
        elif not self._finalized:
            self._need("wait")
        return self

    def log_later(self, pending: Pending) -> None:
        """It is being logged in the background: closed to changes, and `wait` waits."""
        self.finalize()
        self._pending = pending

    def save(self, project: str | None = None, settings: Any = None) -> None:  # noqa: ARG002
        """Log a draft (in the active run, if there is one), or store changed description, aliases and tags.

        Raises:
            Conflict: the metadata of a logged version was edited, or an alias is kept by a rule.
        """
        if self._stored is not None:
            now = changes.save(
                self._stored, self._description, self._metadata, self._aliases, self._tags, ttl=self._ttl
            )
            self._attach(self._stored.project, now)
        elif (run := active.run()) is not None:
            run.log_artifact(self)
        else:
            self.log_to(active.catalog().make_project(project or active.project_name()))

    def delete(self, delete_aliases: bool = False) -> None:
        """Move the version to the trash, from where ``mvfs undelete`` brings it back until a sweep.

        Raises:
            Conflict: an alias points at it, ``latest`` too, and ``delete_aliases`` is not set.
        """
        changes.delete(self._need("delete"), delete_aliases=delete_aliases)
        self._deleted = True

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
    ) -> None:
        """Log the draft as a version of ``project``; what `Run.log_artifact` does.

        Raises:
            Conflict: the name has another type there, or ``best`` is kept by a rule.
            SourceChanged: a file with the policy ``immutable`` changed while it was read.
        """
        if self._incremental:
            self._fill_from_latest(project)
        draft = recording.Draft(
            self._name,
            self._type,
            self._files.sources(),
            list(aliases),
            list(tags),
            self._description,
            normal_metadata(self._metadata),
            run,
            expires=expiry_in(self._ttl.total_seconds()) if self._ttl else None,
        )
        logged = recording.log(project, draft)
        self._attach(project, logged.version, entity)
        self._reused = logged.reused

    def _fill_from_latest(self, project: Project) -> None:
        try:
            content = project.content(project.version(self._name))
        except NotFound:
            return
        files = list(content.files())
        for path, target in self._files.fill(file.path for file in files if file.reference is None):
            content.copy(target, path)
        self._files.add_references(
            SourceFile(file.path, file.reference.uri, file.size, False, reference=file.reference)
            for file in files
            if file.reference is not None and file.path not in self._files
        )

    def __repr__(self) -> str:
        return f"<Artifact {self._type} {self.name}>"
