"""The command line: ``mvfs VERB …``. One file per verb, imported when it is called.

Data goes to standard output, talk to standard error, and the exit code comes from one table (`exits`).
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from mvfs import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

VERBS = {
    "init": "make and probe a store",
    "log": "log a new version from a file, a directory or a URI",
    "get": "copy a version or one of its files out, verified",
    "cat": "write a file of a version to standard output",
    "ls": "list projects, names, versions or files",
    "show": "tell everything about a version",
    "diff": "tell what differs between two versions",
    "compare": "show metrics and config of several versions side by side",
    "runs": "list the runs that a query asks for",
    "run": "tell everything about a run",
    "lineage": "show what a version came from, and what was made of it",
    "alias": "set, remove or look back at aliases",
    "best": "set the rule that keeps 'best'",
    "policy": "keep the last versions of a name, protect its aliases",
    "note": "write or show a version's note",
    "rename": "give a project or name another name",
    "cp": "copy versions to another name or project",
    "mv": "move versions to another name or project",
    "sync": "bring versions, runs and lineage of one store into another",
    "rm": "delete versions or names (until a sweep, they can come back)",
    "undelete": "bring deleted versions back",
    "ttl": "set when a version expires",
    "prune": "delete the versions that no rule keeps",
    "sweep": "free the space of what was deleted",
    "du": "tell what takes how much space",
    "verify": "check a copy, a version's stored bytes, or what its references lead to",
    "materialize": "bring the bytes of a version's references into the store",
    "fsck": "check the store, and heal what is damaged",
    "cache": "show, limit or clean what is kept of far stores on this machine",
    "watch": "run a command for each new version or move of an alias",
    "mount": "mount a store, or what a ref names, read-only",
    "umount": "end mounts",
    "doctor": "look at what mvfs needs here, and say what to do",
    "tui": "browse a store in the terminal",
}

_USAGE = 2
_INTERRUPTED = 130


class _Formatter(argparse.HelpFormatter):
    """Help as wide as the terminal; argparse asks `shutil`, which imports all of compression, for that."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns() - 2)


def columns() -> int:
    """Columns of the terminal, 80 where there is none."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


class _Parser(argparse.ArgumentParser):
    """One line for a wrong call, like every other error."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Formatter, **options)

    def error(self, message: str) -> NoReturn:
        line = f"{message}; see '{self.prog} --help'"
        if "--json" in sys.argv:
            import json

            line = json.dumps({"error": {"kind": "usage", "message": line}})
        else:
            line = text.line(f"{self.prog}: {line}")
        sys.stderr.write(line + "\n")
        sys.exit(_USAGE)


def build_parser(verb: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the called verb's arguments are added."""
    parser = _Parser(
        prog="mvfs",
        description="Versions of models, data sets and predictions in a directory or bucket,"
        " without a server.",
        epilog="A ref is [STORE::]project/[type/]name[:version-or-alias][/path], as in vision/iv3:best."
        " 'mvfs VERB --help' tells more.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    _add_common(parser, default=None)
    common = _Parser(add_help=False)
    _add_common(common, default=argparse.SUPPRESS)  # what was said before the verb stands
    verbs = parser.add_subparsers(
        dest="verb",
        metavar="VERB",
        parser_class=_Parser,
        prog=parser.prog,  # or argparse formats a usage to find out, which imports much
    )
    for name, summary in VERBS.items():
        sub = verbs.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", parents=[common]
        )
        if name == verb:
            import_module(f"mvfs.cli.{name}").add_arguments(sub)
    return parser


def _add_common(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument(
        "--store",
        metavar="STORE",
        default=default,
        help="the store (default: $MVFS_STORE, the config file, or ~/.local/share/mvfs/store)",
    )
    parser.add_argument("--json", action="store_true", default=default, help="print data and errors as JSON")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = _with_signs(list(sys.argv[1:] if argv is None else argv))
    verb = next((word for word in words if word in VERBS), None)
    command: list[str] = []
    if verb == "watch" and "--" in words:  # what follows is not ours to parse
        at = words.index("--")
        words, command = words[:at], words[at + 1 :]
    parser = build_parser(verb)
    args = parser.parse_args(words)
    args.command = command
    if args.version:
        from mvfs import __version__

        sys.stdout.write(f"mvfs {__version__}\n")
        return 0
    if args.verb is None:
        parser.print_help()
        return _USAGE
    return _run(args)


def _with_signs(words: list[str]) -> list[str]:
    """Bind ``--sort -summary.acc`` together: argparse takes what begins with a minus for an option."""
    for place, word in enumerate(words[:-1]):
        if word == "--sort" and words[place + 1][:1] == "-" and words[place + 1][:2] != "--":
            return [*words[:place], f"--sort={words[place + 1]}", *words[place + 2 :]]
    return words


def _run(args: argparse.Namespace) -> int:
    from mvfs import notices
    from mvfs.cli.exits import report
    from mvfs.cli.output import Output

    out = Output(as_json=bool(args.json))
    notices.tell_by(out.warn)
    try:
        try:
            code: int = import_module(f"mvfs.cli.{args.verb}").run(args, out)
            sys.stdout.flush()
        finally:
            if getattr(args, "opened", None):
                from mvfs.cli.places import told

                for line in told(args):
                    out.warn(line)
        return code
    except KeyboardInterrupt:
        out.say("mvfs: interrupted; nothing was left half done")
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader of our output went away
        return 0
    except Exception as exc:  # noqa: BLE001 - the one place where errors become exit codes
        return report(exc, out)
