"""Mounts of a bucket: ours, and those that people use. All are read-only, and begin with nothing cached."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from far import peers
from far.contents import LARGE
from far.place import KEY, SECRET, Place
from far.processes import Failed, environment, started

_PATIENCE = 30
"""Seconds that a mount may take to appear, or to go."""

_SETTLED = 0.3
"""Seconds that it is left alone before it is measured."""


@dataclass(frozen=True)
class Mount:
    """A program that mounts, and where the files are in it."""

    name: str
    program: Path
    settings: Callable[[Place], Mapping[str, str]]
    command: Callable[[Place, Path], list[str | Path]]
    """What mounts a place on a directory and stays in front; without the program itself."""
    large: str
    small: str
    files: Mapping[str, str]
    """Files that it wants in its home directory, readable by nobody else."""

    @contextlib.contextmanager
    def mounted(self, place: Place, point: Path, home: Path) -> Iterator[Path]:
        """Mount with a new home directory, for as long as the context lasts: the mount's root.

        Raises:
            Failed: it does not appear, or does not go.
        """
        env = environment(home, self.settings(place))
        for name, text in self.files.items():
            (home / name).write_text(text)
            (home / name).chmod(0o600)
        point.mkdir(exist_ok=True)
        log = home / "log"
        with (
            open(log, "wb") as out,
            started(
                [self.program, *self.command(place, point)], env, stdout=out.fileno(), stderr=out.fileno()
            ) as process,
        ):
            try:
                _wait(lambda: os.path.ismount(point) or process.poll() is not None)
                if not os.path.ismount(point):
                    raise Failed(f"{self.name} does not mount: {log.read_text(errors='replace')[-400:]}")
                time.sleep(_SETTLED)
                yield point
            finally:
                _unmount(point)


def _unmount(point: Path) -> None:
    """Unmount, at once if possible, else as soon as nobody uses it."""
    for lazy in ([], ["-z"]):
        if os.path.ismount(point):
            subprocess.run(["fusermount3", "-u", *lazy, point], capture_output=True, check=False)
            _wait(lambda: not os.path.ismount(point), 5)
    if os.path.ismount(point):
        raise Failed(f"{point} cannot be unmounted: do it by hand")


def _wait(is_so: Callable[[], bool], patience: float = _PATIENCE) -> None:
    end = time.monotonic() + patience
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)


def ours() -> Mount:
    """``mvfs mount``, with its cache as it is by default, and empty."""
    return Mount(
        "mvfs mount",
        Path(sys.executable),
        Place.mvfs,
        lambda _, point: ["-m", "mvfs", "mount", "-f", point],
        f"bench/data/large/v0/{LARGE}",
        "bench/data/small/v0",
        {},
    )


def others() -> tuple[list[Mount], list[str]]:
    """All peers that are there, and the names of those that are not."""
    makers = {"rclone": _rclone, "s3fs": _s3fs}
    found = {name: peers.find(name) for name in makers}
    there = [makers[name](program) for name, program in found.items() if program is not None]
    missing = {"rclone": "rclone mount", "s3fs": "s3fs-fuse"}
    return there, [missing[name] for name, program in found.items() if program is None]


def _rclone(program: Path) -> Mount:
    """With the options that were fastest: a disk cache, parallel streams, no request for a time."""
    tuned = ["--vfs-cache-mode", "full", "--vfs-read-chunk-streams", "16", "--vfs-read-chunk-size", "16M"]
    tuned += ["--use-server-modtime", "--dir-cache-time", "1h", "--attr-timeout", "1h"]
    return Mount(
        "rclone mount",
        program,
        Place.rclone,
        lambda place, point: ["mount", "--read-only", *tuned, f"far:{place.bucket}/plain", point],
        LARGE,
        "small",
        {},
    )


def _s3fs(program: Path) -> Mount:
    def command(place: Place, point: Path) -> list[str | Path]:
        options = f"ro,url={place.endpoint},use_path_request_style,parallel_count=8"
        return [f"{place.bucket}:/plain", point, "-f", "-o", options]

    return Mount(
        "s3fs-fuse", program, lambda _: {}, command, LARGE, "small", {".passwd-s3fs": f"{KEY}:{SECRET}"}
    )
