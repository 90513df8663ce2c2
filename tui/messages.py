"""What workers tell the screen. A worker never touches a widget; it posts one of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from mvfs.errors import MvfsError
from mvfs.index.rows import Name, Version
from tui.copies import Copy
from tui.goal import Goal
from tui.mounted import Standing
from tui.opening import Opened
from tui.viewmodel.versions import VersionTable
from tui.watching import News
from tui.writing.written import Written

if TYPE_CHECKING:
    from tui.viewmodel.facts import Facts, Listing


class GoalFound(Message):
    """What a place of the browser means."""

    def __init__(self, goal: Goal) -> None:
        super().__init__()
        self.goal = goal


class ProjectsRead(Message):
    """The projects of the store."""

    def __init__(self, projects: Sequence[str]) -> None:
        super().__init__()
        self.projects = projects


class NamesRead(Message):
    """The names of a project."""

    def __init__(self, project: str, names: Sequence[Name]) -> None:
        super().__init__()
        self.project, self.names = project, names


class VersionsRead(Message):
    """The versions of a name."""

    def __init__(self, table: VersionTable) -> None:
        super().__init__()
        self.table = table


class FactsRead(Message):
    """Everything about a version."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts


class ListingRead(Message):
    """A directory of a version."""

    def __init__(self, version: Version, path: str, listing: Listing) -> None:
        super().__init__()
        self.version, self.path, self.listing = version, path, listing


class Wrote(Message):
    """A change was made, or was none."""

    def __init__(self, written: Written) -> None:
        super().__init__()
        self.written = written


class Undone(Message):
    """A change was taken back; ``what`` it was about."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


class InHand(Message):
    """The version that an action is about, found by its ref."""

    def __init__(self, act: Callable[[str, Version], None], project: str, version: Version) -> None:
        super().__init__()
        self.act, self.project, self.version = act, project, version


class Heard(Message):
    """What others did, as the watcher tells it."""

    def __init__(self, news: Sequence[News], *, projects_moved: bool, mounts: Standing | None) -> None:
        super().__init__()
        self.news, self.projects_moved, self.mounts = news, projects_moved, mounts


class CopyEnded(Message):
    """A copy out of the store is over."""

    def __init__(self, copy: Copy) -> None:
        super().__init__()
        self.copy = copy


class Copied(Message):
    """A text is in a clipboard, or, where ``how`` is None, is now to be sent to the terminal."""

    def __init__(self, label: str, text: str, how: str | None) -> None:
        super().__init__()
        self.label, self.text, self.how = label, text, how


class Failed(Message):
    """A worker could not do what it was asked for."""

    def __init__(self, group: str, said: str, error: MvfsError | None = None) -> None:
        super().__init__()
        self.group, self.said, self.error = group, said, error


class StoreRead(Message):
    """The first read of the store is done."""

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self.opened = opened
