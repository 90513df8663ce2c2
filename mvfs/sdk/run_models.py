"""The models of a run, and the links that it makes: what stands under other names and in other projects."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterable

from mvfs.errors import NotAModel, NotFound
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.config import ARTIFACT, Config
from mvfs.sdk.names import Scope, find_version
from mvfs.sdk.outputs import Outputs


class RunModels(Outputs):
    """A run, as far as it logs, uses and links models."""

    def log_model(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        aliases: Iterable[str] | None = None,
    ) -> None:
        """Log a file or directory as an artifact of type ``model``."""
        self.log_artifact(os.fspath(path), name=name, type="model", aliases=aliases)

    @property
    @abstractmethod
    def config(self) -> Config:
        """The settings of the run."""

    def use_config(self) -> None:
        """Use the artifacts that the config names, and those that it will name.

        Raises:
            NotFound: one is not there.
        """
        self.config.use_artifacts_by(self._use_named)

    def _use_named(self, named: Artifact | str) -> Artifact | str:
        """Use an artifact of the config."""
        if self.disabled:
            return named
        return self.use_artifact(named.removeprefix(ARTIFACT) if isinstance(named, str) else named)

    def use_model(self, name: str) -> str:
        """Declare a model as input, download it, and return the file's path, or the directory's if it has
        several files.

        Raises:
            NotFound: there is no such version.
            NotAModel: its type does not contain "model".
        """
        artifact = self.use_artifact(name)
        _check_model(artifact.type)
        root = artifact.download()
        files = artifact.files()
        return os.path.join(root, files[0].path) if len(files) == 1 else root

    def link_artifact(
        self,
        artifact: Artifact,
        target_path: str,
        aliases: Iterable[str] | None = None,
        *,
        force: bool = False,
        reason: str | None = None,
    ) -> Artifact:
        """Link an artifact under another name, as `Artifact.link` does; a draft is logged first."""
        self._check_running("link_artifact")
        if artifact.is_draft():
            self.log_artifact(artifact)
        if self.disabled:
            return artifact
        return artifact.link(target_path, aliases, force=force, reason=reason)

    def link_model(
        self,
        path: str | os.PathLike[str],
        registered_model_name: str,
        name: str | None = None,
        aliases: Iterable[str] | None = None,
        *,
        force: bool = False,
        reason: str | None = None,
    ) -> Artifact | None:
        """Log a file or directory as a model, and link it as ``model-registry/registered_model_name``.

        ``force`` and a ``reason``, which is recorded, also move protected aliases there.

        Raises:
            NotAModel: the name holds a ``/``, or ``name`` is taken by something that is no model.
        """
        if "/" in registered_model_name:
            raise NotAModel(
                "Please provide only the name of the registered model. Do not append the entity or project"
                " name."
            )
        artifact = self.log_artifact(os.fspath(path), name=name, type=self._model_type(name))
        return self.link_artifact(
            artifact, f"model-registry/{registered_model_name}", aliases, force=force, reason=reason
        )

    def _model_type(self, name: str | None) -> str:
        """The type that the name has already, if it is one of models; else ``model``."""
        if name is None or self.disabled:
            return "model"
        try:
            place = find_version(name, Scope(self.project, self.entity))
        except NotFound:
            return "model"
        assert place.version is not None
        _check_model(place.version.type)
        return place.version.type


def _check_model(type_: str) -> None:
    if "model" not in type_.lower():
        raise NotAModel(
            "You can only use this method for 'model' artifacts. For an artifact to be a 'model'"
            " artifact, its type property must contain the substring 'model'."
        )
