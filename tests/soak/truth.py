"""What the files of a version hold: whoever knows its name and number knows every byte of it.

Some content lies in one version only, some in several, and some at another path in every other one.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from blake3 import blake3

PAGE = 4096
MIB = 1 << 20
NAMES = ("net", "twin")
"""Two names whose versions share what does not say its name."""

SIZES = {
    "big": 3 * MIB + 777,
    "exact": 2 * MIB,
    "mixed": 4 * MIB + 5,
    "swap/a": MIB + 3 * PAGE,
    "swap/b": MIB + 3 * PAGE,
    **{f"small/{number:02d}": 100 + number * 991 for number in range(16)},
    "empty": 0,
}


def names_in(path: str) -> set[str]:
    """What lies in a directory of a version."""
    below = f"{path}/" if path else ""
    found = {file[len(below) :].partition("/")[0] for file in SIZES if file.startswith(below)}
    return found | ({"id"} if not path else set())


def identity(name: str, number: int) -> bytes:
    """The content of the file ``id``."""
    return f"{name} {number}\n".encode()


def content(name: str, number: int, path: str, offset: int, length: int) -> bytes:
    """The bytes of a file from ``offset``: ``length`` of them, or fewer at its end."""
    end = min(offset + length, SIZES[path])
    first = offset // PAGE
    pages = b"".join(
        page.to_bytes(8, "little") + _tile(_seed(name, number, path, page))
        for page in range(first, -(-max(end, 0) // PAGE))
    )
    return pages[offset - first * PAGE : max(end - first * PAGE, 0)]


def _seed(name: str, number: int, path: str, page: int) -> str:
    folder = path.partition("/")[0]
    if path == "big":
        return f"big {number // 3}"
    if path == "mixed":
        return "mixed" if page < 2 * MIB // PAGE else f"mixed {name} {number}"
    if folder == "swap":
        return f"swap {(number + (path == 'swap/a')) % 2}"
    if folder == "small" and int(path[-2:]) % 2:
        return f"{path} {number // 4}"
    return f"{name} {number} {path}"


@lru_cache(maxsize=256)
def _tile(seed: str) -> bytes:
    return blake3(seed.encode()).digest(length=PAGE - 8)


def write(folder: Path, name: str, number: int) -> None:
    """Write all files of a version into an empty directory."""
    (folder / "id").write_bytes(identity(name, number))
    for path, size in SIZES.items():
        os.makedirs(os.path.dirname(folder / path), exist_ok=True)
        (folder / path).write_bytes(content(name, number, path, 0, size))
