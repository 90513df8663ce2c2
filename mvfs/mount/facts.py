"""``.mvfs``: what the mount says of itself, and of the versions in it, to who asks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

from mvfs.catalog.shapes import whole_version_json
from mvfs.mount.nodes import Directory, Node
from mvfs.mount.places import last_entry
from mvfs.mount.scope import Scope
from mvfs.mount.texts import Text

FACTS = ".mvfs"
"""The directory's name in the root of a mount; no project, type, name or alias can have it."""

STATUS = "status"

MOST_REFERENCES = 10_000
"""References that are told of one version: a million would take the memory of all mounted files together."""

_JSON = ".json"


class Facts(Directory):
    """``.mvfs`` itself, or a project, type or name in it.

    Holds ``<ref>.json`` of every version, with as many of the ref's words as are not the directory's, and
    ``status``. Refs have many forms, so none of them is listed.
    """

    __slots__ = ("_scope", "_status", "_words")

    settled = False

    def __init__(self, scope: Scope, status: Callable[[], str], words: tuple[str, ...] = ()) -> None:
        super().__init__(("facts", *words), _now())
        self._scope = scope
        self._status = status
        self._words = words

    def find(self, name: str) -> Node | None:
        if not self._words and name == STATUS:
            return self._own_status()
        words = (*self._words, name)
        if name.endswith(_JSON):
            found = self._version((*self._words, name.removesuffix(_JSON)))
            if found is not None:
                return found
        return Facts(self._scope, self._status, words) if self._scope.holds(words) else None

    def list(self) -> Iterator[tuple[str, Node]]:
        if not self._words:
            yield STATUS, self._own_status()

    def _own_status(self) -> Text:
        return Text(("facts", STATUS), self._status().encode(), _now())

    def _version(self, words: tuple[str, ...]) -> Text | None:
        """Everything known of a version, as ``mvfs show --json`` does; of many references, none."""
        place = self._scope.version(words)
        if place is None:
            return None
        assert place.version is not None
        shown = whole_version_json(self._scope.catalog, place.project, place.version, MOST_REFERENCES)
        text = json.dumps(shown, indent=2, default=str) + "\n"
        return Text(("facts", *words, _JSON), text.encode(), last_entry(place.project))


def _now() -> int:
    return time.time_ns() // 1000
