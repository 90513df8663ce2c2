"""``mvfs watch``: a command for each new version or move of an alias, at least once each."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

from mvfs import refs, units
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.cursor import Cursor
from mvfs.catalog.reach import Reach
from mvfs.catalog.watching import Event, Watcher, interest
from mvfs.cli.exits import NEGATIVE, OK
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.running import Command
from mvfs.errors import InvalidInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.usage = "mvfs watch [options] REF [-- COMMAND ...]"
    parser.epilog = (
        "The command finds MVFS_EVENT, MVFS_REF, MVFS_VERSION, MVFS_ALIAS, MVFS_OLD, MVFS_NEW, MVFS_STORE"
        " and, where it is mounted, MVFS_PATH in its environment; {ref}, {version}, {alias}, {old}, {new} and"
        " {path} stand for them in its words. Without a command, what happens is printed."
    )
    parser.add_argument("ref", metavar="REF", help="a name, type or project; it need not exist yet")
    parser.add_argument(
        "--on",
        action="append",
        metavar="WHAT",
        help="version (default), alias=NAME, alias (any but latest) or any; may be given again",
    )
    parser.add_argument(
        "--name", metavar="NAME", help="remember what is done under this name, and go on there the next time"
    )
    parser.add_argument(
        "--from",
        dest="start",
        default="now",
        metavar="WHERE",
        help="begin now (default), at start or at vN",
    )
    parser.add_argument(
        "--restart", action="store_true", help="with --name: forget what is done, and begin at --from"
    )
    parser.add_argument("--once", action="store_true", help="end after one event")
    parser.add_argument("--no-wait", action="store_true", help="end when nothing is new")
    parser.add_argument(
        "--retries", type=int, default=3, metavar="N", help="how often a failed command is run again (3)"
    )
    parser.add_argument(
        "--stop",
        action="store_true",
        help="end when a command fails for good, and begin there the next time",
    )
    parser.add_argument(
        "--poll", type=float, metavar="S", help="seconds between two looks (0.25; 2 in a bucket)"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Watch until interrupted; 1 where a command failed for good."""
    _check(args)
    ref = refs.parse(args.ref)
    wanted = interest(ref, args.on or ["version"])
    catalog = open_store(args, ref)
    catalog.reach.on_change = lambda reach: out.warn(_reach_line(reach))
    command = Command(args.command, catalog.location, args.retries, out.warn) if args.command else None
    failed = False
    with _cursor(args, catalog, out) as cursor:
        watcher = Watcher(catalog, wanted, args.start, cursor, restart=args.restart)
        where = "where it was" if watcher.resumed else "now" if args.start == "now" else args.start
        out.say(f"watching {wanted}, from {where}")
        for event in watcher.events(args.poll, wait=not args.no_wait):
            if command is None:
                _print(event, out)
            elif not command.run(event):
                failed = True
                if args.stop:
                    return NEGATIVE
                out.warn(f"the command failed for {event.ref}; going on with the next")
            if args.once:
                watcher.done(event)
                break
    return NEGATIVE if failed else OK


def _check(args: argparse.Namespace) -> None:
    if args.retries < 0:
        raise InvalidInput("--retries takes a number from 0 on")
    if args.poll is not None and not 0.01 <= args.poll <= 86_400:
        raise InvalidInput("--poll takes seconds, from 0.01 to a day")
    if args.restart and not args.name:
        raise InvalidInput("--restart goes with --name; without a name nothing is remembered")


@contextlib.contextmanager
def _cursor(args: argparse.Namespace, catalog: Catalog, out: Output) -> Iterator[Cursor | None]:
    if args.name is None:
        yield None
        return

    def tell(holder: str) -> None:
        out.say(f"the watcher '{args.name}' is at work in {holder}; waiting for its end")

    cursor = Cursor.hold(catalog.backend, args.name, tell)
    try:
        yield cursor
    finally:
        cursor.close()


def _print(event: Event, out: Output) -> None:
    what = event.what
    if out.as_json:
        sys.stdout.write(json.dumps(_json(event)) + "\n")
    elif what.alias is None:
        out.data(f"{units.moment(what.time)}  {event.ref}  by {what.actor}")
    else:
        old, new = ("-" if n is None else f"v{n}" for n in (what.old, what.new))
        name = f"{event.project}/{what.type}/{what.name}"
        out.data(f"{units.moment(what.time)}  {name}:{what.alias}  {old} → {new}  by {what.actor}")
    sys.stdout.flush()


def _json(event: Event) -> dict[str, Any]:
    what = event.what
    return {
        "event": event.kind,
        "ref": event.ref,
        "alias": what.alias,
        "old": None if what.old is None else f"v{what.old}",
        "new": None if what.new is None else f"v{what.new}",
        "at": units.iso(what.time),
        "by": what.actor,
    }


def _reach_line(reach: Reach) -> str:
    return reach.say() if reach.is_lost else f"{reach.location} is in reach again"
