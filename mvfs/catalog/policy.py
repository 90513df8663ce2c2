"""The policy of a name: which versions stay when another one is logged, and which aliases are protected."""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from dataclasses import dataclass

from mvfs.catalog import liveness
from mvfs.catalog.project import Project
from mvfs.catalog.protection import NOT_INSISTING, Insistence
from mvfs.catalog.rules import BEST
from mvfs.errors import InvalidInput
from mvfs.index import policies, queries
from mvfs.index.index import Index
from mvfs.index.policies import Retention
from mvfs.index.rows import Rule
from mvfs.refs import check_alias
from mvfs.store import effects as fx
from mvfs.store.entry import MAX_ENTRY, effect_size

_ROOM = MAX_ENTRY - 4096
"""Bytes for the effects of one entry; the rest is for its head."""

_MOST = 1000
"""Versions that one entry lets go at most."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is set for a name."""

    retention: Retention
    protected: tuple[str, ...]
    rule: Rule | None
    """What keeps ``best``."""


@dataclass(frozen=True, slots=True)
class Change:
    """What shall be set; what is not mentioned stays as it is."""

    keep_last: int | None = None
    """0 ends it."""
    ttl: int | None = None
    """Microseconds; 0 ends it."""
    protect: Sequence[str] = ()
    unprotect: Sequence[str] = ()
    clear: bool = False
    """Nothing of the policy stays but what else is given here."""


def policy_of(project: Project, name: str) -> Policy:
    """What is set for a name.

    Raises:
        NotFound: no such name.
    """
    row = project.find_name(name)
    kept = policies.protected(project.index, name)
    return Policy(policies.retention(project.index, name), tuple(kept), row.rule)


def set_policy(project: Project, name: str, change: Change, insistence: Insistence = NOT_INSISTING) -> None:
    """Set the policy of a name, in one entry. No version goes before the next one is logged.

    Raises:
        NotFound: no such name.
        InvalidName: an alias breaks the rules.
        InvalidInput: a number makes no sense, an alias moves by itself, or a protection shall end and it was
            not said by force and with a reason.
    """
    said = insistence.normal()
    for value, what in ((change.keep_last, "keep-last"), (change.ttl, "ttl")):
        if value is not None and not 0 <= value < 2**63:
            raise InvalidInput(f"{what} is {value}; it is at least 1, or 0 for none")
    protect = [check_alias(alias) for alias in dict.fromkeys(change.protect)]
    unprotect = [check_alias(alias) for alias in dict.fromkeys(change.unprotect)]
    if both := set(protect) & set(unprotect):
        raise InvalidInput(f"'{min(both)}' cannot be protected and unprotected at once")

    def plan() -> list[fx.AnyEffect]:
        now = policy_of(project, name)
        _refuse_moving(protect, now.rule)
        base = Retention() if change.clear else now.retention
        new = Retention(
            base.keep_last if change.keep_last is None else change.keep_last or None,
            base.ttl if change.ttl is None else change.ttl or None,
        )
        ended = [a for a in now.protected if a in unprotect or (change.clear and a not in protect)]
        if ended and not (said.force and said.reason):
            raise InvalidInput(
                f"'{ended[0]}' of '{project.name}/{name}' is protected; ending that needs --force and"
                " --reason TEXT",
                alias=ended[0],
            )
        effects: list[fx.AnyEffect] = []
        if new != now.retention:
            effects.append(fx.RetentionSet(name, new.keep_last, new.ttl))
        effects += [fx.AliasProtected(name, alias, False, said.reason) for alias in ended]
        added = [alias for alias in protect if alias not in now.protected]
        return effects + [fx.AliasProtected(name, alias, True, said.reason) for alias in added]

    project.commit(plan)


def _refuse_moving(aliases: Sequence[str], rule: Rule | None) -> None:
    if "latest" in aliases:
        raise InvalidInput("'latest' cannot be protected: it moves with each version that is logged")
    if BEST in aliases and rule is not None:
        raise InvalidInput(
            f"'best' cannot be protected: it follows the rule {rule.metric}:{rule.mode};"
            " clear that first with 'mvfs best REF --clear'"
        )


def falling(project: Project, name: str) -> list[int]:
    """The versions that the next log lets go, besides those that it pushes out itself."""
    rule = policies.retention(project.index, name)
    return policies.falling(project.index, name, rule, _now(), _MOST, crashed=crashed(project, name))


def crashed(project: Project, name: str, beside: str | None = None) -> frozenset[str]:
    """The runs, ``beside`` this one, that died and seem to go on, and so keep versions from going.

    Looks for signs of life in the store, if such a run is all that keeps a version.
    """
    rule = policies.retention(project.index, name)
    found = policies.holders(project.index, name, rule, _now()) - {beside}
    if not found:
        return frozenset()
    known = liveness.with_states(project, queries.runs_with(project.index, sorted(found)))
    return frozenset(run.id for run in known if run.state == "crashed")


def deletions(
    project: Project, name: str, effects: Sequence[fx.AnyEffect], crashed: Set[str] = frozenset()
) -> list[fx.Deleted]:
    """The deletions that a name's retention asks for once ``effects`` are folded, as many as one entry holds.

    What has an alias stays, and so does what a run that has not ended uses as input, unless it ``crashed``.
    """
    rule = policies.retention(project.index, name)
    if rule == Retention():
        return []
    with project.index.pretend(project.supposing(list(effects))):
        numbers = policies.falling(project.index, name, rule, _now(), _MOST, crashed=crashed)
    room = _ROOM - sum(effect_size(effect) for effect in effects)
    found: list[fx.Deleted] = []
    for number in numbers:
        effect = fx.Deleted(name, number)
        room -= effect_size(effect)
        if room < 0:
            break
        found.append(effect)
    return found


def taken_along(source: Index, name: str, new: str) -> list[fx.AnyEffect]:
    """The effects that give a name made anew the policy that another one has; its rule is not among them."""
    rule = policies.retention(source, name)
    effects: list[fx.AnyEffect] = []
    if rule != Retention():
        effects.append(fx.RetentionSet(new, rule.keep_last, rule.ttl))
    return effects + [fx.AliasProtected(new, alias, True, None) for alias in policies.protected(source, name)]


def _now() -> int:
    return time.time_ns() // 1000
