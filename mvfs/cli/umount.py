"""``mvfs umount DIR…``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mvfs.cli.exits import OK, report
from mvfs.cli.output import Output
from mvfs.errors import InvalidInput, MvfsError
from mvfs.mount import records
from mvfs.mount.mounting import unmount
from mvfs.mount.mountpoints import resolved
from mvfs.mount.mounts import mounts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("directories", nargs="*", metavar="DIR", help="where it is mounted")
    parser.add_argument("--all", action="store_true", help="all mounts that you made")
    parser.add_argument(
        "-l",
        "--lazy",
        action="store_true",
        help="take it out of the tree even if somebody is in it, who can go on reading; it ends when all"
        " have left",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Unmount one after the other; each mount's process ends by itself."""
    if args.all == bool(args.directories):
        raise InvalidInput("name the directories to unmount, or say --all")
    code, done = OK, []
    for directory in _mine() if args.all else [resolved(one) for one in args.directories]:
        try:
            unmount(directory, lazily=args.lazy)
        except MvfsError as exc:
            said = report(exc, out)
            code = code or said
            continue
        records.forget(directory)
        done.append(str(directory))
        if args.all and not out.as_json:
            out.say(f"unmounted {directory}")
    if out.as_json:
        out.data_json({"unmounted": done})
    return code


def _mine() -> list[Path]:
    """Where this user's mounts are, the newest first: one may be in another."""
    return [Path(mount.mountpoint) for mount in reversed(mounts()) if mount.is_mine]
