"""Mutations: of bytes, and of msgpack values, so that what is behind a hash or a frame is reached."""

from __future__ import annotations

from random import Random
from typing import Any

import msgpack
from hypothesis import strategies as st

INTS = [0, 1, -1, 7, 32, 127, 255, 4097, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**53 + 1, 2**62,
        2**63 - 1,        2**63, 2**64 - 1, -(2**31), -(2**63)]  # fmt: skip
TEXTS = ["", "a", "v3", ".", "..", "../../../etc/passwd", "/", "a/b", "a//b", "\0", "a\nb", "\x1b[2J",
         "e\u0301", "\udcff", "\ud800",
         "latest", "best", "max", "min", "running", "x" * 129, "x" * 5000, "\u202e",
         "net", "probe", "0123456789abcdef", "0" * 32, "{", '{"a": NaN}', '"\\ud800"', "[" * 3000,
         '{"a":' * 2000 + "1" + "}" * 2000, '{"a": 1' + "0" * 5000 + "}", '{"a":1e999}', "[]"]  # fmt: skip
BYTES = [
    b"",
    b"\0",
    bytes(16),
    bytes(31),
    bytes(32),
    bytes(33),
    b"\xff" * 32,
    b"\xff" * 8,
    b"../\0..",
    b"\xff\xfe",
]


def _nested(depth: int, key: Any = None) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if key is None else {key: value}
    return value


ODD: list[Any] = [
    None, True, False, 0.0, 1.5, float("nan"), float("inf"), -float("inf"), 1e308, [], {}, [[]], [{}] * 40,
    msgpack.ExtType(5, b"x"), msgpack.Timestamp(1, 0), msgpack.Timestamp(2**60, 5),
    {b"k": 1}, {1: 2}, {None: 1}, {float("nan"): 1}, {"": {"": {}}}, {"eval.acc": 2**64 - 1},
    {"eval": {"acc": float("nan")}}, {"a": b"bytes"}, {(1, 2): 3}, {True: 1, "True": 2},
    {"a\udc80": "\udc80"},
    _nested(60), _nested(400), _nested(960), _nested(300, "k"), _nested(480, "k"), [0] * 300, ["a", "a"],
]  # fmt: skip
VALUES: list[Any] = [*INTS, *TEXTS, *BYTES, *ODD]

_flips = st.tuples(st.just("flip"), st.integers(0, 2**20), st.integers(1, 255))
_cuts = st.tuples(st.just("cut"), st.integers(0, 2**20), st.integers(0, 64))
_splices = st.tuples(
    st.just("splice"),
    st.integers(0, 2**20),
    st.sampled_from([value.to_bytes(width, "little") for value in INTS if value >= 0
                     for width in (1, 2, 4, 8) if value < 256**width]),
)  # fmt: skip
_inserts = st.tuples(st.just("insert"), st.integers(0, 2**20), st.binary(min_size=1, max_size=12))
byte_changes = st.lists(st.one_of(_flips, _cuts, _splices, _inserts), min_size=1, max_size=3)
"""Changes of bytes: `changed` applies them."""

KINDS = ["put", "put", "put", "nudge", "drop", "twice", "swap", "copy", "grow", "bytes"]
value_changes = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.lists(st.integers(0, 2**16), min_size=1, max_size=8),
        st.integers(0, len(VALUES) - 1),
        byte_changes,
    ),
    min_size=1,
    max_size=3,
)
"""Changes of a msgpack value: `rebuilt` applies them."""


def random_changes(random: Random) -> list[Any]:
    """What `value_changes` draws, without Hypothesis."""
    return [
        (
            random.choice(KINDS),
            [random.randrange(2**16) for _ in range(random.randint(1, 8))],
            random.randrange(len(VALUES)),
            [("flip", random.randrange(2**20), random.randint(1, 255))],
        )
        for _ in range(random.randint(1, 3))
    ]


def changed(good: bytes, changes: Any) -> bytes:
    """Bytes after flips, cuts, splices and inserts."""
    data = bytearray(good)
    for kind, where, what in changes:
        at = where % max(1, len(data))
        if kind == "flip" and data:
            data[at] ^= what
        elif kind == "cut":
            del data[at : at + what if what else None]
        elif kind == "splice":
            if len(data) >= len(what) and where % 2:  # aligned, as the numbers of a column are
                at -= at % len(what)
            data[at : at + len(what)] = what
        elif kind == "insert":
            data[at:at] = what
    return bytes(data)


def unpacked(payload: bytes) -> Any:
    return msgpack.unpackb(payload, strict_map_key=False, unicode_errors="surrogatepass")


def packed(value: Any) -> bytes:
    return bytes(msgpack.packb(value, unicode_errors="surrogatepass"))


def rebuilt(payload: bytes, changes: Any) -> bytes:
    """A msgpack value with some of its values replaced, removed, doubled or exchanged."""
    tree: Any = [unpacked(payload)]
    for kind, path, number, inside in changes:
        holder, at = _place(tree, path)
        value = holder[at]
        if kind == "put":
            holder[at] = VALUES[number]
        elif kind == "nudge":
            holder[at] = _nudged(value, number)
        elif kind == "bytes" and isinstance(value, bytes):
            holder[at] = changed(value, inside)
        elif kind == "bytes" and isinstance(value, str):
            holder[at] = changed(value.encode("utf-8", "surrogatepass"), inside).decode("utf-8", "replace")
        elif kind == "grow" and isinstance(value, list):
            value.insert(number % (len(value) + 1), VALUES[number])
        elif kind == "grow" and isinstance(value, dict):
            value[f"k{number}"] = VALUES[number]
        elif holder is not tree:
            _rearrange(kind, holder, at, path)
    try:
        return packed(tree[0])
    except (ValueError, OverflowError):  # deeper than the packer goes
        return payload


def _place(tree: Any, path: list[int]) -> tuple[Any, Any]:
    """A place in the tree: at each step down, the next number of the path chooses."""
    holder, at = tree, 0
    for number in path:
        value = holder[at]
        if not isinstance(value, list | dict) or not value:
            break
        holder, at = (
            value,
            (number % len(value) if isinstance(value, list) else list(value)[number % len(value)]),
        )
    return holder, at


def _nudged(value: Any, number: int) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-(2**63), min(2**64 - 1, value + (1 if number % 2 else -1)))
    if isinstance(value, str | bytes):
        return value[: number % (len(value) + 1)] if number % 2 else value + value
    return VALUES[number]


def _rearrange(kind: str, holder: Any, at: Any, path: list[int]) -> None:
    if isinstance(holder, dict):
        if kind == "drop":
            del holder[at]
        return
    other = path[-1] // 7 % len(holder)
    if kind == "drop":
        del holder[at]
    elif kind == "twice":
        holder.insert(at, holder[at])
    elif kind == "swap":
        holder[at], holder[other] = holder[other], holder[at]
    elif kind == "copy":
        holder[at] = holder[other]
