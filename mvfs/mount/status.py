"""``.mvfs/status``: how a mount is doing, line by line."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from mvfs import settings, text, units
from mvfs.cache import room
from mvfs.catalog.catalog import Catalog
from mvfs.mount.opens import Opens
from mvfs.mount.options import Options
from mvfs.mount.scope import Scope
from mvfs.version import VERSION


@dataclass(frozen=True, slots=True)
class Status:
    """What a mount knows of itself."""

    catalog: Catalog
    scope: Scope
    mountpoint: Path
    options: Options
    opens: Opens
    since: int = field(default_factory=lambda: time.time_ns() // 1000)
    """Microseconds since 1970."""

    def text(self) -> str:
        """Return one ``name: value`` per line."""
        values = {
            "store": self.catalog.location,
            "mounted": str(self.scope) or "all of it",
            "on": str(self.mountpoint),
            "options": str(self.options),
            "driver": self.options.driver,
            "passthrough": self._passthrough(),
            "reach": self._reach(),
            "open files": str(len(self.opens)),
            "cache": self._cache(),
            "mvfs": VERSION,
            "process": str(os.getpid()),
            "since": units.iso(self.since),
        }
        return "".join(f"{name}: {text.line(value)}\n" for name, value in values.items())

    def _passthrough(self) -> str:
        if self.options.driver != "linux":
            return f"off: driver={self.options.driver}"
        if not self.options.passthrough:
            return "off: passthrough=off"
        if self.options.verify == "always":
            return "off: verify=always"
        passthrough = self.opens.passthrough
        return "on" if passthrough.is_granted else f"off: {passthrough.refusal}"

    def _reach(self) -> str:
        reach = self.catalog.reach
        if reach.is_lost:
            return f"lost since {units.iso(reach.since)}: {reach.say()}"
        return "in reach" if self.catalog.backend.is_far else "local"

    def _cache(self) -> str:
        if not self.catalog.backend.is_far:
            return "none: the store is local"
        if not settings.is_cache_on():
            return "off: $MVFS_CACHE is off"
        root = settings.blob_cache().path
        taken = sum(entry.size for entry in room.entries(root))
        try:
            most = units.size(room.limit(root, taken).size)
        except OSError as exc:
            return f"{root} cannot be read: {(exc.strerror or str(exc)).lower()}"
        return f"{units.size(taken)} of at most {most} in {root}"
