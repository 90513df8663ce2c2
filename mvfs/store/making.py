"""How a store is made in a place, and what stands between its writers and a place that lacks something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mvfs.store import identity
from mvfs.store.backend.base import Backend
from mvfs.store.identity import SINGLE_WRITER, StoreIdentity

if TYPE_CHECKING:
    from mvfs.store.probe import Probed


def make(backend: Backend, probed: Probed | None, now: int) -> StoreIdentity:
    """Make a store of what a place was seen to do; where that is in doubt, it is for one writer at a time.

    Args:
        backend: the place.
        probed: what it does; None where nobody looked.
        now: microseconds since 1970.
    """
    capabilities = list(probed.capabilities) if probed else []
    if probed is not None and probed.doubt is not None:
        backend = _for_one(backend, tells=False)  # whoever makes it says more
        capabilities.append(SINGLE_WRITER)
    return identity.make(backend, now, capabilities)


def for_writers(backend: Backend, found: StoreIdentity) -> Backend:
    """Return how a store's place is to be written to."""
    return _for_one(backend) if found.has_one_writer else backend


def _for_one(backend: Backend, *, tells: bool = True) -> Backend:
    from mvfs.store.backend.single_writer import SingleWriterBackend  # few places need it

    return SingleWriterBackend(backend, tells=tells)
