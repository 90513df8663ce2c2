"""What is got out of a logged artifact."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mvfs.errors import InvalidInput, NoSuchFile
from mvfs.sdk.artifact_state import ArtifactState
from mvfs.sdk.pages import Pages
from mvfs.sdk.stored import Entry, downloads

if TYPE_CHECKING:
    from mvfs.sdk.media.table import Table


class GivesFiles(ArtifactState):
    """An artifact, as far as files are read."""

    def get_entry(self, name: str | os.PathLike[str]) -> Entry:
        """Return one file.

        Raises:
            NoSuchFile: there is none.
        """
        return self._need("get_entry").entry(os.fspath(name))

    def get_path(self, name: str | os.PathLike[str]) -> Entry:
        """The same as `get_entry`; W&B's older word."""
        return self._need("get_entry").entry(os.fspath(name))

    def get(self, name: str) -> Table | None:
        """Return the `Table` that was added under ``name``; None if there is none.

        Raises:
            CorruptObject: the file is no table, or is damaged.
            InvalidInput: it is Parquet, and pyarrow is not installed.
        """
        from mvfs.sdk.media import table_files

        stored = self._need("get")
        try:
            entry = stored.entry(table_files.path_of(name))
        except NoSuchFile:
            return None
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "table"
            entry.copy_to(copy)
            return table_files.read(copy, entry.path)

    def __getitem__(self, name: str) -> Table | None:
        """The same as `get`."""
        self._need("__getitem__")
        return self.get(name)

    def files(
        self, names: list[str] | None = None, per_page: int = 50, start: str | None = None
    ) -> Pages[Entry]:
        """Return all files, or those named, by page.

        Raises:
            NoSuchFile: a name is not there.
        """
        return Pages.of(self._need("files").entries(names), per_page, start)

    def file(self, root: str | os.PathLike[str] | None = None) -> str:
        """Download the only file and return its path.

        Raises:
            InvalidInput: there are several, or none.
        """
        entries = self._need("file").entries()
        if not entries:
            raise InvalidInput("This artifact contains no file")
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
        return str(folder) if root is None else os.fspath(root)

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
