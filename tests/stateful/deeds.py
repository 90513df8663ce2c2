"""Each operation twice: as the model has it, and as the library does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from mvfs.catalog import pointers, repacking, sweeping
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft
from mvfs.catalog.recording import log as log_draft
from mvfs.store.sources import scan
from tests.crash import operations
from tests.stateful import model

NAMES = st.sampled_from(["m", "d"])
NUMBERS = st.integers(0, 4)
ALIASES = st.sampled_from(["prod", "staging"])
PLACES = st.one_of(st.none(), NUMBERS)

MIB = 1 << 20
Spec = tuple[tuple[int, ...], int, int | None]
"""Content in short: the MiB that the large file is made of (none: there is none), and the small files."""

SPECS = st.tuples(
    st.lists(st.integers(0, 2), max_size=2).map(tuple), st.integers(0, 2), st.one_of(st.none(), st.integers(0, 2))
)


def content(spec: Spec) -> model.Files:
    """The files that a `Spec` stands for."""
    blocks, first, second = spec
    files = {"a/small": b"text" * first}
    if blocks:
        files["large"] = b"".join(bytes([number]) * MIB for number in blocks) + b"!"
    if second is not None:
        files["b"] = b"more" * second
    return files


YEARS = 20 * 365 * 24 * 3600


@dataclass(frozen=True)
class Deed:
    """What somebody does."""

    what: str
    change: model.Change
    act: Callable[[Project, Path], object]
    """Takes a folder for sources too."""

    def __repr__(self) -> str:
        return self.what


def _folder(root: Path, spec: Spec) -> Path:
    """A directory with these files, made once, so that what was read once is known later."""
    folder = root / repr(spec).replace(" ", "")
    return folder if folder.exists() else operations.write(folder, dict(content(spec)))


def _log(name: str, spec: Spec, alias: str | None, by_content: bool) -> Deed:
    aliases = (alias,) if alias else ()

    def act(project: Project, root: Path) -> object:
        draft = Draft(name, "model", scan(_folder(root, spec)), aliases=aliases, by_content=by_content)
        return log_draft(project, draft)

    return Deed(f"log({name}, {spec}, {alias})", model.log(name, content(spec), *aliases), act)


def _alias(name: str, number: int, alias: str, expect: tuple[int | None, ...]) -> Deed:
    return Deed(
        f"alias({name}:v{number}, {alias}, {expect})",
        model.alias(name, number, alias, *expect),
        lambda project, _: pointers.set_aliases(project, name, number, [alias], *expect),
    )


def _note(name: str, number: int, text: str) -> Deed:
    return Deed(
        f"note({name}:v{number}, {text})",
        model.note(name, number, text),
        lambda project, _: pointers.set_note(project, name, number, text),
    )


def _delete(name: str, number: int) -> Deed:
    return Deed(
        f"delete({name}:v{number})",
        model.delete(name, number),
        lambda project, _: operations.delete(project, name, number),
    )


def _undelete(name: str, number: int) -> Deed:
    return Deed(
        f"undelete({name}:v{number})",
        model.undelete(name, number),
        lambda project, _: operations.undelete(project, name, number),
    )


SWEEP = Deed("sweep", model.sweep, lambda project, _: sweeping.sweep(project, 0))
CAREFUL = Deed("careful sweep", model.nothing, lambda project, _: sweeping.sweep(project, YEARS))
REPACK = Deed("repack", model.nothing, lambda project, _: repacking.repack(project))

LOGS = st.builds(_log, NAMES, SPECS, st.one_of(st.none(), ALIASES), st.booleans())

DEEDS = st.one_of(
    LOGS,
    LOGS,
    st.builds(_alias, NAMES, NUMBERS, ALIASES, st.one_of(st.just(()), st.tuples(PLACES))),
    st.builds(_note, NAMES, NUMBERS, st.sampled_from(["good", "bad"])),
    st.builds(_delete, NAMES, NUMBERS),
    st.builds(_undelete, NAMES, NUMBERS),
    st.sampled_from([SWEEP, SWEEP, CAREFUL, REPACK]),
)
