"""What a name in a script stands for: native refs, and W&B's ``entity/project/name:alias``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from mvfs import refs
from mvfs.catalog.catalog import Catalog, Place
from mvfs.errors import InvalidInput, InvalidName, NotFound
from mvfs.refs import Ref, check_name
from mvfs.sdk import active


@dataclass(frozen=True, slots=True)
class Scope:
    """Where names are looked up that do not say it themselves."""

    project: str
    entity: str


def current_scope() -> Scope:
    """The active run's project, else the default one."""
    return Scope(active.project_name(), active.entity())


def find_version(name: str, scope: Scope) -> Place:
    """Return the version that ``name`` names; ``latest`` where it says no version.

    Raises:
        NotFound: there is none.
        InvalidInput: it is no ref, or names a file.
    """
    return find_in_store(name, scope)[1]


def find_in_store(name: str, scope: Scope) -> tuple[Catalog, Place]:
    """Like `find_version`, with the store that the version is in."""
    ref = refs.parse(name, scope.project)
    catalog = active.catalog_at(ref.store) if ref.store else active.catalog()
    place = _first(catalog, ref)
    if place.path:
        raise InvalidInput(f"'{name}' names a file; leave '/{place.path}' out", ref=name)
    return catalog, place


def _first(catalog: Catalog, ref: Ref) -> Place:
    """Try the ref as it is, then as W&B writes it; the error is about the reading whose project exists."""
    try:
        return catalog.version(ref)
    except NotFound as exc:
        other = ref.without_entity()
        if other is None:
            raise
        try:
            return catalog.version(other)
        except NotFound as second:
            known = catalog.projects()
            if ref.words[0] in known or other.words[0] not in known:
                raise exc from None
            raise second from None


def find_project(path: str | None, scope: Scope) -> str:
    """Return the project's name in ``project`` or ``entity/project``.

    Raises:
        InvalidInput: it is of another form.
    """
    words = (path or scope.project).strip("/").split("/")
    if len(words) > 2 or not words[-1]:
        raise InvalidInput(f"'{path}' is no project; write 'project' or 'entity/project'", path=path)
    return words[-1]


_TAG = re.compile(r"[-\w]+( +[-\w]+)*")
_NAME = re.compile(r"[\w\-.]+")
_MAX_SHOWN = 128


def checked_aliases(aliases: list[str]) -> list[str]:
    """Return aliases, each once, in their order.

    Raises:
        InvalidName: one holds ``/`` or ``:``; what else is wrong with one is told when it is stored.
    """
    if any("/" in str(alias) or ":" in str(alias) for alias in aliases):
        raise InvalidName("Aliases must not contain any of the following characters: '/', ':'")
    return list(dict.fromkeys(aliases))


def checked_tags(tags: list[str], known: Collection[str] = ()) -> list[str]:
    """Return tags, each once, in their order; those that are ``known`` may be as they are.

    Raises:
        InvalidName: a tag breaks W&B's rules.
    """
    if not all(tag in known or _TAG.fullmatch(str(tag)) for tag in tags):
        raise InvalidName(
            "Invalid tag(s).  Tags must only contain alphanumeric characters separated by hyphens,"
            " underscores, and/or spaces."
        )
    return list(dict.fromkeys(tags))


def artifact_name(name: str) -> str:
    """Return the name of an artifact in normal form.

    Raises:
        InvalidName: in W&B's words, or, where it allows more, in ours.
    """
    if len(name) > _MAX_SHOWN:
        raise InvalidName(
            f"Artifact name is longer than {_MAX_SHOWN} characters: {name[:_MAX_SHOWN] + ' ...'!r}"
        )
    if not _NAME.fullmatch(unicodedata.normalize("NFC", name)):
        raise InvalidName(
            "Artifact name may only contain alphanumeric characters, dashes, underscores, and dots. Invalid"
            f" name: {name!r}"
        )
    return check_name(name, "name")


def refuse_reserved(type_: str, name: str) -> None:
    """Refuse a type that W&B, or `Run`, uses by itself.

    Raises:
        InvalidName: it is one.
    """
    own = {"run_table": "run-", "code": "source-"}
    if type_ == "job" or type_.startswith("wandb-") or (type_ in own and name.startswith(own[type_])):
        raise InvalidName(
            f"Artifact type {type_!r} is reserved for internal use. Please use a different type."
        )


def alias_list(aliases: Any) -> list[str]:
    """Return aliases (or tags) as a list; one word stands for itself.

    Raises:
        InvalidInput: they cannot be iterated.
    """
    if aliases is None:
        return []
    if isinstance(aliases, str):
        return [aliases]
    try:
        return list(aliases)
    except TypeError:
        raise InvalidInput("`aliases` must be Iterable or None") from None
