"""What was captured at the start of a run, in a few rows: command, code, machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from mvfs import units

_LONGEST_COMMAND, _LONGEST = 2000, 400
_MOST_WORDS = 200


def pairs(captured: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield labels and texts, which are as they were stored."""
    if command := _command(captured.get("argv")):
        yield "command", command
    if git := _git(captured.get("git"), captured.get("diff")):
        yield "git", git
        if remote := _text(captured["git"].get("remote")):
            yield "remote", remote
    where = "@".join(found for key in ("user", "host") if (found := _text(captured.get(key))))
    machine = [where]
    if _is_count(captured.get("cpus")):
        machine.append(f"{captured['cpus']} CPUs")
    if _is_count(captured.get("memory")):
        machine.append(units.size(captured["memory"]))
    if shown := ", ".join(filter(None, machine)):
        yield "host", shown
    gpus = captured.get("gpus")
    if isinstance(gpus, list) and gpus:
        names = [_text(one) for one in gpus[:64]]
        yield "GPUs", ", ".join(f"{names.count(name)} of {name}" for name in dict.fromkeys(names) if name)
    if python := _text(captured.get("python")):
        yield "python", python
    if folder := _text(captured.get("cwd")):
        yield "folder", folder


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 60


def _command(argv: object) -> str:
    words = [word for word in argv[:_MOST_WORDS] if isinstance(word, str)] if isinstance(argv, list) else []
    return " ".join(map(shlex.quote, words))[:_LONGEST_COMMAND]


def _git(git: object, patch: object) -> str:
    if not isinstance(git, Mapping) or not (commit := _text(git.get("commit"))):
        return ""
    found = commit[:12]
    if branch := _text(git.get("branch")):
        found += f" on {branch}"
    if isinstance(patch, str) and patch:
        plus, minus = (patch.count(f"\n{sign}") - patch.count(f"\n{sign * 3} ") for sign in "+-")
        return f"{found}, with changes +{max(plus, 0):,} -{max(minus, 0):,}"
    return f"{found}, with changes" if git.get("dirty") is True else found
