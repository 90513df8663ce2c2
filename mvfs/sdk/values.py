"""Config, summary and logged values in a form that a store can keep; takes whatever scripts hand in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

_PLAIN = frozenset({float, bool, type(None)})


def plain(value: Any) -> Any:
    """Return a value as numbers, text, lists and dicts of its own; what is neither becomes its text.

    Numpy and torch scalars and arrays become Python's. NaN and infinity stay.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int:
        return _whole(value)
    if kind is str:
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, int | float | str):  # subclasses: enums, numpy's own str
        return plain(next(kind for kind in (int, float, str) if isinstance(value, kind))(value))
    return value.isoformat() if hasattr(value, "isoformat") else _text(str(value))


def _text(value: str) -> str:
    """Text from the operating system can hold bytes that are no text; they become question marks."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _whole(value: int) -> int | float | str:
    if -(1 << 63) <= value < 1 << 64:
        return value
    try:
        return float(value)
    except OverflowError:
        return str(value)


def mapping_of(values: Any) -> dict[str, Any]:
    """Return the names and values in a mapping, an ``argparse.Namespace``, a dataclass or the like.

    Raises:
        TypeError: it is nothing of that kind.
    """
    if isinstance(values, Mapping):
        return {str(key): value for key, value in values.items()}
    if dataclasses.is_dataclass(values) and not isinstance(values, type):
        return dataclasses.asdict(values)
    if hasattr(values, "keys") and hasattr(values, "__getitem__"):
        return {str(key): values[key] for key in values.keys()}  # noqa: SIM118 - no Mapping
    if hasattr(values, "__dict__") and not callable(values):
        return dict(vars(values))
    raise TypeError(f"expected a dict or argparse.Namespace, not {type(values).__name__}")
