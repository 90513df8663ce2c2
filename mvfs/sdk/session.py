"""The functions of the module itself: `mvfs.init`, and what works on the run that it made."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from mvfs.catalog import runs
from mvfs.errors import InvalidInput, NoActiveRun, NotFound
from mvfs.sdk import active, exits, facts, options
from mvfs.sdk.config import Config
from mvfs.sdk.options import Identity
from mvfs.sdk.recorder import NullRecorder, StoreRecorder
from mvfs.sdk.run import Run
from mvfs.sdk.summary import Summary
from mvfs.sdk.values import plain

if TYPE_CHECKING:
    import os

    from mvfs.index import rows
    from mvfs.sdk.artifact import Artifact

    run: Run | None
    """The active run, or None."""
    config: Config
    """The active run's config."""
    summary: Summary
    """The active run's summary."""

_log = logging.getLogger("mvfs")


def init(
    project: str | None = None,
    *,
    entity: str | None = None,
    id: str | None = None,  # noqa: A002 - W&B's word
    name: str | None = None,
    notes: str | None = None,
    tags: Sequence[str] | None = None,
    config: Any = None,
    config_exclude_keys: Iterable[str] | None = None,
    config_include_keys: Iterable[str] | None = None,
    allow_val_change: bool | None = None,
    group: str | None = None,
    job_type: str | None = None,
    mode: str | None = None,
    reinit: bool | str | None = None,
    resume: bool | str | None = None,
    settings: Any = None,
    **others: Any,
) -> Run:
    """Begin a run and make it the active one.

    Args:
        project: where it and what it logs belong; ``$MVFS_PROJECT``, else ``uncategorized``.
        entity: kept for W&B's sake; a store has no entities.
        id: unique in the project; random where it is not given.
        name: the name for people.
        notes: what there is to say about it.
        tags: words to find it by.
        config: its settings: a dict, an ``argparse.Namespace`` or the like.
        config_exclude_keys: settings to leave out.
        config_include_keys: the only settings to take.
        allow_val_change: whether ``config`` may change values of a run that goes on.
        group: the group that it belongs to.
        job_type: what kind of work it is: ``train``, ``eval``, …
        mode: ``disabled`` records nothing; all others are the same.
        reinit: what to do where a run is active: ``return_previous`` (as by default), ``finish_previous``
            (or True), ``create_new``.
        resume: whether to go on with a run of this id: ``allow``, ``must``, or ``never`` (as by default).
        settings: a dict or object with W&B's names of the above; its other fields are ignored.
        others: what W&B takes beside: ``dir``, ``force`` and ``anonymous`` are ignored, the rest is refused.

    Raises:
        InvalidInput: a name breaks the rules, the id is taken, or a parameter asks for what mvfs does not do.
        NotFound: ``resume="must"``, and there is no such run.
    """
    options.refuse(others)
    asked = {
        "project": project, "entity": entity, "id": id, "name": name, "notes": notes, "tags": tags,
        "group": group, "job_type": job_type, "mode": mode, "resume": resume,
    }  # fmt: skip
    given = options.with_settings(asked, settings)
    values = options.config_values(config, config_exclude_keys, config_include_keys)
    policy = options.reinit(reinit)
    previous = _own_run()
    if previous is not None and policy == "return_previous":
        return _once_more(previous, values, allow_val_change=allow_val_change)
    if previous is not None and policy == "finish_previous":
        previous.finish()
    begun = _begin(given, values, allow_val_change=bool(allow_val_change))
    if previous is None or policy != "create_new":
        active.set_run(begun)
    exits.watch(begun)
    return begun


def _once_more(run: Run, values: dict[str, Any], *, allow_val_change: bool | None) -> Run:
    _log.warning(
        "mvfs: init() was called while run %s is active, and returns that run; finish it first, or pass"
        " reinit='finish_previous' or 'create_new'",
        run.id,
    )
    run.config.update(values, allow_val_change=allow_val_change)
    return run


def _own_run() -> Run | None:
    """The active run, unless it is that of the process that this one was forked from."""
    found = cast("Run | None", active.run())
    return None if found is None or found.is_inherited else found


