"""The options that lists of runs and versions have in common."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how what was found is shown."""
    parser.add_argument(
        "--sort", metavar="FIELDS", help="order, as in -summary.acc,created: '-' begins with the largest"
    )
    parser.add_argument("--columns", metavar="FIELDS", help="show these fields too, as in config.lr,note")
    parser.add_argument(
        "--limit", metavar="N", type=int, help="only the first N; without --sort, the newest N"
    )
