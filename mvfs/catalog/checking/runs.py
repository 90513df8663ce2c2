"""Level 2, beside the versions: what runs wrote. It carries no hash, so only its form is checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from mvfs.catalog.checking.findings import Finding, Kind
from mvfs.errors import Damaged, MvfsError
from mvfs.store.backend.base import Backend
from mvfs.store.decoding import Kind as Form
from mvfs.store.decoding import decode

_MAX = 32 << 20
_START = Form("run record", msgspec.msgpack.Decoder(dict[str, Any]), cap=_MAX)
_POINTS = Form("run history", msgspec.msgpack.Decoder(list[dict[str, Any]]), cap=_MAX, expanded=_MAX)
_KEY = re.compile(r"p/[^/]+/runs/([^/]+)/(start\.mp|history/[0-9]{6}\.mp)")


def check(backend: Backend, listed: Iterable[str]) -> Iterator[Finding]:
    """Decode every run object of a project."""
    for key in listed:
        found = _KEY.fullmatch(key)
        if found is None:
            continue
        form: Form[Any] = _START if found[2] == "start.mp" else _POINTS
        try:
            raw = backend.get(key, _MAX)
            if raw is not None:
                decode(form, raw, key)
        except Damaged as exc:
            what = f"{exc.message}: part of the record of run {found[1]}; restore it from a copy of the store"
            yield Finding(Kind.RUN_DAMAGED, 2, key, what)
        except MvfsError as exc:
            yield Finding(Kind.UNREADABLE, 2, key, exc.message)
