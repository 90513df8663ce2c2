"""``mvfs doctor``: looks at what mvfs needs here, and says what is so and what to do.

Nothing is changed, least of all the store, and nothing is waited for long. A new check is a function in one
of the files here and a line in `checks`.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from mvfs import text, units
from mvfs.cli.doctor.checks import examine
from mvfs.cli.doctor.finding import Finding, Level
from mvfs.cli.exits import NEGATIVE, OK
from mvfs.cli.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.epilog = "Exit code 0: all is well; 1: something needs doing. Notes are no trouble."


def run(args: argparse.Namespace, out: Output) -> int:
    """Look at everything, tell each thing as it is found, and say by the exit code how it is."""
    found: list[Finding] = []
    for finding in examine(args.store):
        found.append(finding)
        if not out.as_json:
            for line in _lines(finding):
                out.data(line)
    troubles = sum(finding.level is Level.TROUBLE for finding in found)
    if out.as_json:
        out.data_json({"well": not troubles, "findings": [asdict(finding) for finding in found]})
    else:
        out.say(_verdict(troubles))
    return NEGATIVE if troubles else OK


def _lines(finding: Finding) -> list[str]:
    start = f"{finding.level:9}{units.pad(finding.check, 13)}"
    lines = [start + text.line(finding.what)]
    if finding.remedy is not None:
        lines.append(f"{'':22}-> {text.line(finding.remedy)}")
    return lines


def _verdict(troubles: int) -> str:
    return (
        "all is well"
        if not troubles
        else f"{troubles} {'thing needs' if troubles == 1 else 'things need'} doing"
    )
