"""A note as a reader of Markdown expects it: headings, lists, quotes, code and emphasis; all of it inert.

Nothing is fetched, nothing can be clicked: a link is its text and, behind it, where it would lead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import chop_cells

from mvfs.text import block
from tui.paint import Span
from tui.viewmodel.flow import flowed

LONGEST = 200_000
"""Characters that are looked at."""

_LONGEST_LINE = 20_000

_HEADING = re.compile(r" {0,3}(#{1,6}) +(.*?)(?: +#+)? *$")
_ITEM = re.compile(r"( {0,12})(?:[-*+]|([0-9]{1,9})[.)]) +(.*)$")
_TASK = re.compile(r"\[([ xX])\] +")
_RULE = re.compile(r" {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_INLINE = re.compile(
    r"(?P<code>`[^`]{1,200}`)"
    r"|(?P<strong>\*\*(?=\S)[^*]{1,300}\*\*|(?<!\w)__(?=\S)[^_]{1,300}__(?!\w))"
    r"|(?P<em>\*(?=\S)[^*]{1,300}\*|(?<!\w)_(?=\S)[^_]{1,300}_(?!\w))"
    r"|(?P<link>!?\[[^\[\]]{0,200}\]\([^()\s]{1,500}\))"
)
"""Bounded, so that no text makes it look for long."""

_CODE, _EMPHASIS = "alias", "muted"


def rows(text: str, width: int) -> Iterator[list[Span]]:
    """Yield the rows of a note at ``width`` columns."""
    fenced = False
    for one in block(text[:LONGEST]).strip("\n").split("\n"):
        written = one[:_LONGEST_LINE]
        if _FENCE.match(written):
            fenced = not fenced
        elif fenced:
            for piece in chop_cells(written, max(width - 2, 4)) or [""]:
                yield [*_BAR, (piece, _CODE)]
        else:
            yield from _plain(written, width)


_BAR: list[Span] = [("▏ ", "line")]


def _plain(written: str, width: int) -> Iterator[list[Span]]:
    if found := _HEADING.match(written):
        role = "title" if len(found[1]) == 1 else "strong"
        yield from flowed([(text, role) for text, _ in inline(found[2])], width)
    elif _RULE.match(written):
        yield [("─" * min(width, 24), "line")]
    elif found := _ITEM.match(written):
        yield from _item(found, width)
    elif written.lstrip().startswith(">"):
        yield from flowed(inline(written.lstrip(" >")), width, [("▎ ", "accent")], [("▎ ", "accent")])
    else:
        indent = written[: len(written) - len(written.lstrip(" "))][: width // 2]
        lead: list[Span] = [(indent, "text")] if indent else []
        yield from flowed(inline(written.strip(" ")), width, lead, lead)


def _item(found: re.Match[str], width: int) -> Iterator[list[Span]]:
    indent = found[1][: width // 3]
    mark, body = (f"{found[2]}. " if found[2] else "• "), found[3]
    if task := _TASK.match(body):
        mark, body = ("☐ " if task[1] == " " else "☑ "), body[task.end() :]
    lead: list[Span] = [(indent + mark, "accent")]
    yield from flowed(inline(body), width, lead, [(" " * (len(indent) + len(mark)), "text")])


def inline(text: str) -> list[Span]:
    """The spans of one line of inert text."""
    spans: list[Span] = []
    at = 0
    for found in _INLINE.finditer(text):
        if found.start() > at:
            spans.append((text[at : found.start()], "text"))
        spans += _styled(found)
        at = found.end()
    if at < len(text):
        spans.append((text[at:], "text"))
    return spans


def _styled(found: re.Match[str]) -> list[Span]:
    whole = found[0]
    match found.lastgroup:
        case "code":
            return [(whole[1:-1], _CODE)]
        case "strong":
            return [(whole[2:-2], "strong")]
        case "em":
            return [(whole[1:-1], _EMPHASIS)]
        case _:
            label, _, goal = whole.lstrip("!")[1:-1].partition("](")
            return [(label, "accent"), (f" ({goal})", "faint")] if label != goal else [(label, "accent")]
