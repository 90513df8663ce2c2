"""Picks the versions that nobody asked to keep, and deletes them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence, Set
from dataclasses import dataclass

from mvfs.catalog.deletion import Target, deletion_steps
from mvfs.catalog.project import Project
from mvfs.catalog.steps import Step, commit_steps
from mvfs.errors import InvalidInput
from mvfs.index import queries
from mvfs.index.best import best
from mvfs.index.rows import Name, Version


@dataclass(frozen=True, slots=True)
class Policy:
    """What stays. Versions with aliases always do."""

    keep_last: int = 0
    """As many of the highest numbers of each name stay."""
    keep_aliased: bool = False
    """Nothing more; it only makes "all that have no alias" a thing that can be asked for."""
    keep_best: bool = False
    """What the name's rule picks stays, even where the alias ``best`` is elsewhere."""
    older_than: int | None = None
    """Seconds; younger versions stay."""
    expired: bool = False
    """Only versions whose expiry has passed go."""

    def check(self) -> None:
        """Raise InvalidInput if it would let everything go."""
        if self.keep_last < 0:
            raise InvalidInput("--keep-last takes a number of versions, not a negative one")
        if not (self.keep_last or self.keep_aliased or self.keep_best or self.expired) and (
            self.older_than is None
        ):
            raise InvalidInput(
                "say what to keep or what may go: --keep-last N, --keep-aliased, --keep-best,"
                " --older-than AGE or --expired"
            )


def choose(project: Project, names: Iterable[Name], policy: Policy) -> list[Version]:
    """Return the versions of the names that the policy lets go, by name and number.

    Raises:
        InvalidInput: the policy would let everything go.
    """
    policy.check()
    now = time.time_ns() // 1000
    return [version for name in names for version in _of_name(project, name, policy, now)]


def _of_name(project: Project, name: Name, policy: Policy, now: int) -> list[Version]:
    versions = project.versions(name.name)
    kept = {version.number for version in versions if version.aliases}
    if policy.keep_last:
        kept |= {version.number for version in versions[-policy.keep_last :]}
    if policy.keep_best and name.rule is not None:
        found = best(project.index, name.name, name.rule)
        kept |= {found[0].number} if found else set()
    return [v for v in versions if v.number not in kept and _may_go(v, policy, now)]


def _may_go(version: Version, policy: Policy, now: int) -> bool:
    if policy.expired and (version.expires is None or version.expires > now):
        return False
    return policy.older_than is None or now - version.created >= policy.older_than * 1_000_000


def prune(project: Project, chosen: Sequence[Version], policy: Policy) -> int:
    """Delete those of the chosen versions that the policy still lets go; return how many that were.

    What got an alias or became the best meanwhile stays.
    """
    wanted = defaultdict[str, set[int]](set)
    for version in chosen:
        wanted[version.name].add(version.number)

    def steps(done: Set[Hashable]) -> list[Step]:
        found: list[Step] = []
        for name, numbers in wanted.items():
            row = queries.name(project.index, name)
            if row is None:  # renamed meanwhile: not what was shown
                continue
            going = [v.number for v in choose(project, [row], policy) if v.number in numbers]
            found += deletion_steps(project, Target(name, tuple(going)), done)
        return found

    return len(commit_steps(project, steps))
