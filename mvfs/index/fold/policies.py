"""What a name's policy says: which versions stay, and which aliases are protected."""

from __future__ import annotations

from mvfs.index.fold.common import Step, broken, check, name_of
from mvfs.index.fold.pending import Pending, must_fit
from mvfs.refs import check_alias
from mvfs.store import effects as fx
from mvfs.store.entry import Entry


def _retention(pending: Pending, entry: Entry, fact: fx.RetentionSet) -> None:
    given = [value for value in (fact.keep_last, fact.ttl) if value is not None]
    if min(given, default=1) < 1:
        raise broken(entry, f"the retention of '{fact.name}' makes no sense")
    name_id = name_of(pending, entry, fact.name).id
    if not given:
        pending.db.execute("delete from retention where name_id = ?", (name_id,))
        return
    pending.db.execute(
        "insert or replace into retention values (?, ?, ?)", (name_id, fact.keep_last, fact.ttl)
    )


def _protected(pending: Pending, entry: Entry, fact: fx.AliasProtected) -> None:
    check(entry, check_alias, fact.alias)
    name_id = name_of(pending, entry, fact.name).id
    if fact.on:
        pending.db.execute("insert or ignore into protected values (?, ?)", (name_id, fact.alias))
    else:
        pending.db.execute("delete from protected where name_id = ? and alias = ?", (name_id, fact.alias))
    _remark(pending, entry, (name_id, fact.alias, entry.seq, int(fact.on), fact.reason))


def _reason(pending: Pending, entry: Entry, fact: fx.Reason) -> None:
    check(entry, check_alias, fact.alias)
    name_id = name_of(pending, entry, fact.name).id
    _remark(pending, entry, (name_id, fact.alias, entry.seq, None, fact.text))


def _remark(pending: Pending, entry: Entry, row: tuple[int, str, int, int | None, str | None]) -> None:
    must_fit(entry.time)
    pending.db.execute(
        "insert into alias_remarks values (?, ?, ?, ?, ?, ?, ?)", (*row, entry.time, entry.actor)
    )


STEPS: dict[type[fx.Effect], Step] = {
    fx.RetentionSet: _retention,
    fx.AliasProtected: _protected,
    fx.Reason: _reason,
}
