"""Hostile objects one by one: what fuzzing found, and the bombs that are known."""

from __future__ import annotations

import contextlib
import itertools
import os
import struct
import subprocess
import sys
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from mvfs import units
from mvfs.catalog.metadata import normal_metadata
from mvfs.errors import CorruptObject, Damaged, InvalidInput, NotAStore, UnsupportedFormat
from mvfs.index import schema, tables
from mvfs.index.best import lookup
from mvfs.store.effects import MAX_DEPTH
from mvfs.store.keys import new_ulid
from tests.format import targets
from tests.format.mutating import VALUES, packed, unpacked

STRIDE = 1 if int(os.environ.get("MVFS_FUZZ_EXAMPLES", "0")) >= 1000 else 7
"""By default a seventh of all pairs of field and value is tried."""


def entry_with(tag: str) -> tuple[int, list[Any], int]:
    """(number, the entry's items, place of the effect) of the first golden entry with such an effect."""
    for number, payload in enumerate(targets.targets()["entry"].payloads):
        items = unpacked(payload)
        for place, effect in enumerate(items[7]):
            if effect[0] == tag:
                return number, items, place
    raise AssertionError(tag)


TAGS = ["project", "name", "version", "produced", "used", "alias", "note", "tag", "rule", "run", "resumed",
        "config", "summary", "finished", "delete", "undelete", "repoint", "rename", "rename_project",
        "expires",
        "sweep", "sweep_done"]  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_any_value_in_any_field_is_folded_or_refused(tag: str) -> None:
    number, items, place = entry_with(tag)
    effect = items[7][place]
    pairs = itertools.product(range(len(effect)), VALUES)
    for at, value in itertools.islice(pairs, 0, None, STRIDE):
        items[7][place] = [*effect[:at], value, *effect[at + 1 :]]
        try:
            payload = packed(items)
        except (ValueError, OverflowError):
            continue
        try:
            targets.read_entry(number, payload)
        except (Damaged, UnsupportedFormat):
            continue


def test_any_value_in_the_labels_of_a_run_is_folded_or_refused() -> None:
    number, items, place = entry_with("finished")
    right = ["labels", items[7][place][1], "name", "train", None, ["a", "b=1"], "notes"]
    items[7][place] = right
    targets.read_entry(number, packed(items))
    for at, value in itertools.product(range(len(right)), VALUES):
        items[7][place] = [*right[:at], value, *right[at + 1 :]]
        with contextlib.suppress(Damaged, UnsupportedFormat, ValueError, OverflowError):
            targets.read_entry(number, packed(items))
    items[7][place] = ["labels", "nobody", *right[2:]]
    with pytest.raises(CorruptObject, match="there is no run 'nobody'"):
        targets.read_entry(number, packed(items))


@pytest.mark.parametrize(
    "added",
    [
        ["metadata", "name", 0, {"acc": 0.5}],
        ["linked", "name", 0, new_ulid(), "source", 3],
        ["about", "name", "text", ["a", "b c"]],
        ["retype", "name", "release"],
    ],
    ids=itemgetter(0),
)
def test_any_value_in_an_effect_that_came_later_is_folded_or_refused(added: list[Any]) -> None:
    number, items, place = entry_with("tag")
    name, version = items[7][place][1:3]
    right = [added[0], name, *([version] if added[2] == 0 else [added[2]]), *added[3:]]
    items[7][place] = right
    targets.read_entry(number, packed(items))
    for at, value in itertools.product(range(len(right)), VALUES):
        items[7][place] = [*right[:at], value, *right[at + 1 :]]
        with contextlib.suppress(Damaged, UnsupportedFormat, ValueError, OverflowError):
            targets.read_entry(number, packed(items))
    items[7][place] = [right[0], "nobody", *right[2:]]
    with pytest.raises(CorruptObject, match="nobody"):
        targets.read_entry(number, packed(items))


def refused(tag: str, field: int, value: object) -> str:
    number, items, place = entry_with(tag)
    items[7][place][field] = value
    with pytest.raises(CorruptObject) as caught:
        targets.read_entry(number, packed(items))
    return str(caught.value)


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels - 1):
        value = [value]
    return {"a": value}


@pytest.mark.parametrize("tag", ["version", "config", "summary", "run"])
def test_values_that_are_no_json_are_refused(tag: str) -> None:
    assert "no JSON" in refused(tag, -1, {"a": {b"bytes": 1}})
    assert "no JSON" in refused(tag, -1, {"a": {(1, 2): 1}})
    assert "levels" in refused(tag, -1, nested(MAX_DEPTH + 1))


