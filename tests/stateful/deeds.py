"""Each operation twice: as the model has it, and as the library does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from mvfs.catalog import pointers, policy, repacking, sweeping
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft
from mvfs.catalog.recording import log as log_draft
from mvfs.store.sources import scan
from tests.crash import operations
from tests.stateful import model

NAMES = st.sampled_from(["m", "m", "m", "d"])
PICKS = st.integers(0, 7)
ALIASES = st.sampled_from(["prod", "staging"])

MIB = 1 << 20
Spec = tuple[tuple[int, ...], int, int | None]
"""Content in short: the MiB that the large file is made of (none: there is none), and the small files."""

SPECS = st.tuples(
    st.lists(st.integers(0, 2), max_size=2).map(tuple),
    st.integers(0, 2),
    st.one_of(st.none(), st.integers(0, 2)),
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


Wish = Callable[[model.State], Deed]
"""What somebody wants to do, before a look at what is there to do it to."""


def _pick(state: model.State, name: str, pick: int, *, trash: bool = False) -> int:
    """The number of a version that is there (or in the trash), or, rarely, of any or none."""
    versions = state[name].versions if name in state else ()
    found = [number for number, one in enumerate(versions) if one.deleted == trash]
    return found[pick % len(found)] if found and pick < 7 else pick


def _log(name: str, spec: Spec, alias: str | None, by_content: bool) -> Wish:
    aliases = (alias,) if alias else ()

    def act(project: Project, root: Path) -> object:
        draft = Draft(name, "model", scan(_folder(root, spec)), aliases=aliases, by_content=by_content)
        return log_draft(project, draft)

    deed = Deed(f"log({name}, {spec}, {alias})", model.log(name, content(spec), *aliases), act)
    return lambda _: deed


def _alias(name: str, pick: int, alias: str, is_right: bool | None) -> Wish:
    """Move an alias; expecting what is right, something wrong, or anything (None)."""

    def wish(state: model.State) -> Deed:
        number = _pick(state, name, pick)
        at = state[name].aliases.get(alias) if name in state else None
        expect = () if is_right is None else (at,) if is_right else (99,)
        return Deed(
            f"alias({name}:v{number}, {alias}, {expect})",
            model.alias(name, number, alias, *expect),
            lambda project, _: pointers.set_aliases(project, name, number, [alias], *expect),
        )

    return wish


def _keep(name: str, count: int | None) -> Wish:
    change = policy.Change(keep_last=count or 0)
    deed = Deed(
        f"keep({name}, {count})",
        model.keep(name, count),
        lambda project, _: policy.set_policy(project, name, change),
    )
    return lambda _: deed


def _note(name: str, pick: int, text: str) -> Wish:
    def wish(state: model.State) -> Deed:
        number = _pick(state, name, pick)
        return Deed(
            f"note({name}:v{number}, {text})",
            model.note(name, number, text),
            lambda project, _: pointers.set_note(project, name, number, text),
        )

    return wish


def _delete(name: str, pick: int) -> Wish:
    def wish(state: model.State) -> Deed:
        number = _pick(state, name, pick)
        return Deed(
            f"delete({name}:v{number})",
            model.delete(name, number),
            lambda project, _: operations.delete(project, name, number),
        )

    return wish


def _undelete(name: str, pick: int) -> Wish:
    def wish(state: model.State) -> Deed:
        number = _pick(state, name, pick, trash=True)
        return Deed(
            f"undelete({name}:v{number})",
            model.undelete(name, number),
            lambda project, _: operations.undelete(project, name, number),
        )

    return wish


_SWEEP = Deed("sweep", model.sweep, lambda project, _: sweeping.sweep(project, 0))
_CAREFUL = Deed("careful sweep", model.nothing, lambda project, _: sweeping.sweep(project, YEARS))
_REPACK = Deed("repack", model.nothing, lambda project, _: repacking.repack(project))
SWEEP, CAREFUL, REPACK = (lambda _: _SWEEP), (lambda _: _CAREFUL), (lambda _: _REPACK)

LOGS = st.builds(_log, NAMES, SPECS, st.one_of(st.none(), ALIASES), st.booleans())
DELETIONS = st.builds(_delete, NAMES, PICKS)

WISHES = st.one_of(
    LOGS,
    LOGS,
    st.builds(_alias, NAMES, PICKS, ALIASES, st.sampled_from([None, True, False])),
    st.builds(_keep, NAMES, st.sampled_from([1, 1, 2, 3, None])),
    st.builds(_note, NAMES, PICKS, st.sampled_from(["good", "bad"])),
    DELETIONS,
    st.builds(_undelete, NAMES, PICKS),
    st.sampled_from([SWEEP, SWEEP, CAREFUL, REPACK]),
)

INTRUSIONS = st.one_of(
    st.lists(WISHES, min_size=1, max_size=3),
    DELETIONS.map(lambda deletion: [deletion, SWEEP]),
    st.just([SWEEP]),
)
"""What others do while somebody is at work."""
