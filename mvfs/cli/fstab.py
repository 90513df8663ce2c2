"""``mount.mvfs STORE DIR [-o OPTIONS]``: how mount(8) mounts what ``/etc/fstab`` calls ``mvfs``.

The line ``STORE DIR mvfs noauto,user 0 0`` makes ``mount DIR`` work; so do refs, and ``STORE::ref``. The
program is found as ``/sbin/mount.mvfs``.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

from mvfs.cli.exits import report
from mvfs.cli.output import Output
from mvfs.errors import InvalidInput, MvfsError

_USAGE, _FAILED = 1, 32
"""Exit codes of mount(8)."""

_IGNORED_WORDS = """
    ro rw defaults auto noauto user nouser users group owner fail nofail _netdev suid nosuid dev nodev sync
    async dirsync atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime lazytime
    nolazytime mand nomand iversion noiversion silent loud
"""
_IGNORED = frozenset(_IGNORED_WORDS.split())
"""Options for mount(8) itself, or such as change nothing where nothing can be written."""

_IGNORED_KINDS = ("x-", "X-", "comment=", "user=", "uhelper=", "helper=")

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_MAX_ENVIRONMENT = 1 << 20


class Asked(NamedTuple):
    """What the options of a line mean."""

    options: list[str]
    """Those of ``mvfs mount -o``."""
    env_file: str | None


def parse(options: str) -> Asked:
    """Sort the options of a line: ours, those of others, and where the environment is.

    Options that are neither are refused later, by name.
    """
    ours, env_file, executable = [], None, True
    for word in options.split(","):
        if word.startswith("env_file="):
            env_file = word.partition("=")[2]
        elif word in ("exec", "noexec"):
            executable = word == "exec"
        elif word and word not in _IGNORED and not word.startswith(_IGNORED_KINDS):
            ours.append(word)
    return Asked(ours if executable else [*ours, "noexec"], env_file)


def read_environment(path: str) -> dict[str, str]:
    """Return the variables of a file with lines ``NAME=value``, as systemd's ``EnvironmentFile`` has them.

    Values may be in quotes; empty lines and those that begin with ``#`` or ``;`` count for nothing.

    Raises:
        InvalidInput: it cannot be read, or a line is of another form.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read(_MAX_ENVIRONMENT).splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        reason = getattr(exc, "strerror", None) or "it is not UTF-8"
        raise InvalidInput(f"cannot read env_file {path}: {reason.lower()}") from exc
    found = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise InvalidInput(
                f"env_file {path}, line {number}: write NAME=value"
            )  # the line may be a secret
        value = parts[2].strip()
        is_quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
        found[parts[1]] = value[1:-1] if is_quoted else value
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Mount as mount(8) asks for, and return one of its exit codes."""
    args = _parser().parse_args(argv)
    out = Output(as_json=False)
    try:
        _mount(args, out)
    except MvfsError as exc:
        out.say(f"mount.mvfs: {exc.message}")
        return _USAGE if isinstance(exc, InvalidInput) else _FAILED
    except Exception as exc:  # noqa: BLE001 - the guard: whatever happens becomes one line
        report(exc, out)
        return _FAILED
    return 0


def _mount(args: argparse.Namespace, out: Output) -> None:
    asked = parse(",".join(args.options))
    if asked.env_file is not None:
        os.environ.update(read_environment(asked.env_file))
    from mvfs.cli import mount  # after the environment is as it is to be
    from mvfs.mount import daemon

    if args.namespace is not None:
        raise InvalidInput("mounting in another namespace (-N) is not supported; use nsenter")
    wish = mount.prepare(args.source, args.directory, asked.options, None)
    if args.fake:
        return
    told = daemon.start(wish)
    if told.warning is not None:
        out.say(f"mount.mvfs: {told.warning}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mount.mvfs",
        description="Mounts a store, or what a ref names, for mount(8) and /etc/fstab.",
        epilog='Made known to mount(8) by: ln -s "$(command -v mount.mvfs)" /sbin/mount.mvfs',
    )
    parser.add_argument("source", metavar="STORE or REF", help="what to mount: STORE, STORE::ref or a ref")
    parser.add_argument("directory", metavar="DIR", help="an empty directory")
    parser.add_argument(
        "-o",
        dest="options",
        action="append",
        default=[],
        metavar="OPTION[,…]",
        help="those of 'mvfs mount -o', and env_file=FILE: variables such as AWS_PROFILE, as lines"
        " NAME=value; what only concerns mount(8) is ignored",
    )
    parser.add_argument("-f", "--fake", action="store_true", help="only look whether it could be mounted")
    parser.add_argument("-t", "--types", metavar="TYPE", help=argparse.SUPPRESS)
    parser.add_argument("-N", "--namespace", metavar="NS", help=argparse.SUPPRESS)
    for letter in "snv":
        parser.add_argument(f"-{letter}", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
