"""Questions to the index. Every function takes the index of one journal; none changes anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from mvfs.index.index import Index
from mvfs.index.rows import (
    AliasMove,
    Deleted,
    Input,
    Line,
    Link,
    Name,
    NoteChange,
    Project,
    Rule,
    Run,
    Sweep,
    Version,
)

_maps = msgspec.json.Decoder(dict[str, Any])
_tags = msgspec.json.Decoder(tuple[str, ...])

_VERSION = """
select n.name, n.type, v.number, v.manifest, v.manifest_hash, v.digest, v.files, v.size, v.run, v.metadata,
    v.note, v.created, v.actor,
    (select group_concat(alias, char(10)) from aliases a where a.name_id = v.name_id and a.number = v.number),
    (select group_concat(tag, char(10)) from tags t where t.name_id = v.name_id and t.number = v.number),
    v.expires
from versions v join names n on n.id = v.name_id
"""

_LIVE = _VERSION.rstrip() + " and v.deleted is null "
_TRASH = (
    _VERSION.rstrip().replace("v.expires", "v.expires, v.deleted, v.deleted_at, v.deleted_by")
    + " and v.deleted is not null "
)

_RUN = (
    "select id, name, job_type, grouped, config, summary, state, started, ended, actor, tags, notes from runs"
)

_NAME = """
select n.name, n.type, n.live, n.last, n.metric, n.mode, n.about, n.tags from names n
"""


def _rows(index: Index, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with index.lock:
        return index.db.execute(sql, values).fetchall()


def projects(index: Index) -> list[Project]:
    """All projects by name (root journal)."""
    return [Project(*row) for row in _rows(index, "select name, id from projects order by name")]


def names(index: Index, type_: str | None = None) -> list[Name]:
    """All names that have versions, or those of a type, by name."""
    if type_ is None:
        return [_name(row) for row in _rows(index, _NAME + "where n.live > 0 order by n.name")]
    return [
        _name(row) for row in _rows(index, _NAME + "where n.live > 0 and n.type = ? order by n.name", type_)
    ]


def name(index: Index, name: str) -> Name | None:
    """One name, also one that has no version left."""
    found = _rows(index, _NAME + "where n.name = ?", name)
    return _name(found[0]) if found else None


def _name(row: tuple[Any, ...]) -> Name:
    name, type_, count, last, metric, mode, about, tags = row
    rule = Rule(metric, mode) if metric else None
    return Name(name, type_, count, last, rule, about, tuple(tags.split("\n")) if tags else ())


def versions(index: Index, name: str) -> list[Version]:
    """All versions of a name, newest last."""
    return [_version(row) for row in _rows(index, _LIVE + "where n.name = ? order by v.number", name)]


def lines(index: Index, name: str) -> list[Line]:
    """What a list shows of all versions of a name, newest last."""
    sql = """select number, size, created, metadata, note,
            (select group_concat(alias, char(10)) from aliases a where a.name_id = id and a.number = v.number)
        from versions v join names n on n.id = name_id where n.name = ? and deleted is null order by number"""
    return [
        Line(number, size, created, values_of(metadata), note, _words(aliases))
        for number, size, created, metadata, note, aliases in _rows(index, sql, name)
    ]


def numbers(index: Index, name: str) -> list[int]:
    """The numbers of all versions of a name, newest last; cheap where there are thousands."""
    sql = """select number from versions join names on id = name_id
        where name = ? and deleted is null order by number"""
    return [number for (number,) in _rows(index, sql, name)]


def version(index: Index, name: str, number: int) -> Version | None:
    """One version of a name."""
    found = _rows(index, _LIVE + "where n.name = ? and v.number = ?", name, number)
    return _version(found[0]) if found else None


def newest(index: Index, name: str) -> Version | None:
    """The version of a name with the highest number."""
    found = _rows(index, _LIVE + "where n.name = ? order by v.number desc limit 1", name)
    return _version(found[0]) if found else None


def is_manifest_live(index: Index, manifest: str, name: str | None = None) -> bool:
    """Whether a version that is not deleted has this manifest (key); sooner told where its name is given."""
    sql = "select 1 from versions where manifest = ? and deleted is null"
    if name is None:
        return bool(_rows(index, sql + " limit 1", manifest))
    sql += " and name_id = (select id from names where name = ?) limit 1"
    return bool(_rows(index, sql, manifest, name))


def version_by_digest(index: Index, name: str, digest: bytes) -> Version | None:
    """The newest version of a name with this content."""
    sql = _LIVE + "where n.name = ? and v.digest = ? order by v.number desc limit 1"
    found = _rows(index, sql, name, digest)
    return _version(found[0]) if found else None


def versions_of_run(index: Index, run: str) -> list[Version]:
    """The versions that a run logged, also where it was not the first to do so."""
    sql = _LIVE + "join produced p on p.name_id = v.name_id and p.number = v.number where p.run = ?"
    return [_version(row) for row in _rows(index, sql + " order by v.seq", run)]


def _version(row: tuple[Any, ...]) -> Version:
    aliases, tags, expires = row[13:16]
    return Version(
        *row[:9],  # type: ignore[call-arg]
        values_of(row[9]),
        *row[10:13],
        _words(aliases),
        _words(tags),
        expires,
    )


def _words(lines: str | None) -> tuple[str, ...]:
    return tuple(sorted(lines.split("\n"))) if lines else ()


def values_of(text: str) -> dict[str, Any]:
    """The map that a column of JSON holds."""
    try:
        return _maps.decode(text)
    except msgspec.MsgspecError:  # the standard library's dialect has more: NaN, numbers of any size
        found: dict[str, Any] = json.loads(text)
        return found


def trash(index: Index, name: str | None = None) -> list[Deleted]:
    """The deleted versions of a name or of all, in the order of names and numbers."""
    rows = _rows(index, _TRASH + "where n.name = coalesce(?, n.name) order by n.name, v.number", name)
    return [Deleted(_version(row), *row[16:]) for row in rows]


def deleted(index: Index, name: str, number: int) -> Deleted | None:
    """One version in the trash."""
    rows = _rows(index, _TRASH + "where n.name = ? and v.number = ?", name, number)
    return Deleted(_version(rows[0]), *rows[0][16:]) if rows else None


def live(index: Index) -> list[Version]:
    """All versions of all names, in the order in which they were logged."""
    return [_version(row) for row in _rows(index, _LIVE + "order by v.seq")]


def sweeps(index: Index, since: int = 0) -> list[Sweep]:
    """The sweeps whose entries are numbered ``since`` or higher, oldest first."""
    sql = (
        "select id, seq, list_hash, objects, size, time, actor, done from sweeps where seq >= ? order by seq"
    )
    return [Sweep(*row) for row in _rows(index, sql, since)]


def aliases(index: Index, name: str) -> dict[str, int]:
    """Where each alias of a name points."""
    sql = "select alias, number from aliases join names on id = name_id where name = ? order by alias"
    return dict(_rows(index, sql, name))


def all_aliases(index: Index) -> dict[str, dict[str, int]]:
    """Where each alias of each name points, by name."""
    found: dict[str, dict[str, int]] = {}
    sql = "select name, alias, number from aliases join names on id = name_id order by name_id, alias"
    for name, alias, number in _rows(index, sql):
        found.setdefault(name, {})[alias] = number
    return found


def alias_history(index: Index, name: str, alias: str | None = None) -> list[AliasMove]:
    """The moves of one alias or of all, oldest first."""
    index.need("alias_moves_by_alias")
    sql = """select alias, new, old, time, actor from alias_moves join names on id = name_id
        where name = ? and alias = coalesce(?, alias) order by alias_moves.rowid"""
    return [AliasMove(*row) for row in _rows(index, sql, name, alias)]


def alias_moves_of(index: Index, name: str, seq: int) -> list[AliasMove]:
    """The moves of a name's aliases in entry ``seq``, in their order there."""
    index.need("alias_moves_by_alias")
    sql = """select alias, new, old, time, actor from alias_moves join names on id = name_id
        where name = ? and seq = ? order by alias_moves.rowid"""
    return [AliasMove(*row) for row in _rows(index, sql, name, seq)]


