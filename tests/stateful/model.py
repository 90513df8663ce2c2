"""What a project is, in plain Python: the rules of versions, aliases, notes, trash and sweeps.

Operations are functions from a state to a state; they raise `Refused` where the library must refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mvfs.index.policies import Retention
from tests.crash.views import NameView, View, digest_of

Files = Mapping[str, bytes]


class Refused(Exception):
    """The operation cannot be done in this state."""


@dataclass(frozen=True)
class Version:
    """One version."""

    files: Files
    digest: str
    note: str | None = None
    deleted: bool = False
    swept: bool = False
    """Whether a sweep took objects of it; only while it is deleted."""
    lost: tuple[tuple[str, int | None], ...] = ()
    """The aliases that it lost when it was deleted, and where they went."""


@dataclass(frozen=True)
class Name:
    """The versions of one name, and its aliases."""

    versions: tuple[Version, ...] = ()
    aliases: Mapping[str, int] = field(default_factory=dict)
    moves: tuple[tuple[str, int | None, int | None], ...] = ()
    keep: int | None = None
    """As many of the highest numbers stay when a version is logged."""

    def live(self) -> list[int]:
        """The numbers of versions that are there."""
        return [number for number, one in enumerate(self.versions) if not one.deleted]

    def of(self, number: int) -> list[str]:
        """The aliases of a version."""
        return sorted(alias for alias, at in self.aliases.items() if at == number)

    def pointing(self, alias: str, number: int | None) -> Name:
        """Move an alias, if it is not there already."""
        old = self.aliases.get(alias)
        if old == number:
            return self
        kept = {name: at for name, at in self.aliases.items() if name != alias}
        aliases = kept if number is None else {**kept, alias: number}
        return replace(self, aliases=aliases, moves=(*self.moves, (alias, old, number)))

    def changed(self, number: int, **changes: object) -> Name:
        """Replace a version."""
        one = replace(self.versions[number], **changes)  # type: ignore[arg-type]
        return replace(self, versions=(*self.versions[:number], one, *self.versions[number + 1 :]))

    def find(self, number: int) -> Version:
        """A version that is there."""
        if number not in self.live():
            raise Refused
        return self.versions[number]

    def view(self) -> NameView:
        """What users see of it."""
        live = self.live()
        every = dict(enumerate(self.versions))
        return NameView(
            {number: every[number].digest for number in live},
            {number: one.digest for number, one in every.items() if one.deleted},
            dict(self.aliases),
            list(self.moves),
            {number: note for number in live if (note := every[number].note)},
            () if self.keep is None else (Retention(self.keep), [], []),
        )


State = Mapping[str, Name]
Change = Callable[[State], State]


def view(state: State) -> View:
    """What users see of a project."""
    return {name: one.view() for name, one in state.items()}


def log(name: str, files: Files, *aliases: str) -> Change:
    """Log content; equal content is no new version."""

    def change(state: State) -> State:
        one = state.get(name, Name())
        digest = digest_of(files)
        same = [number for number in one.live() if one.versions[number].digest == digest]
        number = same[-1] if same else len(one.versions)
        if not same:
            one = replace(one, versions=(*one.versions, Version(files, digest)))
        for alias in (*aliases, "latest"):
            one = one.pointing(alias, number)
        for old in one.live()[: -one.keep] if one.keep else ():
            if not one.of(old):
                one = one.changed(old, deleted=True, lost=())
        return {**state, name: one}

    return change


def _changing(name: str, change: Callable[[Name], Name]) -> Change:
    def act(state: State) -> State:
        if name not in state:
            raise Refused
        return {**state, name: change(state[name])}

    return act


def alias(name: str, number: int, alias: str, *expect: int | None) -> Change:
    """Point an alias at a version; with ``expect``, only if it points there."""

    def change(one: Name) -> Name:
        one.find(number)
        if expect and one.aliases.get(alias) != expect[0]:
            raise Refused
        return one.pointing(alias, number)

    return _changing(name, change)


def keep(name: str, count: int | None) -> Change:
    """Keep only the last versions, from the next log on; None ends it."""

    def change(one: Name) -> Name:
        if not one.live():
            raise Refused
        return replace(one, keep=count)

    return _changing(name, change)


def note(name: str, number: int, text: str) -> Change:
    """Write a note."""

    def change(one: Name) -> Name:
        one.find(number)
        return one.changed(number, note=text)

    return _changing(name, change)


def delete(name: str, number: int) -> Change:
    """Move a version to the trash; ``latest`` goes to the highest number left, other aliases go away."""

    def change(one: Name) -> Name:
        one.find(number)
        left = max((other for other in one.live() if other != number), default=None)
        lost = [(alias, left if alias == "latest" else None) for alias in one.of(number)]
        for alias, new in lost:
            one = one.pointing(alias, new)
        return one.changed(number, deleted=True, lost=tuple(lost))

    return _changing(name, change)


def undelete(name: str, number: int) -> Change:
    """Bring a version back that no sweep has touched, and its aliases if nobody moved them since."""

    def change(one: Name) -> Name:
        if number >= len(one.versions) or not one.versions[number].deleted or one.versions[number].swept:
            raise Refused
        for alias, new in one.versions[number].lost:
            if one.aliases.get(alias) == new:
                one = one.pointing(alias, number)
        one = one.changed(number, deleted=False)
        return one if "latest" in one.aliases else one.pointing("latest", number)

    return _changing(name, change)


def sweep(state: State) -> State:
    """Sweep without grace: what is in the trash stays in sight, but cannot come back."""
    return {
        name: replace(one, versions=tuple(replace(each, swept=each.deleted) for each in one.versions))
        for name, one in state.items()
    }


def nothing(state: State) -> State:
    """What users see does not change."""
    return state
