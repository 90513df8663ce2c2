"""Everything about one run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mvfs.catalog import liveness, run_objects, runs
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput, MvfsError, NotFound
from mvfs.index import queries
from mvfs.index.rows import Run
from tui.library import Library
from tui.viewmodel.facts import Source
from tui.viewmodel.run_facts import RunFacts

PRINTED = 400
"""Lines of output that are read."""


def split(ref: str) -> tuple[str, str]:
    """Return project and id of ``project:id``; ``project/id`` is as good.

    Raises:
        InvalidInput: it is neither.
    """
    mark = ":" if ":" in ref else "/"
    project, _, run_id = ref.partition(mark)
    if not (project and run_id):
        raise InvalidInput(f"'{ref}' is no run; a run is project:id")
    return project, run_id


def run(library: Library, project: str, word: str) -> RunFacts:
    """Read a run by its id, or by a name that only one has; what is broken of it is told, not raised.

    Raises:
        NotFound: the project has none such.
        InvalidInput: several are called so.
    """
    opened = library.project(project)
    found = liveness.with_state(opened, _find(opened, word))
    parts: dict[str, Any] = {"captured": {}, "ending": {}, "printed": ()}
    trouble: list[str] = []
    whole = found
    try:
        values = runs.whole(opened, found)
        whole = msgspec.structs.replace(found, config=values.config, summary=values.summary)
        parts.update(_parts(opened, found.id))
    except MvfsError as exc:
        trouble.append(exc.message)
    return RunFacts(
        project,
        whole,
        inputs=_inputs(library, opened, found.id),
        outputs=queries.versions_of_run(opened.index, found.id),
        trouble=trouble[0] if trouble else None,
        **parts,
    )


def _find(project: Project, word: str) -> Run:
    found = queries.run(project.index, word)
    named = [found] if found else queries.runs_named(project.index, word)
    if not named:
        raise NotFound(f"project '{project.name}' has no run '{word}'", run=word)
    if len(named) > 1:
        raise InvalidInput(f"{len(named)} runs of '{project.name}' are called '{word}'; name one by its id")
    return named[0]


def _parts(project: Project, run_id: str) -> Iterator[tuple[str, Any]]:
    """What the run's objects hold, one part after the other."""
    start = run_objects.read_start(project, run_id).get("facts")
    captured = dict(start) if isinstance(start, dict) else {}
    yield "captured", captured
    for more in run_objects.read_records(project, run_id, run_objects.SURROUNDINGS).values():
        captured |= more
        break
    ends = run_objects.read_records(project, run_id, run_objects.END).values()
    yield "ending", next((end for end in reversed(ends) if not end.get("forked")), {})
    yield "printed", run_objects.last_lines(project, run_id, PRINTED)


def _inputs(library: Library, project: Project, run_id: str) -> list[Source]:
    found = queries.inputs(project.index, run_id)
    foreign = any(one.project_id is not None for one in found)
    names = {library.project(name).id: name for name in library.projects()} if foreign else {}
    return [
        Source(project.name if one.project_id is None else names.get(one.project_id), one.name, one.number)
        for one in found
    ]
