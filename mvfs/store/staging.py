"""Where a blob is put together before it has a name."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mvfs.store.backend.base import Backend


class Staging:
    """The store's own scratch directory, from which files move in at no cost; else a temporary one."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def new_path(self) -> Path:
        """A path that nobody uses."""
        return self._folder() / os.urandom(8).hex()

    def close(self) -> None:
        """Remove what is temporary."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _folder(self) -> Path:
        folder = self._backend.staging()
        if folder is not None:
            return folder
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="mvfs-")
        return Path(self._temporary.name)
