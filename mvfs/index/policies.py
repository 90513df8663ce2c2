"""Questions about the policies of names: what stays, which aliases are protected, and why they moved."""

from __future__ import annotations

from collections.abc import Set

import msgspec

from mvfs.index.index import Index

_KEPT = """
select number from versions where name_id = ? and deleted is null order by number desc limit 1 offset ?
"""
_FALLING = """
select number from versions v where name_id = :name and number < :end and deleted is null
    and (expires is null or expires <= :now) and (:ttl is null or coalesce(expires, created + :ttl) <= :now)
    and not exists (select 1 from aliases a where a.name_id = :name and a.number = v.number)
    order by number
"""
_LINKED = """
select l.source_number from links l join versions v on v.name_id = l.name_id and v.number = l.number
    where l.project_id = '' and l.source = ? and v.deleted is null
"""


class Retention(msgspec.Struct, frozen=True):
    """Which versions of a name stay when another one is logged; a version goes if both let it go."""

    keep_last: int | None = None
    """As many of the highest numbers stay."""
    ttl: int | None = None
    """Microseconds for which each stays after it was logged."""


class AliasChange(msgspec.Struct, frozen=True):
    """One line of an alias's history: a move, or (``protects`` is not None) a change of its protection."""

    alias: str
    new: int | None
    old: int | None
    time: int
    actor: str
    reason: str | None
    protects: bool | None = None


def retention(index: Index, name: str) -> Retention:
    """What is set for a name; nothing where it says nothing."""
    sql = "select keep_last, ttl from retention join names on id = name_id where name = ?"
    with index.lock:
        found = index.db.execute(sql, (name,)).fetchone()
    return Retention(*found) if found else Retention()


def protected(index: Index, name: str) -> list[str]:
    """The protected aliases of a name, sorted; they need not point anywhere."""
    sql = "select alias from protected join names on id = name_id where name = ? order by alias"
    with index.lock:
        return [alias for (alias,) in index.db.execute(sql, (name,))]


def falling(
    index: Index, name: str, rule: Retention, now: int, most: int, *, crashed: Set[str] = frozenset()
) -> list[int]:
    """The numbers of the ``most`` oldest versions that ``rule`` lets go, at ``now`` (microseconds).

    What a run that goes on uses stays; ``crashed`` are runs that only say so. So does what a link of this
    project stands for; one elsewhere has copies.
    """
    with index.lock:
        found = _let_go(index, name, rule, now)
        used = {number for number, run in _used(index, name) if run not in crashed} if found else set()
    return [number for number in found if number not in used][:most]


def holders(index: Index, name: str, rule: Retention, now: int) -> set[str]:
    """The runs said to be running for whose sake alone a version stays that ``rule`` would let go."""
    with index.lock:
        found = set(_let_go(index, name, rule, now))
        return {run for number, run in _used(index, name) if number in found} if found else set()


def _let_go(index: Index, name: str, rule: Retention, now: int) -> list[int]:
    if rule == Retention():
        return []
    row = index.db.execute("select id, last from names where name = ?", (name,)).fetchone()
    name_id, last = row or (None, -1)
    values = {"name": name_id, "now": now, "ttl": rule.ttl, "end": last + 1}
    if rule.keep_last is not None:
        kept = index.db.execute(_KEPT, (name_id, rule.keep_last - 1)).fetchone()
        values["end"] = kept[0] if kept else 0
    found = [number for (number,) in index.db.execute(_FALLING, values)]
    linked = {number for (number,) in index.db.execute(_LINKED, (name,))} if found else set()
    return [number for number in found if number not in linked]


def _used(index: Index, name: str) -> list[tuple[int, str]]:
    sql = """select u.number, r.id from runs r join used u on u.run = r.id
        where r.state = 'running' and u.project_id = '' and u.name = ?"""
    return index.db.execute(sql, (name,)).fetchall()


def alias_changes(index: Index, name: str) -> list[AliasChange]:
    """All moves of a name's aliases with their reasons, and all changes of protection, oldest first."""
    index.need("alias_moves_by_alias")
    moves = """select seq, alias_moves.rowid, alias, new, old, time, actor from alias_moves
        join names on id = name_id where name = ? order by alias_moves.rowid"""
    remarks = """select seq, alias_remarks.rowid, alias, protects, reason, time, actor from alias_remarks
        join names on id = name_id where name = ? order by alias_remarks.rowid"""
    with index.lock:
        moved = index.db.execute(moves, (name,)).fetchall()
        said = index.db.execute(remarks, (name,)).fetchall()
    reasons = {(row[0], row[2]): row[4] for row in said if row[3] is None}
    found = [
        ((seq, 0, at), AliasChange(alias, new, old, time, actor, reasons.get((seq, alias))))
        for seq, at, alias, new, old, time, actor in moved
    ]
    found += [
        ((seq, 1, at), AliasChange(alias, None, None, time, actor, reason, bool(protects)))
        for seq, at, alias, protects, reason, time, actor in said
        if protects is not None
    ]
    return [change for _, change in sorted(found, key=lambda one: one[0])]
