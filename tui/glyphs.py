"""Every character beyond ASCII that the UI draws by itself, and what stands for it with ``--ascii``.

Code draws with the characters of this table; they are replaced where rows become strips (`tui.strips`), one
column by one column, so nothing else has to know. Texts from the store keep letters of other scripts.
"""

from __future__ import annotations

TABLE = {
    # marks
    "…": "~",
    "▌": ">",
    "✓": "*",
    "✗": "x",
    "★": "*",
    "●": "o",
    "○": ".",
    "▲": "^",
    "⚠": "!",
    "◇": "+",
    "◆": "#",
    "▶": ">",
    "▷": ">",
    "◀": "<",
    "▾": "-",
    "▸": "+",
    "·": ".",
    "•": "*",
    "☐": "o",
    "☑": "x",
    "“": '"',
    "”": '"',
    "▏": "|",
    "▎": "|",
    "▣": "#",
    "━": "=",
    "×": "x",  # noqa: RUF001
    "±": "~",
    "≠": "!",
    "Δ": "d",
    # keys and directions
    "↵": "^",
    "⌫": "<",
    "↑": "^",
    "↓": "v",
    "←": "<",
    "→": ">",
    "↖": "<",
    "↗": ">",
    "↘": ">",
    "↙": "<",
    "↪": ">",
    "╾": "<",
    # lines
    "─": "-",
    "│": "|",
    "├": "|",
    "┤": "|",
    "┬": "+",
    "┴": "+",
    "┼": "+",
    "└": "`",
    "┘": "'",
    "┌": ".",
    "┐": ".",
    "╰": "`",
    "╯": "'",
    "╭": ".",
    "╮": ".",
    "╴": "-",
    "╶": "-",
    "╵": "'",
    "╷": ".",
    "┈": ".",
    # bars, also of sparklines
    "▁": "_",
    "▂": ".",
    "▃": "-",
    "▄": "=",
    "▅": "+",
    "▆": "*",
    "▇": "%",
    "█": "#",
    "░": ".",
    "▀": "^",
    # runs in a legend
    "■": "#",
    "□": "#",
    "▼": "v",
    "▽": "v",
    "△": "^",
    "☆": "*",
}

_TRANSLATION = {ord(glyph): plain for glyph, plain in TABLE.items()}

_ascii: dict[int, str] | None = None


def use_ascii(wanted: bool) -> None:
    """Draw with ASCII from now on, or with the characters of the table."""
    global _ascii  # noqa: PLW0603 - one terminal, one way to draw
    _ascii = _TRANSLATION if wanted else None


def is_ascii() -> bool:
    """Whether only ASCII is drawn."""
    return _ascii is not None


def drawn(text: str) -> str:
    """``text`` as it is drawn on this terminal."""
    return text if _ascii is None or text.isascii() else text.translate(_ascii)
