"""A second reader of stores, made from the words of docs/FORMAT.md alone: nothing of mvfs is imported.

That it agrees with mvfs proves that the document says enough. It checks what the document says must be
checked, but stops at the first thing that is wrong with an AssertionError.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import msgpack
import zstandard
from blake3 import blake3

LEAF = 1 << 20


def b3(data: bytes) -> bytes:
    return blake3(data).digest()


def column(code: str, raw: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw)


def hashes(raw: bytes) -> list[bytes]:
    return [raw[at : at + 32] for at in range(0, len(raw), 32)]


def unzstd(frame: bytes) -> Any:
    return msgpack.unpackb(zstandard.ZstdDecompressor().decompress(frame), strict_map_key=False)


class Manifest:
    """One manifest object; `files` yields everything that it lists."""

    def __init__(self, store: Path, key: str, head_hash: bytes) -> None:
        self.store, raw = store, (store / key).read_bytes()
        magic, length, total = struct.unpack_from("<8sQQ", raw)
        assert magic in (b"MVFSMAN1", b"MVFSMAN2")
        assert total == len(raw)
        assert b3(raw[: 24 + length]) == head_hash
        (
            self.digest, self.count, self.size, self.keys, sizes, codecs, digests, leaf_counts, leaf_hashes,
            tensor_files, tensor_lengths, tensor_hashes, firsts, block_files, block_lengths, block_hashes,
            block_digest_hashes, dir_paths, dir_first, dir_files, inline_block, inline_digests,
            *of_references,
        ) = unzstd(raw[24 : 24 + length])  # fmt: skip
        assert not any(codecs)
        self.sizes, self.digests = column("Q", sizes), hashes(digests)
        names = dir_paths.split(b"\0") if dir_paths else []
        self.dirs = list(zip(names, column("Q", dir_first), column("Q", dir_files), strict=True))
        at = 24 + length

        def section(size: int) -> bytes:
            nonlocal at
            at += size
            assert at <= len(raw)
            return raw[at - size : at]

        if inline_block:
            frames, parts = [inline_block], [inline_digests]
        else:
            frames = [section(size) for size in column("I", block_lengths)]
            parts = [section(32 * count) for count in column("I", block_files)]
        assert [b3(frame) for frame in frames] == hashes(block_hashes)
        assert [b3(part) for part in parts] == hashes(block_digest_hashes)
        self.frames, self.parts, self.firsts = frames, parts, firsts
        self.leaves: list[list[tuple[int, bytes]]] = []
        for count, right in zip(column("I", leaf_counts), hashes(leaf_hashes), strict=True):
            part = section(36 * count)
            assert (b3(part) if count else bytes(32)) == right
            self.leaves.append(
                list(zip(column("I", part[: 4 * count]), hashes(part[4 * count :]), strict=True))
            )
        tables = [section(size) for size in column("I", tensor_lengths)]
        assert [b3(table) for table in tables] == hashes(tensor_hashes)
        self.tensors = dict(zip(column("I", tensor_files), map(unzstd, tables), strict=True))
        self.references: dict[int, list[Any]] = {}
        if magic == b"MVFSMAN2":
            numbers, lengths, right = of_references
            starts = [sum(column("I", block_files)[:number]) for number in column("I", numbers)]
            assert starts
            for start, size, digest in zip(starts, column("I", lengths), hashes(right), strict=True):
                part = section(size)
                assert b3(part) == digest
                within, records = unzstd(part)
                files = [start + number for number in column("I", within)]
                self.references |= dict(zip(files, records, strict=True))
        else:
            assert of_references == []
        assert at == len(raw)

    def identity(self, number: int, digest: bytes) -> bytes:
        """What stands for a file in the version's digest."""
        if number not in self.references:
            return digest
        return b3(b"mvfs reference 1\n" + msgpack.packb(self.references[number]))

    def files(self) -> list[tuple[str, int, int, bytes, list[tuple[int, int, int]]]]:
        """(path, size, mode, hash, extents) of each file."""
        found = []
        for frame, part, first in zip(self.frames, self.parts, self.firsts, strict=True):
            paths, sizes, modes, counts, blobs, offsets, lengths = unzstd(frame)
            extents = iter(zip(column("I", blobs), column("Q", offsets), column("Q", lengths), strict=True))
            rows = zip(
                paths.decode().split("\0"),
                column("Q", sizes),
                modes,
                column("I", counts),
                hashes(part),
                strict=True,
            )
            start = len(found)
            found += [(path, size, mode, digest, [next(extents) for _ in range(count)])
                      for path, size, mode, count, digest in rows]  # fmt: skip
            assert found[start][0] == first
            assert next(extents, None) is None
        content = b"".join(
            self.identity(number, digest) + struct.pack("<QI", size, len(path.encode())) + path.encode()
            for number, (path, size, _, digest, _) in enumerate(found)
        )
        assert b3(b"mvfs content 1\n" + content) == self.digest
        paths = [path.encode() for path, *_ in found]
        assert paths == sorted(set(paths))
        assert len(paths) == self.count
        for path, first, count in self.dirs:
            below = [number for number, other in enumerate(paths) if other.startswith(path + b"/")]
            assert below == list(range(first, first + count))
        return found

    def read(self, size: int, digest: bytes, extents: list[tuple[int, int, int]]) -> bytes:
        """The bytes of a file, verified; blobs with leaves are verified leaf by leaf as well."""
        data = b""
        for blob, offset, length in extents:
            raw = (self.store / self.keys[blob]).read_bytes()
            assert len(raw) == self.sizes[blob]
            assert b3(raw) == self.digests[blob]
            at = 0
            for leaf_length, leaf in self.leaves[blob]:
                assert 0 < leaf_length <= LEAF
                assert b3(raw[at : at + leaf_length]) == leaf
                at += leaf_length
            assert at in (0, len(raw))
            assert offset + length <= len(raw)
            data += raw[offset : offset + length]
        assert len(data) == size
        assert b3(data) == digest
        return data

    def content(self) -> dict[str, list[Any]]:
        """Path → [size, mode, number of extents, hash] of each file, all bytes of the store read."""
        found = {}
        for number, (path, size, mode, digest, extents) in enumerate(self.files()):
            if number in self.references and digest == self.identity(number, digest):
                assert (extents, size) == ([], self.references[number][1])
            else:
                self.read(size, digest, extents)
            found[path] = [size, mode, len(extents), digest.hex()]
        return found

    def referred(self) -> dict[str, list[Any]]:
        """Path → record of each reference."""
        files = self.files()
        return {files[number][0]: record for number, record in self.references.items()}

    def tables(self) -> dict[str, list[Any]]:
        """Path → tensors of each file that has a table, with their hashes checked against the bytes."""
        files, found = self.files(), {}
        for number, table in self.tensors.items():
            path, size, _, digest, extents = files[number]
            data = self.read(size, digest, extents)
            for name, _, _, offset, length, right in table:
                pieces = [
                    b3(data[at : min(at + LEAF, offset + length)])
                    for at in range(offset, offset + length, LEAF)
                ]
                assert (pieces[0] if len(pieces) == 1 else b3(b"".join(pieces))) == right, name
            found[path] = [[*row[:-1], row[-1].hex()] for row in table]
        return found


