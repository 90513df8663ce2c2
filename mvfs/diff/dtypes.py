"""Element types of model files as arrays that numpy calculates with, also those that numpy does not know."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from mvfs.diff.files import Readable
    from mvfs.diff.tensors import TensorInfo

_PLAIN = {
    "BOOL": "u1", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4",
    "U64": "<u8", "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
}  # fmt: skip
"""Of safetensors and GGUF, in numpy's words."""

_NUMPY = re.compile(r"[<>|=]([biufc])(\d{1,2})", re.ASCII)
_ORDER = re.compile(rb"'fortran_order': (True|False)")
_HEADER = 256
"""Bytes before an array in which its header says in which order it lies."""


class Decoder(msgspec.Struct, frozen=True):
    """Makes an array of raw bytes."""

    size: int
    """Bytes per element."""
    decode: Callable[[bytes], Any]
    order: str = "C"
    """In which order the elements of a tensor lie; ``C`` or ``F``."""


def decoder_of(info: TensorInfo, reader: Readable) -> Decoder | None:
    """Return how to read a tensor's values; None where its type is not known, or no number.

    Of an array of numpy, the few bytes before it are read, which tell the order of its elements.
    """
    if info.dtype in _PLAIN:
        return _plain(_PLAIN[info.dtype])
    if info.dtype == "BF16":
        return Decoder(2, _bfloat16)
    if info.dtype == "C64":
        return Decoder(4, _plain("<f4").decode)  # real and imaginary parts, one after the other
    if info.dtype in _FLOAT8:
        return Decoder(1, lambda raw: import_module("numpy").take(_float8(info.dtype), _bytes(raw)))
    return _of_numpy(info, reader)


def _plain(name: str) -> Decoder:
    return Decoder(int(name[-1]), lambda raw: import_module("numpy").frombuffer(raw, name))


def _bytes(raw: bytes) -> Any:
    return import_module("numpy").frombuffer(raw, "u1")


def _bfloat16(raw: bytes) -> Any:
    """The upper half of a float of 32 bits."""
    np = import_module("numpy")
    return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")


def _of_numpy(info: TensorInfo, reader: Readable) -> Decoder | None:
    found = _NUMPY.fullmatch(info.dtype)
    if found is None:
        return None
    start = max(info.offset - _HEADER, 0)
    orders = _ORDER.findall(reader.read(start, info.offset - start))
    if not orders:
        return None
    order = "F" if orders[-1] == b"True" else "C"
    kind, size = found[1], int(found[2])
    name = info.dtype
    if kind == "c":  # two floats of half the size
        size //= 2
        name = f"{info.dtype[0]}f{size}"
    if kind == "b":
        name = "u1"
    if size not in (1, 2, 4, 8):
        return None
    return Decoder(size, lambda raw: import_module("numpy").frombuffer(raw, name), order)


_FLOAT8 = {
    "F8_E4M3": (4, 3, 7, False),
    "F8_E5M2": (5, 2, 15, False),
    "F8_E4M3FNUZ": (4, 3, 8, True),
    "F8_E5M2FNUZ": (5, 2, 16, True),
    "F8_E8M0": (8, 0, 127, False),
}
"""Bits of exponent and mantissa, bias, and whether the only NaN is what would be -0 (fnuz)."""


@cache
def _float8(name: str) -> Any:
    """All 256 values of a type of 8 bits."""
    return import_module("numpy").array([float8(name, code) for code in range(256)], "<f4")


def float8(name: str, code: int) -> float:
    """The value of a byte. Open Compute Project, "8-bit floating point" and "Microscaling formats"."""
    exponent_bits, mantissa_bits, bias, is_fnuz = _FLOAT8[name]
    if exponent_bits == 8:  # a scale: a power of two without a sign
        return float("nan") if code == 255 else 2.0 ** (code - bias)
    sign = -1.0 if code & 0x80 else 1.0
    exponent = (code & 0x7F) >> mantissa_bits
    mantissa = code & ((1 << mantissa_bits) - 1)
    top = (1 << exponent_bits) - 1
    if is_fnuz and code == 0x80:
        return float("nan")
    if not is_fnuz and exponent == top:
        if name == "F8_E5M2":
            return sign * float("inf") if mantissa == 0 else float("nan")
        if mantissa == 7:  # E4M3 has a NaN and no infinity
            return float("nan")
    if exponent == 0:
        return sign * mantissa * 2.0 ** (1 - bias - mantissa_bits)
    return sign * (1 + mantissa / (1 << mantissa_bits)) * 2.0 ** (exponent - bias)
