"""Sends the versions that the target lacks: a few at a time, so that a cut-off sync has something done."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Set
from dataclasses import dataclass, field

from mvfs.catalog.references import ObjectsGone, require_unswept
from mvfs.catalog.resuming import Resumption
from mvfs.catalog.rules import best_moves
from mvfs.catalog.steps import Step, commit_steps
from mvfs.catalog.syncing.aliases import LATEST
from mvfs.catalog.syncing.order import Order
from mvfs.catalog.syncing.report import Sent
from mvfs.catalog.syncing.stock import ProjectStock
from mvfs.errors import Conflict, CorruptObject
from mvfs.index import queries
from mvfs.index.rows import Name, Version
from mvfs.store import effects as fx
from mvfs.store.carrier import Carrier
from mvfs.store.entry import effect_size
from mvfs.store.journal import Operation
from mvfs.store.manifest.reader import Manifest
from mvfs.store.trust import stamps

_MAX_ROUNDS = 5
_BATCH_BYTES = 256 << 20
_BATCH_VERSIONS = 200
_ROOM = 48 << 10
"""Bytes of metadata and note that may go into one entry."""


def missing(order: Order, name: str, versions: list[Version]) -> list[Version]:
    """The versions whose content the target's name neither has nor had and deleted, each content once."""
    index = order.target.index
    gone = {deleted.version.digest for deleted in queries.trash(index, name)}
    found: dict[bytes, Version] = {}
    for version in versions:
        if version.digest not in gone and queries.version_by_digest(index, name, version.digest) is None:
            found.setdefault(version.digest, version)
    return list(found.values())


def send(order: Order, name: Name, versions: list[Version], stock: ProjectStock) -> None:
    """Send those that are missing, with what is said of them; ``latest`` and ``best`` go along.

    Raises:
        Conflict: sweeps go on taking what was sent.
        NoSpace, NoPermission, Unavailable: the target cannot be written; the next sync goes on from there.
    """
    for batch in _batches(missing(order, name.name, versions)):
        if order.dry:
            plan = _Plan(order, name, batch)
            plan.steps(set())
            order.report.sent += plan.sent.values()
            order.report.new_bytes += _new_bytes(order, batch, stock)
        else:
            _send_batch(order, name, batch, stock)


def _batches(versions: list[Version]) -> Iterator[list[Version]]:
    batch: list[Version] = []
    for version in versions:
        batch.append(version)
        if len(batch) == _BATCH_VERSIONS or sum(one.size for one in batch) >= _BATCH_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def _new_bytes(order: Order, batch: list[Version], stock: ProjectStock) -> int:
    """Bytes of blobs that would be sent."""
    new: dict[tuple[bytes, int], int] = {}
    for version in batch:
        try:
            blobs = list(Manifest(order.source.backend, version.manifest, version.manifest_hash).blobs())
        except CorruptObject as exc:
            _tell_damage(order, version, exc)
            continue
        new.update({(blob.digest, blob.size): blob.size for blob in blobs if stock.find(blob) is None})
    return sum(new.values())


def _tell_damage(order: Order, version: Version, exc: CorruptObject) -> None:
    """Report damage in the source, unless what is missing was deleted and swept just now."""
    order.source.refresh()
    if queries.version(order.source.index, version.name, version.number) is not None:
        order.report.damaged.append(f"{order.source.name}/{version.name}:{version.label}: {exc.message}")


def _send_batch(order: Order, name: Name, batch: list[Version], stock: ProjectStock) -> None:
    """Send some versions; once more, under new keys, where a sweep took what they rely on."""
    target = order.target
    for _ in range(_MAX_ROUNDS):
        operation = Operation(target.index.seq)
        with Resumption(target, operation) as resumption:
            stock.begin(resumption.leftovers)
            carrier = Carrier(
                order.source.backend,
                target.backend,
                target.id,
                stamps(),
                order.progress,
                stock=stock,
                intent=resumption.intent,
            )
            plan = _Plan(order, name, batch)
            try:
                plan.carry(carrier, stock, operation)
                resumption.rely_on(operation, frozenset(stock.resumed))
                commit_steps(target, plan.steps, plan.closing, operation, plan.done)
            except ObjectsGone:
                if not plan.done and not operation.may_be_needed:
                    carrier.discard()
                resumption.forget_leftovers()
                resumption.finish()
                continue
            finally:  # what was sent before anything else went wrong stays noted for the next sync
                order.report.new_bytes += carrier.new_bytes
                order.report.sent += [one for key, one in plan.sent.items() if key in plan.done]
            resumption.finish(frozenset(stock.resumed))
        return
    raise Conflict(f"sweeps took the objects of '{name.name}' {_MAX_ROUNDS} times while they were sent")


