"""Logs a version: blobs, then manifest, then one journal entry that also moves the aliases."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mvfs.catalog.expiry import NEVER
from mvfs.catalog.metadata import check_tag, normal_metadata
from mvfs.catalog.policy import crashed, deletions
from mvfs.catalog.project import Project
from mvfs.catalog.protection import NOT_INSISTING, Insistence, reasons
from mvfs.catalog.reach import is_out_of_reach, saying_unchanged
from mvfs.catalog.references import ObjectsGone, require_objects
from mvfs.catalog.resuming import Resumption
from mvfs.catalog.rules import best_moves, refuse_kept_alias
from mvfs.errors import Conflict, CorruptObject, InvalidInput, TypeTaken
from mvfs.index import queries
from mvfs.index.best import best, is_better, metric_of
from mvfs.index.rows import Rule, Version
from mvfs.refs import check_alias, check_name
from mvfs.store import effects as fx
from mvfs.store.backend.local import explain
from mvfs.store.hashing import content_digest, reference_digest
from mvfs.store.ingest import Ingest, Ingested
from mvfs.store.journal import Operation
from mvfs.store.manifest.reader import Manifest
from mvfs.store.moving import leave_link
from mvfs.store.pipeline import Progress
from mvfs.store.sources import SourceFile
from mvfs.store.trust import stamps
from mvfs.wellformed import check_text

_MAX_ROUNDS = 5
"""How often content is stored anew because a sweep took what was uploaded before its entry was there."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be logged."""

    name: str
    type: str
    files: Sequence[SourceFile]
    aliases: Sequence[str] = ()
    tags: Sequence[str] = ()
    note: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    run: str | None = None
    if_better: Rule | None = None
    """Keep the version only if it beats the best so far by this rule."""
    move: bool = False
    """Take large files in without a copy, and leave links in their places."""
    by_content: bool = False
    """Cut large files that are no models where their content says, not every MiB."""
    expires: int | None = None
    """When `prune` may delete it: microseconds since 1970."""
    ttl: int | None = None
    """How long after it was logged that is, in microseconds; instead of `expires`."""
    insistence: Insistence = NOT_INSISTING
    """What is said to move protected aliases."""


@dataclass(frozen=True, slots=True)
class Logged:
    """What came of it."""

    version: Version
    """The version that holds the content; where `kept` is false, the better one that stands."""
    reused: bool
    """Whether an earlier version had the same content."""
    kept: bool
    new_bytes: int
    """Bytes that were not in the store before."""
    reason: str = ""
    """Why it was not kept."""
    trashed: tuple[int, ...] = ()
    """The versions that the name's policy let go."""


def log(project: Project, draft: Draft, progress: Progress | None = None) -> Logged:
    """Log a version, durably: when this returns, a crash cannot take it away.

    Raises:
        InvalidName, InvalidInput: a name, alias or metadata breaks the rules.
        Conflict: the name has another type, ``best`` is kept by a rule, or an alias is protected.
        SourceChanged: a file changed while it was read.
        NoSpace, NoPermission, Unavailable: the store cannot be written.
        CommitUnknown: the store did not answer; logging again is safe.
    """
    draft = _checked(project, draft)
    for _ in range(_MAX_ROUNDS):
        try:
            with saying_unchanged():
                return _log_once(project, draft, progress)
        except ObjectsGone:
            continue
    raise Conflict(f"sweeps took the objects of '{draft.name}' {_MAX_ROUNDS} times while it was logged")


def _log_once(project: Project, draft: Draft, progress: Progress | None) -> Logged:
    """Store the content and commit it; ObjectsGone if a sweep or a deletion took what it relies on."""
    operation = Operation(project.index.seq)
    recording = _of_known_content(project, draft, operation)
    if recording is not None:
        project.commit(recording.plan, operation)
        return recording.result()
    with Resumption(project, operation) as resumption:
        ingest = Ingest(
            project.backend,
            project.id,
            stamps(),
            _base(project, draft.name),
            progress,
            intent=resumption.intent,
            leftovers=resumption.leftovers,
            by_content=draft.by_content,
            move=draft.move,
        )
        try:
            for file in draft.files:
                (ingest.add if file.reference is None else ingest.refer)(file)
            ingested = ingest.finish()
            resumption.rely_on(operation, ingested.own)
            recording = _Recording(project, draft, ingested.packed.digest, ingested, operation)
            project.commit(recording.plan, operation)
        except BaseException as exc:
            if project.backend.is_far and is_out_of_reach(exc):
                ingest.abandon()  # nothing can be removed now, and the next `log` goes on from there
                raise
            if not operation.may_be_needed:  # else the entry may be there, and lead to these objects
                ingest.discard()
                if isinstance(exc, ObjectsGone):
                    resumption.forget_leftovers()
                resumption.finish()
            raise
        if recording.reused or not recording.kept:
            ingest.discard()
        else:
            _leave_links(project, ingested)
        resumption.finish(ingested.own)
    return recording.result()


