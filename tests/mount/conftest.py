"""Worlds in which things are mounted through the real kernel, one for each way of mounting."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mvfs.mount.driver import LIBFUSE, LINUX
from tests.conftest import leave_out
from tests.mount.people import NOBODY
from tests.mount.worlds import SAMPLE, Mount, World, world_of

_LONG = {"test_fio.py": "fio", "test_torch.py": "PyTorch"}
"""Tests that are too large for ``make test``, and what they need."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for."""
    if not os.environ.get("MVFS_TEST_LONG"):
        for file, program in _LONG.items():
            found = [item for item in items if item.path.name == file]
            leave_out(config, items, found, f"{program}; run 'make test-mount' too")


@dataclass(frozen=True)
class Kind:
    """A way of mounting."""

    name: str
    uid: int
    options: tuple[str, ...] = ()
    driver: str = LINUX


def kinds() -> list[Kind]:
    """All ways that whoever runs the tests can try."""
    if os.getuid() != 0:
        me = os.getuid()
        return [
            Kind("user", me),
            Kind("hashed", me, ("-o", "verify=always")),
            Kind("libfuse", me, driver=LIBFUSE),
        ]
    return [
        Kind("passthrough", 0),
        Kind("served", 0, ("-o", "passthrough=off")),
        Kind("hashed", 0, ("-o", "verify=always")),
        Kind("user", NOBODY),
        Kind("libfuse", 0, driver=LIBFUSE),
        Kind("libfuse-user", NOBODY, driver=LIBFUSE),
    ]


@dataclass(frozen=True)
class Sample:
    """`SAMPLE` logged as vision/model/iv3 v0, mounted, and the same as plain files."""

    world: World
    kind: Kind
    mount: Mount
    plain: Path

    @property
    def root(self) -> Path:
        """The version's directory in the mount."""
        return self.mount.path / "vision/model/iv3/v0"


@pytest.fixture(scope="module", params=kinds(), ids=lambda kind: kind.name)
def sample(request: pytest.FixtureRequest) -> Iterator[Sample]:
    """A mount for tests that change nothing; once per module and way of mounting."""
    from tests.mount.worlds import write

    kind: Kind = request.param
    with world_of(kind.uid, kind.driver) as world:
        world.log(SAMPLE, aliases=("production",))
        world.log({**SAMPLE, "small.txt": b"changed"})
        plain = world.home / "plain"
        world.run(lambda: write(plain, SAMPLE))
        yield Sample(world, kind, world.mount(*kind.options), plain)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that ask for a kind with each of them, the others once per user and driver."""
    if "kind" in metafunc.fixturenames:
        is_asked = "kind" in inspect.signature(metafunc.function).parameters
        chosen = [kind for kind in kinds() if is_asked or not kind.options]
        if metafunc.definition.get_closest_marker("beyond_libfuse"):
            chosen = [kind for kind in chosen if kind.driver != LIBFUSE]
        metafunc.parametrize("kind", chosen, ids=lambda kind: kind.name)


@pytest.fixture
def world(kind: Kind) -> Iterator[World]:
    """An empty world of the user who mounts in this way."""
    with world_of(kind.uid, kind.driver) as made:
        yield made


@pytest.fixture
def mine() -> Iterator[World]:
    """An empty world of whoever runs the tests."""
    with world_of(os.getuid()) as made:
        yield made


@pytest.fixture
def roots() -> Iterator[World]:
    """An empty world in which the kernel grants passthrough."""
    if os.getuid() != 0:
        pytest.fail("passthrough is granted to root only: run these tests as root too")
    with world_of(0) as made:
        yield made
