"""Whatever takes a path reads a mounted version as it reads the same files on a disk."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import stat

from tests.mount.conftest import Sample
from tests.mount.worlds import SAMPLE


def test_passthrough_is_what_was_asked_for(sample: Sample) -> None:
    assert sample.mount.passthrough == (
        sample.kind.name in ("passthrough", "hashed") and sample.kind.uid == 0
    )


def test_every_file_has_its_bytes(sample: Sample) -> None:
    def read() -> dict[str, bytes]:
        return {path: (sample.root / path).read_bytes() for path in SAMPLE}

    assert sample.world.run(read) == SAMPLE


def test_copies_are_equal(sample: Sample) -> None:
    copies = sample.world.home / "copies"
    sample.world.sh("mkdir", "-p", copies)
    sample.world.sh("cp", "-r", sample.root, copies / "r")
    sample.world.sh("cp", "-a", sample.root, copies / "a")
    for name in ("r", "a"):
        sample.world.sh("diff", "-r", sample.plain, copies / name)
    for path in ("small.txt", "dir"):
        assert (copies / "a" / path).stat().st_mtime_ns == sample.world.run(
            lambda path=path: os.stat(sample.root / path).st_mtime_ns
        )
    sample.world.sh("chmod", "-R", "u+w", copies)
    sample.world.sh("rm", "-r", copies)


def test_an_alias_can_be_copied_like_a_directory(sample: Sample) -> None:
    copy = sample.world.home / "copy"
    sample.world.sh("cp", "-r", sample.root.parent / "production", copy)
    sample.world.sh("diff", "-r", sample.plain, copy)
    sample.world.sh("chmod", "-R", "u+w", copy)
    sample.world.sh("rm", "-r", copy)


def test_find_tar_du_and_checksums(sample: Sample) -> None:
    found = sample.world.sh("find", sample.root, "-type", "f", "-printf", "%P\\n").out.splitlines()
    assert sorted(found) == sorted(SAMPLE)
    sums = sample.world.sh("sha256sum", sample.root / "big.bin", sample.root / "dir/odd.bin").out.split()
    assert sums[::2] == [hashlib.sha256(SAMPLE[name]).hexdigest() for name in ("big.bin", "dir/odd.bin")]
    archive = sample.world.home / "a.tar"
    sample.world.sh("tar", "-C", sample.root, "-cf", archive, ".")
    unpacked = sample.world.home / "unpacked"
    sample.world.sh("mkdir", "-p", unpacked)
    sample.world.sh("tar", "-C", unpacked, "--no-same-permissions", "-xf", archive)
    sample.world.sh("diff", "-r", sample.plain, unpacked)
    used = int(sample.world.sh("du", "-s", "--apparent-size", "-B1", sample.root).out.split()[0])
    assert used == sum(len(data) for data in SAMPLE.values())


def test_attributes(sample: Sample) -> None:
    def look(path: str) -> os.stat_result:
        return sample.world.run(lambda: os.stat(sample.root / path))

    assert stat.filemode(look("small.txt").st_mode) == "-r--r--r--"
    assert stat.filemode(look("run.sh").st_mode) == "-r-xr-xr-x"
    assert stat.filemode(look("").st_mode) == stat.filemode(look("dir").st_mode) == "dr-xr-xr-x"
    assert look("big.bin").st_size == len(SAMPLE["big.bin"])
    assert look("big.bin").st_uid == sample.kind.uid
    assert look("big.bin").st_mtime_ns == look("").st_mtime_ns == look("dir/deep/er").st_mtime_ns


def test_versions_share_the_inode_of_a_file_that_they_share(sample: Sample) -> None:
    def inodes(path: str) -> set[int]:
        names = ("v0", "v1", "production", "latest")
        return sample.world.run(lambda: {os.stat(sample.root.parent / n / path).st_ino for n in names})

    assert len(inodes("big.bin")) == len(inodes("many/file-0001.txt")) == 1
    assert len(inodes("small.txt")) == 2
    assert len(inodes("dir")) == 4


def test_mapped_files(sample: Sample) -> None:
    def compare() -> bool:
        path = sample.root / "dir/odd.bin"
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
            return mapped[:] == SAMPLE["dir/odd.bin"] and mapped[-5:] == SAMPLE["dir/odd.bin"][-5:]

    assert sample.world.run(compare)


def test_programs_run_and_other_files_do_not(sample: Sample) -> None:
    assert sample.world.sh(sample.root / "run.sh", "fine").out == "ran fine\n"

    def execute() -> int:
        try:
            os.execv(sample.root / "small.txt", ["small.txt"])
        except OSError as exc:
            return exc.errno or 0

    assert sample.world.run(execute) == errno.EACCES


def test_reads_at_any_offset(sample: Sample) -> None:
    data = SAMPLE["dir/odd.bin"]
    size = len(data)

    def read() -> list[bytes]:
        fd = os.open(sample.root / "dir/odd.bin", os.O_RDONLY)
        try:
            return [os.pread(fd, length, offset) for offset, length in places]
        finally:
            os.close(fd)

    places = [
        (0, 1), (size - 1, 10), (size, 10), (size + 1, 10), (size + (1 << 40), 10), ((1 << 20) - 3, 6),
        (1, 2 << 20), (4095, 2), (size - 5000, 10_000),
    ]  # fmt: skip
    assert sample.world.run(read) == [data[offset : offset + length] for offset, length in places]


def test_seeking(sample: Sample) -> None:
    size = len(SAMPLE["big.bin"])

    def seek() -> tuple[list[int], int]:
        fd = os.open(sample.root / "big.bin", os.O_RDONLY)
        ends = [
            os.lseek(fd, 0, os.SEEK_END),
            os.lseek(fd, -1, os.SEEK_END),
            os.lseek(fd, 0, os.SEEK_DATA),
            os.lseek(fd, 0, os.SEEK_HOLE),
        ]
        try:
            os.lseek(fd, -1, os.SEEK_SET)
        except OSError as exc:
            return ends, exc.errno or 0
        return ends, 0

    assert sample.world.run(seek) == ([size, size - 1, 0, size], errno.EINVAL)


def test_the_empty_file(sample: Sample) -> None:
    assert sample.world.read("vision/model/iv3/v0/empty") == b""
    assert sample.world.run(lambda: os.stat(sample.root / "empty").st_size) == 0


def test_directories_can_be_rewound_and_resumed(sample: Sample) -> None:
    import ctypes

    def names() -> tuple[list[bytes], list[bytes], list[bytes], list[bytes]]:
        libc = ctypes.CDLL(None)
        libc.opendir.restype = libc.readdir.restype = ctypes.c_void_p
        libc.telldir.restype = ctypes.c_long
        libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
        libc.rewinddir.argtypes = libc.readdir.argtypes = libc.telldir.argtypes = [ctypes.c_void_p]

        def rest(folder: int, limit: int = 10_000) -> list[bytes]:
            found = []
            while len(found) < limit and (entry := libc.readdir(folder)):
                found.append(ctypes.string_at(entry + 19))
            return found

        folder = libc.opendir(os.fsencode(sample.root / "many"))
        first = rest(folder, 200)
        place = libc.telldir(folder)
        second = rest(folder)
        libc.seekdir(folder, place)
        again = rest(folder)
        libc.rewinddir(folder)
        return first, second, again, rest(folder)

    first, second, again, everything = sample.world.run(names)
    assert second == again
    assert everything == first + second
    assert len(everything) == len(set(everything)) == 302


def test_two_listings_of_a_directory_go_their_own_ways(sample: Sample) -> None:
    def walk() -> bool:
        with os.scandir(sample.root / "many") as one, os.scandir(sample.root / "many") as two:
            return [(a.name, b.name) for a, b in zip(one, two, strict=True)] == [
                (f"file-{n:04d}.txt",) * 2 for n in range(300)
            ]

    assert sample.world.run(walk)


def test_many_files_open_at_once(sample: Sample) -> None:
    def read() -> bool:
        paths = [sample.root / f"many/file-{number:04d}.txt" for number in range(300)] * 3
        paths += [sample.root / "big.bin"] * 100
        files = [os.open(path, os.O_RDONLY) for path in paths]
        right = [os.pread(fd, 20, 0) for fd in files] == [path.read_bytes()[:20] for path in paths]
        for fd in files:
            os.close(fd)
        return right

    import resource

    def allowed() -> bool:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        )
        return read()

    assert sample.world.run(allowed)


def test_names_that_are_not_there(sample: Sample) -> None:
    def missing(path: str | bytes) -> int:
        try:
            os.stat(os.path.join(os.fsencode(sample.mount.path), os.fsencode(path)))
        except OSError as exc:
            return exc.errno or 0
        return 0

    here = "vision/model/iv3"
    none = [
        "none",
        "vision/none",
        *(f"{here}/{name}" for name in ("v9", "v00", ".git", "v0/none", "v0/big.b")),
    ]
    paths: dict[str | bytes, int] = dict.fromkeys([*none, b"\xff\xfe"], errno.ENOENT)
    paths |= {f"{here}/v0/small.txt/x": errno.ENOTDIR, "x" * 300: errno.ENAMETOOLONG}
    for _ in range(2):  # the second time from what the kernel remembers
        assert sample.world.run(lambda: {path: missing(path) for path in paths}) == paths


def test_statfs_tells_of_the_store(sample: Sample) -> None:
    def compare() -> tuple[os.statvfs_result, os.statvfs_result]:
        return os.statvfs(sample.mount.path), os.statvfs(sample.world.store)

    mounted, below = sample.world.run(compare)
    assert (mounted.f_blocks, mounted.f_bsize, mounted.f_namemax) == (below.f_blocks, below.f_bsize, 255)
    assert mounted.f_flag & os.ST_RDONLY


def test_an_alias_as_it_was_at_a_date(sample: Sample) -> None:
    names = sample.world.names("vision/model/iv3")
    assert names == ["latest", "production", "v0", "v1"]
    assert sample.world.read("vision/model/iv3/latest@2999-01-01/small.txt") == b"changed"
    assert not sample.world.run((sample.root.parent / "latest@2001-01-01").exists)
    assert sample.world.names("vision/model/iv3") == names


def test_reading_while_reading(sample: Sample) -> None:
    """Several threads read pieces of the same files at once."""
    from concurrent.futures import ThreadPoolExecutor

    def read_all() -> bool:
        def read(seed: int) -> bool:
            name = ("big.bin", "dir/odd.bin", "exact.bin")[seed % 3]
            with open(sample.root / name, "rb", buffering=0) as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                data, offset = SAMPLE[name], seed * 7919 % len(SAMPLE[name])
                return os.pread(file.fileno(), 300_000, offset) == data[offset : offset + 300_000]

        with ThreadPoolExecutor(8) as pool:
            return all(pool.map(read, range(200)))

    assert sample.world.run(read_all)
