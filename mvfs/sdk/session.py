"""The functions of the module itself: `mvfs.init`, and what works on the run that it made."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from mvfs import text
from mvfs.errors import NoActiveRun
from mvfs.sdk import active, beginning, exits, options
from mvfs.sdk.config import Config
from mvfs.sdk.metrics import Metric
from mvfs.sdk.run import Run
from mvfs.sdk.secrets import Masker
from mvfs.sdk.summary import Summary
from mvfs.sdk.values import mapping_of

if TYPE_CHECKING:
    import os
    from io import TextIOWrapper

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
    save_code: bool | None = None,
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
        config: its settings: a dict, an ``argparse.Namespace`` or the like. Artifacts among them, also as
            ``wandb-artifact://project/name:alias``, are used by the run.
        config_exclude_keys: settings to leave out.
        config_include_keys: the only settings to take.
        allow_val_change: whether ``config`` may change values of a run that goes on.
        group: the group that it belongs to.
        job_type: what kind of work it is: ``train``, ``eval``, …
        mode: ``disabled`` records nothing; with ``shared``, several processes log into the run ``id``, which
            ends with the last of them; all others are the same.
        reinit: what to do where a run is active: ``return_previous`` (as by default), ``finish_previous``
            (or True), ``create_new``.
        resume: whether to go on with a run of this id: ``allow``, ``must``, or ``never`` (as by default);
            ``auto`` goes on with the last one that was begun so here and did not end well.
        save_code: whether to log the code below the working directory.
        settings: a dict or object with W&B's names of the above, and ``console`` (``off``: what is
            printed is not kept); its other fields are ignored.
        others: what W&B takes beside: ``dir``, ``force`` and ``anonymous`` are ignored, the rest is refused.

    Raises:
        InvalidInput: a name breaks the rules, the id is taken, or a parameter asks for what mvfs does not do.
        NotFound: ``resume="must"``, and there is no such run; or the config names an artifact that is not
            there.
    """
    options.refuse(others)
    _take_back()
    asked = {
        "project": project, "entity": entity, "id": id, "name": name, "notes": notes, "tags": tags,
        "group": group, "job_type": job_type, "mode": mode, "resume": resume, "save_code": save_code,
    }  # fmt: skip
    given = options.with_settings(asked, settings, _defaults)
    values = options.config_values(config, config_exclude_keys, config_include_keys)
    policy = options.reinit(reinit)
    previous = _own_run()
    if previous is not None and policy == "return_previous":
        return _once_more(previous, values, allow_val_change=allow_val_change)
    keeps_console = options.console(given.get("console"))
    if previous is not None and policy == "finish_previous":
        previous.finish()
    masker = Masker()
    begun = beginning.begin(given, values, masker, allow_val_change=bool(allow_val_change))
    if previous is None or policy != "create_new":
        active.set_run(begun)
    exits.watch(begun)
    try:
        begun.use_config()
    except BaseException:
        begun.finish(1)
        raise
    begun.look_around(masker, console=keeps_console)
    if given.get("save_code"):
        begun.log_code()
    return begun


def _take_back() -> None:
    """Have ``mvfs.config`` mean the active run's again: old scripts assign a dict to it."""
    module = vars(sys.modules["mvfs"])
    for name in ("config", "summary", "run"):
        module.pop(name, None)


_defaults = options.Settings()
"""What `setup` was given."""


def setup(settings: Any = None) -> options.Settings:
    """Set defaults for what `init` is not given, by W&B's names; return all that were set."""
    _defaults.update({} if settings is None else mapping_of(settings))
    return _defaults


def teardown(exit_code: int | None = None) -> None:
    """End the active run, if there is one."""
    finish(exit_code)


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


