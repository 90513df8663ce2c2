"""What is put into an artifact before it is logged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mvfs.sdk.artifact_state import ArtifactState
from mvfs.sdk.draft import DraftEntry
from mvfs.sdk.stored import Entry


class TakesFiles(ArtifactState):
    """An artifact, as far as files are added."""

    def add_file(  # noqa: PLR0917 - W&B's signature
        self,
        local_path: str | os.PathLike[str],
        name: str | None = None,
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

    def add(self, obj: Any, name: str | os.PathLike[str], overwrite: bool = False) -> DraftEntry:
        """Add a `Table`, as ``name.table.json``, or in Parquet where ``name`` ends with ``.parquet``.

        Raises:
            TypeError: it is no `Table`.
            InvalidInput: another table was added under that name, or the format cannot hold the values.
        """
        from mvfs.sdk.media.table import Table
        from mvfs.sdk.media.table_files import path_of, write

        files = self._draft("add")
        if not isinstance(obj, Table):
            raise TypeError(f"Found object of type {type(obj)}, expected one of: Table")
        path = path_of(os.fspath(name))
        return files.add_copy(path, lambda target: write(obj, path, target), overwrite=overwrite)

    def __setitem__(self, name: str, item: Any) -> None:
        """The same as `add`."""
        self.add(item, name)

    def remove(self, item: str | os.PathLike[str] | DraftEntry) -> None:
        """Take a file, or all files below a directory, out again.

        Raises:
            NoSuchFile: there is none.
        """
        path = item.path if isinstance(item, DraftEntry) else os.fspath(item)
        self._draft("remove").remove(path)

    def get_added_local_path_name(self, local_path: str | os.PathLike[str]) -> str | None:
        """Return the path in the artifact under which a file was added; None if it was not."""
        return self._files.find_local(os.fspath(local_path))

    def is_draft(self) -> bool:
        """Whether it is not logged yet."""
        return self._stored is None

    def finalize(self) -> None:
        """Let nothing be added any more."""
        self._finalized = True
