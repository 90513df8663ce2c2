"""On which terms an artifact is logged: only if it is better, also where an alias is protected."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs.catalog.protection import Insistence
from mvfs.catalog.rules import parse_rule
from mvfs.index.rows import Rule


@dataclass(frozen=True, slots=True)
class Terms:
    """What `Run.log_artifact` takes beside what W&B's does."""

    if_better: Rule | None = None
    insistence: Insistence = Insistence()  # noqa: RUF009 - frozen


PLAIN = Terms()


def terms(if_better: str | None, force: bool, reason: str | None) -> Terms:
    """The terms that a call's words mean.

    Raises:
        InvalidInput: ``if_better`` is no ``metric:max`` or ``metric:min``.
    """
    return Terms(None if if_better is None else parse_rule(if_better), Insistence(force, reason))
