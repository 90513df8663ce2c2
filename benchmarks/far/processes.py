"""Programs that are measured, or stand by; none outlives this process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

LIMIT = 900
"""Seconds after which a program is taken to hang."""

_DIES_WITH_PARENT = 1
_KEPT = ("PATH", "LANG", "LC_ALL")


class Failed(Exception):
    """A program did not do its work; the message is what it said."""


def environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """An environment with a home of its own: no program finds settings or caches from before."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"HOME": str(home), "TMPDIR": str(home)} | more


def timed(command: Sequence[str | Path], env: Mapping[str, str]) -> float:
    """Seconds that a program takes from its start to its end.

    Raises:
        Failed: it ended with another code than 0, or hangs.
    """
    start = time.perf_counter()
    with started(command, env, stderr=subprocess.PIPE) as process:
        try:
            _, said = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Failed(f"{command[0]} hangs") from None
    seconds = time.perf_counter() - start
    if process.returncode:
        raise Failed(f"{' '.join(map(str, command))}: {said.decode(errors='replace').strip()[-400:]}")
    return seconds


@contextlib.contextmanager
def started(
    command: Sequence[str | Path],
    env: Mapping[str, str] | None = None,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program for as long as the context lasts; afterwards it is asked to end, and made to."""
    process = subprocess.Popen(
        [*map(str, command)],
        env=env,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - it calls one function of the system
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
        if process.poll() is None:
            process.kill()
            process.wait()


@contextlib.contextmanager
def standing_by(command: Sequence[str | Path]) -> Iterator[str]:
    """A program that prints one line when it is ready, and works until its standard input ends: that line.

    Raises:
        Failed: it ended instead; it has said why.
    """
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode().strip()
        if not line:
            raise Failed(f"{command[0]} does not start")
        with process.stdout:
            yield line


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGTERM)
