"""Gives a name another one; versions, aliases, history and lineage go with it."""

from __future__ import annotations

from mvfs.catalog.project import Project
from mvfs.errors import Conflict
from mvfs.index import queries
from mvfs.refs import check_name
from mvfs.store import effects as fx


def rename(project: Project, name: str, new: str) -> None:
    """Rename a name in its project, in one entry whatever its size.

    Raises:
        InvalidName: the new name breaks the rules.
        NotFound: there is no such name.
        Conflict: the new name is taken, be it by one whose versions are all in the trash.
    """
    new = check_name(new, "name")

    def plan() -> list[fx.AnyEffect]:
        project.find_name(name)
        taken = queries.name(project.index, new)
        if taken is not None:
            where = "exists" if taken.versions else "is taken: its deleted versions are in the trash"
            raise Conflict(f"'{project.name}/{new}' {where}; choose another name", name=new)
        return [fx.NameRenamed(name, new)]

    project.commit(plan)
