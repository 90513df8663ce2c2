"""Who runs a test's commands: root, or an ordinary user, each with mounts that nobody else sees.

As root, everything happens in a mount namespace of its own, in child processes that are forked and not
started anew: the interpreter may lie where an ordinary user cannot reach it. Started by somebody else,
the tests run as that user.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import faulthandler
import importlib
import io
import os
import pickle
import pkgutil
import select
import signal
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import mvfs
from mvfs.mount import libfuse

T = TypeVar("T")

NOBODY = 65534
_NEW_NAMESPACE, _PRIVATE, _BIND = 0x20000, 1 << 18 | 1 << 14, 1 << 12
_ELSEWHERE = ("mvfs.demo", "mvfs.__main__", "mvfs.as_wandb", "mvfs.integrations.")
"""What no mount needs, and what needs libraries that are not there."""

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str


class Child(Generic[T]):
    """A process at work."""

    def __init__(self, pid: int, reading: int) -> None:
        self.pid = pid
        self._reading = reading

    @property
    def has_ended(self) -> bool:
        """Whether it has an answer, or died."""
        look = select.poll()  # select() knows no descriptor above 1,023
        look.register(self._reading, select.POLLIN)
        return bool(look.poll(0))

    def result(self) -> T:
        """Wait, and return what the work returned, or raise what it raised.

        Raises:
            ChildProcessError: it was killed; ``errno`` is the number of the signal.
        """
        try:
            with open(self._reading, "rb") as answers:
                data = answers.read()
        except BaseException:
            os.kill(self.pid, signal.SIGKILL)
            raise
        finally:
            _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            raise ChildProcessError(os.WTERMSIG(status), f"killed by {signal.strsignal(os.WTERMSIG(status))}")
        assert data, "the child process died without an answer"
        result, failure, trace = pickle.loads(data)
        if failure is not None:
            failure.add_note(trace)
            raise failure
        return result

    def kill(self) -> None:
        """End it, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._reading)


class Person:
    """A user, in a mount namespace where ``/dev/fuse`` is as distributions have it (mode 666)."""

    def __init__(self, uid: int, home: Path) -> None:
        self.uid = uid
        self.home = home
        self.groups: list[int] = []
        """Groups beside the user's own."""
        self.umask: int | None = None
        self._holder = 0
        self.environment = {
            "HOME": str(home),
            "MVFS_STORE": str(home / "store"),
            "MVFS_CACHE_DIR": str(home / "cache"),
            "MVFS_STATE_DIR": str(home / "state"),
        }
        import_everything()
        os.chown(home, uid, -1)
        if os.getuid() == 0:
            self._hold_namespace()

    def close(self) -> None:
        """End the namespace's keeper; mounts left in it go with their processes."""
        if self._holder:
            os.kill(self._holder, signal.SIGKILL)
            os.waitpid(self._holder, 0)
            self._holder = 0

    def beside(self, uid: int) -> Person:
        """Somebody else who sees the same mounts and has nothing of their own to close."""
        other = copy.copy(self)
        other.uid, other.groups = uid, []
        return other

    def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns (or raise what it raises) in a child process of this person."""
        return self.start(work).result()

    def start(self, work: Callable[[], T]) -> Child[T]:
        """Begin to ``work`` in a child process of this person."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._work(work, writing)
        os.close(writing)
        return Child(child, reading)

    def mvfs(self, *words: str | Path) -> Outcome:
        """Run the command line in a child process."""
        return self.run(lambda: _command_line([str(word) for word in words]))

    def sh(self, *command: str | Path, **options: Any) -> Outcome:
        """Run a program."""

        def run() -> Outcome:
            done = subprocess.run(
                [str(word) for word in command], capture_output=True, text=True, check=False, **options
            )
            return Outcome(done.returncode, done.stdout, done.stderr)

        return self.run(run)

    def _work(self, work: Callable[[], T], writing: int) -> None:
        code = 1
        try:
            faulthandler.disable()
            for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            self._become()
            try:
                answer: tuple[Any, BaseException | None, str] = (work(), None, "")
            except Exception as exc:  # noqa: BLE001
                answer = (None, exc, traceback.format_exc())
            try:
                data = pickle.dumps(answer)
            except Exception:  # noqa: BLE001
                data = pickle.dumps((None, AssertionError("failed in the child"), answer[2]))
            with open(writing, "wb") as out:
                out.write(data)
            code = 0
        finally:
            os._exit(code)

    def _become(self) -> None:
        if self._holder:
            with open(f"/proc/{self._holder}/ns/mnt", "rb") as namespace:
                _check(_libc.setns(namespace.fileno(), _NEW_NAMESPACE))
        if self.uid != os.getuid():
            os.setgroups(self.groups)
            os.setgid(self.uid)
            os.setuid(self.uid)
        if self.umask is not None:
            os.umask(self.umask)
        os.chdir(self.home)
        os.environ.update(self.environment)

    def _hold_namespace(self) -> None:
        ready, telling = os.pipe()
        self._holder = os.fork()
        if self._holder == 0:
            try:
                _check(_libc.unshare(_NEW_NAMESPACE))
                _check(_libc.mount(b"none", b"/", None, ctypes.c_ulong(_PRIVATE), None))
                with tempfile.TemporaryDirectory() as folder:
                    node = os.path.join(folder, "fuse")
                    os.mknod(node, 0o600 | stat.S_IFCHR, os.stat("/dev/fuse").st_rdev)
                    os.chmod(node, 0o666)
                    _check(_libc.mount(node.encode(), b"/dev/fuse", None, ctypes.c_ulong(_BIND), None))
                os.write(telling, b"1")
                while True:
                    signal.pause()
            finally:
                os._exit(1)
        os.close(telling)
        with open(ready, "rb", buffering=0) as answers:
            assert answers.read(1) == b"1", "cannot make a mount namespace: the tests of the mount need it"


def import_everything() -> None:
    """Import all of mvfs, and mfusepy, since a child that is an ordinary user may not be able to."""
    for module in pkgutil.walk_packages(mvfs.__path__, "mvfs."):
        if not module.name.startswith(_ELSEWHERE):
            importlib.import_module(module.name)
    libfuse.library()


def _command_line(words: list[str]) -> Outcome:
    from mvfs.cli import main

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        for number, file in ((1, out), (2, err)):
            os.dup2(file.fileno(), number)
        sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False))  # noqa: SIM115
        sys.stderr = io.TextIOWrapper(open(2, "wb", buffering=0, closefd=False), write_through=True)  # noqa: SIM115
        try:
            code = main(words)
        except SystemExit as exc:
            code = int(exc.code or 0)
        with contextlib.suppress(ValueError):
            sys.stdout.flush()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
        return Outcome(code, *texts)


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
