"""A mapping whose items are attributes as well: what a run's config and summary have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, MutableMapping
from typing import Any


class AttributeMapping(MutableMapping[str, Any]):
    """Holds ``_values`` and counts ``changes``; a subclass says what setting an item means."""

    _values: dict[str, Any]
    changes: int

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    @abstractmethod
    def __setitem__(self, key: str, value: Any) -> None: ...

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
            raise AttributeError(f"{type(self).__name__.lower()} has no '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __repr__(self) -> str:
        return repr(self._values)
