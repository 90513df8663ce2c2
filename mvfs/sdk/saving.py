"""Files that a run saves beside its artifacts: `Run.save`, `Run.dir` and `Run.log_code`."""

from __future__ import annotations

import glob as globbing
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path

from mvfs.errors import InvalidInput, InvalidSource
from mvfs.sdk.artifact import Artifact

POLICIES = ("now", "live", "end")

Choose = Callable[..., bool]
"""Takes a path, or a path and the root, and says whether it is meant."""

_CODE = re.compile(r".*\.py|requirements[^/]*\.txt|Dockerfile[^/]*|.*\.Dockerfile")
_NOT_CODE = frozenset({"wandb", "node_modules", "__pycache__", "artifacts"})


class SavedFiles:
    """The files of one run, by their paths in the artifact ``run-<id>-files``."""

    def __init__(self, run_id: str) -> None:
        self._name = f"run-{run_id}-files"
        self._files: dict[str, Path] = {}
        self._later = False
        self._folder: Path | None = None

    def folder(self) -> Path:
        """A directory whose files are saved when the run ends."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="mvfs-run-"))
        return self._folder

    def add(self, pattern: str, base: str | os.PathLike[str] | None, policy: str, *, glob: bool) -> list[str]:
        """Take in the files that a pattern names; return their paths.

        Raises:
            InvalidInput: the policy is none, or a file is outside of ``base``.
        """
        if policy not in POLICIES:
            raise InvalidInput(
                f'Only "live" "now" and "end" policies are currently supported, not {policy!r}', policy=policy
            )
        if base is None:
            base = os.path.dirname(pattern) if pattern.startswith("/") else "."
        root = Path(os.path.abspath(base))
        names = globbing.glob(pattern, recursive=True) if glob else [pattern]  # noqa: PTH207 - as it was written
        found = {}
        for file in (file for name in sorted(names) for file in _files(Path(os.path.abspath(name)))):
            if not file.is_relative_to(root):
                raise InvalidInput(
                    f"'{file}' is not below '{root}'; pass a base_path that it is below", path=str(file)
                )
            found[str(file.relative_to(root))] = file
        self._files.update(found)
        self._later = self._later or (policy != "now" and bool(found))
        return [str(file) for file in found.values()]

    def artifact(self) -> Artifact | None:
        """The draft with all files as they are now; None where there are none."""
        return _draft(self._name, "run-files", self._files)

    def last(self) -> Artifact | None:
        """The draft to be logged at the end; None where there is nothing new."""
        if self._folder is not None:
            inside = {str(file.relative_to(self._folder)): file for file in _files(self._folder)}
            self._files.update(inside)
            self._later = self._later or bool(inside)
        return self.artifact() if self._later else None

    def clear(self) -> None:
        """Remove the directory, whose files are saved."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def code(
    root: str | os.PathLike[str], name: str, include: Choose | None, exclude: Choose | None
) -> Artifact | None:
    """Return a draft with the code below a directory; None where there is none.

    Raises:
        InvalidSource: it is no directory.
    """
    folder = Path(os.path.abspath(root))
    if not folder.is_dir():
        raise InvalidSource(f"log_code: '{folder}' is not a directory", path=str(folder))
    found = {}
    for file in _files(folder, skip=_is_no_code if exclude is None else None):
        wanted = _CODE.fullmatch(file.name) is not None if include is None else _ask(include, file, folder)
        if wanted and not (exclude is not None and _ask(exclude, file, folder)):
            found[str(file.relative_to(folder))] = file
    return _draft(name, "code", found)


def code_name(project: str, script: str) -> str:
    """The name of the artifact with a project's code, as W&B makes it."""
    return re.sub(r"[^\w.-]", "_", f"source-{project}-{script}")[:128]


def _ask(choose: Choose, file: Path, root: Path) -> bool:
    return bool(choose(str(file), str(root)) if len(signature(choose).parameters) > 1 else choose(str(file)))


def _is_no_code(folder: Path) -> bool:
    """Whether a directory holds what others wrote: hidden, installed or made."""
    return folder.name.startswith(".") or folder.name in _NOT_CODE or (folder / "pyvenv.cfg").exists()


def _files(place: Path, skip: Callable[[Path], bool] | None = None) -> Iterator[Path]:
    if not place.is_dir():
        if place.exists():
            yield place
        return
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(one for one in folders if skip is None or not skip(Path(folder, one)))
        yield from (path for name in sorted(names) if (path := Path(folder, name)).is_file())


def _draft(name: str, type_: str, files: dict[str, Path]) -> Artifact | None:
    there = {path: file for path, file in files.items() if file.is_file()}
    if not there:
        return None
    draft = Artifact.internal(name, type_)
    for path, file in there.items():
        draft.add_file(os.fspath(file), path, policy="immutable")
    return draft
