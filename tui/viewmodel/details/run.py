"""The run that logged a version: how it went, what it was given, and the code and machine it ran on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mvfs import units
from mvfs.index.rows import Run
from mvfs.text import line
from tui import glyphs, paint
from tui.paint import Span
from tui.viewmodel.details.lines import Bounds, FileOf, Line, RunOf, heading
from tui.viewmodel.details.mapping import ValueRows
from tui.viewmodel.facts import Facts, Story
from tui.viewmodel.sparkline import sparkline
from tui.viewmodel.wrap import wrapped

_STATES = {
    "running": "▶ running", "finished": "✓ finished", "failed": "✗ failed", "crashed": "✗ crashed",
    "preempted": "✗ preempted", "preempting": "▶ preempting",
}  # fmt: skip
_ROLES = {
    "failed": "bad", "crashed": "bad", "preempted": "bad", "running": "best", "preempting": "best",
}  # fmt: skip

_LABEL = 9
_PRODUCERS = 3
_LONGEST_COMMAND = 2000


def state_of(run: Run) -> Span:
    """A glyph and a word for the state of a run."""
    return _STATES.get(run.state, line(run.state)), _ROLES.get(run.state, "latest")


def rows(facts: Facts, now: int, bounds: Bounds, width: int) -> Iterator[Line]:
    """The section of each producer; of the first one everything."""
    for number, run in enumerate(facts.producers[:_PRODUCERS]):
        yield heading("logged by" if number == 0 else "logged again by", width)
        yield from _head(facts.project, run, number, now)
        if number == 0:
            story = facts.story or Story()
            yield from _values(run, story, bounds, width)
            yield from _captured(run, story.captured, width)


def _head(project: str, run: Run, number: int, now: int) -> Iterator[Line]:
    spans: list[Span] = [(line(run.name), "strong"), ("  ", "text"), state_of(run)]
    yield Line(("run", number), spans, RunOf(project, run.id))
    job = f"{line(run.job_type)}, " if run.job_type else ""
    about = f"{line(run.id)}, {job}{units.age(run.started, now)} ago"
    if run.ended is not None and run.ended > run.started:
        about += f", took {units.span(run.ended - run.started)}"
    yield Line(("about run", number), [(about, "muted")])


def _values(run: Run, story: Story, bounds: Bounds, width: int) -> Iterator[Line]:
    def curve(path: str, columns: int) -> Sequence[Span]:
        values = story.curves.get(path, ())
        return [(sparkline(values, columns, plain=glyphs.is_ascii()), "accent")] if len(values) > 1 else ()

    if run.config:
        yield Line(("head", "config"), [("config", "muted")])
        yield from ValueRows("config", width, "  ").lines(run.config, bounds)
    if run.summary:
        hint = " and how it went" if story.curves else ""
        yield Line(("head", "summary"), [("summary", "muted"), (hint, "faint")])
        yield from ValueRows("summary", width, "  ", curve).lines(run.summary, bounds)


def _captured(run: Run, captured: Mapping[str, Any], width: int) -> Iterator[Line]:
    if captured:
        yield Line(("head", "captured"), [("code and machine", "muted")])
    for label, value in _pairs(captured):
        pieces = list(wrapped(line(value), width - _LABEL - 2))
        for number, piece in enumerate(pieces[:4]):
            shown = piece + (" …" if number == 3 and len(pieces) > 4 else "")
            lead = "  " + paint.fit("" if number else label, _LABEL)
            yield Line(("captured", label, number), [(lead, "muted"), (shown, "text")])
    if isinstance(patch := captured.get("diff"), str) and patch:
        plus, minus = _changed(patch)
        count: list[Span] = [(f"+{plus:,} ", "added"), (f"-{minus:,}", "removed")]
        link: list[Span] = [("  " + paint.fit("changes", _LABEL), "muted"), ("uncommitted.patch  ", "accent")]
        yield Line("patch", [*link, *count], FileOf("uncommitted.patch", run.id))


def _pairs(captured: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if command := _command(captured):
        yield "command", command
    if git := _git(captured.get("git")):
        yield "git", git
    remote = captured["git"].get("remote") if isinstance(captured.get("git"), Mapping) else None
    if isinstance(remote, str):
        yield "remote", remote[:400]
    host = "@".join(_text(captured, key) for key in ("user", "host") if _text(captured, key))
    machine = [host, _text(captured, "platform")]
    if isinstance(cpus := captured.get("cpus"), int):
        machine.append(f"{cpus} CPUs")
    if isinstance(memory := captured.get("memory"), int):
        machine.append(units.size(memory))
    if shown := ", ".join(one for one in machine if one):
        yield "host", shown
    if gpus := captured.get("gpus"):
        yield "GPUs", _listed(gpus)
    packages = captured.get("packages")
    count = f"{len(packages):,} packages" if isinstance(packages, Sequence) and packages else ""
    if shown := ", ".join(one for one in (_text(captured, "python"), count) if one):
        yield "python", shown


def _text(captured: Mapping[str, Any], key: str) -> str:
    value = captured.get(key)
    return value[:400] if isinstance(value, str) else ""


def _listed(value: Any) -> str:
    words = [str(one)[:100] for one in value[:8]] if isinstance(value, list | tuple) else [str(value)[:400]]
    return ", ".join(
        f"{words.count(one)} of {one}" if words.count(one) > 1 else one for one in dict.fromkeys(words)
    )


def _command(captured: Mapping[str, Any]) -> str:
    argv = captured.get("argv")
    if not isinstance(argv, list | tuple):
        return ""
    import shlex

    words = (shlex.quote(one) for one in argv[:200] if isinstance(one, str))
    return ("python " + " ".join(words))[:_LONGEST_COMMAND] if argv else ""


def _git(git: Any) -> str:
    if not isinstance(git, Mapping) or not isinstance(git.get("commit"), str):
        return ""
    branch = git.get("branch")
    on = f" on {branch[:100]}" if isinstance(branch, str) else ""
    return f"{git['commit'][:12]}{on}{', with changes' if git.get('dirty') else ''}"


def _changed(patch: str) -> tuple[int, int]:
    """Lines that a patch adds and takes away."""
    plus = patch.count("\n+") - patch.count("\n+++ ")
    return max(plus, 0), max(patch.count("\n-") - patch.count("\n--- "), 0)
