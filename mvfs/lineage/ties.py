"""What is next to a version or run, up (what it came from) and down (what came out of it)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from mvfs.index.links import VersionKey
from mvfs.lineage.graph import Kind, Node
from mvfs.lineage.places import Opened, Places


class Key(NamedTuple):
    """A version or run, wherever it is, and whether or not it is there at all."""

    kind: Kind
    project: str
    """Id."""
    name: str
    """Name of the version, or id of the run."""
    number: int = -1
    """Of the version."""

    @property
    def id(self) -> str:
        """The id of its node."""
        mark = f":v{self.number}" if self.kind is Kind.VERSION else ""
        return f"{self.kind}:{self.project}/{self.name}{mark}"


Way = Callable[[Key, int], tuple[list[Key], int]]
"""Returns up to so many neighbours (-1: all of them), and how many there are."""


class Ties:
    """Asks the projects."""

    def __init__(self, places: Places) -> None:
        self.places = places

    def up(self, key: Key, most: int = -1) -> tuple[list[Key], int]:
        """Of a version, the runs that logged it; of a run, the versions that it used."""
        place = self.places.of(key.project)
        if place is None:
            return [], 0
        if key.kind is Kind.RUN:
            inputs = [self._version(key.project, one) for one in place.links.inputs(key.name, _more(most))]
            return _bounded(inputs, most, lambda: place.links.count_inputs(key.name))
        runs = place.links.makers(key.name, key.number, _more(most))
        makers = [Key(Kind.RUN, key.project, run) for run in runs]
        return _bounded(makers, most, lambda: place.links.count_makers(key.name, key.number))

    def down(self, key: Key, most: int = -1) -> tuple[list[Key], int]:
        """Of a version, the runs that used it, newest first; of a run, the versions that it logged."""
        if key.kind is Kind.RUN:
            place = self.places.of(key.project)
            if place is None:
                return [], 0
            outputs = [self._version(key.project, one) for one in place.links.outputs(key.name, _more(most))]
            return _bounded(outputs, most, lambda: place.links.count_outputs(key.name))
        users: list[Key] = []
        for asked, mark in self._askable(key):
            left = -1 if most < 0 else most + 1 - len(users)
            users += [
                Key(Kind.RUN, asked.id, run)
                for run in (asked.links.users(mark, key.name, key.number, left) if left else ())
            ]
        return _bounded(users, most, lambda: self.count_down(key))

    def count_up(self, key: Key, most: int) -> int:
        """How many versions the runs used that logged this one; only so many runs are asked."""
        place = self.places.of(key.project)
        if place is None:
            return 0
        return sum(place.links.count_inputs(run) for run in place.links.makers(key.name, key.number, most))

    def count_down(self, key: Key) -> int:
        """How many runs used a version."""
        return sum(asked.links.count_users(mark, key.name, key.number) for asked, mark in self._askable(key))

    def _askable(self, key: Key) -> list[tuple[Opened, str]]:
        """The projects whose runs may have used a version, and how they would say which project it is of."""
        own = self.places.of(key.project)
        others = [(other, key.project) for other in self.places.others_using(key.project)]
        return [(own, ""), *others] if own is not None else others

    @staticmethod
    def _version(project_id: str, found: VersionKey) -> Key:
        return Key(Kind.VERSION, found[0] or project_id, found[1], found[2])

    def node(self, key: Key, above: int = 0, below: int = 0) -> Node:
        """Return what a drawing shows of a version or run."""
        place = self.places.of(key.project)
        project = self.places.name(key.project)
        foreign = key.project != self.places.home.id
        label = key.name if key.kind is Kind.RUN else f"{key.name}:v{key.number}"
        lost = "unreadable" if project in self.places.unread else "missing"
        node = Node(key.id, key.kind, project, label, gone=lost, foreign=foreign, above=above, below=below)
        if place is None:
            return node
        if key.kind is Kind.RUN:
            run = place.links.run(key.name)
            if run is None:
                return node
            return replace(
                node, name=run.name, type=run.job_type or "", state=run.state, gone="", created=run.started
            )
        version = place.links.version(key.name, key.number)
        if version is None:
            return node
        return replace(
            node,
            type=version.type,
            gone="deleted" if version.is_deleted else "",
            aliases=version.aliases,
            created=version.created,
            size=version.size,
        )


def _more(most: int) -> int:
    """One more than wanted, which shows whether there are more."""
    return most if most < 0 else most + 1


def _bounded(found: list[Key], most: int, count: Callable[[], int]) -> tuple[list[Key], int]:
    if most < 0 or len(found) <= most:
        return found, len(found)
    return found[:most], count()
