"""What `mvfs.init` takes: sorted into what can be honoured, what may be ignored, and what must be refused."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mvfs import settings
from mvfs.catalog.runs import Labels, new_run_id
from mvfs.errors import InvalidInput
from mvfs.refs import check_name
from mvfs.sdk import active
from mvfs.sdk.names import alias_list
from mvfs.sdk.values import mapping_of

_MODES = ("online", "offline", "shared", "disabled")
_REINIT = {
    None: "return_previous",
    "default": "return_previous",
    False: "return_previous",
    True: "finish_previous",
    "return_previous": "return_previous",
    "finish_previous": "finish_previous",
    "create_new": "create_new",
}
_RESUME = {None: "new", False: "new", "never": "new", "allow": "allow", "must": "must",
           "auto": "auto", True: "auto"}  # fmt: skip

_REFUSED = {
    "resume_from": "go on with a whole run: id=… and resume='must'",
    "fork_from": "start a new run, and use_artifact() the checkpoint to begin with",
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
    "console": "console",
    "save_code": "save_code",
}

_ENVIRONMENT = {
    "RUN_ID": "id",
    "NAME": "name",
    "NOTES": "notes",
    "TAGS": "tags",
    "RUN_GROUP": "group",
    "JOB_TYPE": "job_type",
    "RESUME": "resume",
    "CONSOLE": "console",
}
"""Variables that speak for parameters, after ``MVFS_`` or ``WANDB_``."""
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

    @property
    def labels(self) -> Labels:
        """What of it can be changed later."""
        return Labels(self.name, self.job_type, self.group, self.tags, self.notes)


def identity(given: Mapping[str, Any]) -> Identity:
    """Return who the run is that `mvfs.init` was asked for.

    Raises:
        InvalidName: project or id break the rules.
        InvalidInput: a label is no text.
    """
    run_id = check_name(str(given["id"]), "run id") if given.get("id") else new_run_id()
    found = Identity(
        run_id,
        str(given.get("name") or run_id),
        check_name(given.get("project") or settings.default_project(), "project"),
        given.get("entity") or os.environ.get("WANDB_ENTITY") or active.entity(),
        given.get("job_type"),
        given.get("group"),
        tuple(alias_list(given.get("tags"))),
        given.get("notes"),
    )
    assert found.labels is not None  # nothing is recorded of a run whose labels are refused
    return found


class Settings(dict[str, Any]):
    """W&B's ``Settings``: names and values, also as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the settings have no '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


def with_settings(given: dict[str, Any], *extra: Any) -> dict[str, Any]:
    """Return the parameters completed by ``settings``, dicts or objects with W&B's field names; then by the
    environment.
    """
    found = {key: value for key, value in given.items() if value is not None}
    for one in extra:
        fields = {} if one is None else mapping_of(one)
        more = {ours: fields[theirs] for theirs, ours in _SETTINGS.items() if fields.get(theirs) is not None}
        found = {**more, **found}
    said: dict[str, Any] = {
        ours: settings.said(name) for name, ours in _ENVIRONMENT.items() if settings.said(name)
    }
    if "tags" in said:
        said["tags"] = [tag.strip() for tag in said["tags"].split(",") if tag.strip()]
    return {**said, **found}


def console(given: object) -> bool:
    """Whether what is printed is kept: W&B's words for ways to do so all mean yes.

    Raises:
        InvalidInput: it is none of them.
    """
    word = "auto" if given is None else str(given).lower()
    if word not in ("auto", "wrap", "redirect", "wrap_raw", "wrap_emu", "on", "off"):
        raise InvalidInput(f"console='{given}' is unknown; there are on and off")
    return word != "off"


def mode(given: str | None) -> str:
    """Return ``online``, ``offline`` (the same here), ``shared`` or ``disabled``.

    Raises:
        InvalidInput: it is another one.
    """
    found = given or settings.said("MODE") or "online"
    if found == "dryrun":  # W&B's old word
        found = "offline"
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
    """Return what to do where the run exists: ``new`` (refuse), ``allow`` (go on), ``must`` or ``auto``.

    Raises:
        InvalidInput: it is something else, or does not say which run to go on with.
    """
    if given == "must" and not run_id:
        raise InvalidInput(f"resume={given!r} needs to know which run: pass the id=… that it had")
    if not isinstance(given, bool | str | None) or given not in _RESUME:
        raise InvalidInput(f"resume={given!r} is unknown; there are allow, must, never, auto")
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


def config_file(path: str) -> dict[str, Any]:
    """Return the config in a JSON file, or in a YAML file where PyYAML is installed; ``{"value": …}`` as
    W&B writes it stands for the value.

    Raises:
        InvalidInput: the file cannot be read.
    """
    try:
        text = Path(path).read_text("utf-8")
        if path.endswith((".yaml", ".yml")):
            if find_spec("yaml") is None:
                raise InvalidInput(f"config '{path}' is YAML: install PyYAML, or pass a dict")
            values = import_module("yaml").safe_load(text)
        else:
            values = json.loads(text)
    except InvalidInput:
        raise
    except Exception as exc:
        raise InvalidInput(
            f"config must be a dict, a Namespace or a file; cannot read '{path}': {exc}"
        ) from exc
    if not isinstance(values, Mapping):
        raise InvalidInput(f"config file '{path}' holds no names and values")
    return {
        str(key): value["value"] if isinstance(value, Mapping) and "value" in value else value
        for key, value in values.items()
        if key not in ("wandb_version", "_wandb")
    }


def config_values(
    given: Any, exclude: Iterable[str] | None = None, include: Iterable[str] | None = None
) -> dict[str, Any]:
    """Return the config to begin with.

    Raises:
        InvalidInput: it is the path of a file that cannot be read, or both ``exclude`` and ``include`` are
            given.
    """
    if isinstance(given, str):
        given = config_file(given)
    if exclude is not None and include is not None:
        raise InvalidInput("Expected at most only one of config_exclude_keys or config_include_keys")
    values = {} if given is None else mapping_of(given)
    if include is not None:
        wanted = set(include)
        return {key: value for key, value in values.items() if key in wanted}
    unwanted = set(exclude or ())
    return {key: value for key, value in values.items() if key not in unwanted}
