"""Versions: made, deleted, brought back, stored elsewhere."""

from __future__ import annotations

from mvfs.index.fold.common import Step, broken, name_of, name_with, to_json
from mvfs.index.fold.pending import Pending, must_fit
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.entry import Entry


def _version(pending: Pending, entry: Entry, fact: fx.VersionMade) -> None:
    keys.check_object(fact.manifest)
    name = name_of(pending, entry, fact.name)
    if fact.number != name.last + 1:
        raise broken(entry, f"{fact.name}:v{fact.number} does not follow the last version")
    if len(fact.digest) != 32 or len(fact.manifest_hash) != 32 or min(fact.files, fact.size) < 0:
        raise broken(entry, f"{fact.name}:v{fact.number} has a hash or size that cannot be")
    must_fit(fact.number, fact.files, fact.size, entry.time)
    pending.add_version(
        name,
        (
            name.id,
            fact.number,
            fact.manifest,
            bytearray(fact.manifest_hash),  # which sqlite3 takes several times as fast as bytes
            bytearray(fact.digest),
            fact.files,
            fact.size,
            to_json(entry, fact.metadata),
            entry.time,
            entry.actor,
            entry.seq,
            fact.run,
        ),
    )


def _produced(pending: Pending, entry: Entry, fact: fx.Produced) -> None:
    name_id = name_with(pending, entry, fact.name, fact.number).id
    pending.settled().execute(
        "insert or ignore into produced values (?, ?, ?)", (fact.run, name_id, fact.number)
    )


def _used(pending: Pending, entry: Entry, fact: fx.Used) -> None:
    if fact.project_id is not None and not keys.is_ulid(fact.project_id):
        raise broken(entry, f"run '{fact.run}' uses a version of a project without a proper id")
    pending.db.execute(
        "insert or ignore into used values (?, ?, ?, ?, ?)",
        (fact.run, fact.project_id or "", fact.name, fact.number, entry.seq),
    )


def _deleted(pending: Pending, entry: Entry, fact: fx.Deleted) -> None:
    name_id = name_with(pending, entry, fact.name, fact.number).id
    db = pending.settled()
    row = db.execute("select alias from aliases where name_id = ? and number = ?", (name_id, fact.number))
    if (alias := row.fetchone()) is not None:
        raise broken(entry, f"{fact.name}:v{fact.number} is deleted while '{alias[0]}' points at it")
    db.execute(
        "update versions set deleted = ?, deleted_at = ?, deleted_by = ? where name_id = ? and number = ?",
        (entry.seq, entry.time, entry.actor, name_id, fact.number),
    )
    db.execute("update names set live = live - 1 where id = ?", (name_id,))


def _undeleted(pending: Pending, entry: Entry, fact: fx.Undeleted) -> None:
    name_id = name_of(pending, entry, fact.name).id
    db = pending.settled()
    changed = db.execute(
        "update versions set deleted = null, deleted_at = null, deleted_by = null"
        " where name_id = ? and number = ? and deleted is not null",
        (name_id, fact.number),
    )
    if changed.rowcount != 1:
        raise broken(entry, f"{fact.name}:v{fact.number} is not in the trash")
    db.execute("update names set live = live + 1 where id = ?", (name_id,))


def _repointed(pending: Pending, entry: Entry, fact: fx.Repointed) -> None:
    keys.check_object(fact.manifest)
    if len(fact.manifest_hash) != 32:
        raise broken(entry, f"{fact.name}:v{fact.number} gets a hash that cannot be")
    name_id = name_with(pending, entry, fact.name, fact.number).id
    pending.settled().execute(
        "update versions set manifest = ?, manifest_hash = ? where name_id = ? and number = ?",
        (fact.manifest, fact.manifest_hash, name_id, fact.number),
    )


def _expires(pending: Pending, entry: Entry, fact: fx.ExpirySet) -> None:
    name_id = name_with(pending, entry, fact.name, fact.number).id
    pending.settled().execute(
        "update versions set expires = ? where name_id = ? and number = ?", (fact.time, name_id, fact.number)
    )


STEPS: dict[type[fx.Effect], Step] = {
    fx.VersionMade: _version,
    fx.Produced: _produced,
    fx.Used: _used,
    fx.Deleted: _deleted,
    fx.Undeleted: _undeleted,
    fx.Repointed: _repointed,
    fx.ExpirySet: _expires,
}
