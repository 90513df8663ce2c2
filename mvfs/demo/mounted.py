"""The store as a file system: mounted for as long as a context lasts, and drawn as a tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mvfs
from mvfs import units
from mvfs.demo.telling import run_mvfs, say


@contextmanager
def mounted(store: Path, folder: Path) -> Iterator[None]:
    """Mount the store through the command line, and unmount it whatever happens."""
    unmount(store, folder)
    folder.mkdir(parents=True, exist_ok=True)
    run_mvfs(store, "mount", folder)
    try:
        yield
    finally:
        unmount(store, folder)
        folder.rmdir()


def unmount(store: Path, folder: Path) -> None:
    """End a mount, also one that an earlier demo left behind."""
    if os.path.ismount(folder):
        run_mvfs(store, "umount", folder)


def draw(root: Path) -> None:
    """Print the levels of the mount; of each name its versions, its aliases, and the files of one."""
    say(f"{root.name}/")
    for branch, project in _branches(_names(root)):
        say(f"{branch}{project}/")
        for twig, type_ in _branches(_names(root / project), branch):
            say(f"{twig}{type_}/")
            for leaf, name in _branches(_names(root / project / type_), twig):
                say(f"{leaf}{name}/")
                _draw_name(root / project / type_ / name, project, leaf)


def _draw_name(folder: Path, project: str, above: str) -> None:
    aliases = {
        alias: version.version
        for version in mvfs.Api().artifacts(folder.parent.name, f"{project}/{folder.name}")
        for alias in version.aliases
    }
    there = set(_names(folder))
    versions = sorted(there - set(aliases), key=lambda name: int(name[1:]))
    shown = sorted(set(aliases) & there)
    width = max(map(len, shown), default=0)
    span = versions[0] + (f" … {versions[-1]}" if len(versions) > 1 else "")
    rows = [f"{span}/", *(f"{alias + '/':<{width + 1}} → {aliases[alias]}" for alias in shown)]
    for branch, row in _branches(rows, above):
        say(branch + row)
    example = folder / shown[-1]
    for branch, file in _branches(_names(example), _below(above) + "    "):
        say(f"{branch}{file}  {units.size((example / file).stat().st_size)}")


def _names(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


def _branches(rows: list[str], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each row with what is drawn before it, below a row that was drawn with ``above``."""
    for index, row in enumerate(rows):
        yield _below(above) + ("└── " if index == len(rows) - 1 else "├── "), row


def _below(branch: str) -> str:
    return branch.replace("├── ", "│   ").replace("└── ", "    ")
