"""A person with a store, a directory to mount it on, and what a test does with them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mvfs.catalog import pointers
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.mount.driver import LINUX
from mvfs.store.sources import scan
from mvfs.store.trust import stamps
from tests.mount.people import Outcome, Person

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds to wait for something that should take one at most: a busy machine must not fail a test."""

SCRIPT = b"#!/bin/sh\necho ran $1\n"

SAMPLE: dict[str, bytes] = {
    "big.bin": bytes(range(256)) * 14_000,
    "bin/echo": Path("/bin/echo").read_bytes(),
    "exact.bin": b"\x5a" * (1 << 20),
    "dir/deep/er/leaf.txt": b"leaf",
    "dir/odd.bin": os.urandom((2 << 20) + 12345),
    "empty": b"",
    "run.sh": SCRIPT,
    "small.txt": b"hello",
    "한국어/모델 v1.txt": "값".encode(),
    "🙂.bin": b"emoji" * 1000,
    **{f"many/file-{number:04d}.txt": b"%d" % number for number in range(300)},
}


@dataclass(frozen=True)
class Mount:
    """A mount that answers."""

    path: Path
    passthrough: bool
    pid: int


class World:
    """Everything below one directory that belongs to a person."""

    def __init__(self, uid: int, driver: str = LINUX) -> None:
        self.driver = driver
        self.home = Path(tempfile.mkdtemp(prefix="mvfs-test-"))
        os.chmod(self.home, 0o755)
        self.person = Person(uid, self.home)
        self.store = self.home / "store"
        self.mountpoint = self.home / "mnt"
        self.mounts: list[Mount] = []
        self.run(self.mountpoint.mkdir)

    def close(self) -> None:
        """End all mounts, whatever state they are in, and remove everything."""
        for mount in self.mounts:
            with contextlib.suppress(ProcessLookupError):
                os.kill(mount.pid, signal.SIGTERM)
            self._await_end(mount.pid)
            self.person.mvfs("umount", mount.path)
        self.person.mvfs("umount", self.mountpoint)
        self.person.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def run(self, work: Callable[[], T]) -> T:
        """Do work as the person."""
        return self.person.run(work)

    def mount(self, *words: str | Path, path: Path | None = None) -> Mount:
        """Mount the store (or what a ref in ``words`` names)."""
        path = path or self.mountpoint
        done = self.person.mvfs("mount", "--json", "--driver", self.driver, *words, path)
        assert done.code == 0, done.err
        told = json.loads(done.out)
        mount = Mount(path, told["passthrough"], told["pid"])
        self.mounts.append(mount)
        return mount

    def umount(self, mount: Mount) -> None:
        """Unmount, and see the process end."""
        done = self.person.mvfs("umount", mount.path)
        assert done.code == 0, done.err
        self._await_end(mount.pid)

    def log(
        self, files: dict[str, bytes], ref: str = "vision/model/iv3", aliases: tuple[str, ...] = ()
    ) -> str:
        """Log a version made of ``files``; return its label."""
        project, type_, name = ref.split("/")

        def work() -> str:
            folder = Path(tempfile.mkdtemp(dir=self.home))
            write(folder, files)
            draft = Draft(name, type_, scan(folder), aliases=aliases)
            label = log(open_catalog().make_project(project), draft).version.label
            shutil.rmtree(folder)
            return label

        return self.run(work)

    def move(self, alias: str, number: int, ref: str = "vision/model/iv3") -> None:
        """Point an alias at a version."""
        project, _, name = ref.split("/")
        self.run(lambda: pointers.set_aliases(open_catalog().project(project), name, number, [alias]))

    def blobs(self) -> list[Path]:
        """All blobs, the largest first."""
        return sorted(self.store.glob("p/*/blobs/*/*"), key=lambda path: -path.stat().st_size)

    def forget_stamps(self) -> None:
        """Make all blobs untrusted, as those of another machine are."""
        (self.home / "state/stamps.db").unlink()

    def is_stamped(self, blob: Path, digest: bytes) -> bool:
        """Whether the person's stamps vouch for a blob."""
        return self.run(lambda: stamps().fits(os.stat(blob), digest))

    def read(self, path: str, mount: Mount | None = None) -> bytes:
        """Read a file in the mount."""
        return self.run((self.mountpoint / path).read_bytes)

    def names(self, path: str = "") -> list[str]:
        """List a directory in the mount."""
        return self.run(lambda: sorted(os.listdir(self.mountpoint / path)))

    def logged(self) -> str:
        """What the logs of all mounts say."""
        return "".join(path.read_text() for path in sorted(self.home.glob("state/mounts/*.log")))

    def sh(self, *command: str | Path) -> Outcome:
        """Run a program that must succeed."""
        done = self.person.sh(*command)
        assert done.code == 0, (command, done.err)
        return done

    def _await_end(self, pid: int) -> None:
        until(lambda: not is_alive(pid))


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files; programs can be executed."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if data.startswith((b"#!", b"\x7fELF")):
            target.chmod(0o755)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for init to notice its end does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something to become true; fail if it does not."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextlib.contextmanager
def world_of(uid: int, driver: str = LINUX) -> Iterator[World]:
    """A world that is gone afterwards, whatever happens in it."""
    world = World(uid, driver)
    try:
        yield world
        assert "unexpected" not in world.logged()
    finally:
        world.close()
