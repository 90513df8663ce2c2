"""Metadata as a text that people edit: JSON goes out, JSON or TOML comes back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from mvfs.catalog.metadata import normal_metadata
from mvfs.errors import InvalidInput
from mvfs.text import is_inert


def written(values: Mapping[str, Any]) -> str:
    """JSON, a key in a line; what a terminal should not see is escaped."""
    text = json.dumps(values, indent=2, ensure_ascii=False, default=str)
    return text if is_inert(text) else json.dumps(values, indent=2, default=str)


def read(text: str) -> dict[str, Any]:
    """The metadata in a text: JSON where it begins with a brace, else TOML.

    Raises:
        InvalidInput: it is neither, or holds what metadata cannot.
    """
    if not text.strip():
        raise InvalidInput("the text is empty; {} removes all metadata")
    try:
        values = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except json.JSONDecodeError as exc:
        raise InvalidInput(
            f"line {exc.lineno}, column {exc.colno}: {exc.msg[:1].lower()}{exc.msg[1:]}"
        ) from exc
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"this is neither JSON nor TOML: {exc}") from exc
    return normal_metadata(values)


def change(seen: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What is to be set and what is to go, to make one of the other."""
    missing = object()

    def is_same(key: str, value: object) -> bool:
        old = seen.get(key, missing)
        return old == value and type(old) is type(value)

    return {k: v for k, v in wanted.items() if not is_same(k, v)}, [k for k in seen if k not in wanted]
