"""What is said of a name as a whole: its type, a text and tags."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs.catalog.metadata import check_tag
from mvfs.catalog.project import Project
from mvfs.refs import check_name
from mvfs.store import effects as fx
from mvfs.wellformed import check_text


def describe(project: Project, name: str, text: str | None, tags: Sequence[str]) -> None:
    """Replace what is said of a name; empty text removes it. Earlier texts stay in the journal.

    Raises:
        NotFound: there is no such name.
        InvalidInput: the text is none, or a tag breaks the rules.
    """
    text = check_text(text or "", "the description").strip("\n") or None
    tags = list(dict.fromkeys(check_tag(tag) for tag in tags))

    def plan() -> list[fx.AnyEffect]:
        row = project.find_name(name)
        same = (row.about, list(row.tags)) == (text, tags)
        return [] if same else [fx.NameDescribed(name, text, tags)]

    project.commit(plan)


def retype(project: Project, name: str, new: str) -> None:
    """Give a name, and so all its versions, another type.

    Raises:
        NotFound: there is no such name.
        InvalidName: the type breaks the rules.
    """
    new = check_name(new, "type")

    def plan() -> list[fx.AnyEffect]:
        return [] if project.find_name(name).type == new else [fx.NameRetyped(name, new)]

    project.commit(plan)
