"""Programs that copy out of a bucket: ours, and those that people use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from far import peers
from far.contents import LARGE
from far.place import ROOT, Place
from far.processes import environment, timed

_Command = list[str | Path]


@dataclass(frozen=True)
class Copier:
    """A program, and how it is told what to copy."""

    name: str
    program: Path
    settings: Callable[[Place], Mapping[str, str]]
    large: Callable[[str, Path], _Command]
    """What copies the large file of a bucket to a path; without the program itself."""
    small: Callable[[str, Path], _Command]
    """What copies the small files of a bucket into a directory."""
    files: Mapping[str, str]
    """Files that it wants in its home directory."""

    def copy(self, what: str, place: Place, target: Path, home: Path) -> float:
        """Copy ``large`` or ``small`` with a new home directory; return the seconds from start to end."""
        env = environment(home, self.settings(place))
        for name, text in self.files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        words = self.large if what == "large" else self.small
        return timed([self.program, *words(place.bucket, target)], env)


def ours() -> Copier:
    """``mvfs get``, with its cache as it is by default, and empty."""
    return Copier(
        "mvfs get",
        Path(sys.executable),
        Place.mvfs,
        lambda _, target: ["-m", "mvfs", "get", f"bench/data/large/latest/{LARGE}", target],
        lambda _, target: ["-m", "mvfs", "get", "bench/data/small", target],
        {},
    )


def others() -> tuple[list[Copier], list[str]]:
    """All peers that are there, and the names of those that are not."""
    makers = {"rclone": _rclone, "s5cmd": _s5cmd, "aws": _aws, "obstore": _obstore}
    found = {name: peers.find(name) for name in makers}
    there = [makers[name](program) for name, program in found.items() if program is not None]
    return there, [name for name, program in found.items() if program is None]


def _rclone(program: Path) -> Copier:
    streams = ["--multi-thread-streams", "16", "--multi-thread-chunk-size", "16M"]
    many = ["--transfers", "64", "--checkers", "64", "--fast-list"]
    return Copier(
        "rclone copy",
        program,
        Place.rclone,
        lambda bucket, target: ["copyto", *streams, f"far:{bucket}/plain/{LARGE}", target],
        lambda bucket, target: ["copy", *many, f"far:{bucket}/plain/small", target],
        {},
    )


def _s5cmd(program: Path) -> Copier:
    parts = ["--concurrency", "16", "--part-size", "16"]
    return Copier(
        "s5cmd cp",
        program,
        Place.aws,
        lambda bucket, target: ["cp", *parts, f"s3://{bucket}/plain/{LARGE}", target],
        lambda bucket, target: ["cp", f"s3://{bucket}/plain/small/*", f"{target}/"],
        {},
    )


def _aws(program: Path) -> Copier:
    s3 = "max_concurrent_requests = 16\n  multipart_chunksize = 16MB\n  addressing_style = path"
    return Copier(
        "aws s3 cp",
        program,
        Place.aws,
        lambda bucket, target: ["s3", "cp", "--quiet", f"s3://{bucket}/plain/{LARGE}", target],
        lambda bucket, target: ["s3", "cp", "--quiet", "--recursive", f"s3://{bucket}/plain/small", target],
        {".aws/config": f"[default]\ns3 =\n  {s3}\n"},
    )


def _obstore(python: Path) -> Copier:
    script = ROOT / "benchmarks/far/obstore_get.py"
    return Copier(
        "obstore, threads",
        python,
        lambda place: {**place.aws(), "BUCKET": place.bucket},
        lambda _, target: [script, "large", f"plain/{LARGE}", target],
        lambda _, target: [script, "small", "plain/small", target],
        {},
    )
