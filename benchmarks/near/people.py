"""Work done by another user, in a child process that is forked and not started anew."""

from __future__ import annotations

import ctypes
import importlib
import os
import pickle
import pkgutil
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Any

import mvfs

_ELSEWHERE = ("mvfs.demo", "mvfs.__main__", "mvfs.as_wandb", "mvfs.integrations.")
"""What no mount needs, and what needs libraries that are not there."""

NOBODY = 65534


def import_everything() -> None:
    """Import all of mvfs: a child that is an ordinary user may not reach the interpreter's files."""
    for module in pkgutil.walk_packages(mvfs.__path__, "mvfs."):
        if not module.name.startswith(_ELSEWHERE):
            importlib.import_module(module.name)


def as_user(uid: int, work: Callable[[], Any]) -> Any:
    """Do work in a child process of another user; everything it needs must be imported already."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if uid != os.getuid():
                open_device(uid)
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            answer = pickle.dumps(work())
            with open(writing, "wb") as out:
                out.write(answer)
            code = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, "rb") as answers:
        data = answers.read()
    os.waitpid(child, 0)
    if not data:
        sys.exit("a measurement failed; see above")
    return pickle.loads(data)


def open_device(uid: int) -> None:
    """Give this process a /dev/fuse that the user may open, as distributions do, and nobody else sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryDirectory() as folder:
        node = os.path.join(folder, "fuse")
        os.mknod(node, 0o600 | stat.S_IFCHR, os.stat("/dev/fuse").st_rdev)
        os.chown(node, uid, uid)
        new_namespace, recursive_private, bind = 0x20000, 1 << 18 | 1 << 14, 1 << 12
        steps = (
            lambda: libc.unshare(new_namespace),
            lambda: libc.mount(b"none", b"/", None, ctypes.c_ulong(recursive_private), None),
            lambda: libc.mount(node.encode(), b"/dev/fuse", None, ctypes.c_ulong(bind), None),
        )
        for step in steps:
            if step() != 0:
                raise OSError(ctypes.get_errno(), "cannot make a private /dev/fuse")
