"""The user's own editor, on a text that belongs to the store."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_USUAL = ("nano", "vi")


def editor(environ: Mapping[str, str]) -> list[str] | None:
    """The command of ``$VISUAL``, ``$EDITOR``, nano or vi; None where there is none of them."""
    for variable in ("VISUAL", "EDITOR"):
        if environ.get(variable, "").strip():
            try:
                return shlex.split(environ[variable])
            except ValueError:
                continue
    return next(([name] for name in _USUAL if shutil.which(name)), None)


def attempt(command: list[str], text: str, what: str = "note", suffix: str = ".md") -> tuple[str | None, str]:
    """Let the user edit ``text`` in the foreground; return what was saved, or None and why there is nothing.

    ``what`` it is and its ``suffix`` are told to the user, and to the editor. Where nothing was saved, the
    reason is empty.

    Nothing is raised: the terminal has to be taken back whatever happens.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f"mvfs-{what}-", suffix=suffix)
    except OSError as exc:
        return None, f"cannot make a file to edit: {exc.strerror or exc}"
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text + "\n" * bool(text and not text.endswith("\n")))
        before = path.stat()
        code = _wait([*command, name])
        if code:
            return None, f"the editor '{command[0]}' ended with {code}; the {what} stays as it was"
        after = path.stat()
        if (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino):
            return None, ""
        return path.read_text("utf-8", errors="replace").strip("\n"), ""
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else exc
        return None, f"cannot run the editor '{command[0]}': {reason}"
    finally:
        path.unlink(missing_ok=True)


def _wait(command: list[str]) -> int:
    """Run to the end; an interrupt is the editor's, not ours."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # a handler, as exec resets those but not SIG_IGN
    try:
        return subprocess.call(command)
    finally:
        signal.signal(signal.SIGINT, before)
