"""Real stores in a temporary directory, and the UI over them without a terminal."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from mvfs.catalog import liveness, runs
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.index.rows import Version
from mvfs.store import effects as fx
from mvfs.store.sources import scan
from tui import picture
from tui.app import MvfsApp
from tui.opening import open_at
from tui.options import Options
from tui.picture import settle
from tui.place import Place
from tui.widgets.bars import Bar


@dataclass
class Shop:
    """A store to be filled."""

    folder: Path
    catalog: Catalog

    def log(self, name: str, files: Mapping[str, bytes | str] | None = None, *, project: str = "vision",
            type_: str = "model", **more: Any) -> Version:  # fmt: skip
        source = self.folder / f"source-{len(list(self.folder.iterdir()))}"
        source.mkdir()
        for path, body in (files or {"model.bin": name + repr(more)}).items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes(body.encode() if isinstance(body, str) else body)
        return log(self.project(project), Draft(name, type_, scan(source), **more)).version

    def project(self, name: str = "vision") -> Project:
        return self.catalog.make_project(name)

    def run(self, name: str, **config: Any) -> str:
        start = runs.RunStart(runs.new_run_id(), name, "train", None, config, {})
        runs.start(self.project(), start)
        liveness.sign(self.project(), start.id, "w001")
        return start.id

    def many(self, name: str, count: int) -> None:
        """A name of ``count`` versions that share one manifest."""
        first = self.log(name, metadata={"acc": 0.5})
        for start in range(1, count, 250):
            last = min(start + 250, count) - 1
            effects: list[fx.AnyEffect] = [
                fx.VersionMade(name, n, first.manifest, first.manifest_hash, first.digest, first.files,
                               first.size, None, {"acc": n / count})
                for n in range(start, last + 1)
            ]  # fmt: skip
            effects.append(fx.AliasMoved(name, "latest", last, start - 1))
            self.project().commit(lambda effects=effects: effects)  # type: ignore[misc]


__all__ = ["UI", "Shop", "frame", "is_clean", "press", "said", "settle", "showing", "text", "until"]

UI = Pilot[None]


@contextlib.asynccontextmanager
async def showing(
    shop: Shop, place: str = "", size: tuple[int, int] = (120, 40), *, unlocked: bool = True, **options: Any
) -> AsyncIterator[UI]:
    """The UI, opened at a place and settled; ``unlocked``: the store can be changed."""
    app = MvfsApp(open_at(shop.catalog, Place.parse(place)), Options(unlocked=unlocked, **options))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot


async def press(pilot: UI, *keys: str) -> None:
    """Press keys, each when the one before was answered; letters typed into a line come in one go."""
    for key in keys:
        if len(key) == 1 and isinstance(pilot.app.focused, Input):
            pilot.app.post_message(events.Key(_character_to_key(key), key))
        else:
            await pilot.press(key)
    await settle(pilot)


async def until(pilot: UI, condition: Callable[[], bool]) -> None:
    """Wait for something that must come to pass."""
    for _ in range(200):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not happen; the screen shows:\n" + text(pilot))


def frame(pilot: UI) -> list[str]:
    """The rows of the screen as they go to the terminal."""
    return [strip.text for strip in picture.strips(pilot.app)]


def text(pilot: UI) -> str:
    return "\n".join(row.rstrip() for row in frame(pilot))


def said(pilot: UI, bar: str) -> str:
    """What a bar says, on one line."""
    return " ".join(pilot.app.screen.query_one(f"#{bar}", Bar).text.split())


def is_clean(row: str) -> bool:
    """Whether a row holds nothing that a terminal could take for a command or a change of direction."""
    return not any(
        unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        or char in "\u061c\u200e\u200f\ufeff"
        or "\u202a" <= char <= "\u202e"
        or "\u2066" <= char <= "\u2069"
        for char in row
    )
