"""``mvfs umount DIR``."""

from __future__ import annotations

import argparse

from mvfs.cli.exits import OK
from mvfs.cli.output import Output
from mvfs.mount.mounting import unmount
from mvfs.mount.mountpoints import resolved


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("directory", metavar="DIR", help="where it is mounted")


def run(args: argparse.Namespace, out: Output) -> int:
    """Unmount; the mount's process ends by itself."""
    mountpoint = resolved(args.directory)
    unmount(mountpoint)
    if out.as_json:
        out.data_json({"mountpoint": str(mountpoint)})
    return OK
