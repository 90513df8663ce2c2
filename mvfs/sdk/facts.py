"""What is recorded of a run without being asked for: how and where it was started, and from which code.

Never environment variables: they hold secrets.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mvfs import __version__, settings
from mvfs.sdk.secrets import Masker

_GIT_SECONDS = 5.0
"""A repository on a slow file system must not hold up a training."""


def capture(masker: Masker) -> dict[str, Any]:
    """Return the facts about this process."""
    user, _, host = settings.actor().rpartition("@")
    facts = {
        "argv": masker.command(sys.argv),
        "executable": sys.executable,
        "cwd": _cwd(),
        "host": host,
        "user": user,
        "pid": os.getpid(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "mvfs": __version__,
        "cpus": os.cpu_count(),
        "memory": _memory(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    version = code_version()
    return facts | {"git": version} if version else facts


def _memory() -> int | None:
    """Bytes of memory of this machine."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def code_version() -> dict[str, Any] | None:
    """Return commit, branch, remote and whether files differ from it; None outside of a repository."""
    commit = git("rev-parse", "HEAD")
    if commit is None:
        return None
    changed = git("status", "--porcelain", "--untracked-files=no")
    remote = git("config", "--get", "remote.origin.url")
    branch = git("rev-parse", "--abbrev-ref", "HEAD")
    return {
        "commit": commit.strip(),
        "branch": branch.strip() if branch else None,
        "remote": without_password(remote.strip()) if remote else None,
        "dirty": None if changed is None else bool(changed.strip()),
    }


def without_password(url: str) -> str:
    """Return a remote's URL without the user and token that it may hold."""
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc or parts.scheme == "ssh":
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def git(*words: str, limit: int = 1 << 20) -> str | None:
    """Return what git prints, up to ``limit`` bytes of it; None where it fails, or is not to be asked."""
    if settings.said("DISABLE_GIT").lower() in ("1", "true", "yes", "on"):
        return None
    command = ["git", "-c", "core.fsmonitor=false", *words]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat"}
    try:
        with tempfile.TemporaryFile() as out:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=_GIT_SECONDS,
                check=False,
            )
            out.seek(0)
            text = out.read(limit).decode(errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return None
    return text if done.returncode == 0 else None


def _cwd() -> str | None:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None
