"""How the demo talks: headed steps, and the commands that it runs."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mvfs import text

_IS_PLAIN = not sys.stdout.isatty() or "NO_COLOR" in os.environ
_BOLD, _DIM, _RESET = ("", "", "") if _IS_PLAIN else ("\x1b[1m", "\x1b[2m", "\x1b[0m")
_BEGAN = time.monotonic()


class CommandFailed(Exception):
    """A command of the demo did not end well."""


def step(title: str) -> None:
    """Begin a step."""
    print(f"\n{_BOLD}{title}{_RESET}", flush=True)


def say(line: str = "") -> None:
    """Tell one thing about the step."""
    print(f"  {text.line(line)}".rstrip(), flush=True)


def seconds() -> float:
    """Seconds since the demo began."""
    return time.monotonic() - _BEGAN


def shown(path: Path) -> str:
    """Return a path as short as it can be typed here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def command(*words: str | Path) -> str:
    """Run a command, showing it; return what it printed.

    Raises:
        CommandFailed: it did not end well; its own message was shown.
    """
    return _run(list(map(str, words)), _shell(words), quiet=True)


def run_mvfs(store: Path, verb: str, *words: str | Path, quiet: bool = False) -> None:
    """Run mvfs's own command line on the demo's store, showing the command and what it prints.

    Raises:
        CommandFailed: it did not end well; its own message was shown.
    """
    call = [sys.executable, "-m", "mvfs", verb, *map(str, words), "--store", str(store)]
    _run(call, _shell(("mvfs", verb, *words, "--store", store)), quiet=quiet)


def _shell(words: tuple[str | Path, ...]) -> str:
    return shlex.join(shown(word) if isinstance(word, Path) else word for word in words)


def _run(call: list[str], shell: str, *, quiet: bool) -> str:
    print(f"  {_DIM}$ {shell}{_RESET}", flush=True)
    # Not pipes: a mount goes on in the background, and would hold them open.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = subprocess.run(call, stdout=out, stderr=err, check=False).returncode
        out.seek(0)
        err.seek(0)
        printed, told = out.read().decode(), err.read().decode()
    if code != 0:
        sys.stderr.write(text.block(told))
        raise CommandFailed(f"'{shell}' ended with code {code}")
    if not quiet:
        for line in (printed + told).splitlines():
            say("  " + line)
    return printed
