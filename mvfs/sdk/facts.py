"""What is recorded of a run without being asked for: how and where it was started, and from which code.

Never environment variables: they hold secrets.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mvfs import __version__, settings

_GIT_SECONDS = 5.0
"""A repository on a slow file system must not hold up a training."""


def capture() -> dict[str, Any]:
    """Return the facts about this process."""
    user, _, host = settings.actor().rpartition("@")
    facts = {
        "argv": list(sys.argv),
        "executable": sys.executable,
        "cwd": _cwd(),
        "host": host,
        "user": user,
        "pid": os.getpid(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "mvfs": __version__,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    git = code_version()
    return facts | {"git": git} if git else facts


def code_version() -> dict[str, Any] | None:
    """Return commit, branch, remote and whether files differ from it; None outside of a repository."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _git("status", "--porcelain", "--untracked-files=no")
    remote = _git("config", "--get", "remote.origin.url")
    return {
        "commit": commit,
        "branch": _git("rev-parse", "--abbrev-ref", "HEAD"),
        "remote": without_password(remote) if remote else None,
        "dirty": None if changed is None else bool(changed),
    }


def without_password(url: str) -> str:
    """Return a remote's URL without the user and token that it may hold."""
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc or parts.scheme == "ssh":
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _git(*words: str) -> str | None:
    command = ["git", "-c", "core.fsmonitor=false", *words]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def _cwd() -> str | None:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None
