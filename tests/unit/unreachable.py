"""A far store that can be put out of reach, seen as every face sees one: through a breaker and the cache."""

from __future__ import annotations

from mvfs.cache.cached import with_cache
from mvfs.catalog.catalog import Catalog
from mvfs.store.backend.breaker import BreakerBackend
from mvfs.store.backend.counting import CountingBackend
from mvfs.store.backend.faulty import FAIL, Fault, FaultyBackend
from mvfs.store.backend.memory import MemoryBackend


class Far:
    """The store, and the way to it."""

    def __init__(self) -> None:
        self.objects = MemoryBackend()
        self.counting = CountingBackend(self.objects)
        self.is_down = False

    def open(self) -> Catalog:
        return Catalog(with_cache(BreakerBackend(FaultyBackend(self.counting, self._decide))))

    def _decide(self, verb: str, key: str, number: int) -> Fault | None:
        return FAIL if self.is_down else None
