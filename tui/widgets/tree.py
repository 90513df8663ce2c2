"""The left pane: projects, types and names."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.shelf import Node, Shelf
from tui.widgets.rows import RowList


class Tree(RowList[Node]):
    """The tree of a `Shelf`."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.shelf = Shelf()

    def identity(self, item: Node) -> Hashable:
        """The path."""
        return item.path

    def holds(self, item: Node, word: str) -> bool:
        """The whole path is looked into, so that ``vision bert`` finds a name in a project."""
        return word in "/".join(item.path).lower()

    def kept(self, items: Sequence[Node], words: Sequence[str]) -> Sequence[Node]:  # noqa: ARG002
        """Names that match and what they are in, also where that is folded."""
        nodes = self.shelf.nodes(all_open=True)
        found = {node.path for node in nodes if all(self.holds(node, word) for word in words)}
        above = {path[:depth] for path in found for depth in (1, 2)}
        return [node for node in nodes if node.path in found or node.path in above]

    def spans(self, item: Node, width: int) -> Sequence[Span]:
        """A fold mark, the name, and how many there are."""
        depth = len(item.path) - 1
        mark = "  " if item.is_name else "▾ " if item.open else "▸ "
        count = " " if item.count is None else f" {item.count:,} "
        room = width - 2 * depth - 2 - len(count)
        role = ("strong", "muted", "text")[depth]
        return [
            ("  " * depth + mark, "faint"),
            (paint.fit(line(item.path[-1]), room), role),
            (count, "faint"),
        ]

    def rebuild(self, towards: Hashable = None) -> None:
        """Show the shelf as it is now."""
        self.replace(self.shelf.nodes(), towards)

    def set_open(self, node: Node, *, is_open: bool) -> None:
        """Fold or unfold."""
        if is_open:
            self.shelf.open.add(node.path)
        else:
            self.shelf.open.discard(node.path)
        self.rebuild(node.path)
