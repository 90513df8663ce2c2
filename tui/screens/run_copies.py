"""What of a run can be copied."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tui.screens.copying import Choice
from tui.viewmodel import captured
from tui.viewmodel.run_facts import RunFacts


def copies(project: str, run_id: str, name: str, facts: RunFacts | None) -> Iterator[Choice]:
    """What can be copied of a run; more of it where everything about it was read."""
    yield Choice("i", "id", run_id)
    yield Choice("n", "name", name)
    yield Choice("p", "place", f"run {project}:{run_id}")
    yield Choice("s", "show command", f"mvfs run show {project}/{run_id}")
    if facts is None:
        return
    command = dict(captured.pairs(facts.captured)).get("command")
    if command:
        yield Choice("c", "command", command)
    git = facts.captured.get("git")
    commit = git.get("commit") if isinstance(git, dict) else None
    if isinstance(commit, str) and commit:
        yield Choice("g", "git commit", commit)
    for key, label, values in (("o", "config", facts.run.config), ("m", "summary", facts.run.summary)):
        if values:
            yield Choice(
                key, f"{label} as JSON", json.dumps(values, indent=1, default=str, ensure_ascii=False)
            )
