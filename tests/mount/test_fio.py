"""fio verifies what it wrote, through every way of reading that it knows; for ``make test-mount``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mount.conftest import Kind, kinds
from tests.mount.worlds import World, world_of

ENGINES = {
    "psync": [], "vsync": [], "pvsync2": [], "mmap": [], "splice": [], "posixaio": ["--iodepth=8"],
    "libaio": ["--iodepth=16", "--direct=1"], "io_uring": ["--iodepth=16"],
}  # fmt: skip
_JOBS = [
    "--name=job",
    "--numjobs=4",
    "--size=24m",
    "--verify=crc32c",
    "--verify_fatal=1",
    "--verify_state_save=0",
]


def fio(world: World, folder: Path, *words: str) -> None:
    done = world.person.sh("fio", f"--directory={folder}", *_JOBS, *words)
    assert done.code == 0, done.out + done.err
    assert "err= 0" in done.out


@pytest.fixture(scope="module", params=kinds(), ids=lambda kind: kind.name)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A mounted version of the files that fio wrote."""
    kind: Kind = request.param
    with world_of(kind.uid) as world:
        written = world.home / "written"
        world.run(written.mkdir)
        fio(world, written, "--rw=write", "--bs=4k", "--do_verify=0")
        world.log({path.name: path.read_bytes() for path in written.iterdir()})
        world.mount(*kind.options)
        yield world


@pytest.mark.parametrize("order", ["read", "randread"])
@pytest.mark.parametrize("engine", ENGINES)
def test_fio_finds_what_it_wrote(world: World, engine: str, order: str) -> None:
    at = world.mountpoint / "vision/model/iv3/v0"
    fio(
        world,
        at,
        "--readonly",
        f"--rw={order}",
        "--bs=4k",
        f"--ioengine={engine}",
        "--invalidate=1",
        *ENGINES[engine],
    )
