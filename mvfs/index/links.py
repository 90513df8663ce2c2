"""Questions of lineage to the index of one journal: who used and made a version, what a run took and gave.

A version may have been used by thousands of runs, so each answer can be bounded, and counted instead. The
newest users come first; everything else comes in the order of the tables' keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mvfs.index.index import Index

VersionKey = tuple[str, str, int]
"""Id of the project (empty for the journal's own), name and number."""


class VersionFacts(NamedTuple):
    """What a drawing tells of a version."""

    type: str
    created: int
    is_deleted: bool
    aliases: tuple[str, ...]
    size: int
    """Bytes."""


class RunFacts(NamedTuple):
    """What a drawing tells of a run."""

    name: str
    job_type: str | None
    state: str
    started: int


class Links:
    """The questions; names and aliases are looked up once, so it answers as of the time it was made."""

    def __init__(self, index: Index) -> None:
        self._index = index
        index.need("produced_by_version")
        index.need("used_by_version_newest")
        self._names: dict[str, tuple[int, str, dict[int, list[str]]] | None] = {}

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._index.lock:
            return self._index.db.execute(sql, values).fetchall()

    def _name(self, name: str) -> tuple[int, str, dict[int, list[str]]] | None:
        if name not in self._names:
            found = self._rows("select id, type from names where name = ?", name)
            self._names[name] = (*found[0], self._aliases(found[0][0])) if found else None
        return self._names[name]

    def _aliases(self, name_id: int) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        sql = "select number, alias from aliases where name_id = ? order by alias"
        for number, alias in self._rows(sql, name_id):
            found.setdefault(number, []).append(alias)
        return found

    def version(self, name: str, number: int) -> VersionFacts | None:
        """Return what is known of a version, also of one in the trash; None if there never was one."""
        known = self._name(name)
        if known is None:
            return None
        name_id, type_, aliases = known
        sql = "select created, deleted is not null, size from versions where name_id = ? and number = ?"
        found = self._rows(sql, name_id, number)
        if not found:
            return None
        created, is_deleted, size = found[0]
        return VersionFacts(type_, created, bool(is_deleted), tuple(aliases.get(number, ())), size)

    def run(self, run_id: str) -> RunFacts | None:
        """Return what is known of a run."""
        found = self._rows("select name, job_type, state, started from runs where id = ?", run_id)
        return RunFacts(*found[0]) if found else None

    def makers(self, name: str, number: int, most: int = -1) -> list[str]:
        """Return the runs that logged a version's content, up to ``most``."""
        known = self._name(name)
        sql = "select run from produced where name_id = ? and number = ? order by run limit ?"
        return [run for (run,) in self._rows(sql, known[0], number, most)] if known else []

    def count_makers(self, name: str, number: int) -> int:
        """How many runs logged a version's content."""
        known = self._name(name)
        sql = "select count(*) from produced where name_id = ? and number = ?"
        return self._count(sql, known[0], number) if known else 0

    def users(self, project_id: str, name: str, number: int, most: int = -1) -> list[str]:
        """Return the runs of this journal's project that used a version, newest first, up to ``most``."""
        sql = """select run from used where project_id = ? and name = ? and number = ?
            order by seq desc, run desc limit ?"""
        return [run for (run,) in self._rows(sql, project_id, name, number, most)]

    def count_users(self, project_id: str, name: str, number: int) -> int:
        """How many runs of this journal's project used a version."""
        sql = "select count(*) from used where project_id = ? and name = ? and number = ?"
        return self._count(sql, project_id, name, number)

    def inputs(self, run_id: str, most: int = -1) -> list[VersionKey]:
        """Return what a run used, up to ``most``."""
        sql = "select project_id, name, number from used where run = ? limit ?"
        return [(project, name, number) for project, name, number in self._rows(sql, run_id, most)]

    def count_inputs(self, run_id: str) -> int:
        """How many versions a run used."""
        return self._count("select count(*) from used where run = ?", run_id)

    def outputs(self, run_id: str, most: int = -1) -> list[VersionKey]:
        """Return the versions that a run logged, up to ``most``, also those in the trash."""
        sql = """select name, number from produced join names on id = name_id where run = ?
            order by name_id, number limit ?"""
        return [("", name, number) for name, number in self._rows(sql, run_id, most)]

    def count_outputs(self, run_id: str) -> int:
        """How many versions a run logged."""
        return self._count("select count(*) from produced where run = ?", run_id)

    def sources(self) -> Iterator[str]:
        """Yield the ids of the other projects of which runs of this one used versions."""
        found = ""
        sql = "select min(project_id) from used where project_id > ?"  # leaps through the index
        while (found := self._rows(sql, found)[0][0]) is not None:
            yield found

    def _count(self, sql: str, *values: object) -> int:
        count: int = self._rows(sql, *values)[0][0]
        return count
