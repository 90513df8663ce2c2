"""A run's summary: the last value of each logged key, and what was set by hand."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from mvfs.sdk.values import plain


class Summary(MutableMapping[str, Any]):
    """``run.summary``: read and set by item or attribute."""

    changes: int
    """Counts up with each change."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self.__dict__["_values"] = dict(values or {})
        self.__dict__["changes"] = 0

    def absorb(self, values: dict[str, Any]) -> None:
        """Take values that are in recordable form already."""
        self.__dict__["_values"].update(values)
        self.__dict__["changes"] += 1

    def recordable(self) -> dict[str, Any]:
        """Return a copy in the form that a store keeps."""
        return {key: plain(value) for key, value in self._values.copy().items()}

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[str(key)] = plain(value)
        self.__dict__["changes"] += 1

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self.__dict__["changes"] += 1

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(f"summary has no '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __repr__(self) -> str:
        return repr(self._values)
