"""Tables and histograms among the values that a run logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mvfs.refs import MAX_NAME_CHARS
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.media.histogram import Histogram
from mvfs.sdk.media.table import Table

if TYPE_CHECKING:
    from mvfs.sdk.outputs import Outputs

_MEDIA = (Table, Histogram)


def recordable(run: Outputs, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the history keeps of values: numbers for a histogram, and a reference for a table, which is
    logged as an artifact of its own.
    """
    if not any(isinstance(value, _MEDIA) for value in values.values()):
        return values
    return {key: _recordable(run, key, value) for key, value in values.items()}


def _recordable(run: Outputs, key: str, value: Any) -> Any:
    if isinstance(value, Histogram):
        return value.to_json()
    if not isinstance(value, Table):
        return value
    name = re.sub(r"[^\w.-]", "", key)
    artifact = Artifact.internal(f"run-{run.id}-{name}"[:MAX_NAME_CHARS], "run_table")
    entry = artifact.add(value, name)
    run.log_artifact(artifact)
    return {
        "_type": "table-file",
        "ncols": len(value.columns),
        "nrows": len(value.data),
        "path": entry.path,
        "size": entry.size,
        **({} if run.disabled else {"artifact": artifact.ref}),
    }
