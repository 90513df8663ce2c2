"""What fuzzing aims at: each kind of object, with good payloads, and the function that reads one.

A payload is what lies behind the hash, the checksum and the compression: `Target.read` puts these on
again, so that every mutation reaches the checks of structure and meaning.
"""

from __future__ import annotations

import io
import json
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import zstandard
from blake3 import blake3

from mvfs import text, units
from mvfs.catalog import points, run_objects
from mvfs.index import best, checkpoint, policies, queries
from mvfs.index.index import Index
from mvfs.index.rows import Rule
from mvfs.references.record import check_reference
from mvfs.store import entry as entries
from mvfs.store import identity, keys, newest, segments, sweeplist, tails
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.decoding import decode
from mvfs.store.entry import GENESIS, chain_hash
from mvfs.store.intents import Intents
from mvfs.store.journal import Journal
from mvfs.store.manifest.layout import MAGIC, PREFIX
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import DirEntry
from mvfs.store.reading import FileReader
from tests.format.golden import NAMES, packed_objects, recorded, unpack_with_checkpoint
from tests.format.mutating import packed, unpacked
from tests.unit.acceleration import rows
from tests.unit.test_manifest import KEY
from tests.unit.test_manifest_references import HERE, RECORD, section

GOLDEN = "golden-1"
"""Where most payloads are from; newer stores give entries and run objects of kinds that it does not have."""


class Target(NamedTuple):
    """A kind of object."""

    name: str
    payloads: Sequence[bytes]
    read: Callable[[int, bytes], Any]
    """(number of the payload that this one was made from, payload) to all that is read."""


@cache
def objects(name: str = GOLDEN) -> dict[str, bytes]:
    """All objects of a golden store; of `GOLDEN`, with its checkpoint in the present schema."""
    if name != GOLDEN:
        return packed_objects(name)
    with tempfile.TemporaryDirectory() as folder:
        store = unpack_with_checkpoint(name, Path(folder))
        files = [
            path
            for path in store.rglob("*")
            if path.is_file() and "tmp" not in path.parts[len(store.parts) :]
        ]
        return {str(path.relative_to(store)): path.read_bytes() for path in files}


def backend(**more: bytes) -> MemoryBackend:
    """The golden store in memory, other objects in place of some."""
    made = MemoryBackend()
    for key, data in (objects() | more).items():
        made.put(key, data)
    return made


@cache
def shared(name: str = GOLDEN) -> MemoryBackend:
    """A golden store in memory; nobody changes it."""
    made = MemoryBackend()
    for key, data in objects(name).items():
        made.put(key, data)
    return made


def project(name: str = "vision") -> dict[str, Any]:
    found: dict[str, Any] = recorded_once()["projects"][name]
    return found


@cache
def recorded_once() -> dict[str, Any]:
    return recorded(GOLDEN)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(data)


