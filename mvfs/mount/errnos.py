"""Errors as a program in the mount gets to see them, and the line in the log that says more."""

from __future__ import annotations

import errno
import logging
import os

from mvfs import text
from mvfs.errors import MvfsError, NotFound, Unavailable
from mvfs.mount.opened import OpenedFile

log = logging.getLogger("mvfs.mount")


def errno_of(exc: Exception) -> int:
    """The errno for an error; what is not the program's own doing is logged."""
    if isinstance(exc, NotFound):
        return errno.ENOENT
    if isinstance(exc, MvfsError):
        log.error("%s", text.line(str(exc)))
        return errno.EIO
    if isinstance(exc, OSError) and exc.errno:
        return exc.errno
    log.error("unexpected error", exc_info=exc)
    return errno.EIO


def os_error(code: int) -> OSError:
    """The exception that stands for an errno."""
    return OSError(code, os.strerror(code))


def of_read(exc: MvfsError, opened: OpenedFile) -> Exception:
    """The error for a read that failed; one line in the log per opened file is enough."""
    if opened.was_told:
        return os_error(errno.EIO)
    opened.was_told = True
    # Where the origin of a reference is gone, the file is there all the same.
    return Unavailable(exc.message) if isinstance(exc, NotFound) else exc
