"""The SQLite file that holds the fold of one journal: kept in the cache, thrown away when in doubt."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mvfs.errors import CorruptObject, MvfsError
from mvfs.index import schema
from mvfs.store.entry import GENESIS, Entry, chain_hash
from mvfs.store.journal import Journal
from mvfs.store.segments import ENTRIES

if TYPE_CHECKING:
    from mvfs.index.aside import Looked
    from mvfs.index.checkpoint import State

FAR = 1024
"""Entries; fewer are folded sooner than a checkpoint is loaded."""


class Index:
    """The state folded from one journal, shared by all processes of a user.

    Implements `mvfs.store.journal.Fold`. Methods may be called from several threads.
    """

    def __init__(self, path: Path | None, journal: Journal) -> None:
        """Open the index of ``journal`` at ``path``, or in memory where there is no path to write to.

        A file that is damaged, of another schema, or of another history is replaced.
        """
        self.journal = journal
        self._path = path
        self.lock = threading.RLock()
        self._owner = os.getpid()
        self.is_far = journal.backend.is_far and journal.trusting
        self.db = self._open()
        self._may_skip = journal.trusting
        self._indexed: set[str] = set()
        self._follower = 0
        self.listed_at = 0.0
        """When this process last listed a far journal, by the monotonic clock."""
        self.was_replaced = False
        """Whether the journal turned out to be of another history than this index was."""

    @property
    def seq(self) -> int:
        """The number of the next journal entry."""
        return self.position()[0]

    def position(self) -> tuple[int, bytes]:
        """The number of the next journal entry, and the chain hash of the last folded one."""
        with self.lock:
            seq, head = self.db.execute("select seq, head from position").fetchone()
            return seq, head

    def refresh(self, *, polling: bool = False) -> bool:
        """Fold what the journal has beyond this index; return whether anything was new.

        ``polling`` says that this is asked again and again: then most looks are of the cheapest kind.
        """
        with self.lock:
            self._own()
            before = self.seq
            if not self.is_far:
                moved = self._refresh()
                self._get_ready(before)
                return moved
        from mvfs.index import following  # outside of the lock: who only asks does not wait for a network

        moved = following.poll(self) if polling else following.follow(self)
        self._follower = os.getpid()
        self._get_ready(before)
        return moved

    def _get_ready(self, before: int) -> None:
        """Make the indexes of lineage after a long fold: then they cost little of it, and no walk waits."""
        with self.lock:
            if self.seq - before >= FAR:
                for name in schema.OF_LINEAGE:
                    self.need(name)

    @property
    def is_followed(self) -> bool:
        """Whether this process has seen where a far journal ends."""
        return self._follower == os.getpid()

    def _own(self) -> None:
        """Open the file anew in a forked process: SQLite handles do not survive a fork."""
        if self._owner != os.getpid():
            self._owner, self.db = os.getpid(), self._open()

    def _refresh(self) -> bool:
        with self.lock:
            before = self.seq
            if self._may_skip:  # once: who keeps up is never far behind again
                self._may_skip = False
                self._skip_ahead()
            self.journal.catch_up(self)
            return self.seq != before

    def apply(self, entries: Sequence[tuple[Entry, bytes]]) -> None:
        """Fold entries; those that another process folded meanwhile are passed over.

        Where the file can no longer be written (a full disk), the state is folded into memory instead.

        Raises:
            CorruptObject: an entry contradicts the state before it.
        """
        with self.lock:
            try:
                self._fold(entries)
            except sqlite3.OperationalError as exc:
                self._leave_file(exc)

    def _leave_file(self, why: sqlite3.OperationalError) -> None:
        """Go on in memory where the file cannot be written."""
        if self._path is None:
            raise why
        self._path = None
        self._indexed.clear()
        self.db.close()
        self.db = self._open()
        self.journal.catch_up(self)

    def _fold(self, entries: Sequence[tuple[Entry, bytes]]) -> None:
        from mvfs.index import apply  # most commands find nothing to fold

        with self._transaction():
            seq, head = self.position()
            pending = apply.Pending(self.db)
            for entry, digest in entries:
                if entry.seq < seq:
                    continue
                if entry.seq != seq or entry.prev != head:
                    raise CorruptObject(
                        f"entry {entry.seq} of {self.journal.folder} does not follow {seq - 1}"
                    )
                apply.entry(pending, entry)
                seq, head = seq + 1, digest
            pending.settled()
            self.db.execute("update position set seq = ?, head = ?", (seq, head))
            if self.is_far:
                from mvfs.index import aside

                aside.keep(self.db, entries)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Let everything that is asked meanwhile be answered from one state, whoever writes to the file."""
        with self.lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("begin")
            try:
                yield
            finally:
                self.db.execute("commit")

    @contextlib.contextmanager
    def pretend(self, entry: Entry) -> Iterator[None]:
        """Show the state as if ``entry`` had been folded, for as long as the context lasts."""
        with self.lock:
            try:
                self._begin_with(entry)
            except sqlite3.OperationalError as exc:
                self._leave_file(exc)
                self._begin_with(entry)
            try:
                yield
            finally:
                self.db.execute("rollback")

    def _begin_with(self, entry: Entry) -> None:
        """Begin a transaction and fold ``entry`` in it; none is open if that fails."""
        from mvfs.index import apply

        self.db.execute("begin immediate")
        try:
            pending = apply.Pending(self.db)
            apply.entry(pending, entry)
            pending.settled()
        except BaseException:
            if self.db.in_transaction:  # a full disk ends it by itself
                self.db.execute("rollback")
            raise

    def check(self, entry: Entry) -> None:
        """Raise CorruptObject if the entry could not be folded here."""
        with self.pretend(entry):
            return

    def _skip_ahead(self) -> None:
        """Take the state from a checkpoint if the journal is far beyond this index."""
        if self.journal.read(self.seq + FAR) is not None:
            from mvfs.index import checkpoint  # costs more to import than most commands take

            self._indexed.clear()
            checkpoint.load(self.journal, self.db)

    def looked(self) -> Looked | None:
        """The last look at a far journal by any process of this user; None where there was none."""
        if not self.is_far:
            return None
        from mvfs.index import aside

        with self.lock:
            self._own()
            return aside.looked(self.db)

    def recent(self, first: int, end: int) -> dict[int, bytes]:
        """The bytes of entries from ``first`` to before ``end``, those that are at hand of a far journal."""
        if not self.is_far:
            return {}
        from mvfs.index import aside

        with self.lock:
            return aside.recent(self.db, first, end)

    def last_change(self) -> int:
        """When the last entry came into a far journal, in microseconds since 1970; 0 if it is not known."""
        found = self.looked()
        return found.modified // 1000 if found is not None else 0

    def enter(self, state: State) -> None:
        """Take the state from a checkpoint that was found good, if it is beyond this index.

        Raises:
            CorruptObject: the rows do not fit each other.
        """
        from mvfs.index import checkpoint

        with self.lock:
            self._indexed.clear()
            checkpoint.enter(state, self.db)

    def restart(self) -> None:
        """Forget everything: the journal is not the one that was folded."""
        with self.lock:
            self.was_replaced = True
            self._indexed.clear()
            self._create(self.db, again=True)

    def need(self, index: str) -> None:
        """Make one of `schema.INDEXES` if it is missing; where that fails, questions only take longer."""
        with self.lock:
            if index in self._indexed or self.db.in_transaction:
                return
            self._indexed.add(index)
            with contextlib.suppress(sqlite3.OperationalError):
                self.db.execute(f"create index if not exists {index} on {schema.INDEXES[index]}")

    def leave_checkpoint(self) -> None:
        """Write a checkpoint if one is due; whatever prevents it is nothing that a writer need know."""
        if self.is_far:
            from mvfs.index import leaving

            leaving.leave(self)
            return
        seq = self.seq
        if seq % ENTRIES or not self.journal.trusting:
            return  # asked where a segment is complete, so that most commits list nothing
        from mvfs.index import checkpoint

        with contextlib.suppress(MvfsError, sqlite3.OperationalError):
            if checkpoint.is_due(self.journal, seq):
                with self.lock:
                    state = checkpoint.take(self.journal, self.db)
                checkpoint.write(self.journal, state)

    def close(self) -> None:
        """Release the file."""
        with self.lock:
            self.db.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self.db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.db.execute("rollback")
            raise
        self.db.execute("commit")

    def _open(self) -> sqlite3.Connection:
        if self._path is not None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                return self._open_file(self._path)
            except (sqlite3.OperationalError, OSError):
                pass  # cache not writable: fold into memory instead
        db = _connect(":memory:")
        self._create(db)
        return db

    def _open_file(self, path: Path) -> sqlite3.Connection:
        for last in (False, True):
            db = _connect(str(path))
            try:
                db.execute("pragma journal_mode = wal")
                db.execute("pragma synchronous = normal")
                db.execute("pragma cache_size = -65536")  # KiB: a long fold goes in without spilling
                if self._is_right(db):
                    self._add_aside(db)
                    return db
                self._create(db)
                return db
            except sqlite3.OperationalError:
                db.close()
                raise
            except sqlite3.DatabaseError:
                db.close()
                if last:
                    raise
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{path}{suffix}").unlink(missing_ok=True)
        raise AssertionError("unreachable")

    def _is_right(self, db: sqlite3.Connection) -> bool:
        """Whether the file holds a state of this journal's own history."""
        if db.execute("pragma user_version").fetchone()[0] != schema.VERSION:
            return False
        row = db.execute("select journal, seq, head from position").fetchone()
        if row is None or row[0] != self.journal.folder:
            return False
        if row[1] == 0:
            return bool(row[2] == GENESIS)
        if self.is_far:
            return True  # `following` looks whether the history is the same
        last = self.journal.read(row[1] - 1)
        return last is not None and chain_hash(last) == row[2]

    def _add_aside(self, db: sqlite3.Connection) -> None:
        if self.is_far:
            for statement in schema.ASIDE.split(";"):
                db.execute(statement)

    def _create(self, db: sqlite3.Connection, *, again: bool = False) -> None:
        """Make the tables, in place of whatever tables there are."""
        db.execute("begin immediate")
        if self._path is not None and not again and self._is_made(db):
            db.execute("rollback")  # another process was faster
            return
        for (table,) in db.execute("select name from sqlite_schema where type = 'table'").fetchall():
            db.execute(f'drop table "{table}"')
        for statement in schema.TABLES.split(";"):
            db.execute(statement)
        db.execute("insert into position values (?, 0, ?)", (self.journal.folder, GENESIS))
        self._add_aside(db)
        db.execute(f"pragma user_version = {schema.VERSION}")
        db.execute("commit")

    def _is_made(self, db: sqlite3.Connection) -> bool:
        try:
            return self._is_right(db)
        except sqlite3.OperationalError:
            return False


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
