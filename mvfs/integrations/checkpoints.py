"""Checkpoints as versions, in the same way from every framework."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mvfs.index import queries
from mvfs.sdk import active
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.run import Run

_MOST_KEYS = 100


def log_checkpoint(
    run: Run,
    name: str,
    path: str | os.PathLike[str],
    measured: Mapping[str, Any],
    *,
    aliases: Iterable[str] = (),
    is_best: bool = False,
    file_name: str | None = None,
) -> Artifact:
    """Log a file or directory as a version of a model.

    Args:
        run: whose output it is.
        name: the name to log under.
        path: the file or directory.
        measured: becomes its metadata: text and finite numbers, tensors of one included.
        aliases: to point at it.
        is_best: whether ``best`` is to point at it as well, unless a rule keeps that.
        file_name: what to call the file in the version.
    """
    artifact = Artifact(name, "model", metadata=dict(list(_recordable(measured).items())[:_MOST_KEYS]))
    if Path(path).is_dir():
        artifact.add_dir(os.fspath(path), policy="immutable")
    else:
        artifact.add_file(os.fspath(path), name=file_name, policy="immutable")
    best = ["best"] if is_best and not _has_rule(run, name) else []
    return run.log_artifact(artifact, aliases=[*aliases, *best])


def checkpoint_name(run: Run, log_model: str | bool) -> str:
    """The name that checkpoints are logged under."""
    return log_model if isinstance(log_model, str) else f"model-{run.id}"


def _recordable(measured: Mapping[str, Any]) -> dict[str, Any]:
    values = {key: value.item() if hasattr(value, "item") else value for key, value in measured.items()}
    return {
        key: value
        for key, value in values.items()
        if isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value))
    }


def _has_rule(run: Run, name: str) -> bool:
    if run.disabled:
        return False
    known = queries.name(active.catalog().project(run.project).index, name)
    return known is not None and known.rule is not None
