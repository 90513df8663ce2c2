"""Ctrl-C at any line of the code, from the moment on at which an entry is written: nothing is lost."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import mvfs
from mvfs.catalog import repacking, sweeping
from mvfs.catalog.project import Project
from mvfs.store.backend.memory import MemoryBackend
from tests.crash import operations, views
from tests.crash.clients import Client
from tests.crash.operations import Operate, logs

CODE = str(Path(mvfs.__file__).parent)
STORE = str(Path(CODE, "store", "backend", "memory.py"))
"""Stands for a store elsewhere, which no Ctrl-C here reaches; raised between the end of a ``with`` and its
exit, one would leave the lock taken for ever."""


class Interrupter:
    """Presses Ctrl-C at the ``line``-th line of mvfs after an entry was created."""

    def __init__(self, line: int) -> None:
        self.line, self.seen, self.armed = line, 0, False

    def created(self, key: str) -> None:
        """An entry is there."""
        self.armed = self.armed or "/journal/" in key

    def trace(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        """What `sys.settrace` takes."""
        file = frame.f_code.co_filename
        if not file.startswith(CODE) or file == STORE:
            return None
        if self.armed and event == "line":
            self.seen += 1
            if self.seen == self.line:
                raise KeyboardInterrupt
        return self.trace


class Noticing(MemoryBackend):
    """Tells the interrupter."""

    interrupter: Interrupter | None = None

    def create(self, key: str, data: bytes) -> bool:
        won = super().create(key, data)
        if self.interrupter is not None:
            self.interrupter.created(key)
        return won


def prepare(folder: Path) -> Noticing:
    """A store with two versions, one in the trash, and half a pack that is in use."""
    objects = Noticing()
    with Client(folder / "first", objects).opened(make=True) as project:
        logs(operations.write(folder / "v0", {"a": b"long" * 9, "b": b"b"}), "m")(project)
        logs(operations.write(folder / "v1", {"b": b"b"}), "m")(project)
        operations.delete(project, "m", 0)
    return objects


OPERATIONS: dict[str, Callable[[Path], Operate]] = {
    "log": lambda at: logs(operations.write(at / "new", {"a": b"new", "large": bytes(1 << 20)}), "m", "prod"),
    "sweep": lambda _: lambda project: sweeping.sweep(project, 0),
    "repack": lambda _: repacking.repack,
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_interruption_anywhere_after_the_entry_loses_nothing(
    quick_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mvfs.store.segments.ENTRIES", 2)
    monkeypatch.setattr("mvfs.store.segments._ARRAY", b"\xdc\x00\x02")
    monkeypatch.setattr("mvfs.index.index.ENTRIES", 2)
    monkeypatch.setattr("mvfs.index.checkpoint._APART", 0)
    prepared = prepare(quick_path)
    operate = OPERATIONS[name](quick_path)
    expected: views.View = {}
    for line in [0, *range(1, 10_000, 7)]:
        objects = Noticing()
        objects._objects.update(prepared._objects)
        client = Client(quick_path / "client", objects)
        interrupted = interrupt(client, operate, line)
        with Client(quick_path / "other", objects).opened() as project:
            seen = views.check_all(project)
            expected = expected or seen
            assert seen == expected, f"line {line}"
            again(project, operate, expected)
        client.forget()
        Client(quick_path / "other", objects).forget()
        if line and not interrupted:
            assert line > 50
            return
    raise AssertionError("it never ended")


def interrupt(client: Client, operate: Operate, line: int) -> bool:
    """Operate until interrupted at a line; return whether that came to pass."""
    assert isinstance(client.backend, Noticing)
    with client.opened() as project:
        client.backend.interrupter = interrupter = Interrupter(line)
        before = sys.gettrace()
        sys.settrace(interrupter.trace)
        try:
            operate(project)
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
            client.backend.interrupter = None
    return False


def again(project: Project, operate: Operate, expected: views.View) -> None:
    """The same once more, and a sweep, change nothing that can be seen."""
    operate(project)
    sweeping.sweep(project, 0)
    assert views.check_all(project) == expected
    assert views.stored(project) == views.needed(project, project.index)
