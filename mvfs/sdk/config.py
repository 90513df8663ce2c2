"""A run's config: the settings it was started with, as a dict and as attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mvfs.errors import Conflict
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.mapping import AttributeMapping
from mvfs.sdk.values import mapping_of, plain
from mvfs.wellformed import check_text


class Config(AttributeMapping):
    """``run.config``: read and set by item or attribute; a value once set changes only when told so."""

    changes: int
    """Counts up with each change."""

    def __init__(self, values: Any = None) -> None:
        self.__dict__["_values"] = {}
        self.__dict__["_use"] = None
        self.__dict__["changes"] = 0
        if values is not None:
            self.update(values)

    def update(self, values: Any = (), /, allow_val_change: bool | None = None, **more: Any) -> None:
        """Set many values, from a dict or an ``argparse.Namespace``.

        Raises:
            Conflict: a value would change, and ``allow_val_change`` is not set.
            InvalidInput: a text is none.
        """
        given = {} if values == () else mapping_of(values)
        for key, value in (given | more).items():
            self._set(key, value, allow_val_change=bool(allow_val_change))

    def setdefaults(self, values: Any) -> None:
        """Set the values that are not set yet."""
        for key, value in mapping_of(values).items():
            if key not in self._values:
                self._set(key, value, allow_val_change=False)

    def use_artifacts_by(self, use: Callable[[Any], Any]) -> None:
        """Have ``use`` called for the artifacts among the values, and those that will be: the run uses them.
        An artifact is one of `mvfs.Artifact`, or the text ``wandb-artifact://project/name:alias``.
        """
        self.__dict__["_use"] = use
        for key, value in self._values.items():
            if _names_artifact(value):
                self._values[key] = use(value)
                self.__dict__["changes"] += 1

    def as_dict(self) -> dict[str, Any]:
        """Return a copy as a plain dict."""
        return dict(self._values)

    def recordable(self) -> dict[str, Any]:
        """Return a copy in the form that a store keeps."""
        return {key: plain(_shown(value)) for key, value in self._values.items()}

    def _set(self, key: str, value: Any, *, allow_val_change: bool) -> None:
        if (
            key in self._values
            and not allow_val_change
            and plain(_shown(self._values[key])) != plain(_shown(value))
        ):
            raise Conflict(
                f'Attempted to change value of key "{key}" from {self._values[key]} to {value}\n'
                "If you really want to do this, pass allow_val_change=True to config.update()",
                key=key,
            )
        if self._use is not None and _names_artifact(value):
            value = self._use(value)
        self._values[check_text(key, "a key of the config")] = check_text(value, f"config '{key}'")
        self.__dict__["changes"] += 1

    def __setitem__(self, key: str, value: Any) -> None:
        self._set(str(key), value, allow_val_change=False)


ARTIFACT = "wandb-artifact://"
"""How W&B names an artifact in a config."""


def _names_artifact(value: Any) -> bool:
    return isinstance(value, Artifact) or (isinstance(value, str) and value.startswith(ARTIFACT))


def _shown(value: Any) -> Any:
    """An artifact is recorded by its name, a logged one with its version."""
    return value.name if isinstance(value, Artifact) else value
