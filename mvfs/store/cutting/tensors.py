"""A tensor inside a file, and the checks that every list of them must pass.

What a file says of itself is hostile: the parsers of the formats raise `InvalidInput` at the first lie, and
`recognition.tensors_of` then takes the whole file as opaque.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod
from typing import Annotated

import msgspec

from mvfs.errors import InvalidInput

MAX_TENSORS = 100_000
"""Per file."""

MAX_NAME = 1024
"""Characters of a tensor's name."""

MAX_DIMENSIONS = 64

MAX_HEADER = 100_000_000
"""Bytes of a header, as the safetensors library has it."""

Read = Callable[[int, int], bytes]
"""(offset, length) to that many bytes, or fewer at the end of the file."""


class Tensor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One tensor (or storage) whose bytes lie in one piece in a file."""

    name: str
    dtype: str
    """In the words of the file's format; empty where it does not say."""
    shape: Annotated[tuple[int, ...], msgspec.Meta(max_length=MAX_DIMENSIONS)]
    """Slowest dimension first; empty for a scalar, and where the format does not say."""
    offset: int
    """In the file, bytes."""
    length: int
    """Bytes."""


def read_exactly(read: Read, offset: int, length: int) -> bytes:
    """Read ``length`` bytes; the caller has checked that this many are wanted.

    Raises:
        InvalidInput: the file ends before.
    """
    data = read(offset, length)
    if len(data) != length:
        raise InvalidInput(f"the file ends before byte {offset + length}")
    return data


def elements(shape: tuple[int, ...]) -> int:
    """How many elements a tensor of this shape has.

    Raises:
        InvalidInput: too many dimensions to be true, which would also make a huge product.
    """
    if len(shape) > MAX_DIMENSIONS:
        raise InvalidInput(f"a tensor of {len(shape)} dimensions")
    return prod(shape)


def checked(tensors: Iterable[Tensor], size: int) -> list[Tensor]:
    """Return the tensors by offset.

    Raises:
        InvalidInput: too many of them, one outside the file, two that overlap or have one name.
    """
    ordered = sorted(tensors, key=lambda tensor: (tensor.offset, tensor.length, tensor.name))
    if len(ordered) > MAX_TENSORS:
        raise InvalidInput(f"{len(ordered)} tensors; at most {MAX_TENSORS} are looked at")
    if len({tensor.name for tensor in ordered}) != len(ordered):
        raise InvalidInput("two tensors have the same name")
    end = 0
    for tensor in ordered:
        if tensor.offset < end or tensor.length < 0:
            raise InvalidInput(f"tensor {tensor.name!r} overlaps the one before")
        if len(tensor.name) > MAX_NAME:
            raise InvalidInput(f"a tensor's name of {len(tensor.name)} characters")
        end = tensor.offset + tensor.length
    if end > size:
        raise InvalidInput("a tensor lies outside the file")
    return ordered
