"""Makes text from a store inert before it reaches a terminal.

Notes, names, metadata and file names in a shared store are written by strangers. Escape sequences in
them could retitle the window, write the clipboard or hide what is shown, so control characters are
replaced by visible stand-ins. Every command and screen passes stored text through one of these two.
"""

from __future__ import annotations

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_KEPT = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Joiners and variation selectors: harmless, and emoji and many scripts need them."""

_BIDI = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]


def _table() -> dict[int, str]:
    table = {code: chr(0x2400 + code) for code in range(0x20)}
    table[0x7F] = "\N{SYMBOL FOR DELETE}"
    table.update(dict.fromkeys([*range(0x80, 0xA0), *_BIDI, 0x2028, 0x2029], _REPLACEMENT))
    table.update(dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT))
    return table


_BLOCK = _table() | {ord("\n"): "\n", ord("\t"): "    "}
_LINE = _table() | {ord("\n"): " ", ord("\t"): " "}


def line(text: str) -> str:
    """Return ``text`` fit for one row: no control byte, no newline, no direction override."""
    return text if text.isprintable() else text.translate(_LINE)


def block(text: str) -> str:
    """Return ``text`` fit for several rows: newlines stay, a tab becomes four spaces."""
    return text if text.isprintable() else text.replace("\r\n", "\n").translate(_BLOCK)


def is_inert(text: str) -> bool:
    """Whether ``text`` could be written to a terminal as it is (newlines allowed)."""
    return all(ch == "\n" or ch in _KEPT or ord(ch) not in _BLOCK for ch in text)
