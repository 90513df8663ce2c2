"""File paths inside a version: the rules that keep every one of them representable and harmless."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from mvfs.errors import InvalidName

MAX_COMPONENT = 255
MAX_PATH = 4096
MAX_DEPTH = 64


def check_path(path: str) -> bytes:
    """Return the UTF-8 bytes of a version's file path, or say what is wrong with it.

    Raises:
        InvalidName: not NFC, absolute, with an empty, ``.`` or ``..`` component, a control character or
            backslash, or longer than Linux allows.
    """
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        raise InvalidName(f"file name {path!r} is not UTF-8", path=path) from None
    parts = raw.split(b"/")
    for part in parts:
        if part in (b"", b".", b".."):
            what = "an empty component" if not part else f"the component '{part.decode()}'"
            raise InvalidName(f"file path {path!r} has {what}", path=path)
        if len(part) > MAX_COMPONENT:
            raise InvalidName(f"file path '{path[:60]}…' has a component of {len(part)} bytes", path=path)
    if len(raw) > MAX_PATH or len(parts) > MAX_DEPTH:
        raise InvalidName(f"file path '{path[:60]}…' is too long or too deep", path=path)
    if not path.isascii() and unicodedata.normalize("NFC", path) != path:
        raise InvalidName(f"file path {path!r} is not in Unicode form NFC", path=path)
    if "\\" in path or not path.isprintable():
        for ch in path:
            if ch == "\\" or unicodedata.category(ch) == "Cc":
                raise InvalidName(f"file path {path!r} has a {ch!r}", path=path)
    return raw


_USUAL = bytes(range(0x20, 0x7F)).replace(b"\\", b"") + b"\0"
"""What paths joined by NUL may consist of to be recognised together: printable ASCII."""

_SURELY_SHORT = 2 * MAX_DEPTH - 1
"""Characters below which a path cannot be too deep, nor a component too long."""


def check_paths(paths: Sequence[str]) -> list[bytes]:
    """Like `check_path` for thousands at once: paths of the usual kind are recognised together.

    Raises:
        InvalidName: for the first that breaks a rule.
    """
    is_short = len(max(paths, key=len)) < _SURELY_SHORT
    raw = "\0".join(paths).encode("utf-8", "surrogatepass")
    if is_short and raw.count(b"\0") == len(paths) - 1 and not raw.translate(None, _USUAL):
        components = b"\0" + raw.replace(b"/", b"\0") + b"\0"
        if not any(illegal in components for illegal in (b"\0\0", b"\0.\0", b"\0..\0")):
            return raw.split(b"\0")
    return [check_path(path) for path in paths]
