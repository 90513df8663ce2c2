"""Processes that race on one store and are killed at random moments, and an account of what they were told.

    python -m tests.soak.soak [--processes 8] [--kills 150] [--seed 1] [--folder DIR]

Nothing that was acknowledged may be lost, nothing may be there twice, and every byte must be right.
"""

from __future__ import annotations

import argparse
import os
import random
import selectors
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from mvfs.catalog import sweeping
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.checking.store import check_store
from mvfs.catalog.project import Project
from mvfs.index import queries
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.store import effects as fx
from tests.crash import views
from tests.explore.worlds import TABLES
from tests.soak import worker


@dataclass
class Account:
    """What workers said."""

    told: Counter[tuple[str, ...]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    rest: bytes = b""

    def hear(self, data: bytes) -> None:
        """Take in what came through the pipe."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            words = tuple(line.decode().split(" "))
            assert words[0] != "error", line.decode()
            self.kinds[words[0]] += 1
            if words[0] not in ("try", "refused", "sweep"):
                self.told[words] += 1

    @property
    def acknowledged(self) -> int:
        """How many changes they were told are done."""
        return sum(self.told.values())


def run(folder: Path, *, processes: int, kills: int, seed: int, pause: float = 0.3) -> dict[str, object]:
    """Let processes race and die, check what they leave, and return figures.

    Args:
        folder: for the store and everything else; must be empty.
        processes: at any time.
        kills: after which the rest is killed too, and it ends.
        seed: of everything that is random but the scheduling.
        pause: seconds between kills, on average.

    Raises:
        AssertionError: something is lost, twice, or damaged.
    """
    os.environ["MVFS_STORE"] = str(folder / "store")
    os.environ["MVFS_CACHE_DIR"] = str(folder / "cache")
    os.environ["MVFS_STATE_DIR"] = str(folder / "state")
    begun = time.monotonic()
    account = _race(folder, processes, kills, random.Random(seed), pause)
    took = time.monotonic() - begun
    figures: dict[str, object] = {
        "processes": processes,
        "kills": kills + processes,
        "seconds": round(took, 1),
    }
    figures |= {"operations": account.kinds["try"], "acknowledged": account.acknowledged}
    figures |= {f"  {kind}": count for kind, count in sorted(account.kinds.items()) if kind != "try"}
    return figures | check(account, took)


def _race(folder: Path, processes: int, kills: int, rng: random.Random, pause: float) -> Account:
    account = Account()
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    seeds = iter(range(rng.randrange(1 << 40) << 20, 1 << 62))
    slots = {slot: worker.start(folder / f"work{slot}", next(seeds), writing) for slot in range(processes)}
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        try:
            for _ in range(kills):
                _listen(account, reading, selector, rng.uniform(0, 2 * pause))
                slot = rng.randrange(processes)
                _kill(slots[slot])
                slots[slot] = worker.start(folder / f"work{slot}", next(seeds), writing)
        finally:
            for child in slots.values():
                _kill(child)
        _listen(account, reading, selector, 0)
    os.close(reading)
    os.close(writing)
    return account


def _listen(account: Account, reading: int, selector: selectors.BaseSelector, seconds: float) -> None:
    end = time.monotonic() + seconds
    while selector.select(max(end - time.monotonic(), 0)):
        account.hear(os.read(reading, 1 << 16))


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def check(account: Account, took: float) -> dict[str, object]:
    """Compare what workers were told with what is there."""
    catalog = open_catalog()
    project = catalog.project(worker.PROJECT)
    views.check_all(project)
    entries = views.entries(project)
    done = _done([effect for entry in entries for effect in entry.effects])
    for words, count in account.told.items():
        there = done[words]
        wanted = 1 if words[0] == "log" else count  # whoever takes over may be told again
        assert there >= wanted, (
            f"'{' '.join(words)}' was acknowledged {count} times and is there {there} times"
        )
        assert words[0] != "note" or there == 1, f"'{' '.join(words)}' is there {there} times"
    _check_once([effect for entry in entries for effect in entry.effects])
    sweeping.sweep(project, 0)
    seen = views.check_all(project)
    assert views.stored(project) == views.needed(project, project.index), (
        "garbage is left, or too much is gone"
    )
    found = check_store(project.backend, percent=100).findings
    allowed = {"leftovers"}
    assert not [one for one in found if one.kind.value not in allowed], found
    _check_index(project)
    swept = sum(sweep.size for sweep in queries.sweeps(project.index))
    return {
        "entries": len(entries),
        "entries per second": round(len(entries) / took, 1),
        "versions": sum(len(name.versions) for name in seen.values()),
        "in trash": sum(len(name.trash) for name in seen.values()),
        "MiB swept": round(swept / (1 << 20)),
        "verdict": "nothing lost, nothing twice, every byte verified",
    }


def _done(effects: list[fx.AnyEffect]) -> Counter[tuple[str, ...]]:
    """The journal in the words in which workers tell what they did."""
    done: Counter[tuple[str, ...]] = Counter()
    for one in effects:
        words: tuple[object, ...] | None = None
        if isinstance(one, fx.VersionMade):
            words = ("log", one.name, one.number, one.digest.hex())
        elif isinstance(one, fx.AliasMoved):
            words = ("alias", one.name, one.alias, one.old, one.new)
        elif isinstance(one, fx.NoteWritten):
            words = ("note", one.name, one.number, one.text)
        elif isinstance(one, fx.Deleted):
            words = ("delete", one.name, one.number)
        elif isinstance(one, fx.Undeleted):
            words = ("undelete", one.name, one.number)
        if words is not None:
            done[tuple(map(str, words))] += 1
    return done


def _check_once(effects: list[fx.AnyEffect]) -> None:
    """Each content is unique: it may be logged again only after it was deleted."""
    made: dict[tuple[str, int], bytes] = {}
    live: set[tuple[str, int]] = set()
    for one in effects:
        if isinstance(one, fx.VersionMade):
            twins = [
                f"v{number}" for name, number in live if name == one.name and made[name, number] == one.digest
            ]
            assert not twins, f"{one.name}:v{one.number} has the content of {twins}"
            made[one.name, one.number] = one.digest
            live.add((one.name, one.number))
        elif isinstance(one, fx.Undeleted):
            live.add((one.name, one.number))
        elif isinstance(one, fx.Deleted):
            live.remove((one.name, one.number))


def _check_index(project: Project) -> None:
    """The index that all processes shared is the same as one made anew."""
    alone = fresh(project.journal)
    project.refresh()
    for table in TABLES:
        used, new = (_rows(index, table) for index in (project.index, alone))
        assert used == new, f"the index in use differs from a new one in table {table}"


def _rows(index: Index, table: str) -> list[tuple[object, ...]]:
    return sorted(index.db.execute(f"select * from {table}").fetchall(), key=repr)


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.3, help="seconds between kills, on average")
    parser.add_argument("--folder", type=Path, help="where (default: the directory for temporary files)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mvfs-soak-", dir=args.folder) as folder:
        figures = run(
            Path(folder), processes=args.processes, kills=args.kills, seed=args.seed, pause=args.pause
        )
    for name, value in figures.items():
        print(f"{name:20} {value:,}" if isinstance(value, int) else f"{name:20} {value}")


if __name__ == "__main__":
    main()
