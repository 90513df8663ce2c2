"""The journal: an append-only list of create-only entries, and how one is added exactly once.

The state of a project is the fold of its journal. A writer folds to the tail, builds an entry that is
valid at exactly that tail, and creates it under the next number; whoever loses the race folds the
winner's entry and builds anew. docs/FORMAT.md, "Commit".
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from mvfs.errors import CommitUnknown, Conflict, CorruptObject, MvfsError
from mvfs.store import keys, newest, segments
from mvfs.store.backend.base import Backend
from mvfs.store.effects import AnyEffect
from mvfs.store.entry import FORMAT, MAX_ENTRY, Entry, chain_hash, decode, encode
from mvfs.store.segments import ENTRIES

MAX_REBASES = 1000
"""Lost races after which a commit gives up; 32 racing processes need about 40."""

_PLACE_ATTEMPTS = 6
"""Creates of one entry before the outcome is called unknown."""


class Fold(Protocol):
    """A state folded from a journal: it knows how far it got, and takes the next entries."""

    def position(self) -> tuple[int, bytes]:
        """The number of the next entry, and `chain_hash` of the last folded one: both of one moment."""

    def check(self, entry: Entry) -> None:
        """Raise CorruptObject if the entry could not be folded; nothing is changed."""

    def apply(self, entries: Sequence[tuple[Entry, bytes]]) -> None:
        """Fold entries, each with its chain hash; all or none."""


Plan = Callable[[], list[AnyEffect]]
"""Reads the fold at the tail and returns what to do; an empty list commits nothing."""


class Operation(msgspec.Struct):
    """One change on its way into a journal; by its id it is found again after a lost answer."""

    since: int
    """Number of the first entry that was not folded when the work began: nothing before it can be ours, and
    no sweep before it can have seen our objects."""
    op_id: bytes = msgspec.field(default_factory=lambda: os.urandom(16))
    undecided: bool = False
    """Whether an entry was sent and nobody knows if it was written."""
    committed: bool = False
    """Whether an entry is known to be written."""

    @property
    def may_be_needed(self) -> bool:
        """Whether an entry may lead to its objects: then they must not be deleted, whatever went wrong."""
        return self.undecided or self.committed


class Journal(msgspec.Struct, frozen=True):
    """The entries below one folder of a backend."""

    backend: Backend
    folder: str
    trusting: bool = True
    """Whether segments and checkpoints may stand in for entries; not where anything is destroyed."""

    def read(self, seq: int) -> bytes | None:
        """Return the bytes of entry ``seq``, or None past the tail."""
        return self.backend.get(keys.entry(self.folder, seq), MAX_ENTRY)

    def entries(self, seq: int, head: bytes) -> Iterator[tuple[Entry, bytes]]:
        """Yield each entry from ``seq`` on with its chain hash, checked against ``head``.

        Raises:
            CorruptObject: an entry cannot be read, or does not follow from the one before.
        """
        copies = segments.Copies(self.backend, self.folder) if self.trusting else None
        while (raw := self.read(seq)) is not None:
            if copies is not None and (items := copies.at(seq, head)):
                yield from items
                seq, head = seq + len(items), items[-1][1]
                continue
            (item,) = newest.chained([raw], self.folder, seq, head)
            yield item
            seq, head = seq + 1, item[1]

    def catch_up(self, fold: Fold) -> bool:
        """Fold all entries past the fold's position; return whether there were any."""
        if self.backend.is_far and self.trusting:
            return self._catch_up_far(fold)
        return self._catch_up(fold)

    def _catch_up_far(self, fold: Fold) -> bool:
        """One listing says what is new; of much, the copies are looked for."""
        seq, head = fold.position()
        end = newest.look(self.backend, self.folder, seq)
        if not end.is_all or len(end.new) > ENTRIES:
            return self._catch_up(fold)
        raws = newest.fetch(self.backend, self.folder, range(seq, seq + len(end.new)))
        if raws:
            fold.apply(newest.chained(raws, self.folder, seq, head))
        return bool(raws)

    def _catch_up(self, fold: Fold) -> bool:
        moved = False
        batch: list[tuple[Entry, bytes]] = []
        for item in self.entries(*fold.position()):
            batch.append(item)
            if len(batch) == 4096:
                fold.apply(batch)
                moved, batch = True, []
        if batch:
            fold.apply(batch)
        return moved or bool(batch)

    def find(self, operation: Operation) -> Entry | None:
        """Return the entry of an operation that may have been committed, or None if it was not."""
        seq = operation.since
        while (raw := self.read(seq)) is not None:
            entry = decode(raw, keys.entry(self.folder, seq))
            if entry.op_id == operation.op_id:
                return entry
            seq += 1
        return None

    def commit(
        self,
        fold: Fold,
        plan: Plan,
        actor: str,
        operation: Operation | None = None,
        *,
        empty: bool = False,
    ) -> Entry | None:
        """Append one entry with the effects that ``plan`` asks for, exactly once.

        ``plan`` is called again after each lost race, so every precondition it checks holds at the
        entry's own base. Returns None where it asks for nothing; with ``empty``, that is an entry too.

        Raises:
            CommitUnknown: the store answers neither yes nor no; the same operation may be tried again.
            Conflict: too many lost races.
        """
        operation = operation or Operation(fold.position()[0])
        tried_before = operation.undecided
        # Far away, the create itself says whether the base is the tail: nobody asks before.
        is_guess = is_far = self.backend.is_far and self.trusting and not tried_before
        faster: bytes | None = None
        for attempt in range(MAX_REBASES):
            with self.backend.turn(self.folder):
                self._stand(fold, faster, is_guess=is_guess)
                if tried_before and (ours := self.find(operation)) is not None:
                    operation.committed = True
                    operation.undecided = False
                    return ours
                seq, head = fold.position()  # before the plan: who shares the fold may move it meanwhile
                effects = self._asked(fold, plan, is_guess=is_guess)
                if effects is None:
                    continue
                if not effects and not empty:
                    return None
                now = time.time_ns() // 1000
                entry = Entry(FORMAT, seq, head, operation.op_id, now, actor, [], effects)
                raw = encode(entry)
                faster = None
                if self._is_sound(fold, entry):
                    faster = self._place(seq, raw, operation)
                    if faster is None:
                        fold.apply([(entry, chain_hash(raw))])
                        break
                is_guess = is_far and attempt % 2 == 0  # who falls behind asks how far
            time.sleep(os.urandom(1)[0] / 255 * min(0.001 * 2 ** min(attempt, 5), 0.03))
        else:
            raise Conflict(f"gave up after losing {MAX_REBASES} races for {self.folder}; run it again")
        if not (self.backend.is_far and self.trusting):  # else `mvfs.index.leaving` has them at hand
            segments.keep(self.backend, self.folder, seq)
        return entry

    def _stand(self, fold: Fold, faster: bytes | None, *, is_guess: bool) -> None:
        """Bring the fold to the base of the next attempt, which is seen to be in the journal.

        Raises:
            CorruptObject: the fold is of another history.
        """
        if is_guess and faster is not None and self._take(fold, faster):
            return  # it was read a moment ago
        if is_guess or not self.catch_up(fold):
            self._check_history(fold)

    def _asked(self, fold: Fold, plan: Plan, *, is_guess: bool) -> list[AnyEffect] | None:
        """What the plan wants; None where it refuses, or wants nothing, at a base that is not the tail."""
        try:
            effects = plan()
        except Exception:
            if is_guess and self.catch_up(fold):
                return None
            raise
        return None if not effects and is_guess and self.catch_up(fold) else effects

    def _check_history(self, fold: Fold) -> None:
        """Refuse to go on from an entry that the journal does not hold: its numbers would have a gap.

        Raises:
            CorruptObject: the fold is of another history.
        """
        seq, head = fold.position()
        last = self.read(seq - 1) if seq else None
        if seq and (last is None or chain_hash(last) != head) and fold.position()[0] == seq:
            key = keys.entry(self.folder, seq - 1)
            raise CorruptObject(
                f"{key} is not what was read before: the store was replaced or put back from a copy"
                " meanwhile; run it again",
                key=key,
            )

    def _is_sound(self, fold: Fold, entry: Entry) -> bool:
        """Whether the entry can be folded: one that cannot would end the project. False if the fold moved on.

        Raises:
            CorruptObject: it cannot, at the very base for which it was planned.
        """
        try:
            fold.check(entry)
        except CorruptObject:
            if fold.position()[0] == entry.seq:
                raise
            return False
        return True

    def _take(self, fold: Fold, raw: bytes) -> bool:
        """Fold one entry that was read, if it is the next one; False if the fold moved on."""
        seq, head = fold.position()
        entry = decode(raw, keys.entry(self.folder, seq))
        if entry.seq != seq or entry.prev != head:
            return False
        fold.apply([(entry, chain_hash(raw))])
        return True

    def _place(self, seq: int, raw: bytes, operation: Operation) -> bytes | None:
        """Create entry ``seq``; None if it is ours and durable, else the bytes of somebody else's.

        The answer of a create may be lost, so after anything but a yes the entry is read back. While it
        is open whether ours was written, the same bytes are tried again at the same number.
        """
        key = keys.entry(self.folder, seq)
        trouble: MvfsError | None = None
        unclear = operation.undecided  # whether a create is under way that may still arrive
        operation.undecided = True  # stays so if we are interrupted anywhere below
        for attempt in range(_PLACE_ATTEMPTS):
            try:
                won, trouble = self.backend.create(key, raw), None
            except MvfsError as exc:
                won, trouble = False, exc
            found = raw if won else self._read_back(seq)
            if found == raw and trouble is None:
                operation.committed = True
                operation.undecided = False  # in this order: we may be interrupted in between
                return None
            if isinstance(found, bytes) and found != raw:
                operation.undecided = False
                return found
            if found is None and trouble is not None and not _may_pass(trouble):
                if unclear:
                    break
                operation.undecided = False
                raise trouble
            unclear = True
            time.sleep(0.01 * 2**attempt)
        raise CommitUnknown(
            f"no answer for {key}: it may or may not be written ({trouble or 'it cannot be read back'});"
            " run the command again, equal content is never logged twice",
            op_id=operation.op_id.hex(),
            seq=seq,
        )

    def _read_back(self, seq: int) -> bytes | MvfsError | None:
        """The bytes of entry ``seq``, None where there is none, or why it cannot be read."""
        try:
            return self.read(seq)
        except MvfsError as exc:
            return exc


def _may_pass(trouble: MvfsError) -> bool:
    """Whether trying again could help: a full disk or a forbidden write was certainly not applied."""
    return trouble.kind == "unavailable"
