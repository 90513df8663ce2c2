"""Ways to put text where it can be pasted: the terminal (OSC 52), tmux, a program of the desktop, a file."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from mvfs import settings
from mvfs.errors import InvalidInput

_MOST = 74_994
"""Bytes, encoded, that terminals take."""

_PATIENCE = 3.0
"""Seconds for a program to take the text."""

OSC52, TMUX, NATIVE, FILE = "osc52", "tmux", "native", "file"

_TMUX = ("tmux", "load-buffer", "-w", "-")
"""Into tmux's own buffer and, through it, into the clipboard of the terminal around it."""

_DESKTOPS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
    ("WSL_DISTRO_NAME", ("clip.exe",)),
)
"""Programs, and the variable without which they cannot work."""


def ways(mode: str, environ: Mapping[str, str], *, too_long: bool) -> list[str]:
    """The ways to try, the best one first.

    Over SSH a program would reach the clipboard of the machine far away, so the terminal comes first there.
    tmux is asked itself: it passes OSC 52 on only if it is configured to.
    """
    if mode != "auto":
        return [mode]
    terminal = [TMUX] if environ.get("TMUX") else []
    terminal += [] if too_long else [OSC52]
    if "SSH_TTY" in environ or "SSH_CONNECTION" in environ:
        return [*terminal, FILE]
    return [NATIVE, *terminal, FILE]


def is_too_long(text: str) -> bool:
    """Whether terminals would not take it."""
    return len(base64.b64encode(text.encode("utf-8", "replace"))) > _MOST


def put(text: str, mode: str, environ: Mapping[str, str]) -> str | None:
    """Put text into a clipboard; return how, in words, or None where the terminal is to be asked by OSC 52.

    Waits for programs, so workers call it.

    Raises:
        InvalidInput: the way that was configured does not work.
    """
    attempts: dict[str, Callable[[], str]] = {
        TMUX: lambda: "by tmux" if shutil.which(_TMUX[0]) and _run(_TMUX, text) else "",
        NATIVE: lambda: _natively(text, environ),
        FILE: lambda: _into_file(text),
    }
    for way in ways(mode, environ, too_long=is_too_long(text)):
        if way == OSC52:
            if is_too_long(text):
                raise InvalidInput("it is too long for a terminal's clipboard")
            return None
        if said := attempts[way]():
            return said
    raise InvalidInput(f"no way to copy by '{mode}' here; $MVFS_CLIPBOARD can name another")


def _natively(text: str, environ: Mapping[str, str]) -> str:
    for variable, command in _DESKTOPS:
        if environ.get(variable) and shutil.which(command[0]) and _run(command, text):
            return f"by {command[0]}"
    return ""


def _run(command: tuple[str, ...], text: str) -> bool:
    """Have a program take the text; those that stay to serve it must not hold our output."""
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(command, check=False, input=text.encode("utf-8", "replace"), stdout=nothing,
                              stderr=nothing, timeout=_PATIENCE)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _into_file(text: str) -> str:
    path: Path = settings.state_dir() / "tui" / "clipboard.txt"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        return f"into {path}"
    return ""
