"""``mvfs mount [STORE or REF] DIR``."""

from __future__ import annotations

import argparse
import logging
from dataclasses import asdict

from mvfs.cli.exits import OK
from mvfs.cli.output import Output
from mvfs.errors import Conflict
from mvfs.mount import daemon, driver, mounting
from mvfs.mount.driver import DRIVERS, LIBFUSE, LINUX
from mvfs.mount.mountpoints import resolved
from mvfs.mount.options import parse_options
from mvfs.mount.serving import Report, Wish, serve
from mvfs.refs import Ref, parse
from mvfs.settings import store_location


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", nargs="?", metavar="STORE or REF",
                        help="a store's directory, or a ref to mount only what it names"
                        " (an alias stays at the version it means now); default: all of it")  # fmt: skip
    parser.add_argument("directory", metavar="DIR", help="an empty directory")
    parser.add_argument(
        "-f", "--foreground", action="store_true", help="stay in front, log to standard error"
    )
    parser.add_argument("-o", dest="options", action="append", default=[], metavar="OPTION[,…]",
                        help="verify=default|always|never, passthrough=on|off")  # fmt: skip
    parser.add_argument("--driver", choices=DRIVERS, default=LINUX,
                        help="who speaks with the kernel: mvfs itself (linux, the default), or libfuse, which"
                        " can do less")  # fmt: skip


def run(args: argparse.Namespace, out: Output) -> int:
    """Mount; return when the mount answers, or with ``-f`` when it is over."""
    options = parse_options(args.options)
    store, ref = _what(args.what)
    location = store_location(store or args.store)
    mountpoint = resolved(args.directory)
    store_at = location.path
    if store_at is not None and (mountpoint == store_at or mountpoint in store_at.parents):
        raise Conflict(f"{mountpoint} is where the store is; mount it somewhere else", path=str(mountpoint))
    mounting.prepare(mountpoint)
    driver.check(args.driver)
    wish = Wish(location, ref, mountpoint, options, args.driver)
    if args.foreground:
        daemon.log_to(logging.StreamHandler())
        serve(wish, lambda report: _tell(report, out))
    else:
        _tell(daemon.start(wish), out)
    return OK


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


def _tell(report: Report, out: Output) -> None:
    if report.warning is not None:
        out.warn(report.warning)
    if out.as_json:
        out.data_json(asdict(report))
        return
    how = "the kernel reads blobs itself" if report.passthrough else "served by mvfs"
    how += " through libfuse" if report.driver == LIBFUSE else ""
    out.say(f"mounted on {report.mountpoint} ({how}; process {report.pid})")
