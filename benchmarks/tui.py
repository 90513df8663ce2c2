"""The terminal UI at 10,000 versions: time to the first useful frame, and what a key costs.

    python benchmarks/tui.py [--versions 10000] [--runs 9]

A real pseudo-terminal of 120 by 40. "First frame" ends when the newest version is on the wire; a key's
time, when the last byte that it causes has come; bytes are what a terminal (or SSH) must carry.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

SIZE = (40, 120)
QUIET = 0.04
"""Seconds without output after which a key has been answered."""

REST = 0.4
"""The same where the details of the version under the cursor are waited for."""


def make_store(folder: Path, count: int) -> None:
    """Make a name with ``count`` versions, all of one content."""
    from mvfs.catalog.catalog import open_catalog
    from mvfs.catalog.recording import Draft, log
    from mvfs.settings import StoreLocation
    from mvfs.store import effects as fx
    from mvfs.store.sources import scan

    source = folder / "model.bin"
    source.write_bytes(b"weights" * 1000)
    catalog = open_catalog(StoreLocation(folder / "store", None))
    project = catalog.make_project("vision")
    first = log(project, Draft("iv3", "model", scan(source), metadata={"acc": 0.5, "loss": 1.0})).version

    def made(number: int) -> fx.AnyEffect:
        return fx.VersionMade("iv3", number, first.manifest, first.manifest_hash, first.digest, first.files,
                              first.size, None, {"acc": 0.5 + number / 1e5, "loss": 1 / number})  # fmt: skip

    for start in range(1, count, 250):
        effects = [made(number) for number in range(start, min(start + 250, count))]
        last = min(start + 250, count) - 1
        moved: fx.AnyEffect = fx.AliasMoved("iv3", "latest", last, project.aliases("iv3")["latest"])
        project.commit(lambda effects=effects, moved=moved: [*effects, moved])  # type: ignore[misc]
    project.versions("iv3")


OURS = ("-m", "mvfs", "tui", "vision/iv3")

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    BINDINGS = [("q", "quit", "")]
    def compose(self):
        yield Static("READY")
Empty().run()
"""
"""The least that a Textual application can be."""


class Session:
    """A running UI on a pseudo-terminal."""

    def __init__(self, folder: Path, command: Sequence[str] = OURS, **more: str) -> None:
        self._fd, tty = pty.openpty()
        fcntl.ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        plain = {k: v for k, v in os.environ.items() if not k.startswith("SSH_") and k != "NO_COLOR"}
        env = plain | {"TERM": "xterm-256color", "COLORTERM": "truecolor",
                       "MVFS_STORE": str(folder / "store"),
                       "MVFS_CACHE_DIR": str(folder / "cache"), **more}  # fmt: skip
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *command], stdin=tty, stdout=tty, stderr=tty, env=env, start_new_session=True
        )
        os.close(tty)

    def read(self, quiet: float, until: bytes = b"", patience: float = 20.0) -> tuple[bytes, float]:
        """Read until ``until`` came, or there was silence; return it and when the last byte came."""
        got, last = b"", time.perf_counter()
        deadline = last + patience
        while time.perf_counter() < deadline:
            ready, _, _ = select.select([self._fd], [], [], quiet if not until else 1.0)
            if ready:
                try:
                    got, last = got + os.read(self._fd, 1 << 16), time.perf_counter()
                except OSError:  # the other side closed
                    break
            if until and until in got:
                break
            if not ready and not until:
                break
        return got, last

    def press(self, keys: bytes, quiet: float = QUIET) -> tuple[int, float]:
        """Send keys; return the bytes that came back and milliseconds to the last of them."""
        began = time.perf_counter()
        os.write(self._fd, keys)
        got, last = self.read(quiet)
        return len(got), max(last - began, 0) * 1000

    def memory(self) -> float:
        """Resident MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def end(self) -> None:
        """Leave."""
        os.write(self._fd, b"q")
        self.read(0.5)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        os.close(self._fd)


def start(folder: Path, until: bytes, command: Sequence[str] = OURS) -> float:
    """Milliseconds from exec to ``until`` on the wire."""
    session = Session(folder, command)
    _, last = session.read(0, until=until)
    took = (last - session.began) * 1000
    session.read(0.5)
    session.end()
    return took


def starts(folder: Path, newest: bytes, runs: int) -> None:
    """Print how long it takes to start, beside an empty application, in turns."""
    ours, empty = [], []
    for _ in range(runs + 1):
        ours.append(start(folder, newest))
        empty.append(start(folder, b"READY", ("-c", EMPTY)))
    for name, times in (
        ("first useful frame", sorted(ours[1:])),
        ("an empty Textual app", sorted(empty[1:])),
    ):
        print(f"  {name:<29} {statistics.median(times):>8,.0f} ms   best {times[0]:,.0f}")
    print(
        f"  ratio                         {statistics.median(ours[1:]) / statistics.median(empty[1:]):>8.2f}"
    )


def keys(folder: Path, newest: bytes, **more: str) -> None:
    """Print what keys cost."""
    session = Session(folder, **more)
    first, _ = session.read(0, until=newest)
    rest, _ = session.read(0.8)
    print(f"  first paint with details      {len(first) + len(rest):>8,} B")
    moves = [session.press(b"j", 0.03) for _ in range(30)]
    session.read(0.6)
    ms = sorted(move[1] for move in moves)
    print(f"  cursor key                    {statistics.median(m[0] for m in moves):>8,.0f} B"
          f"   median {statistics.median(ms):.1f} ms, p95 {ms[int(len(ms) * 0.95)]:.1f} ms")  # fmt: skip
    rested = [session.press(b"k", REST)[0] for _ in range(5)]
    print(f"  the same, and then details    {statistics.median(rested):>8,.0f} B")
    pages = [session.press(b"\x1b[6~", 0.05) for _ in range(10)]
    print(f"  page                          {statistics.median(p[0] for p in pages):>8,.0f} B")
    session.read(0.6)
    idle, _ = session.read(3.0)
    print(f"  three seconds idle            {len(idle):>8,} B")
    session.press(b"/", 0.3)
    typed, took = session.press(b"9", 0.2)
    print(f"  a filter letter, and details  {typed:>8,} B   {took:.1f} ms")
    print(f"  memory                        {session.memory():>8,.0f} MiB")
    session.press(b"\x1b", 0.5)
    session.end()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=9)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update(MVFS_CACHE_DIR=f"{name}/cache", MVFS_STATE_DIR=f"{name}/state")
        make_store(folder, args.versions)
        newest = f"v{args.versions - 1}".encode()
        print(f"{args.versions:,} versions, 120x40, {args.runs} starts")
        starts(folder, newest, args.runs)
        print("truecolor theme")
        keys(folder, newest)
        print("ansi theme (over SSH)")
        keys(folder, newest, SSH_TTY="/dev/pts/0")


if __name__ == "__main__":
    main()
