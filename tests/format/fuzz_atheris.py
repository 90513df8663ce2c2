"""Fuzzing led by coverage, over the same readers as `test_fuzz`: ``make fuzz SECONDS=60``.

Not part of the tests: it needs the package ``atheris``, and finds what it finds. What it found is to become
a test of its own in `test_hostile`.
"""

from __future__ import annotations

import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["mvfs"]):
    import mvfs.catalog.runs
    import mvfs.index.apply
    import mvfs.store.manifest.reader  # noqa: F401 - instrumented before `targets` imports them

from mvfs.errors import Damaged, NotAStore, UnsupportedFormat
from tests.format import targets
from tests.format.mutating import random_changes, rebuilt

NAMES = sorted(targets.targets())


def test_one_input(data: bytes) -> None:
    """The first byte is the kind, the second the number of the payload that is played with."""
    if len(data) < 3:
        return
    target = targets.targets()[NAMES[data[0] % len(NAMES)]]
    payload = data[2:]
    if target.name in ("segment", "tail"):
        payload = targets.resealed(payload)
    try:
        target.read(data[1] % len(target.payloads), payload)
    except (Damaged, UnsupportedFormat, NotAStore):
        return


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Change bytes, or the values of what still is msgpack."""
    random = Random(seed)
    if random.random() < 0.5:
        return bytes(atheris.Mutate(data, max_size))
    try:
        found = data[:2] + rebuilt(data[2:], random_changes(random))
    except (ValueError, RecursionError, TypeError):
        return bytes(atheris.Mutate(data, max_size))
    return found if len(found) <= max_size else data


def main() -> None:
    """Begin with the good payloads; libFuzzer's options follow on the command line."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as corpus:
        for at, name in enumerate(NAMES):
            for number, payload in enumerate(targets.targets()[name].payloads):
                if len(payload) < 1 << 16:
                    (Path(corpus) / f"{name}-{number}").write_bytes(bytes([at, number]) + payload)
        atheris.Setup([*sys.argv, "-max_len=65536", corpus], test_one_input, custom_mutator=mutated)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