def entries(store: Path, folder: str) -> list[tuple[list[Any], bytes]]:
    """The entries of a journal, with the chain hash of each."""
    found: list[tuple[list[Any], bytes]] = []
    head = bytes(16)
    while (path := store / folder / f"{len(found):012d}.mp").exists():
        raw = path.read_bytes()
        entry = msgpack.unpackb(raw, strict_map_key=False)
        form, seq, prev, op_id, _time, _actor, requires, _effects, check = entry
        assert (form, seq, prev, requires, len(op_id)) == (1, len(found), head, [], 16)
        assert check == b3(raw[:-16])[:16]
        assert len(raw) <= 64 << 10
        head = b3(raw)[:16]
        found.append((entry, head))
    return found


def segments(store: Path, folder: str) -> dict[int, list[Any]]:
    """The entries in each segment by the number of the first."""
    found = {}
    for path in sorted((store / folder).parent.glob("seg/*.mpz")):
        frame, (numbers, h16, _) = path.read_bytes(), path.name.split(".")
        assert b3(frame).hex()[:16] == h16
        data = zstandard.ZstdDecompressor().decompress(frame)
        found[int(numbers.partition("-")[0])] = msgpack.unpackb(b"\xdc\x00\x80" + data, strict_map_key=False)
    return found


