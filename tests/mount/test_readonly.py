"""Whatever would change something is refused with EROFS."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Callable
from functools import partial

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
from tests.mount.worlds import SAMPLE, World

_AT_CWD, _EXCHANGE, _NO_REPLACE = -100, 2, 1
_SET_FLAGS = 0x40086602
"""FS_IOC_SETFLAGS, which chattr uses."""


def renameat2(old: str, new: str, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_AT_CWD, os.fsencode(old), _AT_CWD, os.fsencode(new), flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def reading(path: str) -> int:
    return os.open(path, os.O_RDONLY)


CHANGES: dict[str, Callable[[str], object]] = {
    "open to write": lambda at: os.open(f"{at}/small.txt", os.O_WRONLY),
    "open to read and write": lambda at: os.open(f"{at}/small.txt", os.O_RDWR),
    "truncate on open": lambda at: os.open(f"{at}/small.txt", os.O_WRONLY | os.O_TRUNC),
    "truncate on open to read": lambda at: os.open(f"{at}/small.txt", os.O_RDONLY | os.O_TRUNC),
    "append": lambda at: os.open(f"{at}/small.txt", os.O_WRONLY | os.O_APPEND),
    "create to read": lambda at: os.open(f"{at}/new", os.O_CREAT | os.O_RDONLY),
    "create": lambda at: os.open(f"{at}/new", os.O_CREAT | os.O_WRONLY),
    "truncate": lambda at: os.truncate(f"{at}/small.txt", 0),
    "unlink": lambda at: os.unlink(f"{at}/small.txt"),
    "rmdir": lambda at: os.rmdir(f"{at}/dir"),
    "mkdir": lambda at: os.mkdir(f"{at}/new"),
    "rename": lambda at: os.rename(f"{at}/small.txt", f"{at}/new"),
    "rename over another": lambda at: os.rename(f"{at}/small.txt", f"{at}/run.sh"),
    "rename a directory": lambda at: os.rename(f"{at}/dir", f"{at}/new"),
    "exchange": lambda at: renameat2(f"{at}/small.txt", f"{at}/run.sh", _EXCHANGE),
    "rename unless there": lambda at: renameat2(f"{at}/small.txt", f"{at}/new", _NO_REPLACE),
    "link": lambda at: os.link(f"{at}/small.txt", f"{at}/new"),
    "symlink": lambda at: os.symlink("small.txt", f"{at}/new"),
    "mknod": lambda at: os.mknod(f"{at}/new"),
    "make a socket": lambda at: socket.socket(socket.AF_UNIX).bind(f"{at}/new"),
    "mkfifo": lambda at: os.mkfifo(f"{at}/new"),
    "chmod": lambda at: os.chmod(f"{at}/small.txt", 0o777),
    "chmod what is open": lambda at: os.fchmod(reading(f"{at}/small.txt"), 0o777),
    "chown": lambda at: os.chown(f"{at}/small.txt", os.getuid(), -1),
    "chown a directory": lambda at: os.lchown(f"{at}/dir", -1, os.getgid()),
    "utime of what is open": lambda at: os.utime(reading(f"{at}/small.txt")),
    "chattr": lambda at: fcntl.ioctl(reading(f"{at}/small.txt"), _SET_FLAGS, bytes(8)),
    "setxattr of what is open": lambda at: os.setxattr(reading(f"{at}/small.txt"), "user.x", b"1"),
    "utime": lambda at: os.utime(f"{at}/small.txt"),
    "setxattr": lambda at: os.setxattr(f"{at}/small.txt", "user.x", b"1"),
    "removexattr": lambda at: os.removexattr(f"{at}/small.txt", "user.x"),
    "unnamed file": lambda at: os.open(at, os.O_TMPFILE | os.O_WRONLY),
    "remove a version": shutil.rmtree,
    "make a project": lambda at: os.mkdir(f"{at}/../../../../project"),
    "remove an alias": lambda at: os.rmdir(f"{at}/../production"),
}


_CLONE = 0x40049409
"""FICLONE, which cp --reflink uses."""

NO_WRITER: dict[str, Callable[[int, int], object]] = {
    "write": lambda fd, _: os.write(fd, b"x"),
    "pwritev": lambda fd, _: os.pwritev(fd, [b"x", b"y"], 3),
    "ftruncate": lambda fd, _: os.ftruncate(fd, 0),
    "fallocate": lambda fd, _: os.posix_fallocate(fd, 0, 100),
    "copy into": lambda fd, source: os.copy_file_range(source, fd, 10),
    "send into": lambda fd, source: os.sendfile(fd, source, 0, 10),
    "clone into": lambda fd, source: fcntl.ioctl(fd, _CLONE, source),
}


def errno_of(act: Callable[[], object]) -> int:
    """The errno with which a call ends; 0 if it does not."""
    try:
        act()
    except OSError as exc:
        return exc.errno or 0
    return 0


def attempts(at: str) -> dict[str, int]:
    return {name: errno_of(lambda change=change: change(at)) for name, change in CHANGES.items()}


def test_changes_are_refused(sample: Sample) -> None:
    found = sample.world.run(lambda: attempts(str(sample.root)))
    assert found == dict.fromkeys(CHANGES, errno.EROFS)
    assert sample.world.read("vision/model/iv3/v0/small.txt") == b"hello"


def test_a_descriptor_to_read_does_not_write(sample: Sample) -> None:
    def attempt() -> dict[str, int]:
        fd, source = reading(f"{sample.root}/small.txt"), reading(f"{sample.root}/big.bin")
        return {name: errno_of(lambda write=write: write(fd, source)) for name, write in NO_WRITER.items()}

    found = sample.world.run(attempt)
    assert found == {**dict.fromkeys(NO_WRITER, errno.EBADF), "ftruncate": errno.EINVAL}


def test_nothing_is_moved_or_linked_in_or_out(sample: Sample) -> None:
    inside, outside = f"{sample.root}/small.txt", f"{sample.plain}/small.txt"
    pairs = [(inside, f"{sample.plain}/new"), (outside, f"{sample.root}/new")]

    def attempt() -> list[int]:
        acts = [partial(act, *pair) for pair in pairs for act in (os.rename, os.link)]
        return [errno_of(act) for act in acts]

    assert sample.world.run(attempt) == [*[errno.EXDEV] * 3, errno.EROFS]


@pytest.mark.needs_root
def test_a_mount_that_root_has_made_writable_changes_nothing_either(roots: World) -> None:
    roots.log(SAMPLE, aliases=("production",))
    roots.mount()
    at = roots.mountpoint / "vision/model/iv3/v0"
    roots.sh("mount", "-i", "-o", "remount,rw", roots.mountpoint)
    expected = {**dict.fromkeys(CHANGES, errno.EROFS), "chattr": errno.ENOTTY}
    assert roots.run(lambda: attempts(str(at))) == expected
    assert roots.run(lambda: {name: (at / name).read_bytes() for name in SAMPLE}) == SAMPLE


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
