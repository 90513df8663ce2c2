"""The versions of a run that several processes make together."""

from __future__ import annotations

import os
from collections.abc import Iterable

from mvfs.sdk.artifact import Artifact
from mvfs.sdk.outputs import Outputs


class RunParts(Outputs):
    """A run, as far as it makes parts of versions; see `mvfs.sdk.artifact_parts`."""

    def upsert_artifact(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - W&B's word
        aliases: Iterable[str] | None = None,  # noqa: ARG002 - `finish_artifact` gives them
        distributed_id: str | None = None,
    ) -> Artifact:
        """Log files as a part of a version that several processes make; `finish_artifact` makes it.

        Args:
            artifact_or_path: the files; takes no more thereafter.
            name: of the artifact, where a path is given.
            type: of the artifact, where a path is given.
            aliases: ignored; pass them to `finish_artifact`.
            distributed_id: what all the parts have in common; the run's group if not given.

        Raises:
            TypeError: there is neither a group nor a ``distributed_id``.
        """
        self._check_running("upsert_artifact")
        artifact = self._output(artifact_or_path, name, type)
        artifact.distributed_id = self._common_id(artifact, distributed_id, "upsert")
        self.log_artifact(artifact.part())
        return artifact

    def finish_artifact(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - W&B's word
        aliases: Iterable[str] | None = None,
        distributed_id: str | None = None,
    ) -> Artifact:
        """Log the version whose parts were given to `upsert_artifact`, with files of its own, if it has some.

        Raises:
            TypeError: there is neither a group nor a ``distributed_id``.
        """
        self._check_running("finish_artifact")
        artifact = self._output(artifact_or_path, name, type)
        artifact.distributed_id = self._common_id(artifact, distributed_id, "finish")
        artifact.gather()
        return self.log_artifact(artifact, aliases=aliases)

    def _common_id(self, artifact: Artifact, given: str | None, what: str) -> str:
        found = given or artifact.distributed_id or self.group
        if not found:
            raise TypeError(f"Cannot {what} artifact unless run is in a group or distributed_id is provided")
        return found
