"""The driver that lets libfuse speak with the kernel, through the Python package mfusepy."""

from __future__ import annotations

import importlib
import logging
import os
import threading
from ctypes.util import find_library
from types import ModuleType

from mvfs.errors import MountUnavailable
from mvfs.mount.answers import BELIEVED, Answers
from mvfs.mount.driver import Driver

log = logging.getLogger("mvfs.mount")

_TAKES_DESCRIPTORS = (3, 3)
"""The version of libfuse from which on it serves a file system that somebody else has mounted."""


class LibfuseDriver(Driver):
    """libfuse's own loop with its own threads, in a thread."""

    def start(self) -> None:
        fuse = library()
        answers = Answers(self.tree, self.opens, self.ready.set)
        options: dict[str, object] = {"entry_timeout": BELIEVED, "attr_timeout": BELIEVED, "use_ino": True}
        if (fuse.fuse_version_major, fuse.fuse_version_minor) >= _TAKES_DESCRIPTORS:
            place = f"/dev/fd/{self.mount()}"
        else:
            place = str(self.mountpoint)
            options |= dict.fromkeys(("ro", "nosuid", "nodev", "default_permissions"), True)
            options |= {"subtype": "mvfs", "fsname": self.source.replace("\\", "\\\\").replace(",", "\\,")}
            options |= {"allow_other": self.options.allow_other, "noexec": not self.options.executable}

        def run() -> None:
            try:
                fuse.FUSE(answers, place, raw_fi=True, foreground=True, **options)
            except RuntimeError as exc:
                log.error("libfuse ended with %s; in front ('mvfs mount -f') it says why", exc)  # noqa: TRY400
            finally:
                self.ended.set()
                self.ready.set()
                self.on_end()

        threading.Thread(target=run, name="libfuse", daemon=True).start()


def library() -> ModuleType:
    """Return mfusepy, with the newest libfuse that there is behind it.

    Raises:
        MountUnavailable: it or libfuse is not there; the message says how to get it.
    """
    if find_library("fuse3"):
        os.environ.setdefault("FUSE_LIBRARY_NAME", "fuse3")  # mfusepy would prefer libfuse 2
    try:
        return importlib.import_module("mfusepy")
    except ModuleNotFoundError:
        raise MountUnavailable(
            "'--driver libfuse' needs the Python package mfusepy: pip install 'mvfs[libfuse]'"
        ) from None
    except (OSError, AttributeError) as exc:
        raise MountUnavailable(
            f"'--driver libfuse' needs libfuse: install the package 'fuse3' ({exc})"
        ) from None
