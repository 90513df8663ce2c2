"""A run's config: the settings it was started with, as a dict and as attributes."""

from __future__ import annotations

from typing import Any

from mvfs.errors import Conflict
from mvfs.sdk.mapping import AttributeMapping
from mvfs.sdk.values import mapping_of, plain
from mvfs.wellformed import check_text


class Config(AttributeMapping):
    """``run.config``: read and set by item or attribute; a value once set changes only when told so."""

    changes: int
    """Counts up with each change."""

    def __init__(self, values: Any = None) -> None:
        self.__dict__["_values"] = {}
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

    def as_dict(self) -> dict[str, Any]:
        """Return a copy as a plain dict."""
        return dict(self._values)

    def recordable(self) -> dict[str, Any]:
        """Return a copy in the form that a store keeps."""
        return {key: plain(value) for key, value in self._values.items()}

    def _set(self, key: str, value: Any, *, allow_val_change: bool) -> None:
        if key in self._values and not allow_val_change and plain(self._values[key]) != plain(value):
            raise Conflict(
                f'Attempted to change value of key "{key}" from {self._values[key]} to {value}\n'
                "If you really want to do this, pass allow_val_change=True to config.update()",
                key=key,
            )
        self._values[check_text(key, "a key of the config")] = check_text(value, f"config '{key}'")
        self.__dict__["changes"] += 1

    def __setitem__(self, key: str, value: Any) -> None:
        self._set(str(key), value, allow_val_change=False)
