"""A process that works on a store until it is killed, and says what it was told is done."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from mvfs.catalog import pointers, sweeping
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.errors import Conflict, NotFound
from mvfs.index import queries
from mvfs.store.sources import scan
from tests.crash import operations

PROJECT = "soak"
NAMES = ("iv3", "bert", "data")
ALIASES = ("production", "staging")
MIB = 1 << 20


class Worker:
    """Does one thing after the other, at random."""

    def __init__(self, folder: Path, seed: int, tell: int) -> None:
        """``folder`` may hold what another one was logging when it was killed: that is logged again."""
        self.folder, self.tell = folder, tell
        self.random = random.Random(seed)
        self.unique = f"{seed}"
        self.count = 0
        self.project: Project

    def run(self) -> None:
        """Work until the end comes."""
        self.project = open_catalog().make_project(PROJECT)
        if (self.folder / "ready").exists():
            self._log()
        todo: dict[Callable[[], None], int] = {
            self.new_version: 40,
            self.alias: 20,
            self.note: 20,
            self.delete: 10,
            self.undelete: 5,
            self.sweep: 2,
        }
        while True:
            (act,) = self.random.choices(list(todo), list(todo.values()))
            self.count += 1
            self.say("try")
            try:
                act()
            except (Conflict, NotFound) as exc:
                self.say("refused", type(exc).__name__)

    def say(self, *words: object) -> None:
        """Tell the parent; a line is written whole or not at all."""
        os.write(self.tell, (" ".join(map(str, words)) + "\n").encode())

    def new_version(self) -> None:
        """Log content that nobody ever logged: small, large, or large and for the most part known."""
        files = self.folder / "files"
        (self.folder / "ready").unlink(missing_ok=True)
        kind = self.random.choice(["small", "small", "large", "partly"])
        large = files / "large"
        files.mkdir(exist_ok=True)
        if kind == "small":
            large.unlink(missing_ok=True)
        elif kind == "large" or not large.exists():
            large.write_bytes(self.random.randbytes(3 * MIB))
        else:
            with open(large, "r+b") as file:
                file.seek(self.random.randrange(3) * MIB)
                file.write(self.random.randbytes(1000))
        (files / "id").write_text(f"{self.unique}.{self.count}")
        (files / "same").write_text("in every version")
        (self.folder / "name").write_text(self.random.choice(NAMES))
        (self.folder / "ready").write_text("")
        self._log()

    def _log(self) -> None:
        name = (self.folder / "name").read_text()
        logged = log(self.project, Draft(name, "model", scan(self.folder / "files")))
        self.say("log", name, logged.version.number, logged.version.digest.hex())

    def _pick(self, *, trash: bool = False) -> tuple[str, int] | None:
        name = self.random.choice(NAMES)
        index = self.project.index
        self.project.refresh()
        found = (
            [gone.version.number for gone in queries.trash(index, name)]
            if trash
            else queries.numbers(index, name)
        )
        return (name, self.random.choice(found[-20:])) if found else None

    def alias(self) -> None:
        """Compare and swap."""
        if (picked := self._pick()) is not None:
            alias = self.random.choice(ALIASES)
            name, number = picked
            old = self.project.aliases(name).get(alias)
            if old != number:
                pointers.set_aliases(self.project, name, number, [alias], expect=old)
                self.say("alias", name, alias, old, number)

    def note(self) -> None:
        """Write a note that nobody ever wrote."""
        if (picked := self._pick()) is not None:
            text = f"{self.unique}.{self.count}"
            pointers.set_note(self.project, *picked, text)
            self.say("note", *picked, text)

    def delete(self) -> None:
        """Delete a version, its aliases included."""
        if (picked := self._pick()) is not None:
            operations.delete(self.project, *picked)
            self.say("delete", *picked)

    def undelete(self) -> None:
        """Bring a version back, where no sweep was faster."""
        if (picked := self._pick(trash=True)) is not None:
            operations.undelete(self.project, *picked)
            self.say("undelete", *picked)

    def sweep(self) -> None:
        """Sweep without any grace."""
        swept = sweeping.sweep(self.project, 0)
        self.say("sweep", swept.objects, swept.size)


def start(folder: Path, seed: int, tell: int) -> int:
    """Fork a worker and return its process id."""
    folder.mkdir(exist_ok=True)
    child = os.fork()
    if child == 0:
        try:
            Worker(folder, seed, tell).run()
        except BaseException as exc:  # noqa: BLE001
            os.write(tell, f"error {type(exc).__name__}: {exc}\n".encode())
        finally:
            os._exit(1)
    return child


def forget(folder: Path) -> None:
    """Remove a worker's files."""
    shutil.rmtree(folder, ignore_errors=True)
