"""What painters return, and how a node looks: pieces of inert text, each with the name of a style.

A face gives the styles colours, or none. Nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from mvfs import text, units
from mvfs.lineage.graph import Kind, Node


class Style(StrEnum):
    """What a piece of a drawing is."""

    PLAIN = "plain"
    EDGE = "edge"
    DATASET = "dataset"
    MODEL = "model"
    RESULT = "result"
    RUN = "run"
    GONE = "gone"
    QUIET = "quiet"
    """Counts, aliases and links, beside what they are about."""
    FOCUS = "focus"
    """What was asked about."""
    LIT = "lit"
    """Edges between nodes that are highlighted."""


class Segment(NamedTuple):
    """A piece of a line."""

    text: str
    style: str
    """One of `Style`; a face that makes its own labels may have styles of its own."""


Line = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node is in a drawing: row, column and columns of its label."""

    row: int
    column: int
    width: int


@dataclass(frozen=True)
class Drawing:
    """Lines, and where each node is in them."""

    lines: tuple[Line, ...]
    spots: Mapping[str, Spot] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Columns of the longest line."""
        return max((units.width("".join(piece.text for piece in line)) for line in self.lines), default=0)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of a drawing."""

    dataset: str
    model: str
    result: str
    run: str
    gone: str
    focus: str
    more: str
    """Stands for what is cut off or left out."""
    also: str
    """Before further parents in a tree."""
    branch: str
    last: str
    pass_: str
    arms: str
    """A line for each sum of up 1, down 2, left 4 and right 8."""


UNICODE = Glyphs(
    "◆", "●", "○", "▷", "✗", "◀", "…", "╾", "├─ ", "└─ ", "│  ",
    arms=" ╵╷│╴╯╮┤╶╰╭├─┴┬┼",
)  # fmt: skip
ASCII = Glyphs(
    "#", "@", "o", ">", "x", "<", "~", "<-", "|- ", "`- ", "|  ",
    arms=" |||-'.+-`.+-+++",
)  # fmt: skip

_JOB = 20
"""Columns of a run's type of job."""

_STYLES = {"dataset": Style.DATASET, "model": Style.MODEL}


def style_of(node: Node) -> Style:
    """The style of a node's label."""
    if node.gone:
        return Style.GONE
    if node.kind is Kind.RUN:
        return Style.RUN
    return _STYLES.get(node.type, Style.RESULT)


def symbol_of(node: Node, glyphs: Glyphs) -> str:
    """The sign before a node's name: what it is, and whether it is gone."""
    if node.gone:
        return glyphs.gone
    if node.kind is Kind.RUN:
        return glyphs.run
    return {"dataset": glyphs.dataset, "model": glyphs.model}.get(node.type, glyphs.result)


def name_of(node: Node) -> str:
    """A node's name, with the project where that is another one; of a nameless run, its id."""
    own = node.name.strip() or node.id.partition("/")[2]
    return text.line(f"{node.project}/{own}" if node.foreign else own)


def label_of(node: Node, glyphs: Glyphs, focus: bool, widest: int) -> list[Segment]:
    """The label of a node: its name, cut to ``widest`` columns, counts, and what is the matter with it."""
    head = f"{symbol_of(node, glyphs)} {cut(name_of(node), widest, glyphs)}"
    pieces = [Segment(head, Style.FOCUS if focus else style_of(node))]
    if focus:
        pieces.append(Segment(f" {glyphs.focus}", Style.FOCUS))
    pieces.extend(Segment(f" {one}", Style.QUIET) for one in remarks_of(node, glyphs))
    return pieces


def remarks_of(node: Node, glyphs: Glyphs) -> list[str]:
    """What is said of a node behind its name."""
    said = [f"({node.gone})"] if node.gone else []
    if node.kind is Kind.RUN and (words := _about(node, glyphs)):
        said.append(f"({', '.join(words)})")
    if node.kind is Kind.NAME:
        said.append(f"{node.versions} version{'s' if node.versions > 1 else ''}")
    if node.results:
        said.append(f"{glyphs.result}{node.results}")
    if node.runs:
        said.append(f"{glyphs.run}{node.runs}")
    if node.above:
        said.append(f"{glyphs.more} {node.above:,} more above")
    if node.below:
        said.append(f"{glyphs.more} {node.below:,} more below")
    return said


def _about(run: Node, glyphs: Glyphs) -> list[str]:
    """What kind of work a run was, and how it ended, unless it ended well."""
    kind = [cut(text.line(run.type), _JOB, glyphs)] if run.type else []
    return kind + ([text.line(run.state)] if run.state not in ("", "finished") else [])


def cut(words: str, columns: int, glyphs: Glyphs) -> str:
    """``words`` in at most so many columns; what is cut off is shown by a sign at the end."""
    if units.width(words) <= columns:
        return words
    kept = words[: max(columns - 1, 0)]
    while kept and units.width(kept) > columns - 1:
        kept = kept[:-1]
    return kept + glyphs.more if columns > 0 else ""


def fitted(line: list[Segment], columns: int | None, glyphs: Glyphs) -> Line:
    """A line in at most so many columns."""
    if columns is None or sum(units.width(piece.text) for piece in line) <= columns:
        return tuple(line)
    kept: list[Segment] = []
    room = columns
    for piece in line:
        wide = units.width(piece.text)
        if wide >= room:  # what is behind it does not fit: its own last column says so
            kept.append(Segment(cut(piece.text + glyphs.more, room, glyphs), piece.style))
            break
        kept.append(piece)
        room -= wide
    return tuple(kept)
