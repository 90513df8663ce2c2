"""What happened in a project, in the order of its journal: versions that were made, aliases that moved."""

from __future__ import annotations

from itertools import groupby

import msgspec

from mvfs.index.index import Index

_VERSIONS = """
select v.seq, n.name, n.type, null, v.number, null, v.created, v.actor, v.deleted is not null
from versions v join names n on n.id = v.name_id where v.seq >= ? and v.seq < ?
order by v.seq, v.name_id, v.number
"""
_MOVES = """
select m.seq, n.name, n.type, m.alias, m.new, m.old, m.time, m.actor, v.deleted is not null
from alias_moves m join names n on n.id = m.name_id
left join versions v on v.name_id = m.name_id and v.number = m.new where m.seq >= ? and m.seq < ?
order by m.seq, m.rowid
"""


class Happened(msgspec.Struct, frozen=True):
    """A new version, or (``alias`` is not None) the move of an alias."""

    seq: int
    """Number of the journal entry."""
    place: int
    """Which one it is of all that happened in that entry; versions come first."""
    name: str
    type: str
    alias: str | None
    new: int | None
    """Number of the version; of an alias, where it points now (None: nowhere)."""
    old: int | None
    """Where the alias pointed before."""
    time: int
    """Microseconds since 1970."""
    actor: str
    gone: bool
    """Whether version ``new`` was deleted since."""


def happened(index: Index, start: int, end: int) -> list[Happened]:
    """Everything that happened in the entries from ``start`` to before ``end``, which are folded already."""
    index.need("versions_by_entry")
    index.need("alias_moves_by_entry")
    with index.lock:
        rows = index.db.execute(_VERSIONS, (start, end)).fetchall()
        rows += index.db.execute(_MOVES, (start, end)).fetchall()
    rows.sort(key=lambda row: row[0])  # stable: of one entry, versions stay before aliases
    return [
        Happened(seq, place, name, type_, alias, new, old, time, actor, bool(gone))
        for seq, entry in groupby(rows, key=lambda row: row[0])
        for place, (_, name, type_, alias, new, old, time, actor, gone) in enumerate(entry)
    ]


def entry_of(index: Index, name: str, number: int) -> int | None:
    """The number of the entry that made a version, deleted or not; None if there never was one."""
    sql = "select seq from versions join names on id = name_id where name = ? and number = ?"
    with index.lock:
        found = index.db.execute(sql, (name, number)).fetchone()
    return found[0] if found else None
