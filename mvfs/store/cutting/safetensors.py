"""Tensors of a safetensors file: a length, a JSON header, and the bytes one after another."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mvfs.errors import InvalidInput
from mvfs.store.cutting.tensors import MAX_HEADER, MAX_NAME, MAX_TENSORS, Read, Tensor, elements, read_exactly

_LENGTH = 8
_METADATA = "__metadata__"

MAX_COMMAS = 16 * MAX_TENSORS
MAX_BRACES = 2 * MAX_TENSORS
"""What a header may hold of these, strings included: they bound what decoding allocates, and leave room
for metadata that is itself JSON."""

_BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Info(msgspec.Struct, frozen=True):
    """A tensor's entry. Metadata holds strings only, so it decodes as one too, and is thrown away."""

    dtype: str = ""
    shape: tuple[_Count, ...] | str = ""
    data_offsets: tuple[_Count, _Count] | str = ""


_decoder = msgspec.json.Decoder(dict[str, _Info])


def looks_so(head: bytes, size: int) -> bool:
    """Whether a file of ``size`` bytes that begins with ``head`` could be one; the format has no magic."""
    length = int.from_bytes(head[:_LENGTH], "little")
    return head[_LENGTH : _LENGTH + 1] == b"{" and length <= min(MAX_HEADER, size - _LENGTH)


def tensors(read: Read, size: int) -> list[Tensor]:
    """Return all tensors.

    Raises:
        InvalidInput: the file is none that the safetensors library would load.
    """
    length = int.from_bytes(read_exactly(read, 0, _LENGTH), "little")
    if length > min(MAX_HEADER, size - _LENGTH):
        raise InvalidInput(f"a safetensors header of {length} bytes")
    infos = _decoded(read_exactly(read, _LENGTH, length))
    start = _LENGTH + length
    found = [_tensor(name, info, start) for name, info in infos.items()]
    end = start
    for tensor in sorted(found, key=lambda tensor: (tensor.offset, tensor.length)):
        if tensor.offset != end:
            raise InvalidInput(f"a gap or an overlap before tensor {tensor.name!r}")
        end += tensor.length
    if end != size:
        raise InvalidInput(f"the header speaks of {end} bytes; the file has {size}")
    return found


def _decoded(header: bytes) -> dict[str, _Info]:
    said = header.count(b'"data_offsets"')
    if said > MAX_TENSORS or header.count(b",") > MAX_COMMAS or header.count(b"{") > MAX_BRACES:
        raise InvalidInput("a safetensors header of too many entries")
    try:
        infos = _decoder.decode(header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise InvalidInput(f"not a safetensors header: {exc}") from exc
    infos.pop(_METADATA, None)
    if len(infos) != said:  # a decoder keeps the last of two equal names
        raise InvalidInput("two tensors have the same name, or one has no place")
    return infos


def _tensor(name: str, info: _Info, start: int) -> Tensor:
    if len(name) > MAX_NAME:  # before it gets into a message
        raise InvalidInput(f"a tensor's name of {len(name)} characters")
    if isinstance(info.shape, str) or isinstance(info.data_offsets, str):
        raise InvalidInput(f"tensor {name!r} has no shape or no place")
    begin, end = info.data_offsets
    bits = _BITS.get(info.dtype)
    if bits is not None and elements(info.shape) * bits != (end - begin) * 8:
        raise InvalidInput(f"tensor {name!r} has another length than its shape and type")
    return Tensor(name, info.dtype, info.shape, start + begin, end - begin)