def alias_at(index: Index, name: str, alias: str, time: int) -> int | None:
    """Where an alias pointed at a moment (microseconds since 1970)."""
    index.need("alias_moves_by_alias")
    sql = """select new from alias_moves join names on id = name_id
        where name = ? and alias = ? and time <= ? order by alias_moves.rowid desc limit 1"""
    found = _rows(index, sql, name, alias, time)
    return found[0][0] if found else None


_LINK = """select n.name, l.number, nullif(l.project_id, ''), l.source, l.source_number, l.time
    from links l join names n on n.id = l.name_id join versions v on v.name_id = l.name_id and
    v.number = l.number and v.deleted is null"""


def link(index: Index, name: str, number: int) -> Link | None:
    """What a version is a link to; None if it was logged."""
    found = _rows(index, _LINK + " where n.name = ? and l.number = ?", name, number)
    return Link(*found[0]) if found else None


def links(index: Index, name: str) -> list[Link]:
    """The versions of a name that are links, newest last."""
    return [Link(*row) for row in _rows(index, _LINK + " where n.name = ? order by l.number", name)]


def links_to(index: Index, project_id: str | None, name: str, number: int) -> list[Link]:
    """The links in this project to a version of a project (None: of this one), oldest first."""
    index.need("links_by_source")
    sql = _LINK + " where l.project_id = ? and l.source = ? and l.source_number = ? order by l.time, n.name"
    return [Link(*row) for row in _rows(index, sql, project_id or "", name, number)]


