"""Processes that read at random in a mounted store while it changes, and compare every byte with the truth.

    python -m tests.soak.mount [--seconds 60] [--readers 16] [--kind NAME]… [--option OPTION]… [--seed 1]

One more process logs versions, moves aliases, deletes, repacks and sweeps. Halfway the process of the mount
is killed, and the store is mounted again. No byte may be wrong, no version torn, nobody may wait for ever,
and the mount may not grow.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from mvfs.catalog.catalog import open_catalog
from tests.mount.conftest import Kind, kinds
from tests.mount.people import Child
from tests.mount.worlds import Mount, World, is_alive, until, world_of
from tests.soak.board import Board
from tests.soak.keeper import PROJECT, Keeper
from tests.soak.reader import ALIASES, Reader
from tests.soak.truth import MIB, NAMES

PATIENCE = 60
"""Seconds without any progress after which somebody is said to hang, on a machine however busy."""

GROWTH = 48 * MIB
"""Bytes that the mount's process may grow by after it has warmed up."""


class Gauge:
    """Memory and descriptors of a mount's process."""

    def __init__(self, mount: Mount) -> None:
        self.pid = mount.pid
        self.idle = self._open()
        """What is open while nobody has a file open."""
        self.most = len(self.idle)
        self.memory: list[int] = []
        """Bytes, look by look."""

    def _open(self) -> list[str]:
        found = []
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                found.append(os.readlink(link))
        return sorted(one for one in found if "/stamps.db" not in one)  # opened when the first is asked for

    def look(self) -> None:
        """Take note of what it uses now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        self.memory.append(int(status.partition("RssAnon:")[2].split()[0]) * 1024)
        self.most = max(self.most, len(self._open()))

    def check(self, figures: dict[str, object]) -> None:
        """Nothing is left open, and memory has not grown since a quarter of the time was over."""
        end = time.monotonic() + PATIENCE
        while len(left := self._open()) > len(self.idle):
            assert time.monotonic() < end, f"open are {left}, and were {self.idle}"
            time.sleep(0.02)
        self.look()
        warm, last = max(self.memory[: len(self.memory) // 4 + 1]), self.memory[-1]
        figures["descriptors idle/most"] = f"{len(self.idle)} / {self.most}"
        figures["MiB warm/most/end"] = " / ".join(str(n >> 20) for n in (warm, max(self.memory), last))
        assert last <= warm + GROWTH, f"grew from {warm >> 20} to {last >> 20} MiB"


class Soak:
    """One run, for one way of mounting."""

    def __init__(self, world: World, kind: Kind, *, seconds: float, readers: int, seed: int) -> None:
        self.world, self.kind, self.seconds, self.seed = world, kind, seconds, seed
        self.board = Board()
        self.counts: Counter[str] = Counter()
        self.seen = [(0, 0.0)] * readers
        """How far each reader had come, and when that was new."""
        self.at = world.mountpoint / PROJECT / "model"

    def run(self) -> dict[str, object]:
        """Return figures.

        Raises:
            AssertionError: something was wrong, hangs, or grew.
        """
        keeper = self.world.person.start(self._keep)
        try:
            until(lambda: self.board.is_ready or keeper.has_ended)
            figures = self._with_readers(keeper)
        finally:
            self.board.stop()
            changes = keeper.result()
        return {"kind": self.kind.name, **figures, **{f"  {what}": n for what, n in sorted(changes.items())}}

    def _keep(self) -> Counter[str]:
        keeper = Keeper(self.board, self.seed, pause=0.05)
        keeper.begin()
        self.board.ready()
        return keeper.run()

    def _with_readers(self, keeper: Child[Counter[str]]) -> dict[str, object]:
        gauge = self._mount()
        children = {number: self._start(number) for number in range(len(self.seen))}
        try:
            self._watch(children, keeper, gauge, self.seconds / 2)
            self.board.lose()
            os.kill(gauge.pid, signal.SIGKILL)
            until(lambda: not is_alive(gauge.pid))
            gauge = self._mount()
            self.board.find()
            self._watch(children, keeper, gauge, self.seconds / 2)
            self.board.stop()
            self._await_ends(children)
        finally:
            for child in children.values():
                child.kill()
        self._check_aliases()
        if os.getuid() == 0:
            subprocess.run(["sh", "-c", "echo 2 > /proc/sys/vm/drop_caches"], check=True)
        figures: dict[str, object] = {"readers": len(self.seen), "seconds": self.seconds}
        figures["operations"] = sum(self.board.beats(number) for number in range(len(self.seen)))
        figures["MiB compared"] = self.counts.pop("bytes") >> 20
        figures |= {f"  {what}": count for what, count in sorted(self.counts.items())}
        gauge.check(figures)
        return figures

    def _mount(self) -> Gauge:
        mount = self.world.mount(*self.kind.options)
        self.world.run(lambda: [(self.at / name / "latest/big").read_bytes() for name in NAMES])
        return Gauge(mount)  # the databases that it keeps open are open by now

    def _start(self, number: int) -> Child[Counter[str]]:
        self.seed += 1
        reader = Reader(self.at, self.board, number, self.seed)
        self.seen[number] = self.board.beats(number), time.monotonic()
        return self.world.person.start(reader.run)

    def _watch(
        self,
        children: dict[int, Child[Counter[str]]],
        keeper: Child[Counter[str]],
        gauge: Gauge,
        seconds: float,
    ) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.1)
            gauge.look()
            assert not keeper.has_ended, "the keeper has ended"
            for number in [number for number, child in children.items() if child.has_ended]:
                self._bury(number, children.pop(number))
                children[number] = self._start(number)
            for number in children:
                self._see(number)

    def _see(self, number: int) -> None:
        beats, since = self.seen[number]
        if self.board.beats(number) != beats:
            self.seen[number] = self.board.beats(number), time.monotonic()
        else:
            assert time.monotonic() < since + PATIENCE, f"reader {number} hangs"

    def _await_ends(self, children: dict[int, Child[Counter[str]]]) -> None:
        end = time.monotonic() + PATIENCE
        while children:
            assert time.monotonic() < end, f"readers {sorted(children)} hang"
            for number in [number for number, child in children.items() if child.has_ended]:
                self._bury(number, children.pop(number))
            time.sleep(0.02)

    def _bury(self, number: int, child: Child[Counter[str]]) -> None:
        """Take in what a reader has to say; one that touched mapped memory that is gone says nothing."""
        try:
            self.counts += child.result()
        except ChildProcessError as exc:
            name, version, mount = self.board.touched(number)
            is_fine = not self.board.is_live(name, version) or self.board.was_lost_since(mount)
            assert (exc.errno, is_fine) == (signal.SIGBUS, True), f"reader {number} was {exc.strerror}"
            self.counts["mapped memory gone"] += 1

    def _check_aliases(self) -> None:
        """When nothing changes any more, each alias shows what it points at."""

        def fits() -> bool:
            project = open_catalog().project(PROJECT)
            return all(
                (self.at / name / alias / "id").read_text() == f"{name} {project.aliases(name)[alias]}\n"
                for name in NAMES
                for alias in ALIASES
            )

        until(lambda: self.world.run(fits))


def run(kind: Kind, *, seconds: float, readers: int, seed: int = 1) -> dict[str, object]:
    """Mount in one way, read while things change, and return figures.

    Raises:
        AssertionError: something was wrong, hangs, or grew.
    """
    with world_of(kind.uid) as world:
        return Soak(world, kind, seconds=seconds, readers=readers, seed=seed).run()


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60, help="for each way of mounting")
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    names = [kind.name for kind in kinds()]
    parser.add_argument("--kind", action="append", choices=names, help="a way of mounting (default: all)")
    parser.add_argument("--option", action="append", default=[], help="one more word for 'mvfs mount'")
    args = parser.parse_args()
    for kind in kinds():
        if kind.name in (args.kind or names):
            chosen = Kind(kind.name, kind.uid, (*kind.options, *args.option))
            figures = run(chosen, seconds=args.seconds, readers=args.readers, seed=args.seed)
            for name, value in figures.items():
                print(f"{name:24} {value:,}" if isinstance(value, int) else f"{name:24} {value}", flush=True)


if __name__ == "__main__":
    main()
