"""A process that reads at random in a mounted store and knows what every byte must be."""

from __future__ import annotations

import errno
import mmap
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.soak import truth
from tests.soak.board import Board
from tests.soak.truth import MIB, NAMES, SIZES

ALIASES = ("production", "staging", "latest")
GONE = (errno.ENOENT, errno.ESTALE)
"""What reading a version that is deleted meanwhile may end with."""

LOST = (errno.ENOENT, errno.ENOTCONN, errno.ECONNABORTED, errno.ENODEV, errno.EIO, errno.EINTR)
"""What it may end with while the process of the mount is killed and replaced."""


class Wrong(AssertionError):
    """Something was read that is not so."""


class Reader:
    """Does one thing after the other, at random."""

    def __init__(self, at: Path, board: Board, number: int, seed: int) -> None:
        """``at`` is where names lie in the mount; ``number`` is the place on the board."""
        self.at, self.board, self.number = at, board, number
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """Read until it is over; return what was read how often.

        Raises:
            Wrong: the first byte, name, size or error that should not be.
        """
        acts: dict[Callable[[str], None], int] = {
            self.read_version: 10, self.read_through_an_alias: 10, self.read_mapped: 4, self.list_version: 3,
            self.list_name: 2, self.stand: 3,
        }  # fmt: skip
        while not self.board.is_over:
            (act,) = self.random.choices(list(acts), list(acts.values()))
            before = self.board.mount
            try:
                act(self.random.choice(NAMES))
                self.counts[act.__name__] += 1
            except OSError as exc:
                if exc.errno not in LOST or not self.board.was_lost_since(before):
                    raise Wrong(f"{act.__name__}: {exc}") from exc
                self.counts["while lost"] += 1
                time.sleep(0.02)
            self.board.beat(self.number)
        return self.counts

    def read_version(self, name: str) -> None:
        """Read ranges of files of a version by their paths."""
        if (number := self._pick(name)) is not None:
            folder = self.at / name / f"v{number}"
            self._unless_deleted(name, number, lambda: self._read_some(name, number, str(folder), None))

    def read_through_an_alias(self, name: str) -> None:
        """What is read through one opened alias directory is of one version."""
        try:
            folder = os.open(self.at / name / self.random.choice(ALIASES), os.O_RDONLY | os.O_DIRECTORY)
        except OSError as exc:
            if exc.errno != errno.ESTALE:  # moved, and its version swept, between lookup and open
                raise
            return
        try:
            number: int | None = None
            try:
                number = self._identify(name, _read(folder, "id"))
                self._read_some(name, number, "", folder)
            except OSError as exc:
                if exc.errno not in GONE or (number is not None and self.board.is_live(name, number)):
                    raise
                self.counts["deleted meanwhile"] += 1
        finally:
            os.close(folder)

    def read_mapped(self, name: str) -> None:
        """Touch pages of a mapped file. Those of a version that is gone end the process with SIGBUS."""
        if (number := self._pick(name)) is None:
            return
        path = self.random.choice(["big", "mixed", "exact"])

        def read() -> None:
            self.board.touch(self.number, name, number)
            fd = os.open(self.at / name / f"v{number}" / path, os.O_RDONLY)
            try:
                with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as mapped:
                    for _ in range(self.random.randrange(1, 8)):
                        offset, length = self._place(path)
                        time.sleep(
                            self.random.random() / 50
                        )  # it may be swept meanwhile, or the mount killed
                        self._compare(name, number, path, offset, length, mapped[offset : offset + length])
            finally:
                os.close(fd)

        self._unless_deleted(name, number, read)

    def list_version(self, name: str) -> None:
        """List directories of a version, and compare sizes."""
        if (number := self._pick(name)) is None:
            return

        def look() -> None:
            for path in ("", "small", "swap"):
                with os.scandir(self.at / name / f"v{number}" / path) as found:
                    entries = {entry.name: entry for entry in found}
                _require(set(entries) == truth.names_in(path), f"v{number}/{path} holds {sorted(entries)}")
                for file, entry in entries.items():
                    whole = f"{path}/{file}".strip("/")
                    if whole in SIZES:
                        _require(entry.stat().st_size == SIZES[whole], f"size of {whole}")

        self._unless_deleted(name, number, look)

    def list_name(self, name: str) -> None:
        """All versions that live all the while are listed, and nothing that never was."""
        before = set(self.board.live(name))
        found = set(os.listdir(self.at / name))
        lasting = before & set(self.board.live(name))
        _require(not {f"v{number}" for number in lasting} - found, f"{name} holds only {sorted(found)}")
        _require(all(re.fullmatch(r"v\d+", one) or one in ALIASES for one in found), f"{sorted(found)}")

    def stand(self, name: str) -> None:
        """Work in a version's directory by relative paths."""
        if (number := self._pick(name)) is None:
            return

        def work() -> None:
            os.chdir(self.at / name / f"v{number}")
            try:
                time.sleep(self.random.random() / 2)  # it may be deleted and swept meanwhile
                self._read_some(name, number, ".", None)
            finally:
                os.chdir("/")

        self._unless_deleted(name, number, work)

    def _pick(self, name: str) -> int | None:
        live = self.board.live(name)
        return self.random.choice(live) if live else None

    def _unless_deleted(self, name: str, number: int, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as exc:
            if exc.errno not in GONE or self.board.is_live(name, number):
                raise
            self.counts["deleted meanwhile"] += 1

    def _identify(self, name: str, data: bytes) -> int:
        found = re.fullmatch(rb"(\w+) (\d+)\n", data)
        _require(found is not None and found[1].decode() == name, f"id of {name} is {data!r}")
        assert found is not None
        return int(found[2])

    def _read_some(self, name: str, number: int, folder: str, within: int | None) -> None:
        self._check_id(name, number, folder, within)
        for path in self.random.sample(list(SIZES), 4):
            fd = os.open(f"{folder}/{path}" if folder else path, os.O_RDONLY, dir_fd=within)
            try:
                _require(os.fstat(fd).st_size == SIZES[path], f"size of v{number}/{path}")
                if self.random.random() < 0.3:
                    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
                for _ in range(self.random.randrange(1, 5)):
                    offset, length = self._place(path)
                    self._compare(name, number, path, offset, length, _pread(fd, length, offset))
            finally:
                os.close(fd)
        self._check_id(name, number, folder, within)

    def _check_id(self, name: str, number: int, folder: str, within: int | None) -> None:
        data = _read(within, f"{folder}/id" if folder else "id")
        _require(data == truth.identity(name, number), f"id of {name} v{number} is {data!r}")

    def _place(self, path: str) -> tuple[int, int]:
        size = SIZES[path]
        kind = self.random.random()
        if kind < 0.1:
            return 0, size + 10
        offset = self.random.randrange(size + 1)
        return offset, self.random.choice([1, 100, 4096, 70_000, MIB + 1])

    def _compare(self, name: str, number: int, path: str, offset: int, length: int, data: bytes) -> None:
        right = truth.content(name, number, path, offset, length)
        if data != right:
            at = next((i for i, (a, b) in enumerate(zip(data, right, strict=False)) if a != b), len(data))
            raise Wrong(
                f"{name} v{number} {path}: {len(data)} bytes from {offset}, wrong from {offset + at} on:"
                f" {data[at : at + 16].hex()} for {right[at : at + 16].hex()}"
            )
        self.counts["bytes"] += len(data)


def _read(within: int | None, path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY, dir_fd=within)
    try:
        return os.read(fd, 1000)
    finally:
        os.close(fd)


def _pread(fd: int, length: int, offset: int) -> bytes:
    """Read all that is there: a read that fails halfway is a short one, and only the next one says why."""
    parts = []
    while length and (part := os.pread(fd, length, offset)):
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)


def _require(is_so: bool, told: str) -> None:
    if not is_so:
        raise Wrong(told)
