"""Ends the uploads in parts that writers left behind when they died: on S3 they stay, and cost, for ever."""

from __future__ import annotations

import contextlib
from collections.abc import Collection

from mvfs.catalog.project import Project
from mvfs.errors import MvfsError

_ALIVE = 24 * 3600
"""Seconds for which an upload may still be somebody's, whatever a sweep is told."""


def end_uploads_to(project: Project, keys: Collection[str]) -> None:
    """End the uploads to keys that only processes used which are gone.

    What cannot be looked for, or ended, waits for a sweep.
    """
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
