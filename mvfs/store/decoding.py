"""The steps that every stored object goes through before it is believed.

Size cap, hash, declared and real size after decompression, typed structure; each failure is a
`CorruptObject` that names the object. Meaning is checked by whoever knows the kind.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec
from blake3 import blake3

from mvfs.errors import CorruptObject, InvalidInput

T = TypeVar("T")

MAX_RATIO = 200
"""Decompressed to compressed bytes; more is a bomb. Up to `_HARMLESS` bytes, any ratio is accepted."""

_encoder = msgspec.msgpack.Encoder()

_HARMLESS = 32 << 20


class Kind(msgspec.Struct, Generic[T], frozen=True):
    """A kind of stored object, and the most that is believed of one."""

    name: str
    decoder: msgspec.msgpack.Decoder[T]
    cap: int
    """Bytes as stored."""
    expanded: int | None = None
    """Bytes once decompressed; None where the kind is not compressed."""


def decode(kind: Kind[T], raw: bytes, key: str, digest: bytes | None = None) -> T:
    """Turn stored bytes into a typed structure, step by step; meaning is checked by whoever knows the kind.

    (1) the cap on stored bytes; (2) the hash, before anything is decompressed; (3) the declared size and
    its ratio; (4) decompression that stops at the cap; (5) the typed structure.

    Raises:
        CorruptObject: a step fails.
    """
    if len(raw) > kind.cap:
        raise CorruptObject(f"{key} is {len(raw):,} bytes; a {kind.name} has at most {kind.cap:,}", key=key)
    if digest is not None:
        verify(raw, digest, key)
    data = raw if kind.expanded is None else inflate(raw, kind.expanded, key)
    return structure(kind.decoder, data, key)


def encode(kind: Kind[T], value: T, what: str) -> bytes:
    """Return the bytes that `decode` turns back into ``value``.

    Raises:
        InvalidInput: ``what`` is larger than the kind allows.
    """
    data = _encoder.encode(value)
    return data if kind.expanded is None else deflate(data, kind.expanded, what)


def verify(data: bytes, digest: bytes, key: str) -> None:
    """Raise CorruptObject unless ``digest`` is the BLAKE3 of ``data``."""
    if blake3(data).digest() != digest:
        raise CorruptObject(f"{key} was changed: its bytes do not match their hash", key=key)


def deflate(data: bytes, cap: int, what: str) -> bytes:
    """Compress to one zstd frame that declares its size, and that `inflate` will take with the same cap.

    Raises:
        InvalidInput: ``what`` is larger than ``cap`` bytes.
    """
    if len(data) > cap:
        raise InvalidInput(f"{what} takes {len(data):,} bytes; at most {cap:,} can be kept")
    import zstandard  # here, because most commands touch no manifest

    return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(data)


def inflate(frame: bytes, cap: int, key: str) -> bytes:
    """Decompress one zstd frame to at most ``cap`` bytes.

    Raises:
        CorruptObject: the frame is broken, lies about its size, or is larger than ``cap``.
    """
    import zstandard

    try:
        declared = zstandard.get_frame_parameters(frame).content_size
        if declared > cap or declared > max(len(frame) * MAX_RATIO, _HARMLESS):
            raise CorruptObject(f"{key} would expand to {declared} bytes; refused", key=key)
        # In one piece into a buffer of the declared size, which is checked by now: a frame that is cut short,
        # goes on after its end, or fails its checksum is noticed. As a stream it would not be.
        data = zstandard.ZstdDecompressor().decompress(frame, declared, allow_extra_data=False)
    except zstandard.ZstdError as exc:
        raise CorruptObject(f"{key} cannot be decompressed: {exc}", key=key) from exc
    if len(data) != declared:
        raise CorruptObject(f"{key} expands to another size than it declares", key=key)
    return data


def structure(decoder: msgspec.msgpack.Decoder[T], data: bytes, key: str) -> T:
    """Decode msgpack into the decoder's type.

    Raises:
        CorruptObject: the bytes are of another shape.
    """
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise CorruptObject(f"{key} has the wrong structure: {exc}", key=key) from exc
