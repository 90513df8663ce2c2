"""What takes a while to find out about a run's surroundings: packages, GPUs, and the uncommitted changes."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from mvfs.errors import MvfsError
from mvfs.sdk.facts import git

_MAX_PACKAGES = 2000
_MAX_UNTRACKED = 500
MAX_DIFF = 1 << 20
"""Bytes of uncommitted changes that are kept."""

_WAIT = 10.0
"""Seconds for which the end of a run waits for it."""

_log = logging.getLogger("mvfs")


class Surroundings:
    """Looks around in a thread of its own, so that a run begins at once."""

    def __init__(self, mask: Callable[[str], str], keep: Callable[[dict[str, Any]], None]) -> None:
        self._mask, self._keep = mask, keep
        self._thread = threading.Thread(target=self._look, name="mvfs-surroundings", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is done, or for some seconds."""
        self._thread.join(_WAIT)

    def _look(self) -> None:
        found = {"packages": packages(), "gpus": gpus(), **changes(self._mask)}
        try:
            self._keep(found)
        except MvfsError as exc:
            _log.warning("mvfs: packages and uncommitted changes of the run are not recorded: %s", exc)


def packages() -> list[str]:
    """Return the installed packages as ``name==version``."""
    found = set()
    for one in metadata.distributions():
        about = one.metadata
        name, version = about.get("Name"), about.get("Version")  # type: ignore[attr-defined]
        if name:
            found.add(f"{name}=={version}")
    return sorted(found)[:_MAX_PACKAGES]


def gpus() -> list[str]:
    """Return the models of the GPUs, as far as they can be told without starting anything."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if cuda is not None and cuda.is_initialized():
        return [str(cuda.get_device_name(number)) for number in range(cuda.device_count())]
    found = []
    for about in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in about.read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key == "Model":
                found.append(value.strip())
    return found


def changes(mask: Callable[[str], str]) -> dict[str, Any]:
    """Return the uncommitted changes of the repository that the process is in, and its untracked files."""
    diff = git("diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color", limit=MAX_DIFF)
    if diff is None:
        return {}
    untracked = (git("ls-files", "--others", "--exclude-standard", "--full-name", ":/") or "").splitlines()
    found: dict[str, Any] = {"diff": mask(diff), "untracked": untracked[:_MAX_UNTRACKED]}
    return found | {"diff_is_cut": True} if len(diff.encode()) >= MAX_DIFF else found
