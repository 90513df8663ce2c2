"""A program on a pseudo-terminal of 120 by 40, as a person sees it: what comes, how much, and when."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

SIZE = (40, 120)


@dataclass(frozen=True)
class Keys:
    """What some presses of a key cost."""

    sizes: Sequence[int]
    """Bytes that came back, press by press."""
    times: Sequence[float]
    """Milliseconds until the last of them came."""

    @property
    def bytes(self) -> float:
        """The median of the sizes."""
        return statistics.median(self.sizes)

    @property
    def median(self) -> float:
        """Of the times."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """Of the times."""
        return sorted(self.times)[int(len(self.times) * 0.95)]


class Terminal:
    """A running program; leaving the context ends it."""

    def __init__(
        self, command: Sequence[str | Path], env: Mapping[str, str], cwd: Path | None = None
    ) -> None:
        self._fd, tty = pty.openpty()
        fcntl.ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        plain = {k: v for k, v in os.environ.items() if not k.startswith("SSH_") and k != "NO_COLOR"}
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=tty, stdout=tty, stderr=tty, cwd=cwd, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads; tig opens /dev/tty
            env=plain | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | dict(env),
        )  # fmt: skip
        os.close(tty)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # it has ended already
            os.write(self._fd, b"q")
            self.quiet(0.3)
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(3)
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    def _chunks(self, patience: float) -> Iterator[bytes]:
        """What comes, until nothing does for ``patience`` seconds."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        while poll.poll(patience * 1000):
            try:
                yield os.read(self._fd, 1 << 16)
            except OSError:  # the other side closed
                return

    def until(self, mark: bytes, patience: float = 20.0) -> tuple[int, float]:
        """Read until ``mark`` came; return the bytes so far and when it came.

        Raises:
            SystemExit: it does not come.
        """
        got, end = b"", time.perf_counter() + patience
        for chunk in self._chunks(patience):
            got += chunk
            if mark in got:
                return len(got), time.perf_counter()
            if time.perf_counter() > end:
                break
        raise SystemExit(f"{mark!r} never came; the end of what did: {got[-300:]!r}")

    def quiet(self, seconds: float, most: float = 20.0) -> tuple[int, float]:
        """Read until there was silence for some seconds; return the bytes, and when the last one came."""
        count, last = 0, time.perf_counter()
        end = last + most
        for chunk in self._chunks(seconds):
            count, last = count + len(chunk), time.perf_counter()
            if last > end:
                break
        return count, last

    def send(self, keys: bytes) -> float:
        """Send keys; return when."""
        now = time.perf_counter()
        os.write(self._fd, keys)
        return now

    def press(self, keys: bytes, quiet: float = 0.03) -> tuple[int, float]:
        """Send keys; return the bytes that came back until all was quiet, and milliseconds to the last."""
        began = self.send(keys)
        count, last = self.quiet(quiet)
        return count, max(last - began, 0.0) * 1000

    def presses(self, keys: Sequence[bytes], quiet: float = 0.03) -> Keys:
        """Press one after the other."""
        found = [self.press(key, quiet) for key in keys]
        return Keys([size for size, _ in found], [took for _, took in found])

    def memory(self) -> float:
        """Resident MiB of the program."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def cpu(self) -> float:
        """Seconds of processor time that it has taken."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