def _of_known_content(project: Project, draft: Draft, operation: Operation) -> _Recording | None:
    """If stamps tell all hashes, and a version has exactly this content, nothing need be read."""
    local = [file for file in draft.files if file.reference is None]
    try:
        found = [file.found or os.stat(file.file) for file in local]
    except OSError:
        return None  # whoever reads it will say why
    digests = stamps().digests(found) if found else []
    if digests is None or not draft.files:
        return None
    stamped = iter(zip(found, digests, strict=True))
    digest = content_digest(_identity(file, stamped) for file in draft.files)
    if queries.version_by_digest(project.index, draft.name, digest) is None:
        return None
    return _Recording(project, draft, digest, None, operation)


def _identity(file: SourceFile, stamped: Iterator[tuple[os.stat_result, bytes]]) -> tuple[bytes, int, bytes]:
    """What counts of a file for the version's digest; ``stamped`` gives the next one that is no reference."""
    if file.reference is not None:
        return file.path.encode(), file.reference.size, reference_digest(file.reference)
    now, digest = next(stamped)
    return file.path.encode(), now.st_size, digest


def _leave_links(project: Project, ingested: Ingested) -> None:
    """The entry is durable: sources that were moved give way to links."""
    for moved in ingested.moved:
        blob = project.backend.stored().local_path(moved.key or "")
        try:
            if blob is not None:
                leave_link(Path(moved.source), blob)
        except OSError as exc:
            what = f"the version is logged, but '{moved.source}' cannot be replaced by a link to {blob}"
            raise explain(exc, what) from exc


def _checked(project: Project, draft: Draft) -> Draft:
    """Return the draft in normal form; what can be refused is refused before anything is read."""
    if draft.move and project.backend.staging() is None:
        raise InvalidInput(
            f"files cannot be moved into {project.backend.location}: it is no directory of this machine;"
            " log without --move"
        )
    name, type_ = check_name(draft.name, "name"), check_name(draft.type, "type")
    aliases = tuple(dict.fromkeys(check_alias(alias) for alias in draft.aliases if alias != "latest"))
    project.refresh_to_write()
    known = queries.name(project.index, name)
    refuse_kept_alias(known, aliases)
    _check_type(known.type if known else None, name, type_)
    metadata = normal_metadata(draft.metadata)
    tags = tuple(dict.fromkeys(check_tag(tag) for tag in draft.tags))
    note = check_text(draft.note, "the note") or None
    return replace(draft, name=name, type=type_, aliases=aliases, tags=tags, note=note, metadata=metadata)


def _check_type(known: str | None, name: str, type_: str) -> None:
    if known not in (None, type_):
        raise TypeTaken(
            f"Artifact {name} already exists with type '{known}'; cannot create another with type '{type_}'"
        )


def _base(project: Project, name: str) -> Manifest | None:
    """The newest version's manifest, whose files need not be stored again; None if it is unreadable."""
    newest = queries.newest(project.index, name)
    if newest is None:
        return None
    try:
        return Manifest(project.backend, newest.manifest, newest.manifest_hash)
    except CorruptObject:
        return None


