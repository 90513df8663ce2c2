"""How a run begins: as a new one, as one that goes on, or as a part of one that others share."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

from mvfs.catalog import liveness, run_objects, runs
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import rows
from mvfs.sdk import facts, options, resuming
from mvfs.sdk.config import Config
from mvfs.sdk.metrics import Metrics
from mvfs.sdk.options import Identity
from mvfs.sdk.recorder import NullRecorder
from mvfs.sdk.run import Run
from mvfs.sdk.secrets import Masker
from mvfs.sdk.store_recorder import StoreRecorder
from mvfs.sdk.summary import Summary
from mvfs.sdk.values import plain

_log = logging.getLogger("mvfs")


def begin(given: dict[str, Any], values: dict[str, Any], masker: Masker, *, allow_val_change: bool) -> Run:
    """Return the run that `mvfs.init` was asked for, recorded.

    Raises:
        InvalidInput: a name breaks the rules, or the id is taken.
        NotFound: it is to go on, and there is none such.
    """
    how = options.resume(given.get("resume"), given.get("id"))
    mode = options.mode(given.get("mode"))
    if mode == "shared" and not given.get("id"):
        raise InvalidInput("mode='shared' needs to know which run: pass the same id=… to all processes")
    who, config = options.identity(given), Config(values)
    if mode == "disabled":
        return Run(NullRecorder(), who, config, Summary())
    recorder = StoreRecorder(who.project, who.id, who.entity, shared=mode == "shared")
    if how == "auto" and not given.get("id"):
        run_id = resuming.last(recorder.project) or who.id
        who = dataclasses.replace(who, id=run_id, name=who.name if given.get("name") else run_id)
        recorder = StoreRecorder(who.project, who.id, who.entity)
    recorder.deliver()
    known = _known(recorder, who.id)
    if known is None and how == "must":
        raise NotFound(f"project '{who.project}' has no run '{who.id}' to go on with", run=who.id)
    if known is not None and how == "new" and mode != "shared":
        raise InvalidInput(
            f"there is a run '{who.id}' already in project '{who.project}';"
            " pass resume='allow' to go on with it, or another id",
            run=who.id,
        )
    about = plain({**facts.capture(masker), "tags": list(who.tags), "notes": who.notes})
    if known is None:
        labels = who.name, who.job_type, who.group
        begun = runs.RunStart(who.id, *labels, config.recordable(), about, who.tags, who.notes)
        if recorder.start(begun):
            run = Run(recorder, who, config, Summary())
        else:  # another process of a shared run was faster
            run = _go_on(recorder, who, about, values, allow_val_change=True)
    else:
        run = _go_on(recorder, who, about, values, allow_val_change=allow_val_change or mode == "shared")
    if how == "auto":
        resuming.remember(recorder.project, run.id)
    return run


def _known(recorder: StoreRecorder, run_id: str) -> rows.Run | None:
    try:
        return recorder.project.run(run_id)
    except NotFound:
        return None


def _go_on(
    recorder: StoreRecorder,
    who: Identity,
    about: dict[str, Any],
    values: dict[str, Any],
    *,
    allow_val_change: bool,
) -> Run:
    """Return a run that continues a recorded one: its config, summary, and steps."""
    project = recorder.project
    recorder.resume(about)
    known = project.run(who.id)
    if not recorder.shared and liveness.is_alive(project, who.id, beside=recorder.writer):
        _log.warning(
            "mvfs: run %s may still be going on elsewhere; nothing gets lost, but pass mode='shared' where"
            " several processes log into one run",
            who.id,
        )
    whole = runs.whole(project, known)
    config = Config(whole.config)
    last = None if recorder.shared else run_objects.last_step(project, who.id)
    who = dataclasses.replace(
        who, name=known.name, job_type=known.job_type, group=known.group,
        tags=known.tags, notes=known.notes, resumed=True,
    )  # fmt: skip
    run = Run(
        recorder, who, config, Summary({} if recorder.shared else whole.summary),
        step=0 if last is None else last + 1, metrics=Metrics(whole.values),
    )  # fmt: skip
    run.config.update(values, allow_val_change=allow_val_change)
    return run
