"""The runs behind two versions: config, summary, code, inputs, and whether their data was the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from mvfs.catalog import run_objects
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.catalog.runs import Whole, whole
from mvfs.diff import mapping, text
from mvfs.diff.model import Change, kind_of
from mvfs.diff.opened import TextDiff
from mvfs.errors import NotFound
from mvfs.index import queries
from mvfs.index.rows import Run, Version

_CODE = ("commit", "branch", "remote", "dirty")
_NO_DATA = ("model", "code")
"""Types of inputs that are no data to train or evaluate on."""

_MAX_USERS = 200
"""Runs that used a version, the newest ones, that are asked for what they evaluated on."""


class Used(msgspec.Struct, frozen=True):
    """A version that a run used."""

    name: str
    """``project/name``; `short_name` leaves out the project where all are of one."""
    label: str
    """``v3``."""
    type: str
    """Empty where it is gone."""
    digest: bytes
    """Empty where it is gone."""


class OtherData(msgspec.Struct, frozen=True):
    """The two versions were trained, made or evaluated on different versions of one name."""

    how: str
    """``trained``, ``made`` or ``evaluated``."""
    name: str
    old: tuple[str, ...]
    """Versions, as ``v3``."""
    new: tuple[str, ...]

    @property
    def title(self) -> str:
        """``trained on different versions of photos: v3, and v4``."""
        word = "from" if self.how == "made" else "on"
        sides = ", and ".join(" and ".join(side) for side in (self.old, self.new))
        return f"{self.how} {word} different versions of {self.name}: {sides}"


class CodeDiff(msgspec.Struct, frozen=True):
    """From which code the two runs started."""

    changes: tuple[Change, ...]
    """Commit, branch, remote and whether files differed from it; command line and Python."""
    packages: tuple[Change, ...]
    """Installed packages: their versions."""
    patch: TextDiff | None
    """What was not committed, as patches; None where both are the same."""


class Side:
    """The run that made a version, as far as it is known: of a link, that of what it stands for.

    It is read when it is asked for.
    """

    def __init__(self, project: Project, version: Version, catalog: Catalog | None = None) -> None:
        """Look up the run; ``catalog`` tells of links to, and inputs from, other projects."""
        self.project, self.version = project, version
        self._catalog = catalog
        self.home, self._source = self._linked()
        """The project of the run."""
        run = self._source.run
        self.run: Run | None = queries.run(self.home.index, run) if run else None

    def _linked(self) -> tuple[Project, Version]:
        """What the version stands for, or itself."""
        link = queries.link(self.project.index, self.version.name, self.version.number)
        home = self._other(link.project_id) if link is not None else None
        found = queries.version(home.index, link.source, link.source_number) if home and link else None
        return (home, found) if home and found else (self.project, self.version)

    @cached_property
    def values(self) -> Whole:
        """Config and summary."""
        return whole(self.home, self.run) if self.run else Whole({}, {}, {})

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was captured when the run started."""
        if self.run is None:
            return {}
        found = run_objects.read_start(self.home, self.run.id).get("facts")
        facts = dict(found) if isinstance(found, dict) else {}
        for more in run_objects.read_records(self.home, self.run.id, run_objects.SURROUNDINGS).values():
            return facts | more
        return facts

    @cached_property
    def inputs(self) -> list[Used]:
        """What the run used."""
        return self._used(self.home, self.run) if self.run else []

    @cached_property
    def evaluated_on(self) -> list[Used]:
        """What else those runs used that used the version and made nothing of its type out of it."""
        found: list[Used] = []
        places = {(self.home, self._source.name, self._source.number): None}
        places[self.project, self.version.name, self.version.number] = None
        for project, name, number in places:
            for run in queries.users(project.index, name, number)[-_MAX_USERS:]:
                made = queries.versions_of_run(project.index, run.id)
                if all(one.type != self.version.type for one in made):
                    found += self._used(project, run)
        return list(dict.fromkeys(found))

    def _used(self, home: Project, run: Run) -> list[Used]:
        found = []
        for one in queries.inputs(home.index, run.id):
            project = home if one.project_id is None else self._other(one.project_id)
            version = project and queries.version(project.index, one.name, one.number)
            type_, digest = (version.type, version.digest) if version else ("", b"")
            name = f"{project.name if project else one.project_id}/{one.name}"
            found.append(Used(name, f"v{one.number}", type_, digest))
        return found

    def _other(self, project_id: str | None) -> Project | None:
        """A project of the store; None is the one of the version."""
        if project_id is None:
            return self.project
        if self._catalog is None:
            return None
        row = next((row for row in self._catalog.project_rows() if row.id == project_id), None)
        try:
            return self._catalog.project(row.name) if row else None
        except NotFound:  # it was renamed just now
            return None