def note_history(index: Index, name: str, number: int) -> list[NoteChange]:
    """The notes that a version has had, oldest first."""
    sql = """select text, time, actor from note_changes join names on id = name_id
        where name = ? and number = ? order by seq"""
    return [NoteChange(*row) for row in _rows(index, sql, name, number)]


def changed_at(index: Index, name: str, number: int) -> int:
    """When a version was logged, or an alias or its note was changed since: microseconds since 1970."""
    index.need("alias_moves_by_alias")
    sql = """select max(time) from (
        select created as time from versions v join names n on n.id = v.name_id
            where n.name = ?1 and number = ?2
        union all select time from alias_moves join names on id = name_id where name = ?1 and ?2 in (new, old)
        union all select time from note_changes join names on id = name_id where name = ?1 and number = ?2)"""
    found = _rows(index, sql, name, number)[0][0]
    return int(found or 0)


def run(index: Index, run_id: str) -> Run | None:
    """One run."""
    found = _rows(index, _RUN + " where id = ?", run_id)
    return _run(found[0]) if found else None


def runs(index: Index) -> list[Run]:
    """All runs, newest last."""
    return [_run(row) for row in _rows(index, _RUN + " order by started, id")]


def runs_named(index: Index, name: str) -> list[Run]:
    """The runs that people call so, newest last."""
    return [_run(row) for row in _rows(index, _RUN + " where name = ? order by started, id", name)]


def running(index: Index) -> list[Run]:
    """The runs whose end is not in the journal."""
    return [_run(row) for row in _rows(index, _RUN + " where state = 'running'")]


def runs_with(index: Index, ids: Sequence[str]) -> list[Run]:
    """The runs with these ids, in no order."""
    return [_run(row) for row in _rows(index, f"{_RUN} where id in ({', '.join('?' * len(ids))})", *ids)]


def _run(row: tuple[Any, ...]) -> Run:
    run_id, name, job_type, group, config, summary, state, started, ended, actor, tags, notes = row
    shown = values_of(config), values_of(summary), state, started, ended, actor, _tags.decode(tags), notes
    return Run(run_id, name, job_type, group, *shown)


def producers(index: Index, name: str, number: int) -> list[Run]:
    """The runs that logged a version's content, first one first."""
    index.need("produced_by_version")
    sql = f"""{_RUN} where id in (select run from produced join names on names.id = name_id
        where names.name = ? and number = ?) order by started, id"""  # noqa: S608 - constants only
    return [_run(row) for row in _rows(index, sql, name, number)]


def users(index: Index, name: str, number: int) -> list[Run]:
    """The runs of this project that used a version, newest last."""
    index.need("used_by_version_newest")
    sql = f"""{_RUN} where id in (select run from used where project_id = '' and used.name = ? and number = ?)
        order by started, id"""  # noqa: S608 - constants only
    return [_run(row) for row in _rows(index, sql, name, number)]


def inputs(index: Index, run_id: str) -> list[Input]:
    """What a run used, in the order in which it did."""
    sql = "select nullif(project_id, ''), name, number from used where run = ? order by seq, name, number"
    return [Input(*row) for row in _rows(index, sql, run_id)]
