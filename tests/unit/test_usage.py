"""Space: logical, unique, shared; live, trash, orphans."""

from __future__ import annotations

import os

import pytest

from mvfs.catalog import sweeping
from mvfs.catalog.copying import Transfer, transfer
from mvfs.catalog.deletion import Target, delete, target
from mvfs.catalog.project import Project
from mvfs.catalog.usage import Usage
from mvfs.errors import CorruptObject
from tests.conftest import LogFiles

SHARED, FIRST, SECOND = os.urandom(2_000_000), os.urandom(1_500_000), os.urandom(1_200_000)


@pytest.fixture
def two(project: Project, log_files: LogFiles) -> Project:
    log_files({"s": SHARED, "own": FIRST})
    log_files({"s": SHARED, "own": SECOND})
    return project


def on_disk(project: Project) -> int:
    return sum(
        info.size
        for folder in ("blobs", "manifests")
        for info in project.backend.list(f"p/{project.id}/{folder}/")
    )


def test_unique_and_shared_bytes(two: Project) -> None:
    usage = Usage(two)
    first, second = usage.versions("iv3")
    share = usage.share([first])
    assert (share.size, share.shared) == (3_500_000, 2_000_000)
    assert 1_500_000 < share.unique < 1_501_000  # with its manifest
    both = usage.share([first, second])
    assert (both.versions, both.shared, both.unique) == (2, 0, on_disk(two))
    stored = usage.stored()
    assert (stored.stored, stored.live, stored.trash, stored.orphans) == (on_disk(two), on_disk(two), 0, 0)


def test_unique_is_what_a_deletion_and_a_sweep_free(two: Project) -> None:
    usage = Usage(two)
    promised = usage.share(usage.versions("iv3")[:1]).unique
    before = on_disk(two)
    delete(two, [Target("iv3", (0,))])
    stored = Usage(two).stored()
    assert (stored.trash, stored.live + stored.trash) == (promised, stored.stored)
    sweeping.sweep(two, grace=0)
    assert before - on_disk(two) == promised
    assert Usage(two).stored().trash == 0


def test_a_copy_leaves_nothing_unique(two: Project) -> None:
    transfer(Transfer(two, target(two, "iv3"), two, "iv4"))
    usage = Usage(two)
    share = usage.share(usage.versions("iv3"))
    assert (share.unique, share.shared) == (0, on_disk(two))
    assert usage.share(usage.versions()).unique == on_disk(two)
    assert usage.versions(type_="dataset") == []


def test_orphans(two: Project) -> None:
    two.backend.put(f"p/{two.id}/blobs/aa/{'a' * 32}.{'b' * 8}", b"left over")
    assert Usage(two).stored().orphans == 9


def test_a_manifest_that_cannot_be_read_is_damage(two: Project) -> None:
    two.backend.delete(two.version("iv3").manifest)
    with pytest.raises(CorruptObject):
        Usage(two)
