"""What is shared by all of this process's SDK objects: the opened store and the active run."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Protocol

from mvfs import settings, text
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.reach import Reach
from mvfs.settings import StoreLocation

_log = logging.getLogger("mvfs")


class ActiveRun(Protocol):
    """What the rest of the SDK needs to know of the run that `mvfs.init` made."""

    @property
    def project(self) -> str:
        """Name of its project."""

    @property
    def disabled(self) -> bool:
        """Whether it records nothing."""

    def log_artifact(self, artifact_or_path: Any, /) -> Any:
        """Log an artifact as the run's output."""


class _Process:
    """The state of this process."""

    run: ActiveRun | None = None
    catalogs: dict[tuple[int, Path | str | None], Catalog] = {}  # noqa: RUF012 - one per process is the point


def run() -> ActiveRun | None:
    """Return the run that `mvfs.init` made last, until it is finished."""
    return _Process.run


def set_run(run: ActiveRun | None) -> None:
    """Make a run the active one."""
    _Process.run = run


def catalog(store: str | None = None) -> Catalog:
    """Return the configured store, or the one at ``store``.

    A forked child opens it anew, since SQLite handles must not cross a fork; the parent's stay referenced,
    for closing them in the child would be as bad.
    """
    location = settings.store_location(store)
    key = os.getpid(), location.path or location.url
    if key not in _Process.catalogs:
        _Process.catalogs[key] = catalog_at(location)
    return _Process.catalogs[key]


def catalog_of(location: str) -> Catalog:
    """Return the store at a place: the configured one where it is that."""
    configured = catalog()
    return configured if configured.location == location else catalog_at(location)


def catalog_at(where: StoreLocation | str) -> Catalog:
    """Open a store that says by itself when it is out of reach."""
    opened = open_catalog(settings.store_location(where) if isinstance(where, str) else where)
    opened.reach.on_change = tell_reach
    return opened


def tell_reach(reach: Reach) -> None:
    """Warn that a store is out of reach, and say when it is back."""
    if reach.is_lost:
        _log.warning("mvfs: %s", text.line(reach.say()))
    else:
        _log.warning("mvfs: %s is in reach again", text.line(reach.location))


def project_name() -> str:
    """Return the project of names that name none."""
    return _Process.run.project if _Process.run is not None else settings.default_project()


def entity() -> str:
    """Return what stands for W&B's entity: the user."""
    return settings.actor().rpartition("@")[0]


def scratch() -> Path | None:
    """Return a directory for temporary files; None for the system's, which a disabled run must do with."""
    if _Process.run is not None and _Process.run.disabled:
        return None
    return catalog().backend.staging()
