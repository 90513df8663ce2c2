"""Which part of a store is mounted, and what refs mean in it."""

from __future__ import annotations

from collections.abc import Callable

from mvfs import refs
from mvfs.catalog.catalog import Catalog, Place, resolve_in, version_in
from mvfs.catalog.project import Project
from mvfs.catalog.shapes import ref_text
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.refs import Ref

OWN = "version"
"""What stands for the version, where only one is mounted."""


class Scope:
    """A store, or a place in it. Refs are those words that come after the place's own."""

    def __init__(self, catalog: Catalog, place: Place | None) -> None:
        self.catalog = catalog
        self._place = place
        """None: the whole store."""

    def __str__(self) -> str:
        """The place as a ref; of the store, nothing."""
        place = self._place
        if place is None or place.version is None:
            return "/".join(self._words())
        ref = ref_text(place.project.name, place.version)
        return f"{ref}/{place.path}" if place.path else ref

    def holds(self, words: tuple[str, ...]) -> bool:
        """Whether a project, type or name that is mounted has this ref."""
        found = self._find(words, resolve_in)
        return found is not None and found.version is None

    def version(self, words: tuple[str, ...]) -> Place | None:
        """Return the version with this ref, ``latest`` where it does not say; None if none is mounted."""
        place = self._place
        if place is None or place.version is None:
            return self._find(words, version_in)
        if words != (OWN,):
            return None
        place.project.refresh()
        now = queries.version(place.project.index, place.version.name, place.version.number)
        return Place(place.project, place.type, place.name, now or place.version)

    def _find(self, words: tuple[str, ...], resolve: Callable[[Project, Ref], Place]) -> Place | None:
        if self._place is not None and self._place.version is not None:
            return None
        try:
            ref = refs.parse("/".join((*self._words(), *words)))
            found = resolve(self._project(ref), ref)
        except (InvalidInput, NotFound):
            return None
        return found if ref.store is None and not found.path and self._is_within(found) else None

    def _words(self) -> tuple[str, ...]:
        place = self._place
        if place is None:
            return ()
        name = place.name.name if place.name is not None else None
        return tuple(word for word in (place.project.name, place.type, name) if word is not None)

    def _project(self, ref: Ref) -> Project:
        if self._place is None:
            return self.catalog.project(ref.words[0])
        self._place.project.refresh()
        return self._place.project

    def _is_within(self, found: Place) -> bool:
        """Whether a place is mounted: words after a type can also mean something of another one."""
        own = self._place
        if own is None:
            return True
        return (own.type is None or own.type == found.type) and (
            own.name is None or (found.name is not None and own.name.name == found.name.name)
        )