def test_values_of_the_greatest_depth_are_kept() -> None:
    number, items, place = entry_with("config")
    items[7][place][2] = nested(MAX_DEPTH)
    assert targets.read_entry(number, packed(items))
    assert normal_metadata(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(InvalidInput, match="levels"):
        normal_metadata(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("run", ["../../../../tmp/x", "", "a/b", ".", "a\0b", "e\u0301"])
def test_a_run_id_that_is_no_folder_is_refused(run: str) -> None:
    refused("run", 1, run)


@pytest.mark.parametrize("tag", ["a\nb", "", "../x", "e\u0301"])
def test_tags_are_held_to_their_rules(tag: str) -> None:
    refused("tag", 3, [tag])


def test_names_that_are_not_in_nfc_are_refused() -> None:
    assert "NFC" in refused("name", 1, "e\u0301t\u00e9")
    assert "NFC" in refused("rename", 2, "e\u0301t\u00e9")
    assert "NFC" in refused("project", 1, "e\u0301t\u00e9")


def test_other_facts_that_cannot_be() -> None:
    refused("finished", 2, "exploded")
    refused("used", 2, "../elsewhere")
    refused("used", 2, "")
    refused("version", 2, 2**64 - 1)
    refused("expires", 3, 2**63)
    refused("sweep", 3, 2**63)


def test_absurd_times_are_shown_somehow() -> None:
    for time in (-(2**63), -1, 2**63 - 1, 10**18):
        assert units.zulu(time)
        assert units.moment(time)
        assert units.iso(time)
        assert units.age(time)


def test_numbers_beyond_floats_are_no_metric() -> None:
    assert lookup({"acc": 10**400}, "acc") is None


@pytest.mark.parametrize("store_id", ["../../../tmp/x", "", "A" * 32, "0" * 31, "0" * 33, "\0" * 32])
def test_a_store_id_that_is_no_folder_is_refused(store_id: str) -> None:
    with pytest.raises(NotAStore, match="no proper id"):
        targets.read_identity(0, packed(["mvfs", 1, store_id, 0]))


def test_a_store_of_format_nothing_is_refused() -> None:
    with pytest.raises(NotAStore):
        targets.read_identity(0, packed(["mvfs", 0, "0" * 32, 0]))


@pytest.mark.parametrize("size", [-1, 2**63, 2**64 - 1])
def test_a_sweep_list_with_sizes_that_cannot_be_is_refused(size: int) -> None:
    keys, sizes = unpacked(targets.targets()["sweep"].payloads[0])
    with pytest.raises(CorruptObject):
        targets.read_sweep(0, packed([keys, [size, *sizes[1:]]]))


@pytest.mark.parametrize("size", [-1, 2**63, 0, 3])
def test_a_manifest_whose_size_cannot_be_is_refused(size: int) -> None:
    header = unpacked(targets.targets()["header"].payloads[0])
    header[2] = size
    with pytest.raises(CorruptObject):
        targets.read_header(0, packed(header))


def test_a_manifest_with_a_blob_of_more_bytes_than_fit_is_refused() -> None:
    header = unpacked(targets.targets()["header"].payloads[0])
    header[4] = struct.pack("<Q", 2**63) + header[4][8:]
    with pytest.raises(CorruptObject, match="contradicts"):
        targets.read_header(0, packed(header))


@pytest.mark.parametrize("column", [10, 14], ids=["tensor table", "block"])
def test_a_manifest_with_a_part_too_long_to_be_read_is_refused(column: int) -> None:
    header = unpacked(targets.targets()["header"].payloads[0])
    header[column] = b"\xff\xff\xff\xff" + header[column][4:]
    with pytest.raises(CorruptObject, match="contradicts"):
        targets.read_header(0, packed(header))


@pytest.mark.parametrize(
    "text",
    ['{"a": "\\ud800"}', '{"a":' * 300 + "1" + "}" * 300, "[" * 3000, '{"a": 1' + "0" * 5000 + "}", "[]", "{",
     '{"a": nope}'],
)  # fmt: skip
def test_a_checkpoint_with_values_that_no_fold_makes_is_refused(text: str) -> None:
    state = unpacked(targets.targets()["checkpoint"].payloads[0])
    versions = state[4][2]
    place = tables.Versions.__struct_fields__.index("metadata")
    versions[place][0] = text
    with pytest.raises(CorruptObject):
        targets.read_checkpoint(0, packed(state))


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("tags", [[1], [0], ["a\nb"]]),
        ("runs", [["../x"], ["n"], None, None, ["{}"], ["{}"], ["running"], [0], None, ["me"], ["[]"], None]),
        ("runs", [["x"], ["n"], None, None, ["{}"], ["{}"], ["exploded"], [0], None, ["me"], ["[]"], None]),
        ("runs", [["x"], ["n"], None, None, ["{}"], ["{}"], ["running"], [0], None, ["me"], ["[1]"], None]),
        ("used", [["x"], ["../x"], ["n"], [0], [0]]),
        ("projects", [["e\u0301"], [new_ulid()]]),
    ],
)
def test_a_checkpoint_with_rows_that_no_fold_makes_is_refused(table: str, row: list[Any]) -> None:
    state = unpacked(targets.targets()["checkpoint"].payloads[0])
    place = tables.Tables.__struct_fields__.index(table)
    state[4][place] = row
    with pytest.raises(CorruptObject, match="no journal makes"):
        targets.read_checkpoint(0, packed(state))


