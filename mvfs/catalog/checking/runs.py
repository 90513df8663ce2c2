"""Level 2, beside the versions: what runs wrote. It carries no hash, so only its form is checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mvfs.catalog import run_objects
from mvfs.catalog.checking.findings import Finding, Kind
from mvfs.errors import Damaged, MvfsError
from mvfs.store.backend.base import Backend

_KEY = re.compile(r"p/[^/]+/runs/([^/]+)/(.+)")


def check(backend: Backend, listed: Iterable[str]) -> Iterator[Finding]:
    """Decode every run object of a project."""
    for key in listed:
        found = _KEY.fullmatch(key)
        form = run_objects.form_of(found[2]) if found else None
        if found is None or form is None:
            continue
        try:
            raw = backend.get(key, form.cap)
            if raw is not None:
                run_objects.check(found[2], raw, key)
        except Damaged as exc:
            what = f"{exc.message}: part of the record of run {found[1]}; restore it from a copy of the store"
            yield Finding(Kind.RUN_DAMAGED, 2, key, what)
        except MvfsError as exc:
            yield Finding(Kind.UNREADABLE, 2, key, exc.message)
