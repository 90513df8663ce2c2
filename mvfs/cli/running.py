"""Runs the command of ``mvfs watch`` for an event, again where it fails."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mvfs.catalog.watching import Event
from mvfs.errors import InvalidInput

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
"""Seconds before a failed command is run again; each time twice as long."""

_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG."""


class Command:
    """Words to run, and how often."""

    def __init__(self, words: Sequence[str], store: str, retries: int, tell: Callable[[str], None]) -> None:
        self._words = words
        self._store = store
        self._retries = retries
        self._tell = tell

    def run(self, event: Event) -> bool:
        """Run it until it succeeds, or has failed too often; return whether it succeeded.

        Raises:
            InvalidInput: there is no such command.
        """
        wait = _FIRST_WAIT
        for left in range(self._retries, -1, -1):
            code = self._once(event)
            if code == 0:
                return True
            how = f"exit code {code}" if code > 0 else f"signal {-code}"
            if left:
                again = f"; once more in {wait:g} s ({left} left)"
                self._tell(f"'{self._words[0]}' failed for {event.ref} with {how}{again}")
                time.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            else:
                self._tell(f"'{self._words[0]}' failed for {event.ref} with {how}")
        return False

    def _once(self, event: Event) -> int:
        values = facts(event, self._store)
        words = [_filled(word, values) for word in self._words]
        sys.stdout.flush()
        try:
            return subprocess.run(
                words,
                env=os.environ | {f"MVFS_{key.upper()}": value for key, value in values.items()},
                stdin=subprocess.DEVNULL,
                check=False,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            ).returncode
        except (FileNotFoundError, PermissionError, NotADirectoryError) as exc:
            reason = (exc.strerror or str(exc)).lower()
            raise InvalidInput(f"'{words[0]}' cannot be run: {reason}") from exc


def facts(event: Event, store: str) -> dict[str, str]:
    """What a command is told, by name; what there is not is empty."""
    what = event.what
    old, new = ("" if number is None else f"v{number}" for number in (what.old, what.new))
    return {
        "event": event.kind,
        "ref": event.ref,
        "version": new,
        "alias": what.alias or "",
        "old": old,
        "new": new,
        "store": store,
        "path": _mounted(event, store) or "",
    }


def _filled(word: str, values: dict[str, str]) -> str:
    """Put values in the place of ``{ref}`` and the like; other braces stay."""
    return re.sub(r"\{([a-z]+)\}", lambda found: values.get(found[1], found[0]), word)


def _mounted(event: Event, store: str) -> str | None:
    """Where the version can be read in a mount of this user that answers."""
    from mvfs.mount.mountpoints import State  # brings in threads
    from mvfs.mount.mounts import mounts

    what = event.what
    if what.new is None:
        return None
    project, type_, name, version = event.project, what.type, what.name, f"v{what.new}"
    below = {
        store: (project, type_, name, version),
        f"{store}::{project}": (type_, name, version),
        f"{store}::{project}/{type_}": (name, version),
        f"{store}::{project}/{name}": (version,),
        f"{store}::{project}/{type_}/{name}": (version,),
    }
    for mount in mounts():
        if mount.state is State.ANSWERS and mount.source in below:
            path = Path(mount.mountpoint, *below[mount.source])
            if path.is_dir():
                return str(path)
    return None


def _end_with_parent() -> None:
    """Have the kernel end the command with the watcher: else both it and its repetition would run."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)
