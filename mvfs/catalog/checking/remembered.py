"""What this user's index remembers of a journal: a witness of its end, which no later entry vouches for.

The file is only read here. Opening it as an `Index` would replace it as soon as the journal differs.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from mvfs.index import schema
from mvfs.index.index import Index


class Remembered:
    """One index file at the moment when it was opened."""

    def __init__(self, db: sqlite3.Connection, seq: int, head: bytes) -> None:
        self._db = db
        self.seq, self.head = seq, head

    def agrees(self, fresh: Index) -> bool:
        """Whether every table holds what the same entries give when they are folded anew."""
        try:
            return all(
                self._rows(self._db, table) == self._rows(fresh.db, table) for table in _tables(fresh.db)
            )
        except sqlite3.Error:
            return False

    def _rows(self, db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
        columns = ", ".join(
            str(n + 1) for n in range(len(db.execute(f'pragma table_info("{table}")').fetchall()))
        )
        return db.execute(f'select * from "{table}" order by {columns}').fetchall()  # noqa: S608 - our names

    def close(self) -> None:
        """Release the file."""
        self._db.close()


def _tables(db: sqlite3.Connection) -> list[str]:
    found = db.execute("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    return [name for (name,) in found.fetchall()]


def remembered(path: Path, folder: str) -> Remembered | None:
    """Return what the index at ``path`` knows of the journal in ``folder``; None where there is none.

    Raises:
        sqlite3.Error: the file is damaged.
    """
    if not path.is_file():
        return None
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30, isolation_level=None)
    try:
        db.execute("begin")
        if db.execute("pragma user_version").fetchone()[0] == schema.VERSION:
            row = db.execute("select journal, seq, head from position").fetchone()
            if row is not None and row[0] == folder:
                return Remembered(db, row[1], row[2])
    except BaseException:
        db.close()
        raise
    with contextlib.suppress(sqlite3.Error):
        db.close()
    return None
