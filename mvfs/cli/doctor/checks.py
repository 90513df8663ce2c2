"""What is looked at, in which order, and how long each look may take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mvfs.cli.doctor import bucket, fuse, machine, places, store
from mvfs.cli.doctor.finding import Check, Finding, trouble
from mvfs.errors import MvfsError
from mvfs.mount.patience import within
from mvfs.settings import StoreLocation, store_location

_PATIENCE = 30.0
"""Seconds for one look: a server that is slow needs some."""


def checks(location: StoreLocation) -> list[tuple[str, Check]]:
    """Return all checks of this machine and of the store that is used here, by name."""
    return [
        ("mvfs", machine.versions),
        ("libraries", machine.libraries),
        ("open files", machine.open_files),
        ("fuse", fuse.device),
        ("fusermount3", fuse.helper),
        ("mount", fuse.trial),
        ("allow_other", fuse.allow_other),
        ("mounts", fuse.mounted),
        ("index", places.index),
        ("state", places.state),
        ("cache", partial(places.cache, location)),
        ("access", partial(bucket.access, location)),
        ("store", partial(store.store, location)),
    ]


def examine(asked: str | None) -> Iterator[Finding]:
    """Yield what every check finds, one after the other; ``asked`` is the store of ``--store``."""
    try:
        location = store_location(asked)
    except MvfsError as exc:
        yield trouble("store", exc.message)
        location = StoreLocation(None, None)
    for name, check in checks(location):
        yield from _examine(name, check)


def _examine(name: str, check: Check) -> list[Finding]:
    try:
        return within(_PATIENCE, lambda: list(check()))
    except TimeoutError:
        return [trouble(name, f"no answer within {_PATIENCE:g} s", "see what does not answer, and try again")]
    except MvfsError as exc:
        return [trouble(name, exc.message)]  # says itself what to do
    except Exception as exc:  # noqa: BLE001 - the guard: one check that fails must not hide the others
        return [trouble(name, f"cannot be looked at: {type(exc).__name__}: {exc}")]
