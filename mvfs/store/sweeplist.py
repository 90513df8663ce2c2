"""The list of objects that a sweep declared to be garbage. docs/FORMAT.md, "Sweep"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from blake3 import blake3

from mvfs.errors import CorruptObject
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.decoding import Kind, decode, encode

MAX_OBJECTS = 500_000
"""Objects in one list; more garbage takes more sweeps."""


_Size = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Few = msgspec.Meta(max_length=MAX_OBJECTS)


class _Columns(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    keys: Annotated[list[str], _Few]
    """Relative to the project's folder."""
    sizes: Annotated[list[_Size], _Few]


_KIND = Kind("list of garbage", msgspec.msgpack.Decoder(_Columns), cap=64 << 20, expanded=128 << 20)


def write(backend: Backend, project_id: str, sweep_id: str, objects: Mapping[str, int]) -> bytes:
    """Store a list of keys with their sizes, and return its hash."""
    folder = f"p/{project_id}/"
    names = sorted(objects)
    columns = _Columns([key.removeprefix(folder) for key in names], [objects[key] for key in names])
    raw = encode(_KIND, columns, "the list of garbage")
    backend.put(keys.sweep_list(project_id, sweep_id), raw)
    return blake3(raw).digest()


def read(backend: Backend, project_id: str, sweep_id: str, list_hash: bytes) -> dict[str, int]:
    """Return the listed keys with their sizes.

    Raises:
        CorruptObject: the list is missing, was changed, or names what is no blob or manifest of the project.
    """
    key = keys.sweep_list(project_id, sweep_id)
    raw = backend.get(key, _KIND.cap)
    if raw is None:
        raise CorruptObject(f"{key}, the list of a sweep, is missing from the store", key=key)
    columns = decode(_KIND, raw, key, list_hash)
    if len(columns.keys) != len(columns.sizes):
        raise CorruptObject(f"{key} has columns of the wrong length", key=key)
    folder = f"p/{project_id}/"
    names = [keys.check_object(folder + name) for name in columns.keys]
    return dict(zip(names, columns.sizes, strict=True))
