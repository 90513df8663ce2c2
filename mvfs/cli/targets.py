"""Where something is copied, moved or renamed to: ``name``, ``project/name`` or ``project/type/name``."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs import refs
from mvfs.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class NewName:
    """A name that need not exist yet; None stands for what the source has."""

    store: str | None
    project: str
    type: str | None
    name: str


def parse_target(text: str, project: str, type_: str) -> NewName:
    """Parse the new name of something that is in ``project`` and of ``type_``.

    Raises:
        InvalidName: a part breaks the rules.
        InvalidInput: it says more or less than a name, or another type.
    """
    ref = refs.parse(text, project)
    if ref.selector is not None or not 2 <= len(ref.words) <= 3:
        raise InvalidInput(f"'{text}' is no name; write name, project/name or project/type/name")
    given = ref.words[1] if len(ref.words) == 3 else None
    if given not in (None, type_):
        raise InvalidInput(f"'{text}' has type '{given}'; a {type_} stays a {type_}", ref=text)
    home = refs.check_name(ref.words[0], "project")
    return NewName(ref.store, home, given, refs.check_name(ref.words[-1], "name"))
