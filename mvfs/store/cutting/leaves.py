"""Where leaves begin: anew at every tensor, so that a tensor keeps its leaves wherever it lies in a file."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from mvfs.store.cutting.tensors import Tensor
from mvfs.store.leaves import LEAF

SMALL = 64 << 10
"""Bytes. Smaller tensors get no leaves of their own, or there would be more hashes than they are worth."""


def leaf_lengths(size: int, tensors: Sequence[Tensor]) -> array[int]:
    """Return the lengths of a file's leaves in order: each 1 to `LEAF` bytes, ``size`` in all.

    A segment lies between two neighbouring starts or ends of tensors of at least `SMALL` bytes; whatever
    else is there, small tensors, headers and padding, belongs to a segment as it comes. Every segment is
    cut each `LEAF` bytes from its own start.
    """
    bounds = {size}
    for tensor in tensors:
        if tensor.length >= SMALL:
            bounds.update((tensor.offset, tensor.offset + tensor.length))
    lengths = array("I")
    start = 0
    for end in sorted(bounds):
        if not start < end <= size:
            continue
        whole, rest = divmod(end - start, LEAF)
        lengths.extend(array("I", (LEAF,)) * whole)
        if rest:
            lengths.append(rest)
        start = end
    return lengths
