"""Changes to what points at versions and what is said about them: aliases, notes, tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from mvfs import units
from mvfs.catalog.metadata import check_tag, normal_metadata
from mvfs.catalog.project import Project
from mvfs.catalog.protection import NOT_INSISTING, Insistence, reasons
from mvfs.catalog.rules import best_moves, refuse_kept_alias
from mvfs.errors import AliasMoved, Conflict, NotFound
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.refs import Selector, check_alias
from mvfs.store import effects as fx
from mvfs.wellformed import check_text


class Expect(Enum):
    """Marks that a change does not care where the alias points now."""

    ANYTHING = "anything"


def set_aliases(
    project: Project,
    name: str,
    number: int,
    aliases: Sequence[str],
    expect: int | Expect | None = Expect.ANYTHING,
    *,
    insistence: Insistence = NOT_INSISTING,
) -> None:
    """Point aliases at a version, all in one entry.

    ``expect`` makes it a compare-and-swap: the number where each alias must point now (None: nowhere).

    Raises:
        InvalidName: an alias breaks the rules.
        NotFound: no such version.
        AliasMoved: an alias is not where it was expected.
        Conflict: ``latest`` is kept by the system, or ``best`` by a rule; or an alias is protected.
    """
    aliases = [check_alias(alias) for alias in dict.fromkeys(aliases)]

    def plan() -> list[fx.AnyEffect]:
        row = project.find_name(name)
        _refuse_latest(aliases)
        refuse_kept_alias(row, aliases)
        project.version(name, Selector(number=number))
        pointing = project.aliases(name)
        for alias in aliases:
            _check_expected(project, name, alias, pointing.get(alias), expect)
        effects: list[fx.AnyEffect] = [
            fx.AliasMoved(name, alias, number, pointing.get(alias))
            for alias in aliases
            if pointing.get(alias) != number
        ]
        return [*effects, *reasons(project, name, effects, insistence)]

    project.commit(plan)


def remove_aliases(
    project: Project,
    name: str,
    aliases: Sequence[str],
    expect: int | Expect | None = Expect.ANYTHING,
    *,
    insistence: Insistence = NOT_INSISTING,
) -> None:
    """Remove aliases of a name.

    Raises:
        NotFound: there is no such alias.
        AliasMoved: an alias is not where it was expected.
        Conflict: ``latest`` is kept by the system, or ``best`` by a rule; or an alias is protected.
    """

    def plan() -> list[fx.AnyEffect]:
        row = project.find_name(name)
        _refuse_latest(aliases)
        refuse_kept_alias(row, aliases)
        pointing = project.aliases(name)
        effects: list[fx.AnyEffect] = []
        for alias in dict.fromkeys(aliases):
            if alias not in pointing:
                raise NotFound(f"'{project.name}/{name}' has no alias '{alias}'", name=name, alias=alias)
            _check_expected(project, name, alias, pointing[alias], expect)
            effects.append(fx.AliasMoved(name, alias, None, pointing[alias]))
        return [*effects, *reasons(project, name, effects, insistence)]

    project.commit(plan)


def set_note(
    project: Project, name: str, number: int, text: str | None, seen: str | Expect | None = Expect.ANYTHING
) -> None:
    """Replace a version's note; empty text removes it. Earlier notes stay in the journal.

    ``seen`` makes it a compare-and-swap: the note that must be there now (None: none).

    Raises:
        NotFound: no such version.
        InvalidInput: the note is too long for one entry.
        Conflict: another note is there than was ``seen``.
    """
    text = check_text(text or "", "the note").strip("\n") or None

    def plan() -> list[fx.AnyEffect]:
        version = project.version(name, Selector(number=number))
        if version.note == text:
            return []
        if not isinstance(seen, Expect) and version.note != seen:
            raise _note_changed(project, name, number)
        return [fx.NoteWritten(name, number, text)]

    project.commit(plan)


def change_metadata(
    project: Project,
    name: str,
    number: int,
    change: Mapping[str, Any],
    remove: Sequence[str] = (),
    *,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Set and remove keys of a version's metadata; ``best`` moves in the same entry where its rule says so.

    ``seen`` makes it a compare-and-swap: each key that is set or removed must still be as in there; what
    others did to other keys stays.

    Raises:
        NotFound: no such version.
        InvalidInput: the values are no JSON, too many, or too long for one entry.
        Conflict: a key is not as it was ``seen``.
    """

    def plan() -> list[fx.AnyEffect]:
        version = project.version(name, Selector(number=number))
        if seen is not None:
            _check_seen(version, seen, [*change, *remove])
        kept = {key: value for key, value in version.metadata.items() if key not in remove}
        values = normal_metadata({**kept, **change})
        if values == version.metadata:
            return []
        effects: list[fx.AnyEffect] = [fx.MetadataSet(name, number, values)]
        return effects + best_moves(project, effects, [name])

    project.commit(plan)


def change_tags(
    project: Project,
    name: str,
    number: int,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    *,
    seen: Sequence[str] | None = None,
) -> None:
    """Add and remove tags of a version; with ``seen`` only while it has exactly these.

    Raises:
        InvalidName: a tag breaks the rules.
        NotFound: no such version.
        Conflict: it has other tags than were ``seen``.
    """
    added = [check_tag(tag) for tag in dict.fromkeys(add)]

    def plan() -> list[fx.AnyEffect]:
        version = project.version(name, Selector(number=number))
        if seen is not None and set(seen) != set(version.tags):
            there = ", ".join(version.tags) or "none"
            raise Conflict(f"the tags of {name}:{version.label} were changed meanwhile: {there}", name=name)
        new = [tag for tag in added if tag not in version.tags]
        gone = [tag for tag in dict.fromkeys(remove) if tag in version.tags]
        return [fx.Tagged(name, number, new, gone)] if new or gone else []

    project.commit(plan)


def _note_changed(project: Project, name: str, number: int) -> Conflict:
    changes = queries.note_history(project.index, name, number)
    by, at = (changes[-1].actor, changes[-1].time) if changes else ("somebody", None)
    when = "" if at is None else f" {units.age(at)} ago"
    return Conflict(f"the note of {name}:v{number} was changed meanwhile by {by}{when}", by=by, at=at)


def _check_seen(version: Version, seen: Mapping[str, Any], keys: Sequence[str]) -> None:
    missing = object()
    changed = [key for key in keys if version.metadata.get(key, missing) != seen.get(key, missing)]
    if changed:
        shown = ", ".join(f"'{key}'" for key in changed[:3]) + ", …" * (len(changed) > 3)
        raise Conflict(
            f"{shown} in the metadata of {version.name}:{version.label} changed meanwhile", keys=changed
        )


def _refuse_latest(aliases: Sequence[str]) -> None:
    if "latest" in aliases:
        raise Conflict("'latest' is kept by mvfs: it is the most recently logged content", alias="latest")


def _check_expected(
    project: Project, name: str, alias: str, found: int | None, expect: int | Expect | None
) -> None:
    if isinstance(expect, Expect) or found == expect:
        return
    moves = queries.alias_history(project.index, name, alias)
    by, at = (moves[-1].actor, moves[-1].time) if moves else (None, None)
    where = "nowhere" if found is None else f"at v{found}"
    wanted = "nowhere" if expect is None else f"at v{expect}"
    history = f"moved by {by} {units.age(at)} ago" if at is not None else "nobody has set it yet"
    raise AliasMoved(
        f"'{alias}' of '{project.name}/{name}' is {where}, not {wanted}: {history}",
        alias=alias,
        expected=expect,
        found=found,
        by=by,
        at=at,
    )
