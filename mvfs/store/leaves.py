"""Leaves: the pieces of at most 1 MiB into which a blob is cut, each with its hash.

They are the unit of verification, so that any range can be checked without reading the rest, and of
deduplication. A leaf ends early where a tensor begins or ends. docs/FORMAT.md, "Leaves".
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from mvfs.errors import CorruptObject

LEAF = 1 << 20
"""Bytes that a leaf has at most."""

HASH = 32
"""Bytes of a hash."""

ZEROS = bytes.fromhex("488de202f73bd976de4e7048f4e1f39a776d86d582b7348ff53bf432b987fca8")
"""The hash of a whole leaf of zeros."""

RECORD = 4 + HASH
"""Bytes that a leaf takes in a manifest."""


class Leaves:
    """The leaves of one blob, in order."""

    def __init__(self, lengths: array[int], digests: bytes) -> None:
        """Take ``lengths`` (bytes each, type code ``I``) and the hashes, one after the other."""
        assert len(digests) == HASH * len(lengths)
        self.lengths = lengths
        self.digests = digests

    def __len__(self) -> int:
        return len(self.lengths)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Leaves) and (self.lengths, self.digests) == (other.lengths, other.digests)

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def starts(self) -> list[int]:
        """Offset of each leaf in the blob, and the blob's size at the end."""
        return [0, *accumulate(self.lengths)]

    @property
    def size(self) -> int:
        """Bytes of the blob."""
        return self.starts[-1]

    def digest(self, number: int) -> bytes:
        """The hash of leaf ``number``."""
        return self.digests[HASH * number : HASH * (number + 1)]

    def covering(self, offset: int, length: int) -> range:
        """The numbers of the leaves that hold ``length`` bytes (more than none) from ``offset``."""
        first = bisect_right(self.starts, offset) - 1
        return range(first, bisect_right(self.starts, offset + length - 1, lo=first))

    def pack(self) -> bytes:
        """Return them as a manifest holds them: all lengths as u32, then all hashes."""
        lengths = self.lengths[:]
        if sys.byteorder == "big":
            lengths.byteswap()
        return lengths.tobytes() + self.digests

    @classmethod
    def unpack(cls, raw: bytes, count: int, size: int, key: str) -> Leaves:
        """Return the ``count`` leaves in ``raw`` of a blob of ``size`` bytes.

        Raises:
            CorruptObject: a leaf is empty or too long, or they do not add up to the blob.
        """
        lengths = array("I")
        lengths.frombytes(raw[: 4 * count])
        if sys.byteorder == "big":
            lengths.byteswap()
        if (
            len(raw) != RECORD * count
            or sum(lengths) != size
            or min(lengths, default=1) < 1
            or max(lengths, default=0) > LEAF
        ):
            raise CorruptObject(f"{key} has leaves that do not fit their blob", key=key)
        return cls(lengths, raw[4 * count :])


def grid(size: int) -> array[int]:
    """The lengths of the leaves of ``size`` bytes that are cut every 1 MiB."""
    lengths = array("I", [LEAF]) * (size // LEAF)
    if size % LEAF:
        lengths.append(size % LEAF)
    return lengths
