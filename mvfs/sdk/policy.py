"""The policy of a name, as its collection has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from mvfs.catalog.policy import Change, Policy, policy_of, set_policy
from mvfs.catalog.project import Project
from mvfs.catalog.protection import Insistence
from mvfs.catalog.rules import parse_rule, set_rule
from mvfs.errors import InvalidInput

_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class CollectionPolicy:
    """Which versions of a name stay when one is logged, and which aliases are protected.

    Each property asks the store, and each assignment is written at once.
    """

    _project: Project = field(repr=False)
    name: str

    @property
    def keep_last(self) -> int | None:
        """As many of the newest versions stay; None: all."""
        return self._policy.retention.keep_last

    @keep_last.setter
    def keep_last(self, number: int | None) -> None:
        if number is not None and number < 1:
            raise InvalidInput(f"keep_last is a number of versions from 1 on, or None, not {number}")
        self._set(Change(keep_last=number or 0))

    @property
    def ttl(self) -> timedelta | None:
        """None that is younger goes to the trash; None: age says nothing."""
        ttl = self._policy.retention.ttl
        return None if ttl is None else timedelta(microseconds=ttl)

    @ttl.setter
    def ttl(self, ttl: timedelta | None) -> None:
        if ttl is not None and ttl <= timedelta(0):
            raise InvalidInput(f"a time to live is positive, or None, not {ttl}")
        self._set(Change(ttl=ttl // _MICROSECOND if ttl else 0))

    @property
    def best(self) -> str | None:
        """The rule that keeps the alias ``best``, as ``metric:max`` or ``metric:min``; None: by hand."""
        rule = self._policy.rule
        return None if rule is None else f"{rule.metric}:{rule.mode}"

    @best.setter
    def best(self, rule: str | None) -> None:
        self._project.refresh()
        set_rule(self._project, self.name, None if rule is None else parse_rule(rule))

    @property
    def protected_aliases(self) -> list[str]:
        """The aliases that move only by ``force=True`` and with a ``reason``."""
        return list(self._policy.protected)

    def protect(self, *aliases: str, reason: str | None = None) -> None:
        """Protect aliases, whether they point anywhere yet or not.

        Raises:
            InvalidInput: one moves by itself: ``latest``, or ``best`` where there is a rule.
        """
        self._set(Change(protect=aliases), Insistence(reason=reason))

    def unprotect(self, *aliases: str, force: bool = False, reason: str | None = None) -> None:
        """End the protection of aliases.

        Raises:
            InvalidInput: it was not said by force and with a reason.
        """
        self._set(Change(unprotect=aliases), Insistence(force, reason))

    @property
    def _policy(self) -> Policy:
        self._project.refresh()
        return policy_of(self._project, self.name)

    def _set(self, change: Change, insistence: Insistence | None = None) -> None:
        self._project.refresh()
        set_policy(self._project, self.name, change, insistence or Insistence())
