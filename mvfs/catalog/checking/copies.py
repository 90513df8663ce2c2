"""Level 1, beside the journal: segments, checkpoints and tails must say what the entries say.

They only make reading faster and every reader checks them, so what is wrong with one is a note.
"""

from __future__ import annotations

from blake3 import blake3

from mvfs.catalog.checking.findings import Finding, Kind
from mvfs.catalog.checking.tails import TailCheck
from mvfs.errors import CorruptObject, MvfsError
from mvfs.index import checkpoint, schema, tables
from mvfs.index.index import Index
from mvfs.store import keys
from mvfs.store.decoding import inflate
from mvfs.store.journal import Journal
from mvfs.store.segments import ENTRIES, MAX_SEGMENT
from mvfs.store.tails import Tail

_NOT_THERE = "the journal has no such entries"


class CopyCheck:
    """Compares the copies of one journal with its entries, while these are folded one by one."""

    def __init__(self, journal: Journal) -> None:
        """List the copies; one whose name is of another form is told at once."""
        self.findings: list[Finding] = []
        self._journal = journal
        self._raws: list[bytes] = []
        self._segments: dict[int, list[str]] = {}
        self._checkpoints: dict[int, list[str]] = {}
        self._tails = TailCheck(journal.backend)
        folder = journal.folder
        for info in [
            *journal.backend.list(keys.segments(folder)),
            *journal.backend.list(keys.checkpoints(folder)),
        ]:
            first = keys.segment_first(folder, info.key, ENTRIES)
            seq = keys.checkpoint_seq(folder, info.key)
            if first is not None:
                self._segments.setdefault(first + ENTRIES, []).append(info.key)
            elif seq:
                self._checkpoints.setdefault(seq, []).append(info.key)
            elif (span := keys.tail_span(folder, info.key)) is not None:
                if not self._tails.add(Tail(*span, info.key)):
                    self._tell(info.key, "there are too many of its kind")
            else:
                self._tell(info.key, "its name is of another form")

    def take(self, raw: bytes, index: Index) -> None:
        """Look at what copies the entries up to ``raw``, which ``index`` has just folded."""
        self._raws.append(raw)
        for key in self._segments.pop(index.seq, ()):
            if (why := self._wrong_segment(key)) is not None:
                self._tell(key, why)
        for key in self._checkpoints.pop(index.seq, ()):
            if (why := self._wrong_checkpoint(key, index)) is not None:
                self._tell(key, why)
        for key, why in self._tails.take(raw, index.seq):
            self._tell(key, why)
        if index.seq % ENTRIES == 0:
            self._raws.clear()

    def finish(self) -> None:
        """The journal is folded to its end: what is left copies entries that are not there."""
        for found in (self._segments, self._checkpoints):
            for listed in found.values():
                for key in listed:
                    self._tell(key, _NOT_THERE)
        for key in self._tails.finish():
            self._tell(key, _NOT_THERE)

    def _wrong_segment(self, key: str) -> str | None:
        try:
            frame = self._journal.backend.get(key, MAX_SEGMENT)
            if frame is None:
                return None  # deleted meanwhile
            if not key.endswith(f".{blake3(frame).hexdigest(length=8)}.mpz"):
                return "its bytes do not match its name"
            return (
                None if inflate(frame, MAX_SEGMENT, key) == b"".join(self._raws) else "it has other entries"
            )
        except MvfsError as exc:
            return exc.message

    def _wrong_checkpoint(self, key: str, index: Index) -> str | None:
        try:
            if checkpoint.schema_of(self._journal, key) != schema.VERSION:
                return None  # another mvfs made it for itself
            state = checkpoint.read(self._journal, key, index.seq)
            return (
                None if state.tables == tables.dump(index.db) else "it differs from the fold of the entries"
            )
        except CorruptObject as exc:
            return None if self._journal.backend.head(key) is None else exc.message
        except MvfsError as exc:
            return exc.message

    def _tell(self, key: str, why: str) -> None:
        what = f"{why}; it only slows things down, and 'mvfs fsck --repair' deletes it"
        self.findings.append(Finding(Kind.COPY_WRONG, 1, key, what))
