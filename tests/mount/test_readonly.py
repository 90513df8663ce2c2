"""Whatever would change something is refused with EROFS."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable

import pytest

from mvfs.catalog.catalog import Catalog
from mvfs.mount import kernel
from mvfs.mount.channel import Request
from mvfs.mount.encoding import Encoder
from mvfs.mount.kernel import Op
from mvfs.mount.opens import Opens
from mvfs.mount.operations import Operations
from mvfs.mount.options import Options
from mvfs.mount.tree import Tree
from mvfs.store.trust import stamps
from tests.mount.conftest import Sample

CHANGES: dict[str, Callable[[str], object]] = {
    "open to write": lambda at: os.open(f"{at}/small.txt", os.O_WRONLY),
    "open to read and write": lambda at: os.open(f"{at}/small.txt", os.O_RDWR),
    "truncate on open": lambda at: os.open(f"{at}/small.txt", os.O_WRONLY | os.O_TRUNC),
    "create": lambda at: os.open(f"{at}/new", os.O_CREAT | os.O_WRONLY),
    "truncate": lambda at: os.truncate(f"{at}/small.txt", 0),
    "unlink": lambda at: os.unlink(f"{at}/small.txt"),
    "rmdir": lambda at: os.rmdir(f"{at}/dir"),
    "mkdir": lambda at: os.mkdir(f"{at}/new"),
    "rename": lambda at: os.rename(f"{at}/small.txt", f"{at}/new"),
    "link": lambda at: os.link(f"{at}/small.txt", f"{at}/new"),
    "symlink": lambda at: os.symlink("small.txt", f"{at}/new"),
    "mkfifo": lambda at: os.mkfifo(f"{at}/new"),
    "chmod": lambda at: os.chmod(f"{at}/small.txt", 0o777),
    "utime": lambda at: os.utime(f"{at}/small.txt"),
    "setxattr": lambda at: os.setxattr(f"{at}/small.txt", "user.x", b"1"),
    "removexattr": lambda at: os.removexattr(f"{at}/small.txt", "user.x"),
    "unnamed file": lambda at: os.open(at, os.O_TMPFILE | os.O_WRONLY),
    "remove a version": shutil.rmtree,
    "make a project": lambda at: os.mkdir(f"{at}/../../../../project"),
    "remove an alias": lambda at: os.rmdir(f"{at}/../production"),
}


def test_changes_are_refused(sample: Sample) -> None:
    def attempt(change: Callable[[str], object]) -> int:
        try:
            change(str(sample.root))
        except OSError as exc:
            return exc.errno or 0
        return 0

    found = sample.world.run(lambda: {name: attempt(change) for name, change in CHANGES.items()})
    assert found == dict.fromkeys(CHANGES, errno.EROFS)
    assert sample.world.read("vision/model/iv3/v0/small.txt") == b"hello"


class Recorder:
    """A channel that keeps the errno it was asked to send."""

    code = 0

    def fail(self, unique: int, code: int) -> None:
        self.code = code

    def reply(self, unique: int, payload: bytes = b"") -> bool:
        return True


@pytest.mark.parametrize("op", kernel.WRITES)
def test_the_driver_refuses_by_itself_too(catalog: Catalog, op: Op) -> None:
    """The kernel asks us nothing of the kind on a read-only mount; one that was remounted would."""
    operations = Operations(Tree(catalog), Opens(Options(), stamps()), Encoder(0, 0))
    channel = Recorder()
    operations.answer(channel, Request(op, 1, 1, memoryview(bytes(64))))  # type: ignore[arg-type]
    assert channel.code == errno.EROFS
