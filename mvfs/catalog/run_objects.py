"""The objects of a run: what the journal has no room for. docs/FORMAT.md, "Run objects".

Each process that takes part in a run is a *writer* with a name of its own, which sorts by time; no two ever
write the same object, but for the record of the start.
"""

from __future__ import annotations

import heapq
import os
import re
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from mvfs.catalog import points
from mvfs.catalog.points import Row
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject
from mvfs.store import keys
from mvfs.store.decoding import Kind, decode, encode

_MAX = 4 << 20
"""Bytes. These values have no fixed types, so every byte may take 64 in memory."""

RECORD = Kind("run record", msgspec.msgpack.Decoder(dict[str, Any]), cap=_MAX, expanded=_MAX)
ROWS = Kind("run history", msgspec.msgpack.Decoder(list[dict[str, Any]]), cap=_MAX, expanded=_MAX)
"""Segments of history as they were before there were writers."""


class Line(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A line that a run printed."""

    time: int
    """Microseconds since 1970."""
    stream: int
    """0: standard output; 1: standard error; 2: an alert."""
    text: str


CONSOLE = Kind("console output", msgspec.msgpack.Decoder(list[Line]), cap=_MAX, expanded=_MAX)

START = "start.mpz"
FACTS, VALUES, END, SURROUNDINGS = "facts", "values", "end", "surroundings"
"""Records that a writer has at most one of; only its `VALUES` change."""
HISTORY, PRINTED = "history", "console"
"""What comes in segments. A writer's last one grows until it is full."""

_WRITER = r"[0-9a-z]{4,40}"
_FORMS: tuple[tuple[str, Kind[Any]], ...] = (
    (r"start\.mpz", RECORD),
    (rf"(?:{FACTS}|{VALUES}|{END}|{SURROUNDINGS})/{_WRITER}\.mpz", RECORD),
    (r"history/[0-9]{6}\.mpz", ROWS),
    (rf"{HISTORY}/{_WRITER}/[0-9]{{6}}\.mpz", points.POINTS),
    (rf"{PRINTED}/{_WRITER}/[0-9]{{6}}\.mpz", CONSOLE),
)


def form_of(name: str) -> Kind[Any] | None:
    """The kind of a run's object of this name; None for one that a newer mvfs may have written."""
    return next((form for pattern, form in _FORMS if re.fullmatch(pattern, name)), None)


def is_growing(name: str) -> bool:
    """Whether an object of this name may be replaced by a longer one, or by later values."""
    return name.count("/") == 2 or name.startswith(f"{VALUES}/")


def check(name: str, raw: bytes, key: str) -> None:
    """Check the form of a run's object, which is all that can be checked.

    Raises:
        CorruptObject: it is broken.
    """
    form = form_of(name)
    if form is points.POINTS:
        points.unpack(raw, key)
    elif form is not None:
        decode(form, raw, key)


def new_writer() -> str:
    """A new name for a process that takes part in a run; later ones sort after earlier ones."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(4).hex()}"


def write_start(project: Project, run_id: str, record: dict[str, Any], *, keep: bool = False) -> None:
    """Store the record of a run's start; with ``keep``, one that is there stays."""
    key = keys.run_object(project.id, run_id, START)
    raw = encode(RECORD, record, "the record of the run")
    if keep:
        project.backend.create(key, raw)
    else:
        project.backend.put(key, raw)


def read_start(project: Project, run_id: str) -> dict[str, Any]:
    """Return the record of a run's start; empty if there is none.

    Raises:
        CorruptObject: it cannot be read.
    """
    return _read(project, keys.run_object(project.id, run_id, START))


def write_record(project: Project, run_id: str, kind: str, writer: str, record: dict[str, Any]) -> None:
    """Store one of a writer's records."""
    raw = encode(RECORD, record, f"the record '{kind}' of the run")
    project.backend.put(keys.run_object(project.id, run_id, f"{kind}/{writer}.mpz"), raw)


def read_records(project: Project, run_id: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return the records of a kind by writer, in the order in which these began.

    Raises:
        CorruptObject: one cannot be read.
    """
    prefix = keys.run_object(project.id, run_id, f"{kind}/")
    listed = [info.key for info in project.backend.list(prefix)]
    return {key.removeprefix(prefix).removesuffix(".mpz"): _read(project, key) for key in listed}


def _read(project: Project, key: str) -> dict[str, Any]:
    raw = project.backend.get(key, RECORD.cap)
    return {} if raw is None else decode(RECORD, raw, key)


def write_points(project: Project, run_id: str, writer: str, number: int, rows: list[Row]) -> None:
    """Store a segment of logged points; ``number`` counts up from 0 for each writer."""
    key = keys.run_object(project.id, run_id, f"{HISTORY}/{writer}/{number:06d}.mpz")
    project.backend.put(key, points.pack(rows))


def write_lines(project: Project, run_id: str, writer: str, number: int, lines: list[Line]) -> None:
    """Store a segment of printed lines."""
    key = keys.run_object(project.id, run_id, f"{PRINTED}/{writer}/{number:06d}.mpz")
    project.backend.put(key, encode(CONSOLE, lines, "a segment of printed lines"))


def read_history(project: Project, run_id: str) -> Iterator[Row]:
    """Yield the logged points of a run by step; of one step, those of the writer that began first come first.

    Holds one segment of each writer.

    Raises:
        CorruptObject: a segment cannot be read.
    """
    streams = (_rows(project, keys_) for keys_ in _segments(project, run_id, HISTORY).values())
    return heapq.merge(*streams, key=_step)


def read_columns(project: Project, run_id: str) -> Iterator[tuple[str, int, points.Columns]]:
    """Yield the segments of a run's history: the writer, how many points, and their values by key.

    One writer's segments come one after the other, oldest first. Much less work than `read_history`.

    Raises:
        CorruptObject: a segment cannot be read.
    """
    for writer, listed in _segments(project, run_id, HISTORY).items():
        for key in listed:
            raw = project.backend.get(key, _MAX)
            if raw is None:
                continue
            if writer:
                yield writer, *points.columns(raw, key)
            else:
                rows = decode(ROWS, raw, key)
                names = dict.fromkeys(name for row in rows for name in row)
                places = {name: [place for place, row in enumerate(rows) if name in row] for name in names}
                yield writer, len(rows), [(n, p, [rows[one][n] for one in p]) for n, p in places.items()]


def history_stamp(project: Project, run_id: str) -> tuple[tuple[str, int, int], ...]:
    """Key, size and time of each segment of a run's history: another thing after more of it was stored."""
    prefix = keys.run_object(project.id, run_id, f"{HISTORY}/")
    return tuple((info.key, info.size, info.modified) for info in project.backend.list(prefix))


def _rows(project: Project, listed: list[str]) -> Iterator[Row]:
    for key in listed:
        raw = project.backend.get(key, _MAX)
        if raw is not None:
            is_old = key.rpartition("/")[0].endswith(f"/{HISTORY}")
            yield from decode(ROWS, raw, key) if is_old else points.unpack(raw, key)


def _step(row: Row) -> float:
    step = row.get("_step")
    return step if isinstance(step, int | float) and step == step else 0  # noqa: PLR0124 - NaN is no step


def read_lines(project: Project, run_id: str) -> Iterator[Line]:
    """Yield what a run printed, by time.

    Raises:
        CorruptObject: a segment cannot be read.
    """
    found = _segments(project, run_id, PRINTED)
    return heapq.merge(*(_lines(project, listed) for listed in found.values()), key=lambda line: line.time)


def last_lines(project: Project, run_id: str, most: int) -> list[Line]:
    """Return up to ``most`` lines that a run printed last, by time; reads no more segments than needed.

    Raises:
        CorruptObject: a segment cannot be read.
    """
    found: list[Line] = []
    for listed in _segments(project, run_id, PRINTED).values():
        tail: list[Line] = []
        for key in reversed(listed):
            tail = [*_lines(project, [key]), *tail]
            if len(tail) >= most:
                break
        found += tail[-most:]
    found.sort(key=lambda line: line.time)
    return found[-most:]


def _lines(project: Project, listed: list[str]) -> Iterator[Line]:
    for key in listed:
        raw = project.backend.get(key, CONSOLE.cap)
        if raw is not None:
            yield from decode(CONSOLE, raw, key)


def last_step(project: Project, run_id: str) -> int | None:
    """Return the last step that any writer of a run logged; None where there is none.

    Raises:
        CorruptObject: a segment cannot be read.
    """
    steps = [
        _step(row)
        for listed in _segments(project, run_id, HISTORY).values()
        for row in _tail(project, listed)
    ]
    return int(max(steps)) if steps else None


def _tail(project: Project, listed: list[str]) -> list[Row]:
    """The last point of a writer."""
    for key in reversed(listed):
        rows = list(_rows(project, [key]))
        if rows:
            return rows[-1:]
    return []


def _segments(project: Project, run_id: str, kind: str) -> dict[str, list[str]]:
    """The keys of a run's segments of a kind, by writer."""
    prefix = keys.run_object(project.id, run_id, f"{kind}/")
    found: dict[str, list[str]] = {}
    for info in project.backend.list(prefix):
        name = info.key.removeprefix(prefix)
        if form_of(f"{kind}/{name}") is None:
            raise CorruptObject(f"{info.key} is no segment of a run that this mvfs knows", key=info.key)
        found.setdefault(name.rpartition("/")[0], []).append(info.key)
    return found
