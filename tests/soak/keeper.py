"""The process that changes a store while others read it: logs, moves aliases, deletes, repacks and sweeps."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mvfs.catalog import pointers, repacking, sweeping
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.store.sources import scan
from tests.crash import operations
from tests.soak import truth
from tests.soak.board import Board
from tests.soak.truth import NAMES

PROJECT = "vision"
KEPT = 6
"""Versions of each name that live, about."""


class Keeper:
    """The only one who changes anything, so it knows what is so."""

    def __init__(self, board: Board, seed: int, pause: float) -> None:
        """``pause`` seconds lie between two changes."""
        self.board, self.pause = board, pause
        self.random = random.Random(seed)
        self.project = open_catalog().make_project(PROJECT)
        self.counts: Counter[str] = Counter()
        self.next = dict.fromkeys(NAMES, 0)

    def begin(self) -> None:
        """Log the first versions, with all aliases."""
        for name in NAMES:
            for _ in range(3):
                self.new_version(name)
            pointers.set_aliases(self.project, name, 0, ["production", "staging"])

    def run(self) -> Counter[str]:
        """Change things until it is over; return what was done how often."""
        acts: dict[Callable[[str], None], int] = {
            self.new_version: 10, self.move: 20, self.delete: 8, self.sweep: 4, self.repack: 2,
        }  # fmt: skip
        while not self.board.is_over:
            (act,) = self.random.choices(list(acts), list(acts.values()))
            act(self.random.choice(NAMES))
            self.counts[act.__name__] += 1
            time.sleep(self.pause)
        return self.counts

    def new_version(self, name: str) -> None:
        """Log one more version."""
        number = self.next[name]
        folder = Path(tempfile.mkdtemp())
        truth.write(folder, name, number)
        logged = log(self.project, Draft(name, "model", scan(folder)))
        shutil.rmtree(folder)
        assert logged.version.number == number
        self.next[name] = number + 1
        self.board.set_live(name, number, True)

    def move(self, name: str) -> None:
        """Point an alias elsewhere."""
        alias = self.random.choice(["production", "staging"])
        number = self.random.choice(self.board.live(name))
        pointers.set_aliases(self.project, name, number, [alias])

    def delete(self, name: str) -> None:
        """Delete a version that has no alias, where there are enough."""
        self.project.refresh()
        taken = self.project.aliases(name).values()
        free = [number for number in self.board.live(name) if number not in taken]
        if len(self.board.live(name)) > KEPT and free:
            number = self.random.choice(free)
            self.board.set_live(name, number, False)
            operations.delete(self.project, name, number)

    def sweep(self, _: str) -> None:
        """Sweep without any grace."""
        swept = sweeping.sweep(self.project, 0)
        self.counts["objects swept"] += swept.objects

    def repack(self, _: str) -> None:
        """Store elsewhere what shares a blob with much that nobody needs."""
        self.counts["versions repacked"] += repacking.repack(self.project).versions
