"""``mvfs://`` in fsspec, also where the package was installed before it had that."""

from __future__ import annotations

from collections.abc import Iterator

import fsspec
import pytest

from mvfs.integrations.fsspec import MvfsFileSystem


@pytest.fixture(autouse=True)
def protocol() -> Iterator[None]:
    fsspec.register_implementation("mvfs", MvfsFileSystem, clobber=True)
    yield
    MvfsFileSystem.clear_instance_cache()  # each test has a store of its own
