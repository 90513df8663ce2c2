"""A run's summary: the last value of each logged key, and what was set by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mvfs.sdk.mapping import AttributeMapping
from mvfs.sdk.values import plain
from mvfs.wellformed import check_text


class Summary(AttributeMapping):
    """``run.summary``: read and set by item or attribute."""

    changes: int
    """Counts up with each change."""
    removed: set[str]
    """Keys that were taken out."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self.__dict__["_values"] = dict(values or {})
        self.__dict__["changes"] = 0
        self.__dict__["removed"] = set()
        self.__dict__["_media"] = None

    def log_media_by(self, recordable: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """Have tables and histograms that are set turned into what a store keeps by ``recordable``."""
        self.__dict__["_media"] = recordable

    def absorb(self, values: dict[str, Any]) -> None:
        """Take values that are in recordable form already."""
        self.__dict__["_values"].update(values)
        self.__dict__["changes"] += 1

    def recordable(self) -> dict[str, Any]:
        """Return a copy in the form that a store keeps."""
        return {key: plain(value) for key, value in self._values.copy().items()}

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self.removed.add(key)

    def __setitem__(self, key: str, value: Any) -> None:
        if self._media is not None:
            value = self._media({str(key): value})[str(key)]
        self._values[check_text(str(key), "a key of the summary")] = plain(
            check_text(value, f"summary '{key}'")
        )
        self.__dict__["changes"] += 1