def test_an_intent_with_an_id_of_another_length_is_thrown_away() -> None:
    record = packed([b"short", 0])
    assert targets.read_intent(0, struct.pack("<I", len(record)) + record) == []


# Bombs: small objects that ask for much. Each is read in a process that may have 1.5 GiB of addresses.

MIB = 1 << 20
EMPTY_MAPS = b"\xdd" + struct.pack(">I", 8 * MIB) + b"\x80" * (8 * MIB)
_HUGE = b"\xdd\x7f\xff\xff\xff"

BOMBS: dict[str, tuple[str, bytes]] = {
    "nested entry": ("entry", b"\x91" * 60_000),
    "entry of a huge array": ("entry", b"\x99\x01\x00\xc4\x10" + bytes(16) + _HUGE),
    "nested points": ("points", b"\x91" * (2 * MIB)),
    "points of empty maps": ("points", EMPTY_MAPS),
    "a start of empty maps": ("start", b"\x81\xa1a" + EMPTY_MAPS),
    "points of a huge array": ("points", _HUGE),
    "a sweep of empty keys": ("sweep", b"\x92\xdd"
                              + struct.pack(">I", 31 * MIB) + b"\xa0" * (31 * MIB) + b"\x90"),
    "a header of huge text": ("header", b"\xdc\x00\x16\xc6\xff\xff\xff\xff"),
    "a header of empty keys": ("header", b"\xdc\x00\x16\xc4\x20" + bytes(32) + b"\0\0\xdd"
                               + struct.pack(">I", 15 * MIB) + b"\xa0" * (15 * MIB)),
    "a block of empty paths": ("block", b"\x97\xc6"
                               + struct.pack(">I", 31 * MIB) + bytes(31 * MIB) + b"\xc4\0" * 6),
    "a table of endless shapes": ("table", b"\x91\x96\xa1a\xa0\xdd"
                                  + struct.pack(">I", 31 * MIB) + bytes(31 * MIB)),
    "a table of a huge array": ("table", _HUGE),
    "a checkpoint of a huge array": ("checkpoint", b"\x95" + bytes([schema.VERSION]) + _HUGE),
    "nested checkpoint": ("checkpoint", b"\x91" * MIB),
}  # fmt: skip


def read_with_little_memory(call: str, file: Path) -> str:
    """Run ``call`` on the bytes in a file; returns the name of the error and the peak in MiB."""
    code = f"""
import resource, sys
from pathlib import Path
from tests.format import targets
targets.targets()
data = Path({str(file)!r}).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
resource.setrlimit(resource.RLIMIT_AS, (1536 << 20, 1536 << 20))
try:
    {call}
    print("read", end=" ")
except Exception as exc:
    print(type(exc).__name__, end=" ")
print(max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_with_little_memory(name: str, tmp_path: Path) -> None:
    kind, payload = BOMBS[name]
    file = tmp_path / "bomb"
    file.write_bytes(payload)
    error, grown = read_with_little_memory(f"targets.targets()[{kind!r}].read(0, data)", file).split()
    assert error == "CorruptObject"
    assert int(grown) < 210


def test_points_of_empty_maps_that_fit_take_bounded_memory(tmp_path: Path) -> None:
    count = 4 * MIB - 64
    file = tmp_path / "bomb"
    file.write_bytes(b"\xdd" + struct.pack(">I", count) + b"\x80" * count)
    error, grown = read_with_little_memory("targets.read_points(0, data)", file).split()
    assert error == "read"
    assert int(grown) < 500


@pytest.mark.parametrize("size", [33 << 20, 1 << 30, 1 << 40, 2**63, 2**64 - 1])
def test_a_frame_that_lies_about_its_size_is_refused(size: int, tmp_path: Path) -> None:
    frame = struct.pack("<IBQ", 0xFD2FB528, 0xE0, size) + b"\x01\x00\x00"
    file = tmp_path / "bomb"
    file.write_bytes(frame)
    call = "from mvfs.store.decoding import inflate; inflate(data, 256 << 20, 'bomb')"
    error, grown = read_with_little_memory(call, file).split()
    assert error == "CorruptObject"
    assert int(grown) < 100


def test_a_frame_that_expands_far_is_refused() -> None:
    from mvfs.store.decoding import inflate

    frame = targets.zstd(bytes(200 << 20))
    assert blake3(frame).digest()
    with pytest.raises(CorruptObject, match="would expand"):
        inflate(frame, 256 << 20, "bomb")
