"""Versions to the trash, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mvfs.catalog.deletion import Target, check, delete, deletion_steps
from mvfs.catalog.project import Project
from mvfs.catalog.protection import NOT_INSISTING, Insistence
from mvfs.catalog.undeletion import undelete
from mvfs.errors import Conflict
from mvfs.index import policies, queries
from mvfs.index.rows import Deleted, Version
from mvfs.refs import Selector
from mvfs.store import effects as fx
from mvfs.text import line
from tui.library import Library
from tui.writing.written import Undo, Written

_PREVIEW = Insistence(force=True, reason="to see what it would do")


@dataclass(frozen=True, slots=True)
class Move:
    """What a deletion does to an alias."""

    name: str
    alias: str
    old: int | None
    new: int | None
    is_protected: bool


@dataclass(frozen=True, slots=True)
class Going:
    """What would go to the trash."""

    project: str
    versions: tuple[Version, ...]
    users: tuple[int, ...]
    """How many runs used each of them."""
    moves: tuple[Move, ...]

    @property
    def needs_reason(self) -> bool:
        """Whether an alias that moves is protected."""
        return any(move.is_protected for move in self.moves)

    @property
    def size(self) -> int:
        """Bytes, of which other versions may share some."""
        return sum(version.size for version in self.versions)


def going(library: Library, project: str, versions: Sequence[Version]) -> Going:
    """Find out what the deletion of versions would do.

    Raises:
        NotFound: one is not there any more.
    """
    opened = library.project(project)
    now = tuple(opened.version(one.name, Selector(number=one.number)) for one in versions)
    users = tuple(len(queries.users(opened.index, one.name, one.number)) for one in now)
    moves = []
    for target in _targets(now):
        guarded = policies.protected(opened.index, target.name)
        for step in deletion_steps(opened, target, frozenset(), aliases=True, insistence=_PREVIEW):
            for effect in step.effects:
                if isinstance(effect, fx.AliasMoved):
                    is_protected = effect.alias in guarded
                    moves.append(Move(target.name, effect.alias, effect.old, effect.new, is_protected))
    return Going(project, now, users, tuple(moves))


def move_to_trash(library: Library, what: Going, reason: str | None = None) -> Written:
    """Delete what was shown, with the aliases that were shown; a ``reason`` is for protected ones.

    Raises:
        Conflict: other aliases point there by now, or a protected one.
        NotFound: a version is not there any more.
    """
    opened = library.project(what.project)
    again = going(library, what.project, what.versions)
    if again.moves != what.moves:
        raise Conflict("aliases moved meanwhile; look again at what would go")
    said = NOT_INSISTING if reason is None else Insistence(force=True, reason=reason)
    targets = _targets(what.versions)
    check(opened, targets, aliases=bool(what.moves), insistence=said)
    delete(opened, targets, aliases=bool(what.moves), insistence=said)

    def back(library: Library) -> None:
        for target in targets:
            undelete(library.project(what.project), target.name, target.numbers)

    return Written(f"{_counted(what.versions)} in the trash", Undo(_counted(what.versions), back))


def trash(library: Library, project: str, name: str | None) -> list[Deleted]:
    """What is in the trash of a name, or of a project; what was deleted last comes first."""
    found = queries.trash(library.project(project).index, name)
    return sorted(found, key=lambda gone: (-gone.seq, gone.version.name, -gone.version.number))


def bring_back(library: Library, project: str, gone: Sequence[Deleted]) -> Written:
    """Undelete versions.

    Raises:
        Conflict: a sweep has taken the objects of one, or it is not deleted any more.
    """
    opened = library.project(project)
    targets = _targets([one.version for one in gone])
    for target in targets:
        undelete(opened, target.name, target.numbers)
    versions = tuple(opened.version(one.name, Selector(number=n)) for one in targets for n in one.numbers)

    def back(library: Library) -> None:
        _delete_again(library.project(project), targets, versions)

    return Written(f"{_counted(versions)} brought back", Undo(_counted(versions), back))


def _delete_again(project: Project, targets: Sequence[Target], seen: Sequence[Version]) -> None:
    for version in seen:
        now = project.version(version.name, Selector(number=version.number))
        if now.aliases != version.aliases:
            raise Conflict(f"aliases of {version.name}:{version.label} were changed meanwhile")
    delete(project, list(targets), aliases=True)


def _targets(versions: Sequence[Version]) -> list[Target]:
    numbers: dict[str, list[int]] = {}
    for version in versions:
        numbers.setdefault(version.name, []).append(version.number)
    return [Target(name, tuple(found)) for name, found in numbers.items()]


def _counted(versions: Sequence[Version]) -> str:
    if len(versions) == 1:
        return f"{line(versions[0].name)}:{versions[0].label}"
    return f"{len(versions):,} versions"