def _begin(given: dict[str, Any], values: dict[str, Any], *, allow_val_change: bool) -> Run:
    who = options.identity(given)
    how = options.resume(given.get("resume"), given.get("id"))
    if options.mode(given.get("mode")) == "disabled":
        return Run(NullRecorder(), who, Config(values), Summary())
    recorder = StoreRecorder(who.project, who.id, who.entity)
    known = _known(recorder, who.id)
    if known is None and how == "must":
        raise NotFound(f"project '{who.project}' has no run '{who.id}' to go on with", run=who.id)
    if known is not None:
        if how == "new":
            raise InvalidInput(
                f"there is a run '{who.id}' already in project '{who.project}';"
                " pass resume='allow' to go on with it, or another id",
                run=who.id,
            )
        return _go_on(recorder, who, known, values, allow_val_change=allow_val_change)
    config = Config(values)
    about = {**facts.capture(), "tags": list(who.tags), "notes": who.notes}
    recorder.start(
        runs.RunStart(who.id, who.name, who.job_type, who.group, config.recordable(), plain(about))
    )
    return Run(recorder, who, config, Summary())


def _known(recorder: StoreRecorder, run_id: str) -> rows.Run | None:
    try:
        return recorder.project.run(run_id)
    except NotFound:
        return None


def _go_on(
    recorder: StoreRecorder,
    who: Identity,
    known: rows.Run,
    values: dict[str, Any],
    *,
    allow_val_change: bool,
) -> Run:
    """Return a run that continues a recorded one: its config, summary, and steps."""
    project = recorder.project
    start = runs.read_start(project, who.id)
    about = start.get("facts", {})
    config = Config({**start.get("config", {}), **known.config})
    last = next(reversed(list(runs.read_history(project, who.id))), None)
    segments = runs.count_segments(project, who.id)
    recorder.resume()
    who = dataclasses.replace(
        who,
        name=known.name,
        job_type=known.job_type,
        group=known.group,
        tags=tuple(about.get("tags") or ()),
        notes=about.get("notes"),
        resumed=True,
    )
    step = int(last["_step"]) + 1 if last is not None else 0
    begun = Run(recorder, who, config, Summary(known.summary), segment=segments, step=step)
    begun.config.update(values, allow_val_change=allow_val_change)
    return begun


def finish(exit_code: int | None = None) -> None:
    """End the active run, if there is one."""
    found = _own_run()
    if found is not None:
        found.finish(exit_code)


def log(data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
    """`Run.log` of the active run."""
    _active("log()").log(data, step, commit)


def log_artifact(
    artifact_or_path: Artifact | str | os.PathLike[str],
    name: str | None = None,
    type: str | None = None,  # noqa: A002 - W&B's word
    aliases: Iterable[str] | None = None,
    tags: Iterable[str] | None = None,
) -> Artifact:
    """`Run.log_artifact` of the active run."""
    return _active("log_artifact()").log_artifact(artifact_or_path, name, type, aliases, tags)


def use_artifact(
    artifact_or_name: Artifact | str,
    type: str | None = None,  # noqa: A002 - W&B's word
    aliases: Iterable[str] | None = None,
    use_as: str | None = None,
) -> Artifact:
    """`Run.use_artifact` of the active run."""
    return _active("use_artifact()").use_artifact(artifact_or_name, type, aliases, use_as)


def log_model(
    path: str | os.PathLike[str], name: str | None = None, aliases: Iterable[str] | None = None
) -> None:
    """`Run.log_model` of the active run."""
    _active("log_model()").log_model(path, name, aliases)


def link_model(
    path: str | os.PathLike[str],
    registered_model_name: str,
    name: str | None = None,
    aliases: Iterable[str] | None = None,
) -> Artifact | None:
    """`Run.link_model` of the active run."""
    return _active("link_model()").link_model(path, registered_model_name, name, aliases)


def use_model(name: str) -> str:
    """`Run.use_model` of the active run."""
    return _active("use_model()").use_model(name)


def login(*_: Any, **__: Any) -> bool:
    """Do nothing: there is nobody to log in to."""
    return True


def _active(what: str) -> Run:
    found = active.run()
    if found is None:
        raise NoActiveRun(f"You must call mvfs.init() before mvfs.{what}")
    return cast("Run", found)


class _NotYet:
    """Stands for the config or summary of a run that there is not."""

    def __init__(self, what: str) -> None:
        self.__dict__["_what"] = what

    def _refuse(self, *_: object) -> Any:
        raise NoActiveRun(f"You must call mvfs.init() before mvfs.{self.__dict__['_what']}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what inspection asks for
            raise AttributeError(name)
        self._refuse()

    __setattr__ = __getitem__ = __setitem__ = __delitem__ = __iter__ = __len__ = __contains__ = _refuse


def __getattr__(name: str) -> Any:
    if name == "run":
        return active.run()
    if name in ("config", "summary"):
        found = active.run()
        return _NotYet(name) if found is None else getattr(found, name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
