"""What `mvfs.init` takes: sorted into what can be honoured, what may be ignored, and what must be refused."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mvfs import settings
from mvfs.catalog.runs import new_run_id
from mvfs.errors import InvalidInput
from mvfs.refs import check_name
from mvfs.sdk import active
from mvfs.sdk.names import alias_list
from mvfs.sdk.values import mapping_of

_MODES = ("online", "offline", "disabled")
_REINIT = {
    None: "return_previous",
    "default": "return_previous",
    False: "return_previous",
    True: "finish_previous",
    "return_previous": "return_previous",
    "finish_previous": "finish_previous",
    "create_new": "create_new",
}
_RESUME = {None: "new", False: "new", "never": "new", "allow": "allow", "must": "must"}

_REFUSED = {
    "resume_from": "go on with a whole run: id=… and resume='must'",
    "fork_from": "start a new run, and use_artifact() the checkpoint to begin with",
    "save_code": "log the code: run.log_artifact('train.py', type='code'); commit and remote are recorded",
    "tensorboard": "log the values with run.log()",
    "sync_tensorboard": "log the values with run.log()",
    "monitor_gym": "log the recordings: run.log_artifact('videos', type='video')",
}
"""Parameters of W&B that do what mvfs does not; with what to do instead."""

_IGNORED = ("dir", "force", "anonymous")
"""Parameters of W&B that are about its service, or about local files that mvfs does not make."""

_SETTINGS = {
    "mode": "mode",
    "project": "project",
    "entity": "entity",
    "run_id": "id",
    "run_name": "name",
    "run_notes": "notes",
    "run_tags": "tags",
    "run_group": "group",
    "run_job_type": "job_type",
    "resume": "resume",
}
"""The fields of ``settings`` that say what a parameter says as well; all others are about W&B's service."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a run is."""

    id: str
    name: str
    project: str
    entity: str
    job_type: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    resumed: bool = False


def identity(given: Mapping[str, Any]) -> Identity:
    """Return who the run is that `mvfs.init` was asked for.

    Raises:
        InvalidName: project, id or a tag break the rules.
    """
    run_id = check_name(str(given["id"]), "run id") if given.get("id") else new_run_id()
    return Identity(
        run_id,
        str(given.get("name") or run_id),
        check_name(given.get("project") or settings.default_project(), "project"),
        given.get("entity") or os.environ.get("WANDB_ENTITY") or active.entity(),
        given.get("job_type"),
        given.get("group"),
        tuple(alias_list(given.get("tags"))),
        given.get("notes"),
    )


def with_settings(given: dict[str, Any], extra: Any) -> dict[str, Any]:
    """Return the parameters completed by ``settings``, a dict or an object with W&B's field names."""
    if extra is None:
        return given
    fields = mapping_of(extra)
    more = {ours: fields[theirs] for theirs, ours in _SETTINGS.items() if fields.get(theirs) is not None}
    return {**more, **{key: value for key, value in given.items() if value is not None}}


def mode(given: str | None) -> str:
    """Return ``online``, ``offline`` (the same here) or ``disabled``.

    Raises:
        InvalidInput: it is another one.
    """
    found = given or os.environ.get("MVFS_MODE") or os.environ.get("WANDB_MODE") or "online"
    if found == "shared":
        raise InvalidInput(
            "mode='shared' is not supported: let every process have a run of its own, with the same group="
        )
    if found not in _MODES:
        raise InvalidInput(f"mode '{found}' is unknown; there are {', '.join(_MODES)}")
    return found


def reinit(given: object) -> str:
    """Return what to do where a run is active: ``return_previous``, ``finish_previous`` or ``create_new``.

    Raises:
        InvalidInput: it is something else.
    """
    if not isinstance(given, bool | str | None) or given not in _REINIT:
        raise InvalidInput(
            f"reinit={given!r} is unknown; there are return_previous, finish_previous, create_new"
        )
    return _REINIT[given]


def resume(given: object, run_id: str | None) -> str:
    """Return what to do where the run exists: ``new`` (refuse), ``allow`` (go on) or ``must``.

    Raises:
        InvalidInput: it is something else, or does not say which run to go on with.
    """
    if given in (True, "auto", "must") and not run_id:
        raise InvalidInput(f"resume={given!r} needs to know which run: pass the id=… that it had")
    if given in (True, "auto"):
        return "allow"
    if not isinstance(given, bool | str | None) or given not in _RESUME:
        raise InvalidInput(f"resume={given!r} is unknown; there are allow, must, never")
    return _RESUME[given]


def refuse(given: Mapping[str, Any]) -> None:
    """Refuse what would silently do something else.

    Raises:
        InvalidInput: says what to do instead.
        TypeError: neither W&B nor we know the parameter.
    """
    for name, value in given.items():
        if name not in _REFUSED and name not in _IGNORED:
            raise TypeError(f"init() got an unexpected keyword argument '{name}'")
        if name in _REFUSED and value:
            raise InvalidInput(f"init({name}=…) is not supported; {_REFUSED[name]}")


def config_values(
    given: Any, exclude: Iterable[str] | None = None, include: Iterable[str] | None = None
) -> dict[str, Any]:
    """Return the config to begin with.

    Raises:
        InvalidInput: it is the path of a file, or both ``exclude`` and ``include`` are given.
    """
    if isinstance(given, str):
        raise InvalidInput("config must be a dict or Namespace; load the file and pass what it holds")
    if exclude is not None and include is not None:
        raise InvalidInput("Expected at most only one of config_exclude_keys or config_include_keys")
    values = {} if given is None else mapping_of(given)
    if include is not None:
        wanted = set(include)
        return {key: value for key, value in values.items() if key in wanted}
    unwanted = set(exclude or ())
    return {key: value for key, value in values.items() if key not in unwanted}
