"""`mvfs.watch`: new versions and moves of aliases; with a model in place of a ref, what W&B's means."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mvfs import refs, settings, text
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.cursor import Cursor
from mvfs.catalog.watching import Event, Watcher, interest
from mvfs.errors import InvalidInput
from mvfs.refs import Selector
from mvfs.sdk import active, gradients
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.names import current_scope

_log = logging.getLogger("mvfs")


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """A new version, or the move of an alias."""

    _catalog: Catalog = field(repr=False)
    _event: Event = field(repr=False)
    kind: str
    """``version`` or ``alias``."""
    ref: str
    """``project/type/name:v3``; without version where an alias was removed."""
    alias: str | None
    old: str | None
    """Where the alias pointed before: ``v2``."""
    new: str | None
    """The new version, or where the alias points now."""
    time: int
    """Microseconds since 1970."""
    by: str

    def artifact(self) -> Artifact:
        """Return the version.

        Raises:
            InvalidInput: the alias was removed, and points at none.
            NotFound: the version was deleted meanwhile.
        """
        what = self._event.what
        if what.new is None:
            raise InvalidInput(f"'{self.alias}' of {self.ref} was removed; it points at no version")
        project = self._catalog.project(self._event.project)
        version = project.version(what.name, Selector(number=what.new))
        return Artifact.of(project, version, active.entity())


def watch(  # noqa: PLR0917 - W&B's order
    models: Any,
    criterion: Any = None,
    log: str | None = "gradients",
    log_freq: int = 1000,
    idx: int | None = None,
    log_graph: bool = False,
    *,
    on: str | Iterable[str] = "version",
    callback: Callable[[WatchEvent], object] | None = None,
    name: str | None = None,
    start: str = "now",
    restart: bool = False,
    wait: bool = True,
    poll: float | None = None,
) -> Iterator[WatchEvent] | None:
    """Watch a ref (a name, type or project): call ``callback`` for each event, or return an iterator.

    ``on`` is ``version``, ``alias=NAME``, ``alias`` (any but latest), ``any``, or several of them. With a
    ``name``, what is done is remembered, and the next watcher of that name goes on there, unless it is to
    ``restart`` at ``start`` (``now``, ``start`` or ``vN``): each event comes at least once. It is done when
    its callback has returned, or the next one is asked for. Without ``wait``, watching ends when nothing is
    new. ``poll``: seconds between two looks. ``mvfs watch`` is the same as a command.

    With a model of PyTorch, this is `Run.watch` of the active run.

    Raises:
        InvalidInput: a word is unknown, or it is neither a ref nor a model.
        NoActiveRun: a model is given, and there is no run.
        Conflict: the name is that of another watcher.
    """
    if not isinstance(models, str):
        gradients.watch(models, criterion, log=log, log_freq=log_freq, idx=idx, log_graph=log_graph)
        return None
    if callback is None and criterion is not None:
        callback = criterion
    found = _events(models, [on] if isinstance(on, str) else list(on), name, start, restart, wait, poll)
    if callback is None:
        return found
    for event in found:
        callback(event)
    return None


def _events(  # noqa: PLR0917 - the words of `watch`
    ref: str, on: list[str], name: str | None, start: str, restart: bool, wait: bool, poll: float | None
) -> Iterator[WatchEvent]:
    parsed = refs.parse(ref, current_scope().project)
    wanted = interest(parsed, on)
    catalog = active.catalog_at(parsed.store or settings.store_location())  # its own: it looks in its own way
    cursor = Cursor.hold(catalog.backend, name, _tell_holder) if name is not None else None
    try:
        watcher = Watcher(catalog, wanted, start, cursor, restart=restart)
    except BaseException:
        if cursor is not None:
            cursor.close()
        raise
    return _wrapped(catalog, watcher, cursor, poll, wait)


def _wrapped(
    catalog: Catalog, watcher: Watcher, cursor: Cursor | None, poll: float | None, wait: bool
) -> Iterator[WatchEvent]:
    try:
        for event in watcher.events(poll, wait=wait):
            what = event.what
            old, new = (None if number is None else f"v{number}" for number in (what.old, what.new))
            yield WatchEvent(
                catalog, event, event.kind, event.ref, what.alias, old, new, what.time, what.actor
            )
    finally:
        if cursor is not None:
            cursor.close()


def _tell_holder(holder: str) -> None:
    _log.warning("mvfs: the watcher is at work in %s; waiting for its end", text.line(holder))
