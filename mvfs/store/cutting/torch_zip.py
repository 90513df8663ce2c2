"""Storages of a file that ``torch.save`` wrote: a zip of stored entries. The pickle in it is never read."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs.errors import InvalidInput
from mvfs.store.cutting.tensors import Tensor
from mvfs.store.cutting.zip_directory import ZipEntry

_PICKLE = "data.pkl"
_DATA = "data/"


def looks_so(entries: Sequence[ZipEntry]) -> bool:
    """Whether these are the entries of such a file."""
    return any(entry.name.count("/") == 1 and entry.name.endswith("/" + _PICKLE) for entry in entries)


def tensors(entries: Sequence[ZipEntry]) -> list[Tensor]:
    """Return the storages, named without the first directory, which is just the file's own name.

    Their types and shapes are known to the pickle only.

    Raises:
        InvalidInput: the entries are in more than one directory.
    """
    stem = entries[0].name.partition("/")[0] + "/"
    found = []
    for entry in entries:
        if not entry.name.startswith(stem):
            raise InvalidInput(f"{entry.name!r} is not in {stem!r}, as in all that torch writes")
        name = entry.name[len(stem) :]
        if entry.stored and name.startswith(_DATA) and name != _DATA:
            found.append(Tensor(name, "", (), entry.offset, entry.length))
    return found
