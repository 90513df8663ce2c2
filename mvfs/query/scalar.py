"""Values out of metadata, config and summary in the form in which they are compared.

SQLite orders null, numbers, text and blobs one after the other and never takes one for another. So what is
neither number nor text becomes a blob, its JSON: it is there, but equal only to itself. NaN is null.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Scalar = None | int | float | str | bytes

TRUE = b"true"
FALSE = b"false"


def scalar(value: object) -> Scalar:
    """Return a JSON value as null, number, text or blob."""
    if value is None or (type(value) is str and value.isascii()):
        return value
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 63 else _real(value)
    if isinstance(value, float):
        return None if value != value else value  # noqa: PLR0124 - NaN is no number to compare with
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return json.dumps(value, separators=(",", ":"), default=str).encode()


def _real(value: int) -> float:
    try:
        return float(value)
    except OverflowError:  # JSON has numbers of any length
        return float("inf") if value > 0 else float("-inf")


def original(found: Scalar) -> Any:
    """Return the JSON value that a scalar stands for."""
    return json.loads(found) if isinstance(found, bytes) else found


def rank(value: Scalar) -> int:
    """Where SQLite has a value of this kind: numbers, then text, then blobs."""
    return 2 if isinstance(value, bytes) else 1 if isinstance(value, str) else 0


def at(values: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return what is at a key as it is written, else at its parts in nested maps; None where nothing is."""
    found: Any = values.get(".".join(path))
    if found is None and len(path) > 1:
        found = values
        for part in path:
            found = found.get(part) if isinstance(found, Mapping) else None
    return found
