"""What is too large for every run: ``make test-scale``. Needs 12 GB of disk and ten minutes or so."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.store.sources import scan
from tests.mount.large import log_many, log_versions
from tests.mount.worlds import Mount, World

GIB = 1 << 30
FILES = 1_000_000
NAMES = VERSIONS = 1000
GROWTH = 240e6
"""Bytes that a walk through a million files may add to the process."""


def memory(mount: Mount) -> int:
    """PSS of the process that serves, in bytes; it was forked from this one, which has its part in it."""
    lines = Path(f"/proc/{mount.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def large_paths() -> list[str]:
    return [f"train/n{number // 1300:08d}/n{number:08d}.JPEG" for number in range(FILES)]


def flat_names() -> list[str]:
    return [f"{number:08d}" for number in range(FILES)]


def test_a_version_of_a_million_files(world: World) -> None:
    world.run(lambda: log_many(open_catalog().make_project("p"), "large", large_paths()))
    mount = world.mount()
    before = memory(mount)
    root = world.mountpoint / "p/data/large/v0"

    def walk() -> None:  # here as below, in a child: what this process has would count as the mount's
        command = ["find", root, "-type", "f", "-size", "+0", "-printf", "%P\\n"]
        found = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
        paths = large_paths()
        assert sorted(found) == paths
        for path in random.Random(1).sample(paths, 200):
            assert (root / path).read_bytes() == path.encode()

    for _ in range(2):
        world.run(walk)
        assert memory(mount) - before < GROWTH


def test_a_directory_of_a_million_files(world: World) -> None:
    world.run(lambda: log_many(open_catalog().make_project("p"), "flat", flat_names()))
    mount = world.mount()
    before = memory(mount)
    root = world.mountpoint / "p/data/flat/v0"
    assert world.run(lambda: sorted(os.listdir(root)) == flat_names())
    assert memory(mount) - before < GROWTH


def test_a_thousand_versions_of_a_thousand_names(world: World) -> None:
    world.run(lambda: log_versions(open_catalog().make_project("p"), NAMES, VERSIONS))
    mount = world.mount()
    before = memory(mount)
    root = world.mountpoint / "p/data"
    assert world.run(lambda: sorted(os.listdir(root))) == sorted(f"n{number}" for number in range(NAMES))
    labels = sorted([f"v{number}" for number in range(VERSIONS)] + ["latest"])

    def look() -> None:
        chance = random.Random(1)
        for _ in range(100):
            name, number = chance.randrange(NAMES), chance.randrange(VERSIONS)
            assert (root / f"n{name}/v{number}/number/{number}").read_text() == f"number/{number}"
        for name in range(NAMES):
            assert sorted(os.listdir(root / f"n{name}")) == labels

    world.run(look)
    assert memory(mount) - before < GROWTH


def test_a_file_of_a_hundred_gibibytes(world: World) -> None:
    marks = {at: b"data at %d" % at for at in (0, 5 * GIB + 12345, 50 * GIB - 3, 100 * GIB - 20)}

    def log_it() -> None:
        source = world.home / "source"
        source.mkdir()
        with open(source / "huge.bin", "wb") as file:
            file.truncate(100 * GIB)
            for at, mark in marks.items():
                os.pwrite(file.fileno(), mark, at)
        log(open_catalog().make_project("vision"), Draft("iv3", "model", scan(source)))

    def read_it() -> None:
        with open(world.mountpoint / "vision/model/iv3/v0/huge.bin", "rb") as file:
            assert os.fstat(file.fileno()).st_size == 100 * GIB
            for at, mark in marks.items():
                assert os.pread(file.fileno(), len(mark), at) == mark
                zeros = bytes(1 << 20)
                assert os.pread(file.fileno(), 1 << 20, at + (1 << 20)) in (zeros, b"")
            assert os.pread(file.fileno(), 10, 100 * GIB) == b""

    world.run(log_it)
    assert sum(os.stat(blob).st_blocks * 512 for blob in world.blobs()) < 10 << 20
    for words in ((), ("-o", "passthrough=off"), ("-o", "verify=always")):
        mount = world.mount(*words)
        world.run(read_it)
        world.umount(mount)
