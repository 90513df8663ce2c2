"""Goes on after a ``log`` that was killed: what it had stored is not stored again."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from mvfs import settings
from mvfs.catalog.project import Project
from mvfs.catalog.uploads import end_uploads_to
from mvfs.store.intents import Intent, Intents
from mvfs.store.journal import Operation
from mvfs.store.sharing import share_out

_THREADS = 16
"""Blobs that are looked for at once."""


class Resumption:
    """The notes of one operation, and of those of this user that were cut off in the same project."""

    def __init__(self, project: Project, operation: Operation) -> None:
        intents = Intents(settings.state_dir() / "intents" / project.store_id / project.id)
        self.leftovers: list[Intent] = []
        abandoned = intents.abandoned()
        _keep_what_is_there(project, abandoned)
        for one in abandoned:
            if one.blobs and project.journal.find(one.operation) is None:
                self.leftovers.append(one)
            else:  # nothing to take over, or only the answer was lost
                one.finish()
                one.release()
        self.intent = intents.begin(operation)

    def rely_on(self, operation: Operation, own: frozenset[str]) -> None:
        """Make the operation as old as the oldest leftover that it uses: sweeps since then concern it."""
        for one in self.leftovers:
            if any(blob.key in own for blob in one.blobs):
                operation.since = min(operation.since, one.operation.since)

    def finish(self, own: frozenset[str] = frozenset()) -> None:
        """Forget the operation, which is decided, and the leftovers that it used."""
        for one in self.leftovers:
            if any(blob.key in own for blob in one.blobs):
                one.finish()
        if self.intent is not None:
            self.intent.finish()

    def forget_leftovers(self) -> None:
        """Rely on none of them again: a sweep may have listed them, though they are there still."""
        for one in self.leftovers:
            one.finish()

    def __enter__(self) -> Resumption:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (*self.leftovers, *((self.intent,) if self.intent else ())):
            one.release()


def _keep_what_is_there(project: Project, abandoned: Sequence[Intent]) -> None:
    """Drop the blobs that were noted, never stored: one could hide the same bytes that another try stored."""
    noted = {blob.key: blob.size for one in abandoned for blob in one.blobs}
    if not noted:
        return
    found: dict[str, int] = {}

    def look(key: str) -> None:
        info = project.backend.stored().head(key)
        if info is not None:
            found[key] = info.size

    share_out(noted, lambda: look, min(len(noted), _THREADS))
    unfinished = {key for key, size in noted.items() if found.get(key) != size}
    for one in abandoned:
        one.blobs = [blob for blob in one.blobs if blob.key not in unfinished]
    if unfinished:
        end_uploads_to(project, unfinished)
