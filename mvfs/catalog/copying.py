"""Copies and moves versions to another name: in the same project without touching bytes, else verified."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Set
from dataclasses import dataclass, field, replace

from mvfs.catalog.deletion import LATEST, Target, check, delete, deletion_steps
from mvfs.catalog.project import Project
from mvfs.catalog.references import ObjectsGone, require_unswept
from mvfs.catalog.renaming import rename
from mvfs.catalog.rules import BEST, best_moves
from mvfs.catalog.steps import Step, commit_steps
from mvfs.errors import Conflict, InvalidInput
from mvfs.index import queries
from mvfs.index.rows import Name, Version
from mvfs.refs import Selector, check_name
from mvfs.store import effects as fx
from mvfs.store.carrier import Carrier
from mvfs.store.journal import Operation
from mvfs.store.manifest.reader import Manifest
from mvfs.store.pipeline import Progress
from mvfs.store.trust import stamps

_MAX_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Transfer:
    """What goes where."""

    source: Project
    what: Target
    target: Project
    name: str
    """The name that gets the versions; made if it is not there."""
    move: bool = False
    aliases: bool = False
    """Whether a move of single versions may remove aliases that point at them."""
    link: bool = False
    """Whether the copies are links: they say what they stand for, and lie in a name of links only."""

    @property
    def is_inside(self) -> bool:
        """Whether it stays in one project, where objects need not be copied."""
        same_store = self.source.backend.location == self.target.backend.location
        return same_store and self.source.id == self.target.id


@dataclass(frozen=True, slots=True)
class Transferred:
    """What came of it."""

    numbers: dict[int, int]
    """By the number in the old name, that in the new one."""
    new_bytes: int = 0


def transfer(order: Transfer, progress: Progress | None = None) -> Transferred:
    """Copy or move versions, with metadata, note, tags and run; a whole name moves with its aliases.

    Content that the new name has already makes no new version there.

    Raises:
        InvalidInput: old and new name are the same.
        InvalidName: the new name breaks the rules.
        NotFound: a version is not there (any more).
        Conflict: the new name has another type, or aliases of its own; or see `deletion.delete`.
        CorruptObject: stored bytes are damaged.
    """
    check_name(order.name, "name")
    if order.is_inside and order.name == order.what.name:
        raise InvalidInput(f"'{order.name}' is the name that it has")
    if order.is_inside:  # one index, at one base
        order = replace(order, target=order.source)
    order.source.refresh()
    order.target.refresh()
    if order.move:
        check(order.source, [order.what], aliases=order.aliases)
    if order.is_inside and order.move and order.what.whole and _is_free(order):
        rename(order.source, order.what.name, order.name)
        return Transferred({number: number for number in order.what.numbers})
    if order.is_inside:
        plan = _Plan(order, _latest(order))
        commit_steps(order.target, plan.steps, plan.closing)
        return Transferred(plan.numbers)
    result = _carry(order, progress)
    if order.move:
        delete(order.source, [order.what], aliases=order.aliases)
    return result


def _is_free(order: Transfer) -> bool:
    return queries.name(order.target.index, order.name) is None


def _latest(order: Transfer) -> int:
    """Of a whole name its latest version, else the last one that is asked for."""
    found = order.source.aliases(order.what.name).get(LATEST)
    return found if found in order.what.numbers and order.what.whole else order.what.numbers[-1]


def _carry(order: Transfer, progress: Progress | None) -> Transferred:
    """Copy to another project; once more, under new keys, where a sweep took what was copied."""
    plan = _Plan(order, _latest(order))
    for _ in range(_MAX_ROUNDS):
        operation = Operation(order.target.index.seq)
        carrier = Carrier(order.source.backend, order.target.backend, order.target.id, stamps(), progress)
        committed = len(plan.done)
        try:
            plan.load(carrier, operation)
            commit_steps(order.target, plan.steps, plan.closing, operation, plan.done)
        except BaseException as exc:
            if len(plan.done) == committed and not operation.may_be_needed:
                carrier.discard()
            if isinstance(exc, ObjectsGone):
                continue
            raise
        return Transferred(plan.numbers, carrier.new_bytes)
    raise Conflict(f"sweeps took the objects of '{order.name}' {_MAX_ROUNDS} times while they were copied")


@dataclass(slots=True)
class _Plan:
    """The effects of a transfer, evaluated anew at each base."""

    order: Transfer
    latest: int
    """The old number of the version whose copy becomes ``latest``."""
    numbers: dict[int, int] = field(default_factory=dict)
    done: set[Hashable] = field(default_factory=set)
    _carrier: Carrier | None = None
    _since: int = 0
    _carried: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    """By the old number: key and head's hash of the manifest that was written for it."""

    def load(self, carrier: Carrier, operation: Operation) -> None:
        """Copy the objects of what the target does not have and is not done."""
        order = self.order
        self._carrier, self._since = carrier, operation.since
        self._carried.clear()
        for version in self._versions(self.done):
            if queries.version_by_digest(order.target.index, order.name, version.digest) is None:
                manifest = Manifest(order.source.backend, version.manifest, version.manifest_hash)
                self._carried[version.number] = carrier.carry(manifest)

    def steps(self, done: Set[Hashable]) -> list[Step]:
        """A step for each version, keyed by its old name and number."""
        order = self.order
        versions = self._versions(done)
        source = order.source.find_name(order.what.name) if versions else None
        if source is None:
            return []
        if self._carrier is not None:
            require_unswept(order.target, self._carrier.written, self._since)
        known = queries.name(order.target.index, order.name)
        self._check_target(known, source)
        last = known.last if known else -1
        pointing = order.target.aliases(order.name)
        made: dict[bytes, int] = {}
        removals = self._removals(done)
        steps: list[Step] = []
        for version in versions:
            effects: list[fx.AnyEffect] = []
            if known is None and not steps:
                effects += self._name_made(source)
            same = queries.version_by_digest(order.target.index, order.name, version.digest)
            number = same.number if same else made.get(version.digest)
            if number is None:
                number = last = last + 1
                effects += self._made(version, number)
            made[version.digest] = self.numbers[version.number] = number
            effects += self._alias_moves(version, number, source, pointing)
            key = (order.what.name, version.number)
            steps.append(Step(key, effects + removals.get(key, [])))
        return steps

    def closing(self, effects: list[fx.AnyEffect]) -> list[fx.AnyEffect]:
        """``latest`` moves to the copy of what was latest, or to what was copied last; ``best`` follows."""
        order = self.order
        made = [effect.number for effect in effects if isinstance(effect, fx.VersionMade)]
        number = self.numbers[self.latest]
        old = order.target.aliases(order.name).get(LATEST)
        if number not in made and queries.version(order.target.index, order.name, number) is None:
            number = made[-1] if made or old is None else old  # the right one comes in a later entry
        moves: list[fx.AnyEffect] = []
        if number != old:
            moves.append(fx.AliasMoved(order.name, LATEST, number, old))
        return moves + best_moves(order.target, [*effects, *moves], [order.name])

    def _versions(self, done: Set[Hashable]) -> list[Version]:
        """What is left to do; each must be live at this base."""
        order, name = self.order, self.order.what.name
        return [
            order.source.version(name, Selector(number=number))
            for number in order.what.numbers
            if (name, number) not in done
        ]

    def _check_target(self, known: Name | None, source: Name) -> None:
        order = self.order
        if (
            order.link
            and known is not None
            and len(queries.links(order.target.index, known.name)) != known.versions
        ):
            raise Conflict(
                f"'{order.target.name}/{order.name}' holds versions that were logged there, not links;"
                " link to another name",
                name=order.name,
            )
        if known is not None and known.type != source.type:
            raise Conflict(
                f"'{order.target.name}/{order.name}' has type '{known.type}', not '{source.type}';"
                " choose another name"
            )
        if not (order.move and order.what.whole):
            return
        mine = order.target.aliases(order.name).keys() - {LATEST, BEST}
        if both := sorted(mine & order.source.aliases(order.what.name).keys()):
            raise Conflict(
                f"both '{order.what.name}' and '{order.name}' have the alias {', '.join(both)};"
                " remove it from one of them",
                aliases=both,
            )

    def _name_made(self, source: Name) -> Iterable[fx.AnyEffect]:
        order = self.order
        yield fx.NameMade(order.name, source.type)
        if order.move and order.what.whole and source.rule is not None:
            yield fx.RuleSet(order.name, source.rule.metric, source.rule.mode)
        if order.move and order.what.whole and (source.about or source.tags):
            yield fx.NameDescribed(order.name, source.about, list(source.tags))

    def _made(self, version: Version, number: int) -> Iterable[fx.AnyEffect]:
        order, name = self.order, self.order.name
        manifest, manifest_hash = version.manifest, version.manifest_hash
        if self._carrier is not None:
            if version.number not in self._carried:  # the target had it, and does not any more
                raise ObjectsGone
            manifest, manifest_hash = self._carried[version.number]
        yield fx.VersionMade(
            name,
            number,
            manifest,
            manifest_hash,
            version.digest,
            version.files,
            version.size,
            version.run,
            version.metadata,
        )
        if version.note:
            yield fx.NoteWritten(name, number, version.note)
        if version.tags:
            yield fx.Tagged(name, number, list(version.tags), [])
        if order.move and version.expires is not None:
            yield fx.ExpirySet(name, number, version.expires)
        yield from self._linked(version, number)
        if order.is_inside:
            for run in queries.producers(order.source.index, version.name, version.number):
                if run.id != version.run:
                    yield fx.Produced(name, number, run.id)

    def _linked(self, version: Version, number: int) -> Iterable[fx.AnyEffect]:
        """What the copy stands for, where it is a link: the version, or what a moved link stood for."""
        order, name = self.order, self.order.name
        if order.link:
            home = None if order.is_inside else order.source.id
            yield fx.Linked(name, number, home, version.name, version.number)
        elif order.move and order.is_inside:
            link = queries.link(order.source.index, version.name, version.number)
            if link is not None:
                yield fx.Linked(name, number, link.project_id, link.source, link.source_number)

    def _alias_moves(
        self, version: Version, number: int, source: Name, pointing: dict[str, int]
    ) -> Iterable[fx.AnyEffect]:
        """The aliases that move along with a whole name; ``best`` only where no rule has a say."""
        if not (self.order.move and self.order.what.whole):
            return
        known = queries.name(self.order.target.index, self.order.name)
        for alias in version.aliases:
            kept = alias == BEST and (source.rule is not None or BEST in pointing or (known and known.rule))
            if alias != LATEST and not kept:
                yield fx.AliasMoved(self.order.name, alias, number, pointing.get(alias))

    def _removals(self, done: Set[Hashable]) -> dict[Hashable, list[fx.AnyEffect]]:
        """The effects that take moved versions away from the old name, in the same entry."""
        order = self.order
        if not (order.move and order.is_inside):
            return {}
        steps = deletion_steps(order.source, order.what, done, aliases=order.aliases)
        return {step.key: step.effects for step in steps}
