"""What lies in the bucket: one large file and many small ones, as plain objects and as versions of mvfs."""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from far.place import Place
from far.processes import environment, timed
from mvfs.store.backend.opening import backend_of

LARGE = "large.bin"
FOLDERS, SMALL_SIZE = 100, 4096
MIB = 1 << 20


class Wrong(Exception):
    """A copy is not what is in the bucket."""


@dataclass(frozen=True)
class Contents:
    """What a right copy holds."""

    size: int
    """Bytes of the large file."""
    large: bytes
    """Its BLAKE3 hash."""
    small: dict[str, bytes]
    """The hashes of the small files by their paths, ``dNN/fNNNNN.bin``."""
    source: Path
    """The large file as it was put into the bucket."""

    def page(self, offset: int, length: int) -> bytes:
        """Bytes of the large file."""
        with open(self.source, "rb") as file:
            return os.pread(file.fileno(), length, offset)

    def check_large(self, copy: Path) -> None:
        """Raise Wrong unless this is a copy of the large file."""
        if copy.stat().st_size != self.size or hash_of(copy) != self.large:
            raise Wrong(f"{copy} is not the file that was fetched")

    def check_small(self, copy: Path, folders: int = FOLDERS) -> int:
        """Raise Wrong unless this is a copy of the first so many folders; return how many files they hold."""
        wanted = {p: digest for p, digest in self.small.items() if int(p[1:3]) < folders}
        found = {str(p.relative_to(copy)): blake3(p.read_bytes()).digest() for p in copy.glob("*/*")}
        if found != wanted:
            raise Wrong(f"{copy} holds {len(found)} files, not the {len(wanted)} that were fetched")
        return len(wanted)


def hash_of(path: Path) -> bytes:
    """The BLAKE3 hash of a file."""
    hasher = blake3(max_threads=blake3.AUTO)
    hasher.update_mmap(path)
    return hasher.digest()


def fill(place: Place, work: Path, size: int, count: int) -> Contents:
    """Put everything into the bucket: a large file of ``size`` bytes, and ``count`` small ones."""
    source = work / "source"
    (source / "large").mkdir(parents=True)
    large = source / "large" / LARGE
    with open(large, "wb") as out:
        out.writelines(os.urandom(min(16 * MIB, size - at)) for at in range(0, size, 16 * MIB))
    small: dict[str, bytes] = {}
    for number in range(count):
        folder = f"d{number * FOLDERS // count:02d}"
        (source / "small" / folder).mkdir(parents=True, exist_ok=True)
        body = os.urandom(SMALL_SIZE)
        (source / "small" / folder / f"f{number:05d}.bin").write_bytes(body)
        small[f"{folder}/f{number:05d}.bin"] = blake3(body).digest()
    _put_plain(place, source, small)
    env = environment(work / "home-fill", place.mvfs())
    for name in ("large", "small"):
        timed([sys.executable, "-m", "mvfs", "log", source / name, f"bench/data/{name}"], env)
    shutil.rmtree(source / "small")
    return Contents(size, hash_of(large), small, large)


def _put_plain(place: Place, source: Path, small: dict[str, bytes]) -> None:
    os.environ.update(place.mvfs())
    plain = backend_of(f"s3://{place.bucket}/plain")
    plain.put(LARGE, source / "large" / LARGE)
    with ThreadPoolExecutor(16) as pool:
        puts = [pool.submit(plain.put, f"small/{p}", (source / "small" / p).read_bytes()) for p in small]
        for put in puts:
            put.result()
