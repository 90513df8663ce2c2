"""Puts a mount into the background: the caller goes on when it answers, or learns why it does not."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import pickle
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import BinaryIO, NoReturn

from mvfs import text
from mvfs.errors import MountUnavailable, MvfsError
from mvfs.mount.records import log_file, recorded
from mvfs.mount.serving import Report, Wish, serve

log = logging.getLogger("mvfs.mount")

_LOG_BYTES = 1 << 20


def start(wish: Wish) -> Report:
    """Serve in a process of its own and return once the mount answers.

    The process is forked, not started anew, and opens store and index by itself: SQLite does not
    survive a fork.

    Raises:
        MvfsError: it cannot be mounted; what the process told.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork():
            os._exit(0)  # the mount is nobody's child, so nobody has to wait for it
        os.close(reading)
        _run(wish, writing)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, "rb") as answers:
        answer = answers.read()
    if not answer:
        raise MountUnavailable(f"the mount ended at once; {log_file(wish.mountpoint)} may say why")
    told = pickle.loads(answer)  # noqa: S301 - from our own child
    if isinstance(told, MvfsError):
        raise told
    assert isinstance(told, Report)
    return told


def log_to(handler: logging.Handler) -> None:
    """Send what the mount has to say to ``handler`` only."""
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("mvfs")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)


def _run(wish: Wish, writing: int) -> NoReturn:
    code = 1
    gc.freeze()  # objects of the parent must not be finalized here: their descriptors are closed
    try:
        _leave(wish.mountpoint, writing)
        answers = open(writing, "wb")  # noqa: SIM115 - closed as soon as there is an answer

        def tell(report: Report) -> None:
            _send(answers, report)

        try:
            with recorded(wish, tell, log_file(wish.mountpoint)) as told:
                serve(wish, told)
            code = 0
        except MvfsError as exc:
            log.error("%s", text.line(str(exc)))  # noqa: TRY400 - a line, not a traceback
            if not answers.closed:
                _send(answers, exc)
    except BaseException:  # the guard of the process: the log is the only place left
        log.critical("the mount ended", exc_info=True)
    finally:
        os._exit(code)


def _send(answers: BinaryIO, told: object) -> None:
    with answers:
        answers.write(pickle.dumps(told))


def _leave(mountpoint: Path, keep: int) -> None:
    """Let go of the terminal, the working directory and every descriptor but one; open the log."""
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    highest = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, keep)
    os.closerange(keep + 1, highest)
    sys.stdin = sys.__stdin__
    path = log_file(mountpoint)
    handler: logging.Handler = logging.NullHandler()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    log_to(handler)
