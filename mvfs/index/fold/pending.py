"""What a fold has made of the tables and not written yet.

Most of a journal is versions and the aliases that move to them, and a statement of SQL costs more than all
else that is done with an effect. So what these effects ask is asked once per name and alias, and the rows
they make are kept back and written together. No query sees them before `settled`.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from mvfs.store.entry import Entry

_Row = tuple[Any, ...]

_VERSION = """
insert into versions
(name_id, number, manifest, manifest_hash, digest, files, size, metadata, created, actor, seq)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_VERSION_OF_RUN = _VERSION.replace("seq)", "seq, run)").replace("?)", "?, ?)")
"""Apart, because Python's sqlite3 is slow to take a None."""

_MOVE = "insert into alias_moves (name_id, alias, new, old, seq, time, actor) values (?, ?, ?, ?, ?, ?, ?)"

_MAX = 2**63 - 1


class Name:
    """A row of ``names``, as far as versions change it."""

    __slots__ = ("id", "last", "live", "written")

    def __init__(self, name_id: int, last: int, live: int) -> None:
        self.id, self.last, self.live = name_id, last, live
        self.written = last
        """Number of the last version that is in the table."""


class Pending:
    """The rows of ``names``, ``versions``, ``produced``, ``aliases`` and ``alias_moves`` that are kept back.

    Used inside one transaction, and left behind with it.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        """The tables; those named above are as they were, until `settled`."""
        self._names: dict[str, Name] = {}
        self._versions: list[_Row] = []
        self._aliases: dict[tuple[int, str], int | None] = {}
        self._moves: list[_Row] = []

    def name(self, name: str) -> Name | None:
        """A name as it is now; None if there is none such."""
        found = self._names.get(name)
        if found is None:
            row = self.db.execute("select id, last, live from names where name = ?", (name,)).fetchone()
            if row is not None:
                found = self._names[name] = Name(*row)
        return found

    def has_version(self, name: Name, number: int) -> bool:
        """Whether a version is there, and not in the trash."""
        if name.written < number <= name.last:
            return True
        sql = "select 1 from versions where name_id = ? and number = ? and deleted is null"
        return self.db.execute(sql, (name.id, number)).fetchone() is not None

    def alias(self, name: Name, alias: str) -> int | None:
        """Where an alias of a name points."""
        key = (name.id, alias)
        if key not in self._aliases:
            row = self.db.execute(
                "select number from aliases where name_id = ? and alias = ?", key
            ).fetchone()
            self._aliases[key] = row[0] if row else None
        return self._aliases[key]

    def add_version(self, name: Name, row: _Row) -> None:
        """Keep a version, the name's next one: the columns of `_VERSION_OF_RUN`."""
        self._versions.append(row)
        name.last += 1
        name.live += 1

    def move_alias(self, name: Name, alias: str, new: int | None, old: int | None, entry: Entry) -> None:
        """Keep the move of an alias."""
        self._moves.append((name.id, alias, new, old, entry.seq, entry.time, entry.actor))
        self._aliases[name.id, alias] = new

    def settled(self) -> sqlite3.Connection:
        """Write everything that was kept back; return the tables, up to date and free to be changed."""
        self._write_versions()
        self._write_moves()
        for kept in (self._names, self._versions, self._aliases, self._moves):
            kept.clear()
        return self.db

    def _write_versions(self) -> None:
        if not self._versions:
            return
        grown = [(name.last, name.live, name.id) for name in self._names.values() if name.last > name.written]
        self.db.executemany("update names set last = ?, live = ? where id = ?", grown)
        self._versions.sort()  # by the key, which is how the table is ordered
        of_runs = [row for row in self._versions if row[-1] is not None]
        self.db.executemany(_VERSION, [row[:-1] for row in self._versions if row[-1] is None])
        self.db.executemany(_VERSION_OF_RUN, of_runs)
        produced = [(run, name_id, number) for name_id, number, *_, run in of_runs]
        self.db.executemany("insert or ignore into produced values (?, ?, ?)", produced)

    def _write_moves(self) -> None:
        if not self._moves:
            return
        moved = {(name_id, alias): self._aliases[name_id, alias] for name_id, alias, *_ in self._moves}
        gone = [key for key, number in moved.items() if number is None]
        there = [(*key, number) for key, number in moved.items() if number is not None]
        self.db.executemany("delete from aliases where name_id = ? and alias = ?", gone)
        self.db.executemany("insert or replace into aliases values (?, ?, ?)", there)
        self.db.executemany(_MOVE, self._moves)


def must_fit(*numbers: int) -> None:
    """Refuse a number that a table cannot hold while it is known whose it is.

    Raises:
        OverflowError: one is too large, as SQLite would say.
    """
    if max(numbers) > _MAX:  # none is below the least: msgpack has no such numbers
        raise OverflowError
