"""fsspec's protocol ``mvfs://``: whatever opens URLs by fsspec reads versions, every byte verified.

    pandas.read_csv("mvfs://vision/digits:v3/train.csv")
    fsspec.open("mvfs://vision/model/iv3:best/model.safetensors", store="s3://bucket/prefix")

A URL is a ref, or a path as in a mount: ``project/type/name/v3/path``. The store is the configured one, or
the option ``store``, since ``::`` has another meaning in fsspec. An alias is looked up on every call, an
open file stays what it was. Nothing can be written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from fsspec.callbacks import DEFAULT_CALLBACK, Callback
from fsspec.implementations.local import LocalFileSystem, trailing_sep
from fsspec.spec import AbstractFileSystem
from fsspec.utils import isfilelike

from mvfs.catalog.catalog import Catalog
from mvfs.errors import MvfsError, NoSuchFile, ReadOnly
from mvfs.integrations import tree
from mvfs.integrations.file import VersionFile
from mvfs.integrations.tree import Found, Info
from mvfs.sdk import active
from mvfs.store.manifest.records import DirEntry
from mvfs.store.sharing import share_out

_AT_ONCE = 8
"""Ranges that are read side by side."""

_MAGIC = frozenset("*?[")


class MvfsFileSystem(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A store: its projects, types, names, versions and their files; read-only."""

    protocol = "mvfs"
    root_marker = ""

    def __init__(self, store: str | os.PathLike[str] | None = None, **options: Any) -> None:
        """Read the store at ``store``, a directory or the URL of a bucket; by default the configured one."""
        super().__init__(**options)
        self._store = None if store is None else os.fspath(store)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        stripped = super()._strip_protocol(path)
        return stripped.lstrip("/") if isinstance(stripped, str) else stripped

    @property
    def fsid(self) -> str:
        """``mvfs:`` and where the store is."""
        return f"mvfs:{self._catalog.location}"

    @property
    def _catalog(self) -> Catalog:
        return active.catalog(self._store)

    def _find(self, path: str) -> Found:
        return tree.find(self._catalog, self._strip_protocol(path))

    # Looking.

    def info(self, path: str, **_: Any) -> Info:
        """What there is at ``path``; of files and versions also ``digest``, ``version`` and ``created``.

        Raises:
            NoSuchFile: nothing.
        """
        return tree.info(self._catalog, self._strip_protocol(path))

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """What a directory holds, each as `info` has it or, without ``detail``, its path.

        Raises:
            NoSuchFile: there is nothing at ``path``.
        """
        found = list(tree.children(self._catalog, self._strip_protocol(path)))
        return found if detail else [child["name"] for child in found]

    def exists(self, path: str, **_: Any) -> bool:
        """Whether there is something at ``path``; a store that cannot tell raises."""
        try:
            self.info(path)
        except NoSuchFile:
            return False
        return True

    def isfile(self, path: str) -> bool:
        """Whether there is a file at ``path``; a store that cannot tell raises."""
        try:
            return bool(self.info(path)["type"] == "file")
        except NoSuchFile:
            return False

    def ukey(self, path: str) -> str:
        """The hash of a file's bytes, or of all that a version holds; caches ask whether it is another one.

        Raises:
            NoSuchFile, IsADirectoryError: there is nothing, or something that can change at any time.
        """
        found = self._find(path)
        is_inside = isinstance(found.entry, DirEntry)
        digest = found.version.digest if isinstance(found.entry, DirEntry) else found.entry.digest
        return digest.hex() + (f":{found.entry.path}" if is_inside and found.entry.path else "")

    def checksum(self, path: str) -> int:
        """`ukey` as a number; not of directories inside a version."""
        return int(self.ukey(path).partition(":")[0], 16)

    def created(self, path: str) -> datetime:
        """When the version was logged."""
        return datetime.fromtimestamp(self._find(path).version.created / 1e6, UTC)

    def modified(self, path: str) -> datetime:
        """The same as `created`: versions do not change."""
        return self.created(path)

    # Reading.

    def _open(self, path: str, mode: str = "rb", **_: Any) -> VersionFile:
        if mode != "rb":
            self._refuse(path)
        found = self._find(path)
        _entry, reader = found.file()
        return VersionFile(self.unstrip_protocol(path), found.backend, reader)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        """The bytes of a file, or of a range as Python slices it."""
        return self._find(path).read(start, end)

    def cat_ranges(
        self,
        paths: list[str],
        starts: int | Sequence[int | None] | None,
        ends: int | Sequence[int | None] | None,
        max_gap: int | None = None,
        on_error: str = "return",
        **_: Any,
    ) -> list[bytes | Exception]:
        """Ranges of files, read side by side; a failure is raised, or (``return``) stands for its range."""
        found = {path: _attempt(lambda path=path: self._find(path)) for path in paths}
        result: list[bytes | Exception] = [b""] * len(paths)

        def read(one: tuple[int, str, int | None, int | None]) -> None:
            number, path, start, end = one
            file = found[path]
            data = _attempt(lambda: file.read(start, end)) if isinstance(file, Found) else file
            if isinstance(data, Exception) and on_error == "raise":
                raise data
            result[number] = data

        ranges = zip(range(len(paths)), paths, _each(starts, paths), _each(ends, paths), strict=True)
        share_out(ranges, lambda: read, max(1, min(_AT_ONCE, len(paths))))
        return result

    def get_file(
        self,
        rpath: str,
        lpath: Any = None,
        callback: Callback = DEFAULT_CALLBACK,
        outfile: Any = None,
        **_: Any,
    ) -> None:
        """Copy a file to ``lpath``, where it appears when all of it was verified; make a directory."""
        if outfile is not None or isfilelike(lpath):
            super().get_file(rpath, lpath, callback=callback, outfile=outfile)
        elif self.isdir(rpath):
            Path(lpath).mkdir(parents=True, exist_ok=True)
        else:
            found = self._find(rpath)
            entry, _reader = found.file()
            callback.set_size(entry.size)
            found.content.copy(Path(lpath), entry.path, progress=callback.relative_update)

    def get(
        self,
        rpath: Any,
        lpath: Any,
        recursive: bool = False,
        callback: Callback = DEFAULT_CALLBACK,
        maxdepth: int | None = None,
        **others: Any,
    ) -> None:
        """Copy files, as everywhere in fsspec; a directory is of one version, whatever moves meanwhile."""
        is_one = isinstance(rpath, str) and isinstance(lpath, str) and not _MAGIC & set(rpath)
        if is_one and recursive and maxdepth is None:
            place = tree.place(self._catalog, self._strip_protocol(rpath))
            if place is not None and place.version is not None:
                content = place.project.content(place.version)
                if isinstance(content.find(place.path), DirEntry):
                    copied = content.copy(_target(self._strip_protocol(rpath), rpath, lpath), place.path)
                    callback.set_size(len(copied))
                    callback.absolute_update(len(copied))
                    return
        super().get(rpath, lpath, recursive=recursive, callback=callback, maxdepth=maxdepth, **others)

    # What a store does not do.

    def sign(self, path: str, expiration: int = 100, **_: Any) -> NoReturn:
        """Raise: there is no server that could let others in."""
        raise NotImplementedError(f"mvfs:// has no signed URLs: no server serves '{path}'")

    def _refuse(self, path: Any = "", *_: Any, **__: Any) -> NoReturn:
        """Raise: nothing can be written.

        Raises:
            ReadOnly: always.
        """
        raise ReadOnly(
            f"mvfs:// is read-only, '{path}' cannot be changed; log a new version instead"
            " (run.log_artifact, or 'mvfs log')"
        )

    mkdir = makedirs = rmdir = touch = pipe = pipe_file = put = put_file = _refuse
    rm = rm_file = _rm = mv = copy = cp_file = _refuse


def _attempt(work: Any) -> Any:
    """Return what ``work`` returns, or how it failed."""
    try:
        return work()
    except (MvfsError, OSError) as exc:
        return exc


def _each(value: int | Sequence[int | None] | None, paths: list[str]) -> Sequence[int | None]:
    return value if isinstance(value, Sequence) else [value] * len(paths)


def _target(path: str, given: str, lpath: str) -> Path:
    """Where fsspec puts a directory: into one that is there, unless the source is given with a slash."""
    is_into = not trailing_sep(given) and (trailing_sep(lpath) or LocalFileSystem().isdir(lpath))
    target = LocalFileSystem._strip_protocol(lpath)  # noqa: SLF001 - its way of reading local paths
    return Path(target, path.rpartition("/")[2]) if is_into else Path(target)
