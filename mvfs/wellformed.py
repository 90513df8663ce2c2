"""Text that a store can keep: all but half surrogate pairs, which are no characters and have no UTF-8.

They come from JSON that was cut, and from names and arguments whose bytes are no UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from mvfs.errors import InvalidInput

T = TypeVar("T")


def check_text(value: T, what: str) -> T:
    """Return a value; it is refused where it is text, or holds some, with half a surrogate pair.

    Maps and lists are looked through, keys too; whatever else there is passes.

    Raises:
        InvalidInput: says that ``what`` holds it, and where.
    """
    if isinstance(value, str):
        if not value.isascii():
            _check(value, what)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            check_text(key, f"{what}, a key")
            check_text(item, what)
    elif isinstance(value, list | tuple | set | frozenset):
        check_all(value, what)
    return value


def check_all(values: Iterable[object], what: str) -> None:
    """Refuse values as `check_text` does.

    Raises:
        InvalidInput: one holds half a surrogate pair.
    """
    for value in values:
        check_text(value, what)


def _check(text: str, what: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        code = ord(text[exc.start])
        wrong = f"U+{code:04X} is half of a surrogate pair, which is no character"
        if 0xDC80 <= code <= 0xDCFF:  # how Python hands out bytes of the operating system
            wrong = f"the byte 0x{code - 0xDC00:02X} is no UTF-8"
        shown = text[max(exc.start - 20, 0) : exc.start + 20].encode("ascii", "backslashreplace").decode()
        raise InvalidInput(f"{what}: {wrong}; remove or replace it in '{shown}'") from None
