"""A program on a real pseudo-terminal: what it writes, keys, size, and what it leaves behind."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from types import TracebackType
from typing import Any

import pyte

CONTROL = re.compile(rb"\x1b\[[0-9;:<=>?$]*[a-zA-Z@`]|\x1b\]22;[a-z]*\x07|\x1b\[\?[0-9]+\$p|\r|\n")
"""What the UI may say to a terminal beside text: cursor, colours, modes, and the shape of the pointer."""


class Terminal:
    """``python -m mvfs`` on a terminal of its own."""

    def __init__(
        self, *words: str, size: tuple[int, int] = (100, 30), controls: bool = True, **more: str
    ) -> None:
        """Start it; unless the terminal ``controls`` it, it gets no signals from there."""
        self._fd, tty = pty.openpty()
        self._tty = tty
        self.resize(*size)
        self.before = termios.tcgetattr(tty)
        env = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", **more}
        for name in ("SSH_TTY", "SSH_CONNECTION", "NO_COLOR", "COLUMNS", "LINES"):
            env.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mvfs", *words], stdin=tty, stdout=tty, stderr=tty, env=env,
            start_new_session=True,
            preexec_fn=lambda: controls and fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads
        )  # fmt: skip
        self.output = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._fd >= 0:
            os.close(self._fd)
        os.close(self._tty)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._tty, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if hasattr(self, "process"):
            self.process.send_signal(signal.SIGWINCH)

    def read(self, seconds: float) -> None:
        """Take in what comes until there is silence."""
        poll = select.poll()  # a long run of tests may have more descriptors than select() takes
        poll.register(self._fd, select.POLLIN)
        while poll.poll(seconds * 1000):
            try:
                self.output += os.read(self._fd, 1 << 16)
            except OSError:
                return

    def wait_for(self, wanted: str, since: int = 0, patience: float = 20.0) -> None:
        """Read until some text was painted after byte ``since``."""
        deadline = time.monotonic() + patience
        while wanted not in self.text(since):
            assert time.monotonic() < deadline, f"no {wanted!r} in {self.text(since)[-3000:]!r}"
            self.read(0.05)

    def press(self, keys: bytes) -> int:
        """Send keys; return where the output stood before."""
        stood = len(self.output)
        os.write(self._fd, keys)
        return stood

    def text(self, since: int = 0) -> str:
        """What was painted, without colours and cursor movements."""
        return CONTROL.sub(b"", self.output[since:]).decode(errors="replace")

    def quiet(self, seconds: float) -> int:
        """Read until there was silence for so long; return how many bytes came."""
        stood = len(self.output)
        self.read(seconds)
        return len(self.output) - stood

    def picture(self) -> list[str]:
        """The rows as an emulated terminal shows them, of a size that was never changed."""
        rows, columns = termios.tcgetwinsize(self._tty)
        screen = pyte.Screen(columns, rows)
        pyte.ByteStream(screen).feed(self.output)
        return list(screen.display)

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        deadline = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        self.read(0.05)
        return self.process.wait(1)

    def hang_up(self) -> int:
        """Take the terminal away, as a connection that breaks does; return the exit code."""
        os.close(self._fd)
        self._fd = -1
        return self.process.wait(20)

    @property
    def modes(self) -> set[bytes]:
        """The modes that are not as terminals usually have them: screen, mouse, pasting, wrapping, cursor."""
        found: set[bytes] = set()
        for numbers, how in re.findall(rb"\x1b\[\?([0-9;]+)([hl])", self.output):
            for number in numbers.split(b";"):
                is_set = (how == b"h") != (number in (b"25", b"7"))
                (found.add if is_set else found.discard)(number)
        return found

    def settings(self) -> list[Any]:
        """How the terminal is set now."""
        return termios.tcgetattr(self._tty)