def points(raw: bytes) -> list[dict[str, Any]]:
    """The points in a segment of a run's history."""
    rows, columns = msgpack.unpackb(zstandard.ZstdDecompressor().decompress(raw), strict_map_key=False)
    found: list[dict[str, Any]] = [{} for _ in range(rows)]
    for key, form, where, data in columns:
        places = [n for n in range(rows) if where is None or where[n // 8] & 1 << n % 8]
        if form == "v":
            values = data
        else:
            size = len(data) // 8
            eights = [bytes(data[plane * size + n] for plane in range(8)) for n in range(size)]
            values = [struct.unpack("<d" if form == "f" else "<q", eight)[0] for eight in eights]
        if form in "it":
            values = [sum(values[: n + 1]) / (1e6 if form == "t" else 1) for n in range(size)]
        for place, value in zip(places, values, strict=True):
            found[place][key] = value
    return found


def fold(journal: list[tuple[list[Any], bytes]]) -> dict[str, Any]:
    """What a journal says of names and versions (and, of the root journal, of projects)."""
    names: dict[str, dict[str, Any]] = {}
    projects: dict[str, str] = {}
    runs: dict[str, Any] = {}
    swept: dict[str, list[Any]] = {}
    for (_, _, _, _, time, _, _, effects, _), _ in journal:
        for tag, *of in effects:
            name = names.get(of[0], {})
            versions = name.get("versions", [])
            one = versions[of[1]] if len(of) > 1 and isinstance(of[1], int) and of[1] < len(versions) else {}
            match tag:
                case "project":
                    projects[of[0]] = of[1]
                case "rename_project":
                    projects[of[1]] = projects.pop(of[0])
                case "name":
                    names[of[0]] = {"type": of[1], "versions": [], "aliases": {}, "rule": None}
                case "rename":
                    names[of[1]] = names.pop(of[0])
                case "version":
                    assert of[1] == len(versions)
                    keys = ("manifest", "manifest_hash", "digest", "files", "size", "run", "metadata")
                    versions.append(dict(zip(keys, of[2:], strict=True)) | {"tags": set(), "created": time})
                case "repoint":
                    one.update(manifest=of[2], manifest_hash=of[3])
                case "delete" | "undelete":
                    one["deleted"] = tag == "delete"
                case "note" | "expires":
                    one[tag] = of[2]
                case "tag":
                    one["tags"] = (one["tags"] - set(of[3])) | set(of[2])
                case "alias":
                    assert name["aliases"].get(of[1]) == of[3]
                    name["aliases"][of[1]] = of[2]
                case "metadata":
                    one[tag] = of[2]
                case "linked":
                    one[tag] = of[2:]
                case "about":
                    name[tag] = of[1:]
                case "retype":
                    name["type"] = of[1]
                case "rule":
                    name["rule"] = of[1:] if of[1] else None
                case "run":
                    runs[of[0]] = {"config": of[4], "summary": {}, "state": "running"}
                case "config" | "summary":
                    runs[of[0]][tag] = of[1]
                case "labels":
                    assert of[0] in runs
                case "finished":
                    runs[of[0]]["state"] = of[1]
                case "resumed":
                    runs[of[0]]["state"] = "running"
                case "sweep":
                    swept[of[0]] = [of[1], of[2], of[3]]
                case "sweep_done":
                    assert of[0] in swept
                case _:
                    assert tag in ("produced", "used"), tag
    return {"projects": projects, "names": names, "runs": runs, "sweeps": swept}
