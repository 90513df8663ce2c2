"""From what is typed after ``/`` to a query: the language of docs/QUERIES.md, and short cuts for fingers.

``!x`` is ``not x``, ``tag:ema`` is ``tag = ema``, ``created<7d`` is ``age < 7d``, and what is no field is a
key of metadata, summary or config: ``acc>.9``. What is not typed to its end asks for what it can: ``acc>``
for rows that have one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mvfs.errors import InvalidInput
from mvfs.query import order, parser
from mvfs.query.fields import TEXT, VALUES, Field, Fields, Subject
from mvfs.query.tree import Tree
from mvfs.query.words import OP, STRING, WORD, Token, tokens

ANY, WHOLE = "any", "text"
"""Fields of ours: any key of metadata, summary or config; and all the text of a row."""

_WORDS = ("and", "or", "not", "has", "in")

_HALF = re.compile(r"""(?<![^\s(!])([^\s()=!<>~,'":]+)\s*(?::|[=!<>~]+)\s*$""")
"""A comparison that is still being typed: until its value comes, it asks whether there is one."""

_SHORT = re.compile(
    r"""(?P<kept>"[^"]*"|'[^']*'|~\s*/(?:\\.|[^/])*/)
    | (?<![^\s(!])(?P<field>[A-Za-z_]+)(?P<colon>:)(?=[^\s:])
    | (?<![^\s(])(?P<mark>!)(?=[^\s=~])
    | (?<![^\s(])(?P<time>created|started)\s*(?P<op>[<>]=?)\s*(?P<age>\d+[smhdwy]\w*)""",
    re.VERBOSE,
)


class Language:
    """The questions that can be asked of the rows of one table."""

    def __init__(self, fields: Fields, titles: Mapping[str, str]) -> None:
        """Take the fields of versions or of runs, and columns whose titles stand for a longer key."""
        found = {
            ANY: Field(ANY, VALUES, "", merged),
            WHOLE: Field(WHOLE, TEXT, "", lambda _: ""),  # `Finder` knows the text of a row
        }
        self._fields = fields._replace(known={**fields.known, **found}, searched=(WHOLE,))
        self._titles = titles

    def tree(self, text: str) -> Tree | None:
        """The query that a text is; None where it is just words.

        Raises:
            InvalidInput: it looks like a query and is none.
        """
        written = _HALF.sub(self._started, _SHORT.sub(self._long, text))
        found = tokens(written)
        asks = any(token.kind in (OP, STRING) or token.keyword in _WORDS for token in found)
        return parser.parse(self._with_keys(written, found), self._fields) if asks else None

    def keys(self, text: str) -> list[order.Key]:
        """What a text says to sort by.

        Raises:
            InvalidInput: it says nothing that can be sorted by.
        """
        written, at = "", 0
        for token in tokens(text):
            signed = token.kind == WORD and token.text[0] in "-+"
            begin, name = token.at + signed, token.text[signed:]
            if token.kind == WORD and self._fields.find(token.parts[0][signed:]) is None:
                written += text[at:begin] + self._long_key(name)
                at = token.at + len(token.text)
        return order.parse(written + text[at:], self._fields)

    def name_of(self, title: str, path: str) -> str:
        """How a column is named in a query: by its title if that says it, else by its whole path."""
        if re.fullmatch(r"[\w./]+", title) and self._fields.find(title.partition(".")[0]) is None:
            return title
        return f"{ANY}.{_quoted(path)}"

    def reading(self, text: str) -> str:
        """What is said about a filter while it is typed: why what looks like a query is taken as words."""
        try:
            self.tree(text)
        except InvalidInput as exc:
            return exc.message.partition(" (character")[0]
        return ""

    def _long(self, found: re.Match[str]) -> str:
        if found["kept"]:
            return found["kept"]
        if found["mark"]:
            return "not "
        if found["time"]:
            return f"age {found['op']} {found['age']}"
        field = self._fields.find(found["field"].lower())
        if field is None or field.kind == VALUES:
            return found[0]
        return f"{field.name} = " if field.rows or field.kind != TEXT else f"{field.name} ~ "

    def _started(self, found: re.Match[str]) -> str:
        field = self._fields.find(found[1].lower())
        known = field is not None and (field.kind != VALUES or "." in found[1])
        return f"has {found[1]}" if known or not found[0].rstrip().endswith(":") else found[0]

    def _with_keys(self, written: str, found: list[Token]) -> str:
        """The query with ``any.`` before words that are keys of values."""
        done, at = "", 0
        for number, token in enumerate(found[:-1]):
            after, before = found[number + 1], found[number - 1] if number else None
            is_field = after.kind == OP or after.keyword == "in" or (before and before.keyword == "has")
            is_field = is_field or (after.keyword == "not" and found[number + 2].keyword == "in")
            if token.kind == WORD and is_field and not (before and before.kind == OP):
                done += written[at : token.at] + self._key(token, token.text)
                at = token.at + len(token.text)
        return done + written[at:]

    def _key(self, token: Token, written: str) -> str:
        return written if self._fields.find(token.parts[0]) is not None else self._long_key(written)

    def _long_key(self, written: str) -> str:
        """A key of values with the field that it is looked for in; a title stands for its path."""
        key = self._titles.get(written)
        return f"{ANY}.{written}" if key is None else f"{ANY}.{_quoted(key)}"


def _quoted(path: str) -> str:
    parts = (part.replace("\\", "\\\\").replace('"', '\\"') for part in path.split("."))
    return ".".join(f'"{part}"' for part in parts)


def merged(subject: Subject) -> Mapping[str, Any]:
    """Config, summary and metadata of a row in one; the last of them that has a key says it."""
    found: dict[str, Any] = {}
    if subject.run is not None:
        found = {**subject.run.config, **subject.run.summary}
    return {**found, **subject.version.metadata} if subject.version is not None else found
