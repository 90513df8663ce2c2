"""Mounts of the store that is shown: which there are, and how one is begun and ended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mvfs.errors import MountUnavailable, NoPermission
from mvfs.mount import records
from mvfs.mount.mounting import unmount
from mvfs.mount.mountpoints import resolved
from mvfs.mount.mounts import mounts
from mvfs.text import line
from tui.library import Library
from tui.mounted import part_of

_PATIENCE = 60
"""Seconds after which a mount that says nothing is given up."""


@dataclass(frozen=True, slots=True)
class Mount:
    """The store, or a part of it, mounted on this machine."""

    ref: str
    """Of the part; empty for all of the store."""
    directory: str
    state: str
    """``answers``, ``dead`` or ``silent``; empty where only its owner can find out."""
    is_mine: bool


def of_store(library: Library) -> list[Mount]:
    """The mounts of this store; asks each whether it answers, which may take two seconds."""
    return [
        Mount(ref, one.mountpoint, one.state or "", one.is_mine)
        for one in mounts()
        if (ref := part_of(library.location, one.source)) is not None
    ]


def usual_directory(ref: str) -> Path:
    """Where something is mounted unless somebody says otherwise: ``~/mvfs/PROJECT`` or ``…/PROJECT-NAME``."""
    words = _words(ref)
    parts = [words[0], *words[2:]] if len(words) > 2 else list(words)
    return Path.home() / "mvfs" / ("-".join(parts).replace(":", "-") or "store")


def mount(library: Library, ref: str, directory: Path) -> str:
    """Mount a part of the store, or with an empty ref all of it, as ``mvfs mount`` does; return what to say.

    The directory is made if it is not there.

    Raises:
        MountUnavailable: it cannot be mounted; the message says why.
        NoPermission: the directory cannot be made.
    """
    made = _make(directory)
    command = [sys.executable, "-P", "-m", "mvfs", "--json", "--store", library.location, "mount"]
    command += ["--", *([ref] if ref else []), str(directory)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=_PATIENCE, check=False, start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise MountUnavailable(f"'mvfs mount' has said nothing for {_PATIENCE} seconds") from None
    if done.returncode:
        _unmake(made)
        raise MountUnavailable(_trouble(done.stderr))
    return f"{line(ref) or 'the store'} is mounted on {line(str(directory))}"


def end(directory: str, *, lazily: bool = False) -> str:
    """Unmount; ``lazily`` also where somebody is in it. Returns what to say.

    Raises:
        Conflict: somebody is in it.
        NotFound, NoPermission, MountUnavailable: it is no mount, or another user's, or refused.
    """
    path = resolved(directory)
    unmount(path, lazily=lazily)
    records.forget(path)
    return f"{line(directory)} is unmounted"


def _words(ref: str) -> Sequence[str]:
    return ref.split("/") if ref else ()


def _make(directory: Path) -> list[Path]:
    """Make a directory and what is above it; return what was made, the deepest first."""
    missing = []
    for path in (directory, *directory.parents):
        try:
            if path.exists():
                break
        except OSError:
            break  # a dead mount: mounting clears it away
        missing.append(path)
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
    except OSError as exc:
        raise NoPermission(f"{directory} cannot be made: {(exc.strerror or str(exc)).lower()}") from exc
    return missing


def _unmake(made: Iterable[Path]) -> None:
    for path in made:
        try:
            path.rmdir()
        except OSError:
            return


def _trouble(said: str) -> str:
    """The message of the last error that a command told as JSON."""
    for row in reversed(said.splitlines()):
        try:
            error = json.loads(row)["error"]["message"]
        except (ValueError, KeyError, TypeError):
            continue
        if isinstance(error, str):
            return error
    return "'mvfs mount' ended without a word"
