"""Journal entries: what is none is refused before anything is made of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mvfs.errors import CorruptObject
from mvfs.store.effects import NameMade
from mvfs.store.entry import FORMAT, GENESIS, Entry, decode, encode

ENTRY = Entry(FORMAT, 7, GENESIS, bytes(16), 1_790_000_000_000_000, "ada@lab", [], [NameMade("iv3", "model")])
MOST = (1 << 63) - 1


@pytest.mark.parametrize("change", [{}, {"seq": MOST}, {"time": MOST}, {"time": 0}, {"time": -1}])
def test_what_is_encoded_can_be_decoded(change: dict[str, Any]) -> None:
    entry = replace(ENTRY, **change)
    found = decode(encode(entry), "e")
    assert replace(found, check=entry.check) == entry


@pytest.mark.parametrize(
    "change",
    [{"seq": MOST + 1}, {"seq": -1}, {"time": MOST + 1}, {"format": 0}, {"prev": b""}, {"op_id": bytes(17)}],
)
def test_a_field_of_the_wrong_size_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CorruptObject, match="a field has the wrong size"):
        decode(encode(replace(ENTRY, **change)), "e")
