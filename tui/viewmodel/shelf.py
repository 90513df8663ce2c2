"""Projects, types and names as a tree that knows what is folded and what was not read yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mvfs.index.rows import Name

Path = tuple[str, ...]
"""A project, then a type, then a name."""


@dataclass(frozen=True, slots=True)
class Node:
    """One row of the tree."""

    path: Path
    open: bool
    count: int | None
    """Versions of a name; names of a type; None where it was not read."""

    @property
    def is_name(self) -> bool:
        """Whether it stands for a name, which has versions."""
        return len(self.path) == 3


@dataclass
class Shelf:
    """What is in the store, as far as it was read."""

    projects: Sequence[str] = ()
    names: dict[str, Sequence[Name]] = field(default_factory=dict)
    open: set[Path] = field(default_factory=set)
    """Paths of the projects and types that are unfolded."""

    def nodes(self, *, all_open: bool = False) -> list[Node]:
        """The rows; ``all_open`` shows also what is folded, for the filter."""
        nodes: list[Node] = []
        for project in self.projects:
            is_open = all_open or (project,) in self.open
            names = self.names.get(project)
            nodes.append(Node((project,), is_open, None if names is None else len(names)))
            if is_open:
                nodes += self._below(project, names or (), all_open=all_open)
        return nodes

    def _below(self, project: str, names: Sequence[Name], *, all_open: bool) -> list[Node]:
        nodes: list[Node] = []
        for type_ in sorted({name.type for name in names}):
            members = [name for name in names if name.type == type_]
            is_open = all_open or (project, type_) in self.open
            nodes.append(Node((project, type_), is_open, len(members)))
            if is_open:
                nodes += [Node((project, type_, name.name), False, name.versions) for name in members]
        return nodes

    def take_names(self, project: str, names: Sequence[Name]) -> None:
        """Take in a project's names; types that are new come unfolded."""
        known = {name.type for name in self.names.get(project, ())}
        self.names[project] = names
        self.open |= {(project, name.type) for name in names if name.type not in known}

    def find(self, path: Path) -> Name | None:
        """The name at a path."""
        return next((name for name in self.names.get(path[0], ()) if name.name == path[-1]), None)

    def first_name(self, project: str) -> Path | None:
        """Where the first name of a project is."""
        names = self.names.get(project)
        if not names:
            return None
        first = min(names, key=lambda name: (name.type, name.name))
        return project, first.type, first.name