def config(old: Side, new: Side) -> list[Change]:
    """The settings that differ."""
    return _values(old, new, lambda side: side.values.config)


def summary(old: Side, new: Side) -> list[Change]:
    """The last metrics that differ; what begins with ``_`` is kept by the system and passed over."""
    return _values(
        old, new, lambda side: {k: v for k, v in side.values.summary.items() if not k.startswith("_")}
    )


def inputs(old: Side, new: Side) -> list[Change]:
    """The names of which other versions were used; ``old`` and ``new`` are labels, as ``v3``."""
    return list(_inputs(old, new)) if old.run and new.run else []


def _inputs(old: Side, new: Side) -> Iterator[Change]:
    before, after = _by_name(old.inputs), _by_name(new.inputs)
    for name in dict.fromkeys([*before, *after]):
        left, right = before.get(name, []), after.get(name, [])
        if _contents(left) != _contents(right):
            pair = [", ".join(one.label for one in side) or None for side in (left, right)]
            yield Change(short_name(name, (old, new)), kind_of(*pair), *pair)


def short_name(name: str, sides: Sequence[Side]) -> str:
    """A name without its project, if all versions are of that one."""
    projects = {side.project.name for side in sides}
    project, _, rest = name.partition("/")
    return rest if projects == {project} else name


def code(old: Side, new: Side) -> CodeDiff:
    """From which code the runs started."""
    if old.run is None or new.run is None or old.run.id == new.run.id:
        return CodeDiff((), (), None)
    about = [_about(side.facts) for side in (old, new)]
    packages = [_packages(side.facts) for side in (old, new)]
    before, after = (text.lines(_patch(side.facts)) for side in (old, new))
    patch = None if before == after else TextDiff(before, after, is_too_long=False)
    return CodeDiff(tuple(mapping.leaf_changes(*about)), tuple(mapping.leaf_changes(*packages)), patch)


def other_data(old: Side, new: Side) -> list[OtherData]:
    """Where the two versions were trained (made) or evaluated on different versions of a name."""
    is_model = old.version.type == new.version.type == "model"
    found = [
        OtherData(
            "trained" if is_model else "made", short_name(name, (old, new)), _labels(left), _labels(right)
        )
        for name, left, right in _pairs(old.inputs, new.inputs)
        if _contents(left) != _contents(right)
    ]
    if old.version.type == new.version.type == "dataset":
        return found  # nobody evaluates a data set
    return found + [
        OtherData("evaluated", short_name(name, (old, new)), _labels(left), _labels(right))
        for name, left, right in _pairs(old.evaluated_on, new.evaluated_on)
        if not _contents(left) & _contents(right)
    ]


def _pairs(old: list[Used], new: list[Used]) -> Iterator[tuple[str, list[Used], list[Used]]]:
    """The data of which both used a version, by name."""
    before, after = (_by_name([one for one in side if one.type not in _NO_DATA]) for side in (old, new))
    for name, left in before.items():
        if name in after:
            yield name, left, after[name]


def _labels(used: list[Used]) -> tuple[str, ...]:
    return tuple(one.label for one in used)


def _by_name(used: list[Used]) -> dict[str, list[Used]]:
    found: dict[str, list[Used]] = {}
    for one in used:
        found.setdefault(one.name, []).append(one)
    return found


def _contents(used: list[Used]) -> set[bytes | str]:
    """What the versions hold; of those that are gone, their numbers."""
    return {one.digest or one.label for one in used}


def _values(old: Side, new: Side, of: Any) -> list[Change]:
    """What differs, if both runs are known: of one that is not, nobody can tell."""
    if old.run is None or new.run is None or old.run.id == new.run.id:
        return []
    return list(mapping.changes(of(old), of(new)))


def _about(facts: Mapping[str, Any]) -> dict[str, Any]:
    git = facts.get("git")
    found = {key: git.get(key) for key in _CODE if git.get(key) is not None} if isinstance(git, dict) else {}
    argv = facts.get("argv")
    if isinstance(argv, list):
        found["command"] = " ".join(map(str, argv))
    if facts.get("python"):
        found["python"] = facts["python"]
    return found


def _packages(facts: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    packages = facts.get("packages")
    for one in packages if isinstance(packages, list) else ():
        name, _, version = str(one).partition("==")
        found[name] = version
    return found


def _patch(facts: Mapping[str, Any]) -> str:
    found = facts.get("diff")
    return found if isinstance(found, str) else ""
