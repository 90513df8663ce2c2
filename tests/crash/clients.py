"""Clients of a store that can be told apart: each has a cache and a state directory of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.store.backend.base import Backend

PROJECT = "proof"


class Client:
    """One user on one machine; `here` is where its commands run."""

    def __init__(self, folder: Path, backend: Backend, state: Path | None = None) -> None:
        """``state``: the state directory, where it is to be that of another client."""
        self.cache, self.state = folder / "cache", state or folder / "state"
        self.backend = backend

    @contextlib.contextmanager
    def here(self) -> Iterator[None]:
        """Let everything in this context use this client's directories."""
        with mock.patch.dict(os.environ, MVFS_CACHE_DIR=str(self.cache), MVFS_STATE_DIR=str(self.state)):
            yield

    @contextlib.contextmanager
    def opened(self, *, make: bool = False) -> Iterator[Project]:
        """The project, opened anew and up to date."""
        with self.here():
            catalog = Catalog(self.backend)
            project = None
            try:
                project = catalog.make_project(PROJECT) if make else catalog.project(PROJECT)
                yield project
            finally:
                close(catalog, project)

    @contextlib.contextmanager
    def working_on(self, backend: Backend) -> Iterator[None]:
        """Use another backend for a while."""
        usual, self.backend = self.backend, backend
        try:
            yield
        finally:
            self.backend = usual

    def forget(self) -> None:
        """Lose everything that is kept beside the store."""
        for folder in (self.cache, self.state):
            shutil.rmtree(folder, ignore_errors=True)


def close(catalog: Catalog, project: Project | None) -> None:
    """Free the databases."""
    if project is not None:
        project.index.close()
    if catalog._root is not None:
        catalog._root.close()