def finish(exit_code: int | None = None, quiet: bool | None = None) -> None:  # noqa: ARG001 - W&B's word
    """End the active run, if there is one. ``quiet`` is ignored: nothing is said anyway."""
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
    *,
    wait: bool = True,
    if_better: str | None = None,
    force: bool = False,
    reason: str | None = None,
) -> Artifact:
    """`Run.log_artifact` of the active run."""
    return _active("log_artifact()").log_artifact(
        artifact_or_path,
        name,
        type,
        aliases,
        tags,
        wait=wait,
        if_better=if_better,
        force=force,
        reason=reason,
    )


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
    *,
    force: bool = False,
    reason: str | None = None,
) -> Artifact | None:
    """`Run.link_model` of the active run."""
    run = _active("link_model()")
    return run.link_model(path, registered_model_name, name, aliases, force=force, reason=reason)


def link_artifact(artifact: Artifact, target_path: str, *args: Any, **more: Any) -> Artifact:
    """`Run.link_artifact` of the active run."""
    return _active("link_artifact()").link_artifact(artifact, target_path, *args, **more)


def upsert_artifact(artifact_or_path: Artifact | str, *args: Any, **more: Any) -> Artifact:
    """`Run.upsert_artifact` of the active run."""
    return _active("upsert_artifact()").upsert_artifact(artifact_or_path, *args, **more)


def finish_artifact(artifact_or_path: Artifact | str, *args: Any, **more: Any) -> Artifact:
    """`Run.finish_artifact` of the active run."""
    return _active("finish_artifact()").finish_artifact(artifact_or_path, *args, **more)


def restore(
    name: str, run_path: str | None = None, replace: bool = False, root: str | None = None
) -> TextIOWrapper:
    """Copy a file that a run saved, as `Run.restore` does; with a ``run_path``, also where no run is active,
    and then below the working directory.

    Raises:
        NoSuchFile: the run saved none of that name.
        NoActiveRun: no run is named, and none is active.
    """
    if run_path is None or active.run() is not None:
        return _active("restore()").restore(name, run_path, replace, root)
    from mvfs.sdk.api import Api

    return Api().run(run_path).file(name).download(root or ".", replace=replace, exist_ok=True)


def use_model(name: str) -> str:
    """`Run.use_model` of the active run."""
    return _active("use_model()").use_model(name)


def define_metric(name: str, *args: Any, **more: Any) -> Metric:
    """`Run.define_metric` of the active run."""
    return _active("define_metric()").define_metric(name, *args, **more)


def save(glob_str: str | os.PathLike[str], *args: Any, **more: Any) -> list[str]:
    """`Run.save` of the active run."""
    return _active("save()").save(glob_str, *args, **more)


def log_code(*args: Any, **more: Any) -> Artifact | None:
    """`Run.log_code` of the active run."""
    return _active("log_code()").log_code(*args, **more)


def alert(title: str, *args: Any, **more: Any) -> None:
    """`Run.alert` of the active run."""
    _active("alert()").alert(title, *args, **more)


def mark_preempting() -> None:
    """`Run.mark_preempting` of the active run."""
    _active("mark_preempting()").mark_preempting()


def termlog(string: str = "", newline: bool = True, repeat: bool = True, prefix: bool = True) -> None:
    """Tell people something, on standard error; with ``repeat=False``, only once."""
    _tell("", string, newline=newline, repeat=repeat, prefix=prefix)


def termwarn(string: str = "", newline: bool = True, repeat: bool = True, prefix: bool = True) -> None:
    """Warn people of something, on standard error."""
    _tell("WARNING ", string, newline=newline, repeat=repeat, prefix=prefix)


def termerror(string: str = "", newline: bool = True, repeat: bool = True, prefix: bool = True) -> None:
    """Tell people of an error, on standard error."""
    _tell("ERROR ", string, newline=newline, repeat=repeat, prefix=prefix)


_told: set[str] = set()


def _tell(kind: str, string: str, *, newline: bool, repeat: bool, prefix: bool) -> None:
    said = "\n".join(("mvfs: " if prefix else "") + kind + text.line(line) for line in string.split("\n"))
    if repeat or said not in _told:
        sys.stderr.write(said + "\n" * newline)
    _told.add(said)


def require(*_: Any, **__: Any) -> None:
    """Do nothing: W&B's scripts ask so for parts of its client, which mvfs does not have."""


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
