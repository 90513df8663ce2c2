"""Protected aliases: whoever moves one must say so, and why; and so must who ends the protection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mvfs.catalog.project import Project
from mvfs.errors import Conflict, InvalidInput
from mvfs.index import policies
from mvfs.store import effects as fx
from mvfs.wellformed import check_text

MAX_REASON = 1000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Insistence:
    """What a caller says to move aliases in spite of their protection."""

    force: bool = False
    reason: str | None = None
    """Why; may be given without force, and is recorded wherever an alias moves."""

    def normal(self) -> Insistence:
        """Return it with the reason as it is stored.

        Raises:
            InvalidInput: it is too long, or no text.
        """
        reason = check_text(self.reason or "", "the reason").strip() or None
        if reason is not None and len(reason) > MAX_REASON:
            raise InvalidInput(f"the reason has {len(reason):,} characters; at most {MAX_REASON:,} are kept")
        return Insistence(self.force, reason)


NOT_INSISTING = Insistence()


def reasons(
    project: Project, name: str, effects: Iterable[fx.AnyEffect], insistence: Insistence = NOT_INSISTING
) -> Sequence[fx.AnyEffect]:
    """The effects that say why those in ``effects`` move aliases of a name, where that was said.

    Raises:
        Conflict: one of the aliases is protected, and that was not insisted on.
        InvalidInput: it was, without a reason.
    """
    moves = [one for one in effects if isinstance(one, fx.AliasMoved)]
    if not moves:
        return []
    said = insistence.normal()
    kept = policies.protected(project.index, name)
    for move in moves:
        if move.alias in kept and move.old is not None:
            _require(project, name, move.alias, move.old, said)
    if said.reason is None:
        return []
    return [fx.Reason(name, move.alias, said.reason) for move in moves if move.alias != "latest"]


def _require(project: Project, name: str, alias: str, at: int, said: Insistence) -> None:
    what = f"'{alias}' of '{project.name}/{name}' is protected"
    if not said.force:
        raise Conflict(
            f"{what} and points at v{at}; to move or remove it, say why, by --force --reason TEXT"
            " (in Python: force=True, reason=…)",
            name=name,
            alias=alias,
        )
    if said.reason is None:
        raise InvalidInput(f"{what}: --force takes a reason with it, --reason TEXT", name=name, alias=alias)
