"""Which aliases of a name move in the target, and which stand where somebody else has put them."""

from __future__ import annotations

from mvfs.catalog.rules import BEST
from mvfs.catalog.syncing.order import Order
from mvfs.index import policies, queries
from mvfs.index.rows import Name
from mvfs.refs import Selector
from mvfs.store import effects as fx

LATEST = "latest"
_FORCED = "sync --force"
"""The reason that is recorded where a sync moves a protected alias."""


def alias_moves(
    order: Order, name: Name, numbers: dict[int, int], conflicts: list[str]
) -> list[fx.AnyEffect]:
    """Return the moves that follow the source; what is left alone is added to ``conflicts``.

    ``numbers`` has the target's number of each version by the source's.
    """
    target = order.target
    known = queries.name(target.index, name.name)
    pointing = target.aliases(name.name)
    kept = set(policies.protected(target.index, name.name))
    moves: list[fx.AnyEffect] = []
    for alias, number in order.source.aliases(name.name).items():
        new, old = numbers.get(number), pointing.get(alias)
        if new is None or new == old or (alias == BEST and known is not None and known.rule is not None):
            continue
        if alias in kept and old is not None and not order.force:
            conflicts.append(
                f"'{alias}' of '{target.name}/{name.name}' is protected in the target, and at v{old}, not at"
                f" v{new}; --force moves it"
            )
        elif alias in kept and old is not None:
            moves += [fx.AliasMoved(name.name, alias, new, old), fx.Reason(name.name, alias, _FORCED)]
        elif old is None or order.force or _was_there(order, name.name, alias, old):
            moves.append(fx.AliasMoved(name.name, alias, new, old))
        elif alias != LATEST:
            conflicts.append(
                f"'{alias}' of '{target.name}/{name.name}' is at v{old} in the target, not at v{new};"
                " --force moves it"
            )
    return moves


def _was_there(order: Order, name: str, alias: str, number: int) -> bool:
    """Whether the target's alias is where that of the source has been before."""
    digest = order.target.version(name, Selector(number=number)).digest
    same = {v.number for v in order.source.versions(name) if v.digest == digest}
    same.update(
        gone.version.number
        for gone in queries.trash(order.source.index, name)
        if gone.version.digest == digest
    )
    return any(move.new in same for move in queries.alias_history(order.source.index, name, alias))
