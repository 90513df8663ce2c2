"""Metadata, config and summary values: what may be kept, and in which form."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from typing import Any

from mvfs.errors import InvalidInput
from mvfs.refs import check_alias
from mvfs.store.effects import MAX_DEPTH
from mvfs.wellformed import check_text

MAX_METADATA_KEYS = 100
"""Top-level keys, as in W&B."""


def check_tag(tag: str) -> str:
    """Return a tag in normal form; tags follow the rules of aliases.

    Raises:
        InvalidName: it breaks them.
    """
    return check_alias(tag)


def normal_metadata(metadata: Any) -> dict[str, Any]:
    """Return metadata as JSON would give it back: tuples become lists, keys strings, NaN None.

    Raises:
        InvalidInput: it is no mapping, not finite, not JSON, no text, nested too deeply, or has more than
            `MAX_METADATA_KEYS` keys.
    """
    if not isinstance(metadata, dict):
        raise InvalidInput(f"metadata must be a mapping, not {type(metadata).__name__}")
    if len(metadata) > MAX_METADATA_KEYS:
        raise InvalidInput(f"Artifact must not have more than {MAX_METADATA_KEYS} metadata keys.")
    return {_text(str(key)): normal_value(value) for key, value in metadata.items()}


def normal_value(value: Any, level: int = 2) -> Any:
    """Return one JSON value; numpy scalars and arrays become Python's.

    ``level`` is the one at which a map or list would stand: a value of metadata is inside a map.
    """
    if isinstance(value, dict | list | tuple | set) and level > MAX_DEPTH:
        raise InvalidInput(f"metadata can have at most {MAX_DEPTH} levels of maps and lists")
    if isinstance(value, dict):
        return {_text(str(key)): normal_value(item, level + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [normal_value(item, level + 1) for item in value]
    if hasattr(value, "tolist"):
        return normal_value(value.tolist(), level)
    if value is None or isinstance(value, bool):
        return value
    return _text(value) if isinstance(value, str) else _number_or_text(value)


def _number_or_text(value: Any) -> float | str | None:
    if isinstance(value, float):
        if math.isinf(value):
            raise InvalidInput("Out of range float values are not JSON compliant")
        return None if math.isnan(value) else value
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 64 else float(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, os.PathLike):
        return _text(os.fsdecode(value))
    raise InvalidInput(
        f"{str(value)[:40]!r}, a {type(value).__name__}, cannot be kept as metadata; use numbers, text and"
        " lists"
    )


def _text(value: str) -> str:
    return value if value.isascii() else check_text(value, "metadata")


def parse_metadata(pairs: Iterable[str]) -> dict[str, Any]:
    """Parse ``key=value`` words; a value that is JSON is taken as such, anything else is text.

    Raises:
        InvalidInput: a word has no ``=``.
    """
    metadata: dict[str, Any] = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark or not key:
            raise InvalidInput(f"metadata '{pair}' is not KEY=VALUE")
        try:
            metadata[key] = json.loads(value)
        except ValueError:
            metadata[key] = value
    return metadata
