"""The tables of an index as columns: taken out of a database, checked, and put into one.

Each struct is one table of `schema.TABLES`, each field one column with the type and bounds that the fold
gives its values.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from mvfs.errors import CorruptObject, InvalidName
from mvfs.index import schema
from mvfs.refs import check_alias, check_name, check_run
from mvfs.store import keys
from mvfs.store.effects import MAX_DEPTH, depth

_Int = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Positive = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Hash = Annotated[bytearray, msgspec.Meta(min_length=32, max_length=32)]
"""A bytearray, because Python's sqlite3 takes one several times as fast as bytes."""


_T = TypeVar("_T")
_Rare = list[_T | None] | None
"""A column with nulls; nil where it holds nothing else, which costs neither reading nor writing."""


class _Table(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    pass


class Projects(_Table, frozen=True):
    """Columns of ``projects``."""

    name: list[str]
    id: list[str]


class Names(_Table, frozen=True):
    """Columns of ``names``."""

    id: list[_Count]
    name: list[str]
    type: list[str]
    last: list[_Count]
    live: list[_Count]
    metric: _Rare[str]
    mode: _Rare[str]
    about: _Rare[str]
    tags: _Rare[str]


class Versions(_Table, frozen=True):
    """Columns of ``versions``."""

    name_id: list[_Count]
    number: list[_Count]
    manifest: list[str]
    manifest_hash: list[_Hash]
    digest: list[_Hash]
    files: list[_Count]
    size: list[_Count]
    run: _Rare[str]
    metadata: list[str]
    note: _Rare[str]
    created: list[_Int]
    actor: list[str]
    seq: list[_Count]
    expires: _Rare[_Int]
    deleted: _Rare[_Count]
    deleted_at: _Rare[_Int]
    deleted_by: _Rare[str]


class Sweeps(_Table, frozen=True):
    """Columns of ``sweeps``."""

    id: list[str]
    seq: list[_Count]
    list_hash: list[_Hash]
    objects: list[_Int]
    size: list[_Int]
    time: list[_Int]
    actor: list[str]
    done: list[_Count]


class Aliases(_Table, frozen=True):
    """Columns of ``aliases``."""

    name_id: list[_Count]
    alias: list[str]
    number: list[_Count]


class AliasMoves(_Table, frozen=True):
    """Columns of ``alias_moves``."""

    name_id: list[_Count]
    alias: list[str]
    seq: list[_Count]
    new: _Rare[_Count]
    old: _Rare[_Count]
    time: list[_Int]
    actor: list[str]


class Retention(_Table, frozen=True):
    """Columns of ``retention``."""

    name_id: list[_Count]
    keep_last: _Rare[_Positive]
    ttl: _Rare[_Positive]


class Protected(_Table, frozen=True):
    """Columns of ``protected``."""

    name_id: list[_Count]
    alias: list[str]


class AliasRemarks(_Table, frozen=True):
    """Columns of ``alias_remarks``."""

    name_id: list[_Count]
    alias: list[str]
    seq: list[_Count]
    protects: _Rare[Literal[0, 1]]
    reason: _Rare[str]
    time: list[_Int]
    actor: list[str]


class NoteChanges(_Table, frozen=True):
    """Columns of ``note_changes``."""

    name_id: list[_Count]
    number: list[_Count]
    seq: list[_Count]
    text: _Rare[str]
    time: list[_Int]
    actor: list[str]


class Tags(_Table, frozen=True):
    """Columns of ``tags``."""

    name_id: list[_Count]
    number: list[_Count]
    tag: list[str]


class Links(_Table, frozen=True):
    """Columns of ``links``."""

    name_id: list[_Count]
    number: list[_Count]
    project_id: list[str]
    source: list[str]
    source_number: list[_Count]
    time: list[_Int]


class Runs(_Table, frozen=True):
    """Columns of ``runs``."""

    id: list[str]
    name: list[str]
    job_type: _Rare[str]
    grouped: _Rare[str]
    config: list[str]
    summary: list[str]
    state: list[str]
    started: list[_Int]
    ended: _Rare[_Int]
    actor: list[str]
    tags: list[str]
    """JSON arrays."""
    notes: _Rare[str]


class Produced(_Table, frozen=True):
    """Columns of ``produced``."""

    run: list[str]
    name_id: list[_Count]
    number: list[_Count]


class Used(_Table, frozen=True):
    """Columns of ``used``."""

    run: list[str]
    project_id: list[str]
    name: list[str]
    number: list[_Int]
    seq: list[_Count]


class Tables(_Table, frozen=True):
    """All tables but the position."""

    projects: Projects
    names: Names
    versions: Versions
    sweeps: Sweeps
    aliases: Aliases
    alias_moves: AliasMoves
    retention: Retention
    protected: Protected
    alias_remarks: AliasRemarks
    note_changes: NoteChanges
    tags: Tags
    links: Links
    runs: Runs
    produced: Produced
    used: Used


_ORDER = {
    "versions": "name_id, number",
    "sweeps": "id",
    "aliases": "name_id, alias",
    "protected": "name_id, alias",
    "tags": "name_id, number, tag",
    "links": "name_id, number",
    "produced": "run, name_id, number",
    "used": "run, project_id, name, number",
}
"""In which order rows are kept: by their key, the others as they were inserted."""


def dump(db: sqlite3.Connection) -> Tables:
    """Return all rows, inside the caller's transaction."""
    found: list[_Table] = []
    for table, kind in _kinds():
        columns = kind.__struct_fields__
        order = _ORDER.get(table, "rowid")
        rows = db.execute(f"select {', '.join(columns)} from {table} order by {order}").fetchall()  # noqa: S608
        found.append(kind(*(map(_column, zip(*rows, strict=True)) if rows else ([] for _ in columns))))
    return Tables(*found)  # type: ignore[arg-type]


def _column(values: tuple[Any, ...]) -> list[Any] | None:
    return list(values) if any(value is not None for value in values) else None


def fill(db: sqlite3.Connection, tables: Tables) -> None:
    """Replace all rows, inside the caller's transaction.

    Raises:
        CorruptObject: the rows do not fit each other.
    """
    for index in schema.INDEXES:
        db.execute(f"drop index if exists {index}")  # made anew when needed, which is faster
    for statement in schema.NOT_PICKED:
        db.execute(statement)
    try:
        for table, kind in _kinds():
            db.execute(f"delete from {table}")  # noqa: S608 - names of our own tables
            named = zip(kind.__struct_fields__, _columns(getattr(tables, table)), strict=True)
            given = {name: column for name, column in named if column is not None}
            db.executemany(
                f"insert into {table} ({', '.join(given)}) values ({', '.join('?' * len(given))})",  # noqa: S608
                zip(*given.values(), strict=True),
            )
    except sqlite3.IntegrityError as exc:
        raise CorruptObject(f"a checkpoint has rows with the same key: {exc}") from exc
    for question, why in _NEVER:
        if db.execute(question).fetchone() is not None:
            raise CorruptObject(f"a checkpoint has {why}")


_NEVER = (
    (
        """select 1 from names left join (select name_id, count(*) as made, max(number) as newest,
            count(*) - count(deleted) as there from versions group by name_id) on name_id = id
            where made is not last + 1 or newest is not last or there is not live""",
        "names with other versions than they count",
    ),
    (
        """select 1 from aliases a left join versions v on v.name_id = a.name_id and v.number = a.number
            where v.number is null or v.deleted is not null""",
        "aliases of versions that are not there",
    ),
)


def check(tables: Tables, key: str) -> None:
    """Check what each value must be by itself, as the fold does with the values of entries.

    Raises:
        CorruptObject: one is something else.
    """
    try:
        for table, _ in _kinds():
            columns = _columns(getattr(tables, table))
            if len({len(column) for column in columns if column is not None}) != 1:
                raise CorruptObject(f"columns of {table} have different lengths")
        names = set(tables.names.id)
        _must(names.issuperset(tables.versions.name_id), "versions without a name")
        _must(names.issuperset(tables.alias_moves.name_id), "alias moves without a name")
        for policy in (tables.retention, tables.protected, tables.alias_remarks):
            _must(names.issuperset(policy.name_id), "a policy without a name")
        _every(tables.protected.alias, check_alias)
        _every(tables.alias_remarks.alias, check_alias)
        _every(tables.projects.name, lambda name: check_name(name, "project"))
        _every(tables.projects.id, _ulid)
        _every(tables.names.name, lambda name: check_name(name, "name"))
        _every(tables.names.type, lambda name: check_name(name, "type"))
        _every(tables.names.mode or (), _mode)
        _every(tables.names.tags or (), _lines_of_tags)
        keys.check_objects(tables.versions.manifest)
        _json_objects(tables.versions.metadata)
        _every(tables.sweeps.id, _sweep_id)
        _every(tables.tags.tag, check_alias)
        _every(tables.runs.id, check_run)
        _every(tables.runs.state, _state)
        _every(tables.runs.tags, _texts)
        _every(tables.used.project_id, _ulid_or_nothing)
        _every(tables.links.project_id, _ulid_or_nothing)
        _every(tables.links.source, lambda name: check_name(name, "name"))
        _every(tables.aliases.alias, check_alias)
        _every(tables.alias_moves.alias, check_alias)
        _json_objects(tables.runs.config)
        _json_objects(tables.runs.summary)
    except (CorruptObject, InvalidName) as exc:
        raise CorruptObject(f"{key} holds what no journal makes: {exc}", key=key) from exc


def _every(column: Sequence[Any], rule: Callable[[Any], object]) -> None:
    for value in set(column):
        if rule(value) not in (None, value):
            raise CorruptObject(f"{value!r}, which is not in Unicode form NFC")


def _must(good: object, what: str) -> None:
    if not good:
        raise CorruptObject(what)


def _ulid(text: str) -> None:
    _must(keys.is_ulid(text), "a project id of another form")


def _ulid_or_nothing(text: str) -> None:
    _must(not text or keys.is_ulid(text), "a project id of another form")


def _sweep_id(text: str) -> None:
    _must(keys.is_sweep_id(text), "a sweep id of another form")


def _state(state: str) -> None:
    _must(state in ("running", "finished", "failed"), "a run in a state that is none")


def _lines_of_tags(tags: str | None) -> str | None:
    return None if tags is None else "\n".join(map(check_alias, tags.split("\n")))


def _texts(text: str) -> None:
    try:
        _tags.decode(text)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise CorruptObject("tags of a run that are no list of texts") from exc


def _mode(mode: str | None) -> None:
    _must(mode in (None, "max", "min"), "a rule that makes no sense")


_maps = msgspec.json.Decoder(dict[str, Any])
_tags = msgspec.json.Decoder(list[str])


def _json_objects(column: list[str]) -> None:
    for text in column:
        try:
            value: object = _maps.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            value = _loaded(text)
        _must(isinstance(value, dict), "values that are no map")
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _must(depth(value) <= MAX_DEPTH, "values in too many levels")


def _loaded(text: str) -> object:
    """What the standard library makes of it: its dialect has NaN and numbers of any length."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair can be escaped, not shown
    except (ValueError, RecursionError) as exc:
        raise CorruptObject("values that are no JSON") from exc
    return value


def _kinds() -> Iterable[tuple[str, type[_Table]]]:
    return ((field.name, field.type) for field in msgspec.structs.fields(Tables))


def _columns(table: _Table) -> tuple[list[Any] | None, ...]:
    found: tuple[list[Any] | None, ...] = msgspec.structs.astuple(table)
    return found
