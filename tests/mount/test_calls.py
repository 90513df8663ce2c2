"""System calls that read give in the mount what they give on a disk: the same bytes, the same errors."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from tests.mount.conftest import Sample
from tests.mount.worlds import SAMPLE

MIB = 1 << 20
BIG, SIZE = SAMPLE["big.bin"], len(SAMPLE["big.bin"])

_libc = ctypes.CDLL(None, use_errno=True)


def code_of(act: Callable[[], object]) -> str:
    """The name of the error with which a call ends; "" if it does not."""
    try:
        act()
    except OSError as exc:
        return errno.errorcode[exc.errno or 0]
    return ""


def reading(at: Path, name: str, flags: int = 0) -> int:
    return os.open(at / name, os.O_RDONLY | flags)


def at_any_offset(at: Path) -> object:
    fd = reading(at, "big.bin")
    ends = [os.pread(fd, 10, offset) for offset in (SIZE - 1, SIZE, SIZE + 1, SIZE + (1 << 40))]
    nothing = [os.pread(fd, 0, offset) for offset in (0, SIZE, SIZE + 5)]
    return ends, nothing, code_of(lambda: os.pread(fd, 1, -1)), len(os.pread(fd, 1 << 30, 0))


def by_vectors(at: Path) -> object:
    fd = reading(at, "big.bin")
    found = []
    for offset in (0, MIB - 3, SIZE - 5000, SIZE):
        parts = [bytearray(length) for length in (1, 0, 4095, 100_000)]
        found.append((os.preadv(fd, parts, offset), [bytes(part) for part in parts]))
    os.lseek(fd, SIZE - 3, os.SEEK_SET)
    return found, os.readv(fd, [bytearray(2), bytearray(2)]), os.read(fd, 1)


def seeking(at: Path) -> object:
    fd, empty = reading(at, "big.bin"), reading(at, "empty")
    found: list[object] = [os.lseek(fd, SIZE + 100, os.SEEK_SET), os.read(fd, 5)]
    found += [os.lseek(fd, where, os.SEEK_DATA) for where in (0, 5000, SIZE - 1)]
    found += [os.lseek(fd, where, os.SEEK_HOLE) for where in (0, SIZE - 1)]
    for how in (os.SEEK_DATA, os.SEEK_HOLE):
        found += [code_of(lambda how=how: os.lseek(fd, SIZE, how))]
        found += [code_of(lambda how=how: os.lseek(fd, SIZE + 9, how))]
        found += [code_of(lambda how=how: os.lseek(empty, 0, how))]
    return [*found, os.lseek(fd, 0, os.SEEK_END)]


def mapped(at: Path) -> object:
    fd = reading(at, "dir/odd.bin")
    size = os.fstat(fd).st_size
    with (
        mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ) as shared,
        mmap.mmap(fd, 0, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE) as private,
        mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ, offset=MIB) as later,
    ):
        private[5:9] = private[-4:] = b"mine"
        shared.madvise(mmap.MADV_WILLNEED)
        private.madvise(mmap.MADV_DONTNEED, 1 << 20, 1 << 20)
        found = private[4:10], private[-5:], shared[:] == os.pread(fd, size, 0), later[:9], shared[-9:]
    writable = mmap.PROT_READ | mmap.PROT_WRITE
    refused = code_of(lambda: mmap.mmap(fd, 0, mmap.MAP_SHARED, writable))
    return found, refused, os.pread(fd, 10, 0)


def beyond_the_last_page(at: Path) -> object:
    """Whoever touches a mapping past the end of the file gets SIGBUS, the rest of the last page is zeros."""
    fd = reading(at, "dir/odd.bin")
    size = os.fstat(fd).st_size
    length = size + 2 * mmap.PAGESIZE
    _libc.mmap.restype = ctypes.c_void_p
    _libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    start = _libc.mmap(None, length, mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
    tail = ctypes.string_at(start + size, -size % mmap.PAGESIZE)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGBUS, signal.SIG_DFL)
        ctypes.string_at(start + size + mmap.PAGESIZE, 1)
        os._exit(0)
    return tail.strip(b"\0"), os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGBUS


def past_the_cache(at: Path) -> object:
    """Whoever asks for it gets the right bytes, from places that every disk can do."""
    fd = reading(at, "dir/odd.bin", os.O_DIRECT)
    space = mmap.mmap(-1, MIB)
    found = []
    for offset in (0, 4096, MIB, 2 * MIB):
        count = os.preadv(fd, [space], offset)
        found.append(bytes(space[:count]) == SAMPLE["dir/odd.bin"][offset : offset + MIB])
    return found


def through_pipes_and_sockets(at: Path) -> object:
    fd = reading(at, "big.bin")
    here, there = os.pipe()
    spliced = os.splice(fd, there, 4096, offset_src=MIB - 5), os.read(here, 4096)
    one, other = socket.socketpair()
    with one, other:
        sent = os.sendfile(one.fileno(), fd, SIZE - 7, 1000), other.recv(1000)
    return spliced, sent, os.sendfile(there, fd, SIZE, 10)


def hints(at: Path) -> object:
    fd = reading(at, "big.bin")
    for hint in ("NORMAL", "RANDOM", "SEQUENTIAL", "WILLNEED", "NOREUSE", "DONTNEED"):
        os.posix_fadvise(fd, 0, 0, getattr(os, f"POSIX_FADV_{hint}"))
    return _libc.readahead(fd, ctypes.c_long(MIB), MIB), os.pread(fd, 9, MIB), os.fsync(fd), os.fdatasync(fd)


def locks(at: Path) -> object:
    one, other, folder = reading(at, "big.bin"), reading(at, "big.bin"), reading(at, "dir")
    found = [
        code_of(lambda: fcntl.flock(one, fcntl.LOCK_SH)),
        code_of(lambda: fcntl.flock(folder, fcntl.LOCK_EX)),
    ]
    found.append(code_of(lambda: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)))
    fcntl.flock(one, fcntl.LOCK_UN)
    found.append(code_of(lambda: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)))
    found.append(code_of(lambda: fcntl.lockf(one, fcntl.LOCK_SH | fcntl.LOCK_NB, 10, 5)))
    return [*found, code_of(lambda: fcntl.lockf(one, fcntl.LOCK_EX | fcntl.LOCK_NB))]


def ways_to_open(at: Path) -> object:
    found = [
        code_of(lambda: reading(at, "big.bin", os.O_DIRECTORY)),
        code_of(lambda: reading(at, "big.bin/", 0)),
        code_of(lambda: reading(at, "big.bin", os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)),
        code_of(lambda: reading(at, "big.bin", os.O_NOATIME)),
        code_of(lambda: reading(at, "none", 0)),
    ]
    folder = os.open(at / "dir", os.O_PATH | os.O_DIRECTORY)
    inner = os.open("deep/er/../er/leaf.txt", os.O_RDONLY, dir_fd=folder)
    only = os.open(at / "small.txt", os.O_PATH)
    again = os.open(f"/proc/self/fd/{only}", os.O_RDONLY)
    return found, os.read(inner, 99), os.read(again, 99), code_of(lambda: os.read(only, 9))


def wrong_kinds(at: Path) -> object:
    folder = reading(at, "dir")
    return [
        code_of(lambda: os.read(folder, 10)),
        code_of(lambda: os.pread(folder, 10, 0)),
        code_of(lambda: mmap.mmap(folder, 4096, prot=mmap.PROT_READ)),
        code_of(lambda: os.readlink(at / "small.txt")),
        code_of(lambda: os.readlink(at / "dir")),
        code_of(lambda: os.listdir(at / "small.txt")),
        code_of(lambda: os.stat(at / "small.txt" / "x")),
        code_of(lambda: os.stat(at / ("x" * 256))),
        code_of(lambda: os.stat(at / ("é" * 128))),
        code_of(lambda: os.stat(f"{at}{'/dir/..' * 600}")),
        code_of(lambda: os.chdir(at / "small.txt")),
        code_of(lambda: fcntl.ioctl(reading(at, "small.txt"), 0x5401, bytearray(64))),
    ]


def who_may_what(at: Path) -> object:
    paths = [at, at / "dir", at / "small.txt", at / "run.sh"]
    return [[os.access(path, how) for how in (os.F_OK, os.R_OK)] for path in paths] + [
        os.access(path, os.X_OK) for path in paths
    ]


def kinds_and_counts(at: Path) -> object:
    def look(found: os.stat_result) -> tuple[object, ...]:
        is_folder = stat.S_ISDIR(found.st_mode)
        return (
            stat.S_IFMT(found.st_mode),
            None if is_folder else (found.st_size, found.st_nlink),
            found.st_rdev,
        )

    fd = reading(at, "small.txt")
    assert os.stat(at / "small.txt") == os.lstat(at / "small.txt") == os.fstat(fd)
    with os.scandir(at) as entries:
        listed = sorted((entry.name, look(entry.stat()), entry.is_dir()) for entry in entries)
        assert all(entry.inode() == os.stat(at / entry.name).st_ino for entry in os.scandir(at))
    return listed, look(os.stat(at / "dir/deep/..")), os.stat(at / "dir/..").st_ino == os.stat(at).st_ino


def the_working_directory(at: Path) -> object:
    os.chdir(at / "dir/deep")
    found = (
        Path(os.getcwd()).relative_to(at),
        os.listdir(),
        os.listdir("../..")[:0],
        Path("../odd.bin").stat().st_size,
    )
    os.chdir("..")
    return *found, Path(os.getcwd()).relative_to(at), Path("/proc/self/cwd").resolve().relative_to(at)


PROBES = (
    at_any_offset, by_vectors, seeking, mapped, beyond_the_last_page, past_the_cache,
    through_pipes_and_sockets, hints, locks, ways_to_open, wrong_kinds, who_may_what,
    kinds_and_counts, the_working_directory,
)  # fmt: skip


def test_calls_give_what_they_give_on_a_disk(sample: Sample) -> None:
    def probe(at: Path) -> dict[str, object]:
        return {probe.__name__: probe(at) for probe in PROBES}

    on_disk = sample.world.run(lambda: probe(sample.plain))
    mounted = sample.world.run(lambda: probe(sample.root))
    for name, found in on_disk.items():
        assert mounted[name] == found, name
    assert sample.world.run(lambda: probe(sample.root.parent / "production")) == on_disk


def test_nobody_may_write(sample: Sample) -> None:
    def ask() -> list[str]:
        return [access(path) for path in ("", "dir", "small.txt", "run.sh", "../production", "..")]

    def access(path: str) -> str:
        failed = _libc.access(os.fsencode(sample.root / path), os.W_OK)
        return errno.errorcode[ctypes.get_errno()] if failed else ""

    assert sample.world.run(ask) == ["EROFS"] * 6


def test_a_file_is_copied_out_by_the_kernel_or_refused(sample: Sample) -> None:
    """Programs such as cp go on by reading and writing where the kernel does not copy by itself."""

    def copy() -> tuple[str, bytes]:
        source = reading(sample.root, "small.txt")
        target = os.open(sample.world.home / "copied", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        code = code_of(lambda: os.copy_file_range(source, target, 100))
        return code, os.pread(target, 100, 0)

    assert sample.world.run(copy) in (("", b"hello"), ("EXDEV", b""))


def test_a_compiled_program_runs(sample: Sample) -> None:
    assert sample.world.sh(sample.root / "bin/echo", "fine").out == "fine\n"


def test_many_processes_have_a_file_open_500_times(sample: Sample) -> None:
    def read(number: int) -> None:
        if os.fork() == 0:
            files = [reading(sample.root, "big.bin") for _ in range(50)]
            places = [(number * 50 + place) * 7001 for place in range(50)]
            found = [os.pread(fd, 5000, place) for fd, place in zip(files, places, strict=True)]
            os._exit(found != [BIG[place : place + 5000] for place in places])

    def race() -> list[int]:
        for number in range(10):
            read(number)
        return [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(10)]

    assert sample.world.run(race) == [0] * 10
