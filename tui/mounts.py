"""Mounts of the store that is shown: which there are, how one is begun and ended, what is where in them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mvfs import refs
from mvfs.errors import InvalidInput, MountUnavailable, NoPermission
from mvfs.index.rows import Version
from mvfs.mount import records
from mvfs.mount.mounting import unmount
from mvfs.mount.mountpoints import FILE_SYSTEM, mounted, resolved
from mvfs.mount.mounts import mounts
from mvfs.text import line
from tui.library import Library

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
        if (ref := _part(library.location, one.source)) is not None
    ]


def where(library: Library, project: str, version: Version) -> str | None:
    """The directory of a version in a mount; None where it is in none. Asks no mount anything."""
    entries = [entry for entry in mounted() if entry.type == FILE_SYSTEM]
    parts = ((_part(library.location, entry.source), entry.path) for entry in entries)
    found = [
        f"{directory}/{'/'.join(below)}".rstrip("/")
        for ref, directory in parts
        if ref is not None and (below := _below(ref, project, version)) is not None
    ]
    return min(found, key=len, default=None)


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


def _part(location: str, source: str) -> str | None:
    """What part of the store at ``location`` a source names; None if it is of another store."""
    if source == location:
        return ""
    head, mark, ref = source.rpartition("::")
    return ref if mark and head == location else None


def _words(ref: str) -> Sequence[str]:
    return ref.split("/") if ref else ()


def _below(ref: str, project: str, version: Version) -> list[str] | None:
    """The words that lead from what is mounted to a version; None if it is not in there."""
    path = [project, version.type, version.name, version.label]
    if not ref:
        return path
    try:
        parsed = refs.parse(ref)
    except InvalidInput:
        return None
    for reading in parsed.readings():
        if parsed.words[0] != project or reading.type not in (None, version.type) or reading.path:
            continue
        if reading.name is None:
            return path[2 if reading.type else 1 :]
        if reading.name == version.name:
            if reading.selector is None:
                return path[3:]
            return [] if reading.selector.number == version.number else None
    return None


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
