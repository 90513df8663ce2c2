"""The rule behind ``best``: and how the alias follows it in the entry that changes the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mvfs.catalog.project import Project
from mvfs.errors import Conflict, InvalidInput
from mvfs.index import policies, queries
from mvfs.index.best import best
from mvfs.index.rows import Name, Rule
from mvfs.refs import Selector
from mvfs.store import effects as fx
from mvfs.wellformed import check_text

BEST = "best"


def parse_rule(text: str) -> Rule:
    """Parse ``metric:max`` or ``metric:min``.

    Raises:
        InvalidInput: it is of another form.
    """
    metric, mark, mode = text.rpartition(":")
    if not mark or not metric or mode not in ("max", "min"):
        raise InvalidInput(f"'{text}' is no rule; write METRIC:max or METRIC:min")
    return Rule(check_text(metric, "the metric"), mode)


def refuse_kept_alias(name: Name | None, aliases: Iterable[str]) -> None:
    """Refuse to set by hand what is kept by the system or by a rule.

    Raises:
        Conflict: says why, and what to do instead.
    """
    if name is not None and name.rule is not None and BEST in aliases:
        raise Conflict(
            f"'best' of '{name.name}' is kept by the rule {name.rule.metric}:{name.rule.mode};"
            " clear the rule with 'mvfs best REF --clear' to set it by hand",
            name=name.name,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """A rule, and where ``best`` is, as somebody saw them."""

    rule: Rule | None
    best: int | None


def set_rule(project: Project, name: str, rule: Rule | None, seen: Seen | None = None) -> None:
    """Set or clear the rule of a name; ``best`` moves in the same entry.

    Raises:
        NotFound: no such name.
        InvalidInput: the metric is no text.
        Conflict: ``best`` is protected; or the rule, or ``best``, is not as it was ``seen``.
    """
    check_text(rule and rule.metric, "the metric")
    project.commit(lambda: _rule_effects(project, name, rule, seen))


def restore_rule(project: Project, name: str, before: Seen, seen: Seen) -> None:
    """Put back a rule, and where ``best`` was by hand if there was none; in one entry.

    Raises:
        NotFound: no such name, or no version any more where ``best`` was.
        Conflict: ``best`` is protected; or the rule, or ``best``, is not as it was ``seen``.
    """

    def plan() -> list[fx.AnyEffect]:
        effects = _rule_effects(project, name, before.rule, seen)
        if before.rule is None and before.best != seen.best:
            if before.best is not None:
                project.version(name, Selector(number=before.best))
            effects.append(fx.AliasMoved(name, BEST, before.best, seen.best))
        return effects

    project.commit(plan)


def _rule_effects(project: Project, name: str, rule: Rule | None, seen: Seen | None) -> list[fx.AnyEffect]:
    old = project.find_name(name).rule
    at = project.aliases(name).get(BEST)
    if seen is not None and (old, at) != (seen.rule, seen.best):
        raise Conflict(f"the rule of '{name}' was changed meanwhile: {_told(old, at)}", name=name)
    if old == rule:
        return []
    if rule is not None and BEST in policies.protected(project.index, name):
        raise Conflict(
            f"'best' of '{project.name}/{name}' is protected, so no rule can move it; end that first with"
            " 'mvfs policy REF --unprotect best'",
            name=name,
        )
    new = fx.RuleSet(name, rule.metric if rule else None, rule.mode if rule else None)
    return [new, *best_moves(project, [new], [name])]


def _told(rule: Rule | None, best_at: int | None) -> str:
    kept = "it has none now" if rule is None else f"it is {rule.metric}:{rule.mode} now"
    return f"{kept}, and best is " + ("nowhere" if best_at is None else f"v{best_at}")


def best_moves(project: Project, effects: Sequence[fx.AnyEffect], names: Iterable[str]) -> list[fx.AnyEffect]:
    """Return the moves of ``best`` that ``effects`` make necessary, evaluated as if they were committed."""
    given = {effect.name for effect in effects if isinstance(effect, fx.RuleSet)}
    rows = {name: queries.name(project.index, name) for name in names}
    concerned = [name for name, row in rows.items() if name in given or (row and row.rule)]
    if not concerned:
        return []
    moves: list[fx.AnyEffect] = []
    with project.index.pretend(project.supposing(list(effects))):
        for name in concerned:
            row = queries.name(project.index, name)
            if row is None or row.rule is None:
                continue
            found = best(project.index, name, row.rule)
            new = found[0].number if found else None
            old = queries.aliases(project.index, name).get(BEST)
            if new != old:
                moves.append(fx.AliasMoved(name, BEST, new, old))
    return moves