class _Recording:
    """The plan of the commit, evaluated anew at each base, and what it last decided."""

    def __init__(
        self,
        project: Project,
        draft: Draft,
        digest: bytes,
        ingested: Ingested | None,
        operation: Operation,
    ) -> None:
        """Take the content's digest; where nothing was ingested, a version must have it."""
        self._project, self._draft, self._digest = project, draft, digest
        self._ingested, self._operation = ingested, operation
        self.reused = False
        self.kept = True
        self._number = -1
        self._reason = ""
        self._trashed: tuple[int, ...] = ()
        self._crashed = crashed(project, draft.name, draft.run)  # not in the plan, for which others wait

    def plan(self) -> list[fx.AnyEffect]:
        """The effects that log the version at the index's present state."""
        draft, index = self._draft, self._project.index
        known = queries.name(index, draft.name)
        refuse_kept_alias(known, draft.aliases)
        _check_type(known.type if known else None, draft.name, draft.type)
        same = queries.version_by_digest(index, draft.name, self._digest)
        self.reused, self.kept, self._trashed = same is not None, True, ()
        if same is None:
            if self._ingested is None:
                raise ObjectsGone  # it was deleted meanwhile
            require_objects(self._project, draft.name, self._ingested, self._operation.since)
            if draft.if_better is not None and not self._is_better(draft.if_better):
                return []
        effects: list[fx.AnyEffect] = []
        if same is not None:
            self._number = same.number
            effects += self._produced(same)
        else:
            self._number = known.last + 1 if known else 0
            effects += self._made(is_new_name=known is None)
        pointing = queries.aliases(index, draft.name)
        for alias in (*draft.aliases, "latest"):
            if pointing.get(alias) != self._number:
                effects.append(fx.AliasMoved(draft.name, alias, self._number, pointing.get(alias)))
        effects += reasons(self._project, draft.name, effects, draft.insistence)
        effects += best_moves(self._project, effects, [draft.name])
        going = deletions(self._project, draft.name, effects, self._crashed)
        self._trashed = tuple(one.number for one in going)
        return [*effects, *going]

    def result(self) -> Logged:
        """What the journal says now, where others that share the index may have taken in more than our entry.

        Raises:
            Conflict: the name was renamed right after.
        """
        index, name = self._project.index, self._draft.name
        version = queries.version(index, name, self._number)
        if version is None:
            gone = queries.deleted(index, name, self._number)
            if gone is None:
                raise Conflict(f"v{self._number} of '{name}' is logged, but '{name}' was renamed right after")
            version = gone.version
        is_new = self._ingested is not None and self.kept and not self.reused
        new_bytes = self._ingested.new_bytes if is_new and self._ingested else 0
        return Logged(version, self.reused, self.kept, new_bytes, self._reason, self._trashed)

    def _made(self, *, is_new_name: bool) -> Iterable[fx.AnyEffect]:
        assert self._ingested is not None
        draft, packed = self._draft, self._ingested.packed
        if is_new_name:
            yield fx.NameMade(draft.name, draft.type)
        yield fx.VersionMade(
            draft.name,
            self._number,
            self._ingested.manifest_key,
            packed.head_hash,
            packed.digest,
            packed.files,
            packed.size,
            draft.run,
            draft.metadata,
        )
        if draft.note:
            yield fx.NoteWritten(draft.name, self._number, draft.note)
        if draft.tags:
            yield fx.Tagged(draft.name, self._number, list(draft.tags), [])
        if (expires := self._expires()) is not None:
            yield fx.ExpirySet(draft.name, self._number, expires)

    def _produced(self, same: Version) -> Iterable[fx.AnyEffect]:
        draft = self._draft
        logged_by = {run.id for run in queries.producers(self._project.index, draft.name, same.number)}
        if draft.run is not None and draft.run not in logged_by:
            yield fx.Produced(draft.name, same.number, draft.run)
        if new := [tag for tag in draft.tags if tag not in same.tags]:
            yield fx.Tagged(draft.name, same.number, new, [])
        expires = self._expires()
        if expires is not None and (expires > same.expires if same.expires else expires == NEVER):
            yield fx.ExpirySet(draft.name, same.number, expires)  # wanted for longer, never for less

    def _expires(self) -> int | None:
        ttl = self._draft.ttl
        return self._draft.expires if ttl is None else time.time_ns() // 1000 + ttl

    def _is_better(self, rule: Rule) -> bool:
        """Whether the new content beats the best version so far; remembers which one stands if not."""
        index = self._project.index
        champion = best(index, self._draft.name, rule)
        known = queries.name(index, self._draft.name)
        if champion is None or known is None:
            return True
        self._number = known.last + 1
        with index.pretend(self._project.supposing(list(self._made(is_new_name=False)))):
            version = queries.version(index, self._draft.name, self._number)
            value = metric_of(index, version, rule.metric) if version else None
        if value is not None and is_better(value, champion[1], rule.mode):
            return True
        self.kept, self._number = False, champion[0].number
        sign = "<=" if rule.mode == "max" else ">="
        shown = "no value" if value is None else f"{value:g}"
        self._reason = f"{shown} {sign} {champion[1]:g} of {champion[0].label}"
        return False
