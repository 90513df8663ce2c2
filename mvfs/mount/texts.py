"""Files that are in no version: what they say is made when they are looked up."""

from __future__ import annotations

from collections.abc import Hashable

from blake3 import blake3

from mvfs.mount.nodes import FILE_MODE, Node, path_ino


class Text(Node):
    """A file with a text as it was at one lookup.

    Another text is another node, under the same inode number. So what somebody has open stays as it is,
    its size is true, and the kernel may keep it. The kernel looks such a name up each time, and lets go of
    the node when the last one closes it.
    """

    __slots__ = ("text",)

    def __init__(self, path: Hashable, text: bytes, mtime: int) -> None:
        super().__init__(("text", path, blake3(text).digest()), path_ino(path), FILE_MODE, len(text), mtime)
        self.text = text


class OpenedText:
    """A `Text` while it is open, however often; to the drivers, it is like an `OpenedFile`."""

    __slots__ = ("_text", "handle", "key", "opens")

    backing = 0
    blob = None

    def __init__(self, handle: int, node: Text) -> None:
        self.handle = handle
        self.key = node.key
        self.opens = 0
        self._text = memoryview(node.text)

    def read(self, _: memoryview, offset: int, size: int) -> memoryview:
        """Return up to ``size`` bytes from ``offset``."""
        return self._text[offset : offset + size]
