"""``--force`` and ``--reason``: how a verb is told to move protected aliases, and why."""

from __future__ import annotations

import argparse

from mvfs.catalog.protection import Insistence


def add_insistence(parser: argparse.ArgumentParser, *short: str) -> None:
    """Declare the two options; ``short`` is a short form of the second one."""
    parser.add_argument(
        "--force", action="store_true", help="also what is protected; takes a reason, which is recorded"
    )
    parser.add_argument(*short, "--reason", metavar="TEXT", help="why; 'alias --history' shows it")


def insistence_of(args: argparse.Namespace) -> Insistence:
    """What was said."""
    return Insistence(args.force, args.reason)
