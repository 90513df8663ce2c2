"""Ends the uploads in parts that writers left behind when they died: on S3 they stay, and cost, for ever."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from mvfs.catalog.project import Project
from mvfs.errors import MvfsError
from mvfs.store.intents import Intent

_ALIVE = 24 * 3600
"""Seconds for which an upload may still be somebody's, whatever a sweep is told."""


def end_uploads_of(project: Project, gone: Iterable[Intent]) -> None:
    """End the uploads of operations whose processes are gone.

    What cannot be looked for, or ended, waits for a sweep.
    """
    keys = {blob.key for intent in gone for blob in intent.blobs}
    if keys:
        with contextlib.suppress(MvfsError):
            project.backend.stored().end_uploads(f"p/{project.id}/", lambda key, _: key in keys)


def end_old_uploads(project: Project, now: int, grace: float, *, only_count: bool = False) -> int:
    """End the uploads that were begun ``grace`` seconds before ``now`` (nanoseconds), but a day at least.

    Returns how many. A server that tells of none, or ends none, does not keep a sweep from its work.
    """
    old: list[str] = []

    def is_over(key: str, begun: int) -> bool:
        if now - begun <= max(grace, _ALIVE) * 1e9:
            return False
        old.append(key)
        return not only_count

    with contextlib.suppress(MvfsError):
        project.backend.stored().end_uploads(f"p/{project.id}/", is_over)
    return len(old)
