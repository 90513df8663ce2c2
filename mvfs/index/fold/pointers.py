"""What points at versions and what is said of them: aliases, notes, tags, the rule of a name."""

from __future__ import annotations

from mvfs.index.fold.common import Step, broken, check, name_of, name_with, to_json
from mvfs.index.fold.pending import Pending, must_fit
from mvfs.refs import check_alias, check_name
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.entry import Entry


def _alias(pending: Pending, entry: Entry, fact: fx.AliasMoved) -> None:
    check(entry, check_alias, fact.alias)
    name = name_of(pending, entry, fact.name)
    if pending.alias(name, fact.alias) != fact.old:
        raise broken(entry, f"alias '{fact.alias}' of '{fact.name}' was not at {fact.old}")
    if fact.new is not None and not pending.has_version(name, fact.new):
        raise broken(entry, f"there is no version {fact.name}:v{fact.new}")
    must_fit(entry.time)
    pending.move_alias(name, fact.alias, fact.new, fact.old, entry)


def _note(pending: Pending, entry: Entry, fact: fx.NoteWritten) -> None:
    name_id = name_with(pending, entry, fact.name, fact.number).id
    db = pending.settled()
    db.execute(
        "update versions set note = ? where name_id = ? and number = ?", (fact.text, name_id, fact.number)
    )
    db.execute(
        "insert into note_changes values (?, ?, ?, ?, ?, ?)",
        (name_id, fact.number, entry.seq, fact.text, entry.time, entry.actor),
    )


def _tagged(pending: Pending, entry: Entry, fact: fx.Tagged) -> None:
    for tag in (*fact.added, *fact.removed):
        check(entry, check_alias, tag)
    name_id = name_with(pending, entry, fact.name, fact.number).id
    pending.db.executemany(
        "delete from tags where name_id = ? and number = ? and tag = ?",
        [(name_id, fact.number, tag) for tag in fact.removed],
    )
    pending.db.executemany(
        "insert or ignore into tags values (?, ?, ?)", [(name_id, fact.number, tag) for tag in fact.added]
    )


def _metadata(pending: Pending, entry: Entry, fact: fx.MetadataSet) -> None:
    name_id = name_with(pending, entry, fact.name, fact.number).id
    pending.settled().execute(
        "update versions set metadata = ? where name_id = ? and number = ?",
        (to_json(entry, fact.values), name_id, fact.number),
    )


def _linked(pending: Pending, entry: Entry, fact: fx.Linked) -> None:
    check(entry, check_name, fact.source, "name")
    if fact.project_id is not None and not keys.is_ulid(fact.project_id):
        raise broken(entry, f"{fact.name}:v{fact.number} links to a project without a proper id")
    must_fit(fact.source_number, entry.time)
    if fact.source_number < 0:
        raise broken(entry, f"{fact.name}:v{fact.number} links to a version without a proper number")
    name_id = name_with(pending, entry, fact.name, fact.number).id
    pending.db.execute(
        "insert or replace into links values (?, ?, ?, ?, ?, ?)",
        (name_id, fact.number, fact.project_id or "", fact.source, fact.source_number, entry.time),
    )


def _described(pending: Pending, entry: Entry, fact: fx.NameDescribed) -> None:
    for tag in fact.tags:
        check(entry, check_alias, tag)
    name_id = name_of(pending, entry, fact.name).id
    pending.db.execute(
        "update names set about = ?, tags = ? where id = ?",
        (fact.text, "\n".join(fact.tags) or None, name_id),
    )


def _rule(pending: Pending, entry: Entry, fact: fx.RuleSet) -> None:
    if (fact.metric is None) != (fact.mode is None) or fact.mode not in (None, "max", "min"):
        raise broken(entry, f"the rule of '{fact.name}' makes no sense")
    name_id = name_of(pending, entry, fact.name).id
    pending.db.execute(
        "update names set metric = ?, mode = ? where id = ?", (fact.metric, fact.mode, name_id)
    )


STEPS: dict[type[fx.Effect], Step] = {
    fx.AliasMoved: _alias,
    fx.NoteWritten: _note,
    fx.Tagged: _tagged,
    fx.RuleSet: _rule,
    fx.MetadataSet: _metadata,
    fx.Linked: _linked,
    fx.NameDescribed: _described,
}
