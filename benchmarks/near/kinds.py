"""The ways in which the same files are reached: the file system below, our mounts, and those of others."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mvfs.mount import daemon, mounting
from mvfs.mount.options import parse_options
from mvfs.mount.serving import Wish
from mvfs.settings import store_location
from near.bench import Bench

ROOT = Path(__file__).resolve().parent.parent.parent
_PATIENCE = 60.0


@dataclass(frozen=True)
class Reached:
    """Where the files are, while they are."""

    big: Path
    """A directory with ``model.bin`` and ``model.safetensors``."""
    many: Path
    """A directory with many small files."""
    below: Path
    """A directory, or a file, whose bytes are those of ``big``; of a blob, where there is one per file."""


@dataclass(frozen=True)
class Kind:
    """One way."""

    name: str
    uid: int
    reach: Callable[[Bench], contextlib.AbstractContextManager[Reached]]


@contextlib.contextmanager
def plain(bench: Bench) -> Iterator[Reached]:
    """The files as they are."""
    yield Reached(bench.plain / "big", bench.plain / "many", bench.plain / "big")


def ours(options: str) -> Callable[[Bench], contextlib.AbstractContextManager[Reached]]:
    """A mount of the store."""

    @contextlib.contextmanager
    def reach(bench: Bench) -> Iterator[Reached]:
        mounting.prepare(bench.mountpoint)
        daemon.start(Wish(store_location(), None, bench.mountpoint, parse_options([options])))
        try:
            names = bench.mountpoint / "bench/data"
            yield Reached(names / "big/v0", names / "many/v0", bench.home / "store")
        finally:
            mounting.unmount(bench.mountpoint)

    return reach


def other(*command: str) -> Callable[[Bench], contextlib.AbstractContextManager[Reached]]:
    """A mount of the plain directory by a program that stays in front; ``{}`` are source and mount point."""

    @contextlib.contextmanager
    def reach(bench: Bench) -> Iterator[Reached]:
        point = bench.mountpoint
        places = {"source": bench.plain, "archive": bench.archive, "point": point}
        words = [word.format(**places) for word in command]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait(lambda: os.path.ismount(point) or process.poll() is not None)
                if not os.path.ismount(point):
                    raise SystemExit(f"{words[0]} does not mount")
                below = bench.archive if str(bench.archive) in words else bench.plain / "big"
                yield Reached(point / "big", point / "many", below)
            finally:
                subprocess.run(["umount", point], check=False)
                _wait(lambda: not os.path.ismount(point))
                process.terminate()

    return reach


def all_kinds() -> Iterator[Kind]:
    """Those that can be had here; root sees them all."""
    me = os.getuid()
    yield Kind("plain file", me, plain)
    if me == 0:
        yield Kind("mvfs, root", 0, ours("passthrough=on"))
        yield Kind("mvfs, root, served", 0, ours("passthrough=off"))
        yield Kind("mvfs, root, every byte hashed", 0, ours("verify=always"))
    yield Kind("mvfs, ordinary user", 65534 if me == 0 else me, ours("verify=default"))
    yield from _others(me)


def _others(me: int) -> Iterator[Kind]:
    peers = ROOT / ".venv-peers/bin"
    commands = {
        "bindfs": (shutil.which("bindfs"), "-f", "-r", "{source}", "{point}"),
        "rclone mount": (_program(peers / "rclone"), "mount", "--read-only", "{source}", "{point}"),
        "ratarmount": (_program(peers / "ratarmount"), "-f", "{archive}", "{point}"),
        "mfusepy": (sys.executable, str(ROOT / "benchmarks/near/loopback.py"), "{source}", "{point}"),
    }
    for name, (program, *words) in commands.items():
        if program is None:
            print(f"{name} is not installed here: make bench-mount installs it", file=sys.stderr)
        else:
            yield Kind(name, me, other(program, *words))


def _program(path: Path) -> str | None:
    return str(path) if path.exists() else None


def _wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit("a mount takes too long")
        time.sleep(0.02)
