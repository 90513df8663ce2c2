"""Level 2, beside the versions: what runs wrote. It carries no hash, so only its form is checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mvfs.catalog.checking.findings import Finding, Kind
from mvfs.catalog.runs import POINTS, START
from mvfs.errors import Damaged, MvfsError
from mvfs.store.backend.base import Backend
from mvfs.store.decoding import Kind as Form
from mvfs.store.decoding import decode

_KEY = re.compile(r"p/[^/]+/runs/([^/]+)/(start\.mpz|history/[0-9]{6}\.mpz)")


def check(backend: Backend, listed: Iterable[str]) -> Iterator[Finding]:
    """Decode every run object of a project."""
    for key in listed:
        found = _KEY.fullmatch(key)
        if found is None:
            continue
        form: Form[Any] = START if found[2] == "start.mpz" else POINTS
        try:
            raw = backend.get(key, form.cap)
            if raw is not None:
                decode(form, raw, key)
        except Damaged as exc:
            what = f"{exc.message}: part of the record of run {found[1]}; restore it from a copy of the store"
            yield Finding(Kind.RUN_DAMAGED, 2, key, what)
        except MvfsError as exc:
            yield Finding(Kind.UNREADABLE, 2, key, exc.message)
