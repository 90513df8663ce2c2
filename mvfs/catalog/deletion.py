"""Deletes versions: an entry in the journal, nothing else. Their objects stay until a sweep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence, Set
from dataclasses import dataclass

from mvfs.catalog.project import Project
from mvfs.catalog.protection import NOT_INSISTING, Insistence, reasons
from mvfs.catalog.rules import BEST
from mvfs.catalog.steps import Step, commit_steps
from mvfs.errors import Conflict
from mvfs.index import queries
from mvfs.index.best import best
from mvfs.refs import Selector
from mvfs.store import effects as fx

LATEST = "latest"
_SHOWN = 5
"""Versions that a message names."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be deleted of one name."""

    name: str
    numbers: tuple[int, ...]
    whole: bool = False
    """Whether these are all its versions, and its aliases go too."""


def target(project: Project, name: str, number: int | None = None) -> Target:
    """One version of a name, or all that it has now.

    Raises:
        NotFound: there is none.
    """
    if number is not None:
        return Target(name, (project.version(name, Selector(number=number)).number,))
    project.find_name(name)
    return Target(name, tuple(queries.numbers(project.index, name)), whole=True)


def check(
    project: Project,
    targets: Sequence[Target],
    *,
    aliases: bool = False,
    insistence: Insistence = NOT_INSISTING,
) -> None:
    """Raise what `delete` would raise at the index's present state; change nothing."""
    for one in targets:
        deletion_steps(project, one, frozenset(), aliases=aliases, insistence=insistence)


def delete(
    project: Project,
    targets: Sequence[Target],
    *,
    aliases: bool = False,
    insistence: Insistence = NOT_INSISTING,
) -> None:
    """Move versions to the trash: in one entry, or in several where they are very many.

    ``latest`` moves to the highest version that is left, ``best`` where its rule says; other aliases of
    what is deleted go away.

    Raises:
        NotFound: a version is not there (any more).
        Conflict: an alias points at one and ``aliases`` is not set, or it is protected; or a name that was to
            go as a whole got another version meanwhile.
    """
    project.refresh_to_write()

    def steps(done: Set[Hashable]) -> list[Step]:
        return [
            step
            for one in targets
            for step in deletion_steps(project, one, done, aliases=aliases, insistence=insistence)
        ]

    commit_steps(project, steps)


def deletion_steps(
    project: Project,
    target: Target,
    done: Set[Hashable],
    *,
    aliases: bool = False,
    insistence: Insistence = NOT_INSISTING,
) -> list[Step]:
    """The effects that delete what is not ``done`` yet, a step for each version, keyed (name, number)."""
    name = target.name
    going = [number for number in target.numbers if (name, number) not in done]
    if not going:
        return []
    there = set(queries.numbers(project.index, name))
    for number in going:
        if number not in there:
            project.version(name, Selector(number=number))  # raises, and says who deleted it
    left = there.difference(going)
    if target.whole and left:
        raise Conflict(
            f"'{project.name}/{name}' got {_list(left)} meanwhile; look again before you delete all of it",
            name=name,
        )
    pointing = {alias: at for alias, at in project.aliases(name).items() if at not in left}
    if pointing and not (aliases or target.whole):
        raise _aliased(project, name, pointing)
    moves = defaultdict[int, list[fx.AnyEffect]](list)
    for alias, at in pointing.items():
        moves[at].append(fx.AliasMoved(name, alias, _heir(project, name, alias, left), at))
    for at in moves:
        moves[at] += reasons(project, name, moves[at], insistence)
    return [Step((name, number), [*moves[number], fx.Deleted(name, number)]) for number in going]


def _heir(project: Project, name: str, alias: str, left: Set[int]) -> int | None:
    """Where an alias points when all versions but ``left`` are gone."""
    if alias == LATEST:
        return max(left, default=None)
    row = project.find_name(name)
    if alias == BEST and row.rule is not None and left:
        gone = {number for number in queries.numbers(project.index, name) if number not in left}
        found = best(project.index, name, row.rule, without=gone)
        return found[0].number if found else None
    return None


def _aliased(project: Project, name: str, pointing: dict[str, int]) -> Conflict:
    by_version = defaultdict[int, list[str]](list)
    for alias, number in pointing.items():
        by_version[number].append(alias)
    shown = "; ".join(f"v{number} is {', '.join(names)}" for number, names in sorted(by_version.items()))
    return Conflict(
        f"'{project.name}/{name}': {shown}; move the aliases first, or give them up with --aliases",
        name=name,
        aliases=sorted(pointing),
    )


def _list(numbers: Set[int]) -> str:
    shown = sorted(numbers)
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(f"v{number}" for number in shown[:_SHOWN]) + more
