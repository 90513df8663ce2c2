"""What the two words of ``mvfs diff`` stand for: versions, what is in them, and what is on this machine."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

import msgspec

from mvfs import refs
from mvfs.catalog.catalog import Catalog, Place
from mvfs.catalog.content import Content
from mvfs.cli.places import open_store, ref_of
from mvfs.diff import versions
from mvfs.diff.files import Files
from mvfs.diff.sides import Folder, Part, Renamed
from mvfs.diff.versions import VersionDiff
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.refs import Ref

_LOCAL = re.compile(r"\.{1,2}|(?:\.{1,2}/|/|~)(?!.*::).*", re.DOTALL)
"""A word that names a file or folder here; everything else is a ref, also ``/store::project/name``."""

_SHORT = re.compile(r":.+|v[0-9]+")
"""Another version of the first word's name."""


class Stored(msgspec.Struct, frozen=True):
    """A word that names a version, or what lies in one."""

    catalog: Catalog
    place: Place

    @property
    def title(self) -> str:
        """Its full ref."""
        return ref_of(self.place) + (f"/{self.place.path}" if self.place.path else "")


class Compared(msgspec.Struct, frozen=True):
    """Two sides, ready to be compared."""

    titles: tuple[str, str]
    old: Files
    new: Files
    versions: VersionDiff | None = None
    """Where both are whole versions: what else differs."""
    is_single: bool = False
    """Whether both are files."""


def compared(args: argparse.Namespace) -> Compared:
    """Return both sides; of one word, the version before it and it.

    Raises:
        NotFound: a ref or path leads nowhere.
        InvalidInput: no word is a ref, or a file is to be compared with a folder.
    """
    old, new = _words(args)
    sides = [None if _LOCAL.fullmatch(word) else _stored(args, word) for word in (old, new)]
    left, right = sides
    if left is not None and right is not None and not left.place.path and not right.place.path:
        return _versions(left, right)
    if left is None and right is None:
        raise InvalidInput(f"neither '{old}' nor '{new}' is a ref; one side has to be a version")
    parts = [Part(_content(side), side.place.path) if side else None for side in sides]
    known = {entry.size for part in parts if part is not None for entry in part.files()}
    made: list[Part | Folder] = [
        part or Folder(Path(os.path.expanduser(word)), known)
        for part, word in zip(parts, (old, new), strict=True)
    ]
    titles = [side.title if side else word for side, word in zip(sides, (old, new), strict=True)]
    one, other = _alike(made[0], made[1], titles)
    return Compared((titles[0], titles[1]), one, other, is_single=made[0].is_file)


def _content(side: Stored) -> Content:
    assert side.place.version is not None
    return side.place.project.content(side.place.version)


def _versions(left: Stored, right: Stored) -> Compared:
    one, other = left.place, right.place
    assert one.version is not None
    assert other.version is not None
    catalogs = left.catalog, right.catalog
    diff = versions.between(one.project, one.version, other.project, other.version, *catalogs)
    return Compared((left.title, right.title), *diff.contents, diff)


def _words(args: argparse.Namespace) -> tuple[str, str]:
    if args.new is None:
        return _before(args, args.old), args.old
    if not _SHORT.fullmatch(args.new):
        return args.old, args.new
    name = refs.parse(args.old)
    store = f"{name.store}::" if name.store else ""
    place = store_of(args, name).version(name)
    base = ref_of(place).rpartition(":")[0]
    path = f"/{place.path}" if place.path else ""
    return args.old, f"{store}{base}:{args.new.removeprefix(':')}{path}"


def _before(args: argparse.Namespace, word: str) -> str:
    """The version before the one that a word names."""
    if _LOCAL.fullmatch(word):
        raise InvalidInput(f"name what '{word}' is to be compared with")
    side = _stored(args, word)
    version = side.place.version
    assert version is not None
    earlier = [n for n in queries.numbers(side.place.project.index, version.name) if n < version.number]
    if not earlier:
        raise NotFound(f"there is no version before {ref_of(side.place)}; name two")
    ref = refs.parse(word)
    store = f"{ref.store}::" if ref.store else ""
    path = f"/{side.place.path}" if side.place.path else ""
    return f"{store}{ref_of(side.place).rpartition(':')[0]}:v{earlier[-1]}{path}"


def _stored(args: argparse.Namespace, word: str) -> Stored:
    ref = refs.parse(word)
    try:
        catalog = store_of(args, ref)
        return Stored(catalog, catalog.version(ref))
    except NotFound as exc:
        if os.path.lexists(word):
            raise NotFound(f"{exc}; for what is here, write ./{word}", ref=word) from exc
        raise


def store_of(args: argparse.Namespace, ref: Ref) -> Catalog:
    """The store of a ref; each is opened once, however many refs lead there."""
    known: dict[str | None, Catalog] = args.__dict__.setdefault("stores", {})
    if ref.store not in known:
        known[ref.store] = open_store(args, ref)
    return known[ref.store]


def _alike(old: Part | Folder, new: Part | Folder, titles: list[str]) -> tuple[Files, Files]:
    """Two files are compared whatever their names are; a file and a folder are not."""
    if old.is_file != new.is_file:
        at = 0 if old.is_file else 1
        raise InvalidInput(f"'{titles[at]}' is a file, and '{titles[1 - at]}' a folder")
    if not old.is_file:
        return old, new
    (one,), (other,) = old.files(), new.files()
    return (old, new) if one.path == other.path else (Renamed(old, one.path, other.path), new)
