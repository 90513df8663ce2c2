"""Extended attributes ``user.mvfs.*``: of versions and of files.

Values are not made fit for a terminal: programs read them, and ``getfattr`` escapes what it prints.
"""

from __future__ import annotations

import errno
import json

from mvfs.catalog.shapes import ref_text
from mvfs.index import queries
from mvfs.mount.files import File
from mvfs.mount.folders import Folder
from mvfs.mount.homes import Home
from mvfs.mount.nodes import Node

PREFIX = "user.mvfs."

LIMIT = 1 << 16
"""Bytes that Linux allows in one value. What is larger is not there at all, rather than cut off."""

LISTED = 3500
"""Bytes of the attributes that are listed. Whoever copies a file with its attributes takes those that are,
and ext4 has one block for them; of the rest, each can be asked for by its name."""

_OVERHEAD = 16
"""Bytes that ext4 adds to a name and its value."""


def names(node: Node) -> list[str]:
    """Return the attributes that a node has, as far as they are listed.

    Raises:
        CorruptObject: the manifest of a file's version is damaged.
    """
    listed, room = [], LISTED
    for name, value in _values(node).items():
        taken = len(name) + len(value) + _OVERHEAD
        if taken <= room:
            listed.append(name)
            room -= taken
    return listed


def value(node: Node, name: str) -> bytes | None:
    """Return the value of an attribute; None if the node has none of this name.

    Raises:
        CorruptObject: the manifest of a file's version is damaged.
    """
    return _values(node).get(name) if name.startswith(PREFIX) else None


def refusal(name: str) -> int:
    """The errno for an attribute that a node does not have.

    No node has any outside of ``user.``. Told so, ``ls -l`` asks once for its security label and its access
    list, and not of each file.
    """
    return errno.ENODATA if name.startswith("user.") else errno.EOPNOTSUPP


def _values(node: Node) -> dict[str, bytes]:
    if isinstance(node, Folder) and not node.path:
        return _of_version(node.home)
    if isinstance(node, File):
        return _of_file(node)
    return {}


def _of_version(home: Home) -> dict[str, bytes]:
    """What is known of a version now; of one that was deleted meanwhile, what was known last."""
    home.project.refresh()
    known = home.version
    version = queries.version(home.project.index, known.name, known.number) or known
    metadata = json.dumps(version.metadata, ensure_ascii=False, default=str) if version.metadata else ""
    texts = {
        "ref": ref_text(home.project.name, version),
        "digest": version.digest.hex(),
        "run": version.run or "",
        "aliases": ",".join(version.aliases),
        "note": version.note or "",
        "metadata": metadata,
    }
    values = {PREFIX + name: text.encode() for name, text in texts.items()}
    return {name: value for name, value in values.items() if 0 < len(value) <= LIMIT}


def _of_file(node: File) -> dict[str, bytes]:
    """The hash of a file; nobody knows that of a reference whose bytes are not in the store."""
    home = node.home
    if home.ask(lambda content: content.has_references and content.entry(node.number).is_external):
        return {}
    return {PREFIX + "hash": node.digest.hex().encode()}
