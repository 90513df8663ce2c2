"""A backend that fails on purpose: for tests of everything that must survive a bad network or a full disk.

Before each operation it asks ``decide`` (verb, key, number of the operation) for a `Fault`, or None for an
ordinary operation. `Script` is a ready-made ``decide`` with a queue of faults for each verb.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from mvfs.errors import NoSpace, Unavailable
from mvfs.store.backend.base import Backend, Data, ObjectInfo, whole
from mvfs.store.backend.wrapper import Wrapper

T = TypeVar("T")


class Kind(StrEnum):
    """What goes wrong with one operation."""

    FAIL = "fail"
    LOSE = "lose"
    LATE = "late"
    TEAR = "tear"
    STALE = "stale"
    FULL = "full"
    INTERRUPT = "interrupt"
    DIE = "die"
    DIE_AFTER = "die after"


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault, and how much of it."""

    kind: Kind
    amount: int = 0


FAIL = Fault(Kind.FAIL)
"""Nothing is applied; `Unavailable`."""

LOSE = Fault(Kind.LOSE)
"""Applied, but the answer is lost; `Unavailable`."""

FULL = Fault(Kind.FULL)
"""Nothing is applied; `NoSpace`."""

INTERRUPT = Fault(Kind.INTERRUPT)
"""Applied, and then the user presses Ctrl-C; `KeyboardInterrupt`."""

DIE = Fault(Kind.DIE)
"""The process is gone: nothing is applied, and this and every later operation raises `ProcessGone`."""

DIE_AFTER = Fault(Kind.DIE_AFTER)
"""Like `DIE`, but this one operation is still applied."""


def late(after: int = 0) -> Fault:
    """`Unavailable` now; applied before the ``after``-th operation from here (0: when asked to)."""
    return Fault(Kind.LATE, after)


def torn(kept: int) -> Fault:
    """Only the first ``kept`` bytes are written; `Unavailable`. A real ``create`` is atomic."""
    return Fault(Kind.TEAR, kept)


def stale(missing: int) -> Fault:
    """A listing misses the ``missing`` newest of its objects."""
    return Fault(Kind.STALE, missing)


class ProcessGone(BaseException):
    """What a process that died would not live to see; nothing but a test may catch it."""


Decide = Callable[[str, str, int], Fault | None]
"""Takes verb, key (of a listing: prefix) and the operation's number from 0; says what goes wrong."""


class Script:
    """Faults for the next operations of each verb, in order; ``None`` lets one pass."""

    def __init__(self, **queues: Iterable[Fault | None]) -> None:
        self._queues = {verb: deque(faults) for verb, faults in queues.items()}

    def __call__(self, verb: str, _key: str, _number: int) -> Fault | None:
        queue = self._queues.get(verb)
        return queue.popleft() if queue else None


def die_at(number: int, *, applied: bool = False) -> Decide:
    """The process dies at operation ``number``, before or after that was applied."""
    return lambda _verb, _key, now: (DIE_AFTER if applied else DIE) if now == number else None


@dataclass(slots=True)
class LateOperation:
    """A change that is still under way."""

    verb: str
    key: str
    due: int | None
    """Number of the operation before which it is applied; None: when asked to."""
    apply: Callable[[], object]


class FaultyBackend(Wrapper):
    """Passes operations on to ``inner``, except where ``decide`` finds a fault for one."""

    def __init__(self, inner: Backend, decide: Decide | None = None) -> None:
        super().__init__(inner)
        self.decide = decide or Script()
        self.operations = 0
        """How many there were."""
        self.late: list[LateOperation] = []
        """Changes that were not applied yet."""
        self._dead = False
        self._lock = threading.Lock()

    def head(self, key: str) -> ObjectInfo | None:
        return self._read("head", key, lambda: self.inner.head(key))

    def get(self, key: str, limit: int) -> bytes | None:
        return self._read("get", key, lambda: self.inner.get(key, limit))

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        return self._read("get_range", key, lambda: self.inner.get_range(key, offset, length))

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        return Backend.read_into(self, key, offset, view)

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        fault = self._begin("list", prefix)
        if fault is not None and fault.kind is not Kind.STALE:
            raise self._failure(fault, "list", prefix)
        found = [*self.inner.list(prefix, after)]
        if fault is not None:
            newest = sorted(found, key=lambda info: info.modified)[max(len(found) - fault.amount, 0) :]
            found = [info for info in found if info not in newest]
        return iter(found)

    def put(self, key: str, data: Data) -> None:
        self._write("put", key, data, lambda body: self.inner.put(key, body))

    def create(self, key: str, data: bytes) -> bool:
        return self._write("create", key, data, lambda body: self.inner.create(key, whole(body)))

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        return self._write("replace", key, data, lambda body: self.inner.replace(key, whole(body), old))

    def delete(self, key: str) -> None:
        self._write("delete", key, b"", lambda _: self.inner.delete(key))

    def apply_late(self, operation: LateOperation | None = None) -> None:
        """Apply one late change, or all of them in their order."""
        for each in [operation] if operation is not None else list(self.late):
            self.late.remove(each)
            each.apply()

    def _begin(self, verb: str, key: str) -> Fault | None:
        """Count an operation and return what goes wrong with it."""
        with self._lock:
            number, self.operations = self.operations, self.operations + 1
        if self._dead:
            raise ProcessGone(f"{verb} {key}")
        for operation in [each for each in self.late if each.due is not None and each.due <= number]:
            self.apply_late(operation)
        return self.decide(verb, key, number)

    def _read(self, verb: str, key: str, act: Callable[[], T]) -> T:
        fault = self._begin(verb, key)
        if fault is not None:
            raise self._failure(fault, verb, key)
        return act()

    def _write(
        self,
        verb: str,
        key: str,
        data: Data,
        act: Callable[[Data], T],
    ) -> T:
        fault = self._begin(verb, key)
        if fault is None:
            return act(data)
        if fault.kind in (Kind.LOSE, Kind.INTERRUPT, Kind.DIE_AFTER):
            act(data)
        elif fault.kind is Kind.TEAR:
            act(whole(data)[: fault.amount])
        elif fault.kind is Kind.LATE:
            body = whole(data)  # a source may be gone by then
            due = self.operations - 1 + fault.amount if fault.amount else None
            self.late.append(LateOperation(verb, key, due, lambda: act(body)))
        raise self._failure(fault, verb, key)

    def _failure(self, fault: Fault, verb: str, key: str) -> BaseException:
        if fault.kind in (Kind.DIE, Kind.DIE_AFTER):
            self._dead = True
            return ProcessGone(f"{verb} {key}")
        if fault.kind is Kind.INTERRUPT:
            return KeyboardInterrupt()
        if fault.kind is Kind.FULL:
            return NoSpace(f"cannot {verb} {key}: no space left (on purpose)")
        return Unavailable(f"cannot {verb} {key}: connection reset (on purpose)")
