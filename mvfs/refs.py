"""Names and refs: the one grammar that the SDK, the command line, the mount and the UI share.

    [STORE "::"] project "/" [type "/"] name [(":" | "/") selector] ["/" path]
    selector = "v" N | alias | alias "@" date-or-time

A path copied out of a mount is a ref, so words joined by ``/`` alone are ambiguous until they are looked
up: `readings` lists what they can mean, best first, and the catalog takes the first that exists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from mvfs.errors import InvalidInput, InvalidName
from mvfs.wellformed import check_text

MAX_NAME_CHARS = 128
MAX_NAME_BYTES = 255
"""What Linux file systems allow in one path component."""

_VERSION = re.compile(r"v(0|[1-9][0-9]{0,17})")
_ANY_VERSION = re.compile(r"v[0-9]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Selector(msgspec.Struct, frozen=True):
    """Which version of a name: a number, or an alias, as it is now or at a moment in the past."""

    alias: str | None = None
    number: int | None = None
    at: int | None = None
    """Microseconds since 1970 (UTC): the alias as it stood then."""

    def __str__(self) -> str:
        if self.number is not None:
            return f"v{self.number}"
        if self.at is None:
            return self.alias or "latest"
        return f"{self.alias}@{(_EPOCH + timedelta(microseconds=self.at)).isoformat()}"


LATEST = Selector(alias="latest")


class Reading(msgspec.Struct, frozen=True):
    """One thing that a ref can mean. Missing parts are ``None``; ``path`` is ``""`` for all files."""

    project: str
    type: str | None = None
    name: str | None = None
    selector: Selector | None = None
    path: str = ""


class Ref(msgspec.Struct, frozen=True):
    """A parsed ref: where the store is, the words before an explicit selector, and the rest."""

    text: str
    store: str | None
    words: tuple[str, ...]
    selector: Selector | None = None
    path: str = ""

    def readings(self) -> Iterator[Reading]:
        """Yield what the words can mean, from the most to the least specific."""
        project, *rest = self.words
        if self.selector is not None:
            if len(rest) == 2:
                yield Reading(project, rest[0], rest[1], self.selector, self.path)
            else:
                yield Reading(project, None, rest[0], self.selector, self.path)
            return
        if not rest:
            yield Reading(project)
        if len(rest) >= 2:
            yield _unfold(project, rest[0], rest[1], rest[2:])
        if rest:
            yield _unfold(project, None, rest[0], rest[1:])
        if len(rest) == 1:
            yield Reading(project, rest[0])
        if len(rest) >= 3:
            yield Reading(project, rest[0], rest[1], None, "/".join(rest[2:]))
        if len(rest) >= 2:
            yield Reading(project, None, rest[0], None, "/".join(rest[1:]))

    def without_entity(self) -> Ref | None:
        """This ref as W&B writes it, ``entity/project/name``: the same less its first word."""
        if len(self.words) < 3:
            return None
        return Ref(self.text, self.store, self.words[1:], self.selector, self.path)


def _unfold(project: str, type_: str | None, name: str, rest: list[str]) -> Reading:
    selector = parse_selector(rest[0]) if rest and _may_select(rest[0]) else None
    path = "/".join(rest[1:]) if selector else "/".join(rest)
    return Reading(project, type_, name, selector, path)


def _may_select(word: str) -> bool:
    try:
        parse_selector(word)
    except InvalidInput:
        return False
    return True


def parse(text: str, project: str | None = None) -> Ref:
    """Parse a ref.

    Args:
        text: the ref, as typed or as copied out of a mount.
        project: the project that a ref of only ``name`` or ``name:selector`` belongs to (SDK).

    Raises:
        InvalidName: a part breaks the rules of names; the message says which character.
        InvalidInput: the text has no project, or too many parts before its ``:``, or a path is no text.
    """
    store, mark, body = text.rpartition("::")
    if mark and not store:
        raise InvalidInput(f"no store before '::' in '{text}'", ref=text)
    body = unicodedata.normalize("NFC", body).rstrip("/")
    head, colon, tail = body.partition(":")
    if not colon:
        words = [word for word in body.split("/") if word]
        if project is not None and len(words) == 1:
            words.insert(0, project)
        if not words:
            raise InvalidInput(f"'{text}' names nothing; a ref is project/type/name:version", ref=text)
        for word in words[:2]:
            check_name(word, "name")
        check_text(words[2:], "a path")
        return Ref(text, store or None, tuple(words))
    words = head.split("/")
    if project is not None and len(words) == 1:
        words.insert(0, project)
    if not 2 <= len(words) <= 3:
        raise InvalidInput(f"'{text}' must have project/name or project/type/name before its ':'", ref=text)
    for word in words:
        check_name(word, "name")
    word, _, path = tail.partition("/")
    return Ref(text, store or None, tuple(words), parse_selector(word), check_text(path, "a path"))


def parse_selector(word: str) -> Selector:
    """Parse ``v7``, ``best`` or ``production@2026-11-01`` (times are UTC unless they say otherwise)."""
    alias, mark, moment = word.partition("@")
    if _VERSION.fullmatch(alias):
        if mark:
            raise InvalidInput(f"'{word}': a version does not move, so it takes no '@' date")
        return Selector(number=int(alias[1:]))
    check_alias(alias)
    return Selector(alias=alias, at=parse_moment(moment) if mark else None)


def parse_moment(text: str) -> int:
    """Return microseconds since 1970 for an ISO date (its end) or time; UTC where no zone is given."""
    try:
        moment = datetime.fromisoformat(text)
        if len(text) <= 10:
            moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter where a zone leads out of the years that there are
        raise InvalidInput(f"'{text}' is no date or time; write 2026-11-01 or 2026-11-01T14:30") from None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def check_name(name: str, what: str) -> str:
    """Return a project, type or name in NFC, or say which character is wrong.

    Raises:
        InvalidName: with the rule that is broken; ``what`` says what is being named.
    """
    return _check(name, what, extra="_.-")


def check_alias(alias: str) -> str:
    """Return an alias in NFC; aliases may hold inner spaces and ``+`` beside what names may.

    Raises:
        InvalidName: with the rule that is broken.
    """
    return _check(alias, "alias", extra="_.- +")


def check_run(run: str) -> str:
    """Return the id of a run in NFC. It may be what names may be, and ``v7`` as well: runs have no versions.

    Raises:
        InvalidName: with the rule that is broken.
    """
    return _check(run, "run id", extra="_.-", numbered=True)


@lru_cache(1024)  # a fold meets the same few names in every entry
def _check(name: str, what: str, extra: str, *, numbered: bool = False) -> str:
    name = unicodedata.normalize("NFC", name)
    if not name:
        raise InvalidName(f"the {what} is empty", name=name)
    shown = name if len(name) <= 40 else name[:40] + "…"
    if len(name) > MAX_NAME_CHARS or len(os_bytes(name)) > MAX_NAME_BYTES:
        raise InvalidName(
            f"{what} '{shown}' is too long: {len(name)} characters, {len(os_bytes(name))} bytes;"
            f" at most {MAX_NAME_CHARS} and {MAX_NAME_BYTES}",
            name=name,
        )
    if name[0] == ".":
        raise InvalidName(f"{what} '{shown}' begins with a dot", name=name)
    for ch in name:
        if ch not in extra and unicodedata.category(ch)[0] not in "LNM":
            allowed = "letters, digits, '_', '.', '-'" + (", '+' and inner spaces" if " " in extra else "")
            raise InvalidName(f"{what} '{shown}' has a {_describe(ch)}; allowed are {allowed}", name=name)
    if name != name.strip(" ") or unicodedata.category(name[0])[0] == "M":
        raise InvalidName(f"{what} '{shown}' begins or ends with a space or mark", name=name)
    if not numbered and _ANY_VERSION.fullmatch(name):
        raise InvalidName(f"{what} '{shown}' looks like a version number; those are given by mvfs", name=name)
    return name


def os_bytes(name: str) -> bytes:
    """The bytes that a file system would store for ``name``."""
    return name.encode("utf-8", "surrogatepass")


def _describe(ch: str) -> str:
    if ch in "/:@":
        return f"'{ch}'"
    if ch.isprintable():
        return f"'{ch}' (U+{ord(ch):04X})"
    return f"control character U+{ord(ch):04X}"
