"""``mvfs mount [STORE or REF] DIR``, and ``mvfs mount --list``."""

from __future__ import annotations

import argparse
import logging
from dataclasses import asdict
from pathlib import Path

from mvfs.cli.exits import OK
from mvfs.cli.output import Output
from mvfs.errors import Conflict, InvalidInput
from mvfs.mount import daemon, driver, mounting
from mvfs.mount.driver import DRIVERS, LIBFUSE
from mvfs.mount.mountpoints import resolved
from mvfs.mount.options import HELP, parse_options
from mvfs.mount.readiness import announce
from mvfs.mount.records import log_file, recorded
from mvfs.mount.serving import Report, Wish, serve
from mvfs.refs import Ref, parse
from mvfs.settings import store_location


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", nargs="?", metavar="STORE or REF",
                        help="a store's directory, or a ref to mount only what it names"
                        " (an alias stays at the version it means now); default: all of it")  # fmt: skip
    parser.add_argument("directory", nargs="?", metavar="DIR", help="an empty directory")
    parser.add_argument(
        "-f", "--foreground", action="store_true", help="stay in front, log to standard error"
    )
    parser.add_argument("-o", dest="options", action="append", default=[], metavar="OPTION[,…]",
                        help=HELP)  # fmt: skip
    parser.add_argument("--driver", choices=DRIVERS,
                        help="who speaks with the kernel: mvfs itself (linux, the default), or libfuse, which"
                        " can do less")  # fmt: skip
    parser.add_argument(
        "--list", action="store_true", help="tell what is mounted where, and whether it answers"
    )
    parser.epilog = (
        "A mount goes on in the background, and logs to a file in ~/.local/state/mvfs/mounts (below"
        " $MVFS_STATE_DIR where that is set), of which the last 2 MiB are kept; 'mvfs mount' says which"
        " file it is. 'mvfs umount DIR' ends it."
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Mount; return when the mount answers, or with ``-f`` when it is over."""
    if args.list:
        from mvfs.cli import mount_list

        if args.what is not None:
            raise InvalidInput("'mvfs mount --list' lists all mounts; it takes no directory")
        return mount_list.run(out)
    if args.what is None:
        raise InvalidInput("name an empty directory to mount on, or say --list")
    what, directory = (args.what, args.directory) if args.directory else (None, args.what)
    if args.driver is not None:
        args.options.append(f"driver={args.driver}")
    wish = prepare(what, directory, args.options, args.store)
    if args.foreground:
        daemon.log_to(logging.StreamHandler())

        def tell(report: Report) -> None:
            _tell(report, None, out)
            announce()

        with recorded(wish, tell, None) as told:
            serve(wish, told)
    else:
        _tell(daemon.start(wish), log_file(wish.mountpoint), out)
    return OK


def prepare(what: str | None, directory: str, options: list[str], store: str | None) -> Wish:
    """Return what is to be mounted, and make sure that it can be on that directory.

    Raises:
        MvfsError: it cannot; the message says why.
    """
    chosen = parse_options(options)
    named, ref = _what(what)
    location = store_location(named or store)
    mountpoint = resolved(directory)
    store_at = location.path
    if store_at is not None and (mountpoint == store_at or mountpoint in store_at.parents):
        raise Conflict(f"{mountpoint} is where the store is; mount it somewhere else", path=str(mountpoint))
    mounting.prepare(mountpoint)
    driver.check(chosen.driver)
    return Wish(location, ref, mountpoint, chosen)


def _what(word: str | None) -> tuple[str | None, Ref | None]:
    """Tell a store from a ref: a ref never begins with a slash, a dot, a tilde or ``scheme://``."""
    if word is None:
        return None, None
    if (word.startswith(("/", ".", "~")) or "://" in word) and "::" not in word:
        return word, None
    if word.endswith("::"):
        return word.removesuffix("::"), None
    ref = parse(word)
    return ref.store, ref


def _tell(report: Report, log: Path | None, out: Output) -> None:
    if report.warning is not None:
        out.warn(report.warning)
    if out.as_json:
        out.data_json(asdict(report) | {"log": None if log is None else str(log)})
        return
    how = "the kernel reads blobs itself" if report.passthrough else "served by mvfs"
    how += " through libfuse" if report.driver == LIBFUSE else ""
    where = "" if log is None else f"; log {log}"
    out.say(f"mounted on {report.mountpoint} ({how}; process {report.pid}{where})")
