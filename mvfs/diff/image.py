"""Images: format and size from their first bytes; how many pixels differ, where Pillow is installed."""

from __future__ import annotations

import io
import struct
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec

_HEAD = 64 << 10
"""Bytes in which the size of an image is looked for."""

_PIXELS = 64_000_000
"""An image of more is not decoded."""

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


class ImageInfo(msgspec.Struct, frozen=True):
    """What an image says of itself."""

    format: str
    width: int
    height: int

    @property
    def title(self) -> str:
        """``PNG 640 x 480``."""
        return f"{self.format} {self.width} x {self.height}"


def look(data: bytes) -> ImageInfo | None:
    """Return format and size; None for what is no image of a format that is known."""
    data = data[:_HEAD]
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return ImageInfo("PNG", *struct.unpack_from(">II", data, 16))
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return ImageInfo("GIF", *struct.unpack_from("<HH", data, 6))
        if data.startswith(b"BM") and data[14:18] == b"\x28\0\0\0":
            width, height = struct.unpack_from("<ii", data, 18)
            return ImageInfo("BMP", width, abs(height))
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except struct.error:  # cut short
        return None
    return None


def _jpeg(data: bytes) -> ImageInfo | None:
    """The size is in the start of frame, behind segments of any length."""
    at = 2
    while data[at : at + 1] == b"\xff":
        marker, length = struct.unpack_from(">BH", data, at + 1)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return ImageInfo("JPEG", width, height)
        at += 2 + length
    return None


def _webp(data: bytes) -> ImageInfo | None:
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return ImageInfo("WEBP", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return ImageInfo("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X" and len(data) >= 30:
        return ImageInfo(
            "WEBP", 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        )
    return None


def share_changed(old: bytes, new: bytes) -> tuple[float | None, str]:
    """Return the share of pixels that differ, from 0 to 1, or None and the reason."""
    if find_spec("PIL") is None:
        return None, "how many pixels differ is told with Pillow (pip install pillow)"
    infos = look(old), look(new)
    if any(info is None or info.width * info.height > _PIXELS for info in infos):
        return None, f"images of more than {_PIXELS:,} pixels are not decoded"
    module = import_module("PIL.Image")
    try:
        before, after = _decoded(module, old), _decoded(module, new)
    except (OSError, ValueError, SyntaxError, module.DecompressionBombError) as exc:
        return None, f"an image cannot be decoded: {exc}"
    if before.size != after.size:
        return None, "the sizes differ"
    chops = import_module("PIL.ImageChops")
    worst: Any = None
    for channel in chops.difference(before, after).split():
        worst = channel if worst is None else chops.lighter(worst, channel)
    same = worst.histogram()[0]
    count = before.size[0] * before.size[1]
    return (count - same) / count if count else 0.0, ""


def _decoded(module: Any, data: bytes) -> Any:
    with module.open(io.BytesIO(data), formats=_FORMATS) as image:
        if image.size[0] * image.size[1] > _PIXELS:
            raise ValueError("too many pixels")
        return image.convert("RGBA")
