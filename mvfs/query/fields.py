"""What can be asked of runs and of versions: each field's name, kind, column, and value in memory.

In SQL, ``r`` is the run (of a version, the one that logged it), ``v`` the version, ``n`` its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

TEXT, NUMBER, SIZE, TIME, SPAN, FLAG, VALUES = "text", "number", "size", "time", "span", "flag", "values"
"""Kinds of fields. Times are microseconds since 1970, spans microseconds, sizes bytes, ``values`` JSON."""


class Subject(NamedTuple):
    """A run or a version in memory, with what is around it."""

    now: int
    project: str = ""
    run: Any = None
    version: Any = None
    inputs: Iterable[Any] = ()
    """Rows of what the run used."""
    outputs: Iterable[Any] = ()
    """Versions that the run logged."""


class Field(NamedTuple):
    """One thing to ask for."""

    name: str
    kind: str
    sql: str
    get: Callable[[Subject], Any]
    """A value in memory; of a field of many, all of them; of one of values, the map."""
    rows: str = ""
    """Where the many values of one field come from; ``sql`` is then one of them."""


class Fields(NamedTuple):
    """All fields of runs, or of versions."""

    subject: str
    known: dict[str, Field]
    synonyms: dict[str, str]
    searched: tuple[str, ...]
    """The fields in which a bare word is looked for."""

    def find(self, name: str) -> Field | None:
        """A field by its name or a synonym of it."""
        return self.known.get(self.synonyms.get(name, name))

    def names(self) -> str:
        """What there is, in one line."""
        return ", ".join(f"{one.name}.KEY" if one.kind == VALUES else one.name for one in self.known.values())


def _user(actor: str) -> str:
    return actor.partition("@")[0]


def _host(actor: str) -> str:
    return actor.partition("@")[2]


_SYNONYMS = {"tags": "tag", "notes": "note", "started": "created", "created_at": "created", "actor": "by"}


def _fields(subject: str, searched: str, synonyms: dict[str, str], *fields: Field) -> Fields:
    return Fields(subject, {one.name: one for one in fields}, _SYNONYMS | synonyms, tuple(searched.split()))


def _who(table: str, get: Callable[[Subject], str]) -> tuple[Field, ...]:
    """Who did it: ``user@host``, and its halves."""
    actor = f"{table}.actor"
    at = f"instr({actor} || '@', '@')"
    return (
        Field("by", TEXT, actor, get),
        Field("user", TEXT, f"substr({actor}, 1, {at} - 1)", lambda one: _user(get(one))),
        Field("host", TEXT, f"substr({actor}, {at} + 1)", lambda one: _host(get(one))),
    )


def _of_run(what: str) -> Callable[[Subject], Any]:
    return lambda one: getattr(one.run, what) if one.run is not None else {}


_INPUTS = "from used u where u.run = r.id"
_OUTPUTS = (
    "from produced p join names pn on pn.id = p.name_id"
    " join versions pv on pv.name_id = p.name_id and pv.number = p.number and pv.deleted is null"
    " where p.run = r.id"
)

RUNS = _fields(
    "runs",
    "id name job_type group tag note",
    {"display_name": "name", "jobtype": "job_type", "job": "job_type"},
    Field("id", TEXT, "r.id", lambda one: one.run.id),
    Field("name", TEXT, "r.name", lambda one: one.run.name),
    Field("state", TEXT, "mvfs_state(r.id, r.state)", lambda one: one.run.state),
    Field("job_type", TEXT, "r.job_type", lambda one: one.run.job_type),
    Field("group", TEXT, "r.grouped", lambda one: one.run.group),
    Field("tag", TEXT, "rt.value", lambda one: one.run.tags, "from json_each(r.tags) rt where 1"),
    Field("note", TEXT, "r.notes", lambda one: one.run.notes),
    Field("created", TIME, "r.started", lambda one: one.run.started),
    Field("age", SPAN, ":now - r.started", lambda one: one.now - one.run.started),
    Field("ended", TIME, "r.ended", lambda one: one.run.ended),
    Field(
        "duration",
        SPAN,
        "coalesce(r.ended, :now) - r.started",
        lambda one: (one.now if one.run.ended is None else one.run.ended) - one.run.started,
    ),
    *_who("r", lambda one: one.run.actor),
    Field("project", TEXT, ":project", lambda one: one.project),
    Field(
        "input",
        TEXT,
        "u.name || ':v' || u.number",
        lambda one: [f"{used.name}:v{used.number}" for used in one.inputs],
        _INPUTS,
    ),
    Field(
        "output",
        TEXT,
        "pn.name || ':v' || p.number",
        lambda one: [f"{made.name}:v{made.number}" for made in one.outputs],
        _OUTPUTS,
    ),
    Field("inputs", NUMBER, f"select count(*) {_INPUTS}", lambda one: len(list(one.inputs))),
    Field("outputs", NUMBER, f"select count(*) {_OUTPUTS}", lambda one: len(list(one.outputs))),
    Field("config", VALUES, "r.config", _of_run("config")),
    Field("summary", VALUES, "r.summary", _of_run("summary")),
)

_ALIASES = "from aliases a where a.name_id = v.name_id and a.number = v.number"

VERSIONS = _fields(
    "versions",
    "name note tag alias",
    {"aliases": "alias", "number": "version"},
    Field("name", TEXT, "n.name", lambda one: one.version.name),
    Field("type", TEXT, "n.type", lambda one: one.version.type),
    Field("version", NUMBER, "v.number", lambda one: one.version.number),
    Field("alias", TEXT, "a.alias", lambda one: one.version.aliases, _ALIASES),
    Field(
        "best",
        FLAG,
        f"exists(select 1 {_ALIASES} and a.alias = 'best')",
        lambda one: "best" in one.version.aliases,
    ),
    Field(
        "latest",
        FLAG,
        f"exists(select 1 {_ALIASES} and a.alias = 'latest')",
        lambda one: "latest" in one.version.aliases,
    ),
    Field(
        "tag",
        TEXT,
        "t.tag",
        lambda one: one.version.tags,
        "from tags t where t.name_id = v.name_id and t.number = v.number",
    ),
    Field("note", TEXT, "v.note", lambda one: one.version.note),
    Field("size", SIZE, "v.size", lambda one: one.version.size),
    Field("files", NUMBER, "v.files", lambda one: one.version.files),
    Field("created", TIME, "v.created", lambda one: one.version.created),
    Field("age", SPAN, ":now - v.created", lambda one: one.now - one.version.created),
    Field("expires", TIME, "v.expires", lambda one: one.version.expires),
    Field("digest", TEXT, "lower(hex(v.digest))", lambda one: one.version.digest.hex()),
    Field("run", TEXT, "v.run", lambda one: one.version.run),
    *_who("v", lambda one: one.version.actor),
    Field("project", TEXT, ":project", lambda one: one.project),
    Field("metadata", VALUES, "v.metadata", lambda one: one.version.metadata),
    Field("config", VALUES, "r.config", _of_run("config")),
    Field("summary", VALUES, "r.summary", _of_run("summary")),
)