def unzstd(frame: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(frame)


def of(pattern: str, name: str = GOLDEN) -> list[str]:
    return sorted(key for key in objects(name) if Path(key).match(pattern))


def of_all(pattern: str) -> list[bytes]:
    """The objects like a pattern in all golden stores, decompressed."""
    return [unzstd(objects(name)[key]) for name in NAMES for key in of(pattern, name)]


def ask(index: Index) -> str:
    """Everything that an index answers, as far as it is shown to somebody."""
    said: list[Any] = [queries.projects(index)]
    for row in index.db.execute("select name from names").fetchall():
        name = queries.name(index, row[0])
        assert name is not None
        said += [name, queries.aliases(index, name.name), queries.alias_at(index, name.name, "latest", 0)]
        said += [*queries.alias_history(index, name.name), queries.newest(index, name.name)]
        said += [policies.retention(index, name.name), policies.protected(index, name.name)]
        said += [policies.alias_changes(index, name.name)]
        said.append(best.best(index, name.name, name.rule or Rule("eval.acc", "max")))
        for version in queries.versions(index, name.name):
            said += [version, queries.note_history(index, name.name, version.number)]
            said += [*queries.producers(index, name.name, version.number)]
            said += [*queries.users(index, name.name, version.number)]
            assert (
                len(version.tags)
                == index.db.execute(
                    "select count(*) from tags join names on id = name_id where name = ? and number = ?",
                    (name.name, version.number),
                ).fetchone()[0]
            )
    said += [*queries.live(index), *queries.trash(index), *queries.sweeps(index)]
    for sweep in queries.sweeps(index):
        units.size(sweep.size)
    for run in queries.runs(index):
        assert keys.run_object("P", run.id, "start.mpz").count("/") == 4
        said += [run, queries.inputs(index, run.id), units.moment(run.started), units.iso(run.started)]
        units.age(run.started), text.line(run.name)
    return repr(json.dumps(said, default=_shown))


def _shown(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else msgspec.structs.asdict(value)


# --- journal entries


@cache
def _bases() -> list[tuple[Index, bytes]]:
    """For each entry of two journals, an index that stands right before it; of newer golden stores, for those
    entries that have an effect of a kind which no entry before them has.
    """
    found = []
    seen: set[type] = set()
    for name, folder in _journals():
        journal = Journal(shared(name), folder, trusting=False)
        index = Index(None, journal)
        while (raw := journal.read(index.seq)) is not None and index.seq < 99:
            entry = entries.decode(raw, folder)
            kinds = {type(effect) for effect in entry.effects}
            if name == GOLDEN or not kinds <= seen:
                base = Index(None, journal)
                index.db.backup(base.db)
                found.append((base, raw))
            seen |= kinds
            index.apply([(entry, chain_hash(raw))])
    return found


def _journals() -> Iterator[tuple[str, str]]:
    """The golden store's root and first project, and all projects of newer stores."""
    yield GOLDEN, keys.ROOT_JOURNAL
    yield GOLDEN, keys.project_journal(project()["id"])
    for name in NAMES:
        if name != GOLDEN:
            yield from (
                (name, keys.project_journal(one["id"])) for one in recorded(name)["projects"].values()
            )


def read_entry(number: int, payload: bytes) -> str:
    """Decode an entry, fold it, ask for everything, and take the state through a checkpoint."""
    index, _ = _bases()[number]
    raw = payload[:-16] + blake3(payload[:-16]).digest(length=16)
    entry = entries.decode(raw, "entry")
    with index.pretend(entry):
        said = ask(index)
        state = rows(index)
        taken = checkpoint.tables.dump(index.db)
    data = msgspec.msgpack.encode(taken)
    again = msgspec.msgpack.decode(data, type=checkpoint.tables.Tables)
    checkpoint.tables.check(again, "checkpoint")
    other = Index(None, index.journal)
    checkpoint.tables.fill(other.db, again)
    found = rows(other)
    assert {**found, "position": 0} == {**state, "position": 0}
    other.close()
    return said


# --- manifests


class Parts:
    """A manifest in its parts, to be put together again with right hashes."""

    def __init__(self, key: str) -> None:
        self.key = key
        raw = objects()[key]
        _, length, _ = PREFIX.unpack_from(raw)
        self.header = unpacked(unzstd(raw[24 : 24 + length]))
        self.body = raw[24 + length :]
        sizes = (
            [] if self.header[20] else list(struct.unpack(f"<{len(self.header[14]) // 4}I", self.header[14]))
        )
        counts = (
            [] if self.header[20] else list(struct.unpack(f"<{len(self.header[13]) // 4}I", self.header[13]))
        )
        leaves = [36 * n for n in struct.unpack(f"<{len(self.header[7]) // 4}I", self.header[7])]
        tables = list(struct.unpack(f"<{len(self.header[10]) // 4}I", self.header[10]))
        at = io.BytesIO(self.body)
        self.blocks = [at.read(size) for size in sizes] or [self.header[20]]
        self.digests = [at.read(32 * count) for count in counts]
        self.leaves = [at.read(size) for size in leaves]
        self.tables = [at.read(size) for size in tables]

    def sealed(self, header: bytes | None = None) -> tuple[bytes, bytes]:
        """The object and its head's hash, with this payload as header, or one that fits the parts."""
        body = b""
        if header is None:
            if len(self.blocks) == 1:
                self.header[20] = self.blocks[0]
            else:
                body += b"".join(self.blocks) + b"".join(self.digests)
            self.header[14] = struct.pack(f"<{len(self.blocks)}I", *map(len, self.blocks))
            self.header[15] = b"".join(blake3(block).digest() for block in self.blocks)
            self.header[8] = b"".join(blake3(part).digest() if part else bytes(32) for part in self.leaves)
            self.header[10] = struct.pack(f"<{len(self.tables)}I", *map(len, self.tables))
            self.header[11] = b"".join(blake3(table).digest() for table in self.tables)
            header = packed(self.header)
            body += b"".join(self.leaves) + b"".join(self.tables)
        frame = zstd(header)
        body = body or self.body
        head = PREFIX.pack(MAGIC, len(frame), 24 + len(frame) + len(body)) + frame
        return head + body, blake3(head).digest()


class Overlay(MemoryBackend):
    """The golden store with one object replaced."""

    def __init__(self, key: str, data: bytes) -> None:
        super().__init__()
        self.put(key, data)

    def get(self, key: str, limit: int) -> bytes | None:
        found = super().get(key, limit)
        return shared().get(key, limit) if found is None else found

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        found = super().get_range(key, offset, length)
        return shared().get_range(key, offset, length) if found is None else found


def read_manifest(key: str, data: bytes, head_hash: bytes) -> list[Any]:
    """Read all that a manifest says, and the bytes of its files."""
    store = Overlay(key, data)
    manifest = Manifest(store, key, head_hash)
    said: list[Any] = [manifest.digest, manifest.files, manifest.size, manifest.blobs()]
    few = manifest.files < 100
    assert 0 <= manifest.size < 2**63
    for number, file in enumerate(manifest.entries()):
        assert 0 <= file.size <= manifest.size
        said.append((file, manifest.tensors(number)))
        if few:
            assert manifest.find(file.path) == file
    stack, seen = [""], 0
    while stack:
        for child in manifest.children(stack.pop()):
            seen += 1
            assert seen <= 64 * max(manifest.files, 1)
            if isinstance(child, DirEntry):
                stack.append(child.path)
    for number, blob in enumerate(manifest.blobs()):
        leaves = manifest.leaves_or_none(number)
        assert leaves is None or leaves.size == blob.size
        said.append(leaves and leaves.digests)
    for file in manifest.entries() if few else ():
        if file.reference is not None:
            check_reference(file.reference)
        if file.is_external:
            continue
        reader = FileReader(store, manifest, file)
        data = b"".join(reader.read(at, 1 << 20) for at in range(0, min(file.size, 8 << 20), 1 << 20))
        assert file.size > 8 << 20 or len(data) == file.size
    return said


@cache
def manifests() -> list[str]:
    versions = project()["versions"]
    return [versions[label]["manifest"] for label in ("net:v1", "net:v3", "digits:v0")]


def read_header(number: int, payload: bytes) -> list[Any]:
    key = manifests()[number]
    return read_manifest(key, *Parts(key).sealed(payload))


def read_block(number: int, payload: bytes) -> list[Any]:
    parts = Parts(manifests()[number])
    parts.blocks[0] = zstd(payload)
    return read_manifest(parts.key, *parts.sealed())


def read_leaves(number: int, payload: bytes) -> list[Any]:
    parts = Parts(manifests()[number])
    at = next(at for at, part in enumerate(parts.leaves) if part)
    parts.leaves[at] = payload
    return read_manifest(parts.key, *parts.sealed())


def read_table(number: int, payload: bytes) -> list[Any]:
    parts = Parts(manifests()[0])
    parts.tables[number] = zstd(payload)
    return read_manifest(parts.key, *parts.sealed())


def read_references(_: int, payload: bytes) -> list[Any]:
    made = section(payload)
    return read_manifest(KEY, made.data, made.head_hash)


# --- everything else


def read_identity(_: int, payload: bytes) -> Any:
    made = MemoryBackend()
    made.put(keys.STORE, payload)
    who = identity.read(made)
    assert who is not None
    assert len(bytes.fromhex(who.store_id)) == 16
    return who


def read_sweep(_: int, payload: bytes) -> Any:
    (sweep,) = project()["sweeps"]
    key, raw = keys.sweep_list(project()["id"], sweep["id"]), zstd(payload)
    found = sweeplist.read(Overlay(key, raw), project()["id"], sweep["id"], blake3(raw).digest())
    assert all(0 <= size < 2**63 for size in found.values())
    return found


def read_segment(_: int, payload: bytes) -> Any:
    """The journal's last entry of the segment is replaced, too, or nothing else would count."""
    folder = keys.project_journal(project("other")["id"])
    frame = zstd(payload)
    key = keys.segment(folder, 0, 128, blake3(frame).hexdigest(length=8))
    last = raws[-1] if len(raws := _raws(payload)) == 128 else b""
    store = Overlay(key, frame)
    store.put(keys.entry(folder, 127), last)
    items = segments.read(store, folder, key, 0, GENESIS)
    index = Index(None, Journal(store, folder, trusting=False))
    index.apply(items)
    return ask(index)


def read_tail(_: int, payload: bytes) -> Any:
    """Entries from the first one on; that the last one is the journal's own is looked at elsewhere."""
    folder = keys.project_journal(project("other")["id"])
    frame = zstd(payload)
    tail = tails.Tail(0, 128, keys.tail(folder, 0, 128, blake3(frame).hexdigest(length=8)))
    store = Overlay(tail.key, frame)
    index = Index(None, Journal(store, folder, trusting=False))
    index.apply(newest.chained(tails.read(store, tail), folder, 0, GENESIS))
    return ask(index)


def _raws(payload: bytes) -> list[bytes]:
    try:
        decoder = msgspec.msgpack.Decoder(list[msgspec.Raw])
        return [bytes(raw) for raw in decoder.decode(b"\xdc\x00\x80" + payload)]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return []


def resealed(payload: bytes) -> bytes:
    """A run of entries with fitting checks and chain, where it still is one."""
    head, found = GENESIS, []
    for raw in _raws(payload):
        try:
            items = unpacked(raw)
            items[2] = head
            body = packed(items)[:-16]
        except (ValueError, TypeError, LookupError, RecursionError):
            return payload
        sealed = body + blake3(body).digest(length=16)
        head = chain_hash(sealed)
        found.append(sealed)
    return b"".join(found) or payload


def read_checkpoint(_: int, payload: bytes) -> Any:
    folder, frame = keys.project_journal(project("other")["id"]), zstd(payload)
    key = keys.checkpoint(folder, 1152, blake3(frame).hexdigest(length=8))
    journal = Journal(Overlay(key, frame), folder)
    state = checkpoint.read(journal, key, 1152)
    index = Index(None, journal)
    checkpoint.enter(state, index.db)
    said = ask(index)
    index.close()
    return said


ROWS = [
    {"_step": n, "_timestamp": 1e9 + n, "loss": 1 / (n + 1), **({"n": n, "t": "x"} if n % 3 else {})}
    for n in range(9)
]


def read_start(_: int, payload: bytes) -> Any:
    return decode(run_objects.RECORD, zstd(payload), "start")


def read_points(_: int, payload: bytes) -> Any:
    return decode(run_objects.ROWS, zstd(payload), "points")


def read_columns(_: int, payload: bytes) -> Any:
    return points.unpack(zstd(payload), "points")


def read_lines(_: int, payload: bytes) -> Any:
    return decode(run_objects.CONSOLE, zstd(payload), "lines")


def read_intent(_: int, payload: bytes) -> Any:
    """A file of this user's own: whatever is in it, the next command goes on without."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.intent").write_bytes(payload)
        found = Intents(Path(folder)).abandoned()
        for one in found:
            assert len(one.operation.op_id) == 16
            assert 0 <= one.operation.since < 2**63
            assert all(0 <= blob.size < 2**63 and len(blob.digest) == 32 for blob in one.blobs)
            one.release()
        return [one.blobs for one in found]


def _intent() -> bytes:
    manifest = Manifest(
        shared(), key := manifests()[0], bytes.fromhex(project()["versions"]["net:v1"]["manifest_hash"])
    )
    assert key
    records: list[Any] = [[b"o" * 16, 3]]
    for number, blob in enumerate(manifest.blobs()):
        leaves = manifest.leaves_or_none(number)
        records.append([blob.key, blob.size, blob.digest, leaves.pack() if leaves else None])
    return b"".join(struct.pack("<I", len(raw := packed(record))) + raw for record in records)


@cache
def targets() -> dict[str, Target]:
    """All of them, by name."""
    parts = [Parts(key) for key in manifests()]
    (checkpoint_key,) = of("p/*/ckpt/*.mpz")
    first_segment = of("p/*/seg/*.mpz")[0]
    (sweep_key,) = of("p/*/gc/*.mpz")
    found = [
        Target("identity", [objects()[keys.STORE]], read_identity),
        Target("entry", [raw for _, raw in _bases()], read_entry),
        Target("header", [packed(one.header) for one in parts], read_header),
        Target("block", [unzstd(one.blocks[0]) for one in parts], read_block),
        Target("leaves", [next(part for part in one.leaves if part) for one in parts[:2]], read_leaves),
        Target("table", [unzstd(table) for table in parts[0].tables], read_table),
        Target("references", [packed([HERE, [RECORD]])], read_references),
        Target("sweep", [unzstd(objects()[sweep_key])], read_sweep),
        Target("segment", [unzstd(objects()[first_segment])], read_segment),
        Target("tail", [unzstd(objects()[first_segment])], read_tail),
        Target("checkpoint", [unzstd(objects()[checkpoint_key])], read_checkpoint),
        Target("start", of_all("p/*/runs/*/start.mpz"), read_start),
        Target("points", of_all("p/*/runs/*/history/*.mpz"), read_points),
        Target("columns", [unzstd(points.pack(ROWS)), *of_all("p/*/runs/*/history/*/*.mpz")], read_columns),
        Target(
            "lines",
            [packed([[1, 0, "epoch 1"], [2, 2, "\u202e"]]), *of_all("p/*/runs/*/console/*/*.mpz")],
            read_lines,
        ),
        Target("intent", [_intent()], read_intent),
    ]
    return {one.name: one for one in found}