@dataclass(slots=True)
class _Plan:
    """The effects that make some versions, evaluated anew at each base."""

    order: Order
    name: Name
    batch: list[Version]
    sent: dict[Hashable, Sent] = field(default_factory=dict)
    done: set[Hashable] = field(default_factory=set)
    _carried: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    _carrier: Carrier | None = None
    _stock: ProjectStock | None = None
    _since: Operation | None = None

    def carry(self, carrier: Carrier, stock: ProjectStock, operation: Operation) -> None:
        """Copy the objects; a version that is damaged in the source is reported and left out."""
        self._carrier, self._stock, self._since = carrier, stock, operation
        source = self.order.source
        for version in missing(self.order, self.name.name, self.batch):
            before = len(carrier.written)
            try:
                manifest = Manifest(source.backend, version.manifest, version.manifest_hash)
                self._carried[version.number] = carrier.carry(manifest)
            except CorruptObject as exc:
                carrier.discard(before)
                _tell_damage(self.order, version, exc)

    def steps(self, done: Set[Hashable]) -> list[Step]:
        """A step for each version that is missing at this base."""
        order, index = self.order, self.order.target.index
        if self._carrier is not None and self._stock is not None and self._since is not None:
            relied = [*self._carrier.written, *self._stock.resumed]
            require_unswept(order.target, relied, self._since.since)
            self._stock.require_live()
        known = queries.name(index, self.name.name)
        last = known.last if known else -1
        steps: list[Step] = []
        self.sent = {key: one for key, one in self.sent.items() if key in done}
        for version in missing(order, self.name.name, self.batch):
            if not order.dry and version.number not in self._carried:
                continue
            last += 1
            effects = list(self._name_made()) if known is None and not steps else []
            steps.append(Step(version.number, [*effects, *self._made(version, last)]))
            self.sent[version.number] = Sent(
                order.target.name, self.name.type, self.name.name, version.number, last
            )
        return steps

    def closing(self, effects: list[fx.AnyEffect]) -> list[fx.AnyEffect]:
        """``latest`` goes to what is latest in the source, or came last; ``best`` follows its rule."""
        order, name = self.order, self.name.name
        made = {effect.digest: effect.number for effect in effects if isinstance(effect, fx.VersionMade)}
        if not made:
            return []
        old = order.target.aliases(name).get(LATEST)
        number = max(made.values())
        newest = order.source.aliases(name).get(LATEST)
        first = queries.version(order.source.index, name, newest) if newest is not None else None
        if first is not None:
            there = queries.version_by_digest(order.target.index, name, first.digest)
            number = there.number if there else made.get(first.digest, number)
        moves: list[fx.AnyEffect] = [] if number == old else [fx.AliasMoved(name, LATEST, number, old)]
        return moves + best_moves(order.target, [*effects, *moves], [name])

    def _name_made(self) -> Iterator[fx.AnyEffect]:
        yield fx.NameMade(self.name.name, self.name.type)
        if (rule := self.name.rule) is not None:
            yield fx.RuleSet(self.name.name, rule.metric, rule.mode)
        if self.name.about or self.name.tags:
            yield fx.NameDescribed(self.name.name, self.name.about, list(self.name.tags))

    def _made(self, version: Version, number: int) -> Iterator[fx.AnyEffect]:
        name = self.name.name
        manifest, manifest_hash = self._carried.get(version.number, ("", b""))
        run = None if version.run in self.order.foreign_runs else version.run
        made = fx.VersionMade(
            name,
            number,
            manifest,
            manifest_hash,
            version.digest,
            version.files,
            version.size,
            run,
            version.metadata,
        )
        yield made
        note = fx.NoteWritten(name, number, version.note)
        if version.note and effect_size(made) + effect_size(note) < _ROOM:  # else it comes by itself
            yield note
        if version.tags:
            yield fx.Tagged(name, number, list(version.tags), [])
        if version.expires is not None:
            yield fx.ExpirySet(name, number, version.expires)
