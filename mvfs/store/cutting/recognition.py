"""Which format a file is of, by its first bytes and never by its name, and the tensors it holds."""

from __future__ import annotations

from mvfs.errors import InvalidInput
from mvfs.store.cutting import gguf, npz, safetensors, torch_zip, zip_directory
from mvfs.store.cutting.tensors import Read, Tensor, checked

_HEAD = 9
"""Bytes that tell the formats apart."""


def tensors_of(read: Read, size: int) -> list[Tensor]:
    """Return the tensors of a file of ``size`` bytes: by offset, inside it, none overlapping another.

    Empty for a file of any other format, and for one whose header lies: it is opaque, which is no error.
    Reads and memory are bounded whatever the file says.

    Raises:
        OSError: ``read`` failed.
    """
    try:
        return checked(_parsed(read, size), size)
    except InvalidInput:
        return []


def _parsed(read: Read, size: int) -> list[Tensor]:
    head = read(0, min(_HEAD, size))
    if head.startswith(gguf.MAGIC):
        return gguf.tensors(read, size)
    if head.startswith(zip_directory.MAGIC):
        entries = zip_directory.entries(read, size)
        return torch_zip.tensors(entries) if torch_zip.looks_so(entries) else npz.tensors(read, entries)
    return safetensors.tensors(read, size) if safetensors.looks_so(head, size) else []
