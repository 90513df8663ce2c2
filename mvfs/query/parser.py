"""From the words of a query to its tree. The language is in docs/QUERIES.md.

query  = all { "or" all }
all    = one { ["and"] one }
one    = "not" one | "(" query ")" | "has" field | field OP value | field ["not"] "in" "(" value, … ")" | word
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mvfs.errors import InvalidInput
from mvfs.query import fields as kinds
from mvfs.query import literal
from mvfs.query.tree import EVERYTHING, MAX_DEPTH, And, Compare, Not, Or, check_size
from mvfs.query.words import END, MARK, OP, PATTERN, STRING, WORD, Token, refuse, tokens

if TYPE_CHECKING:
    from mvfs.query.fields import Field, Fields
    from mvfs.query.tree import Tree

_KEYWORDS = ("and", "or", "in")


def parse(query: str, fields: Fields) -> Tree:
    """Return the tree of a query about runs or versions; nothing asks for everything.

    Raises:
        InvalidInput: it is none; ``position`` is the index of the character where it goes wrong.
    """
    return _Parser(query, fields).whole()


class _Parser:
    def __init__(self, query: str, fields: Fields) -> None:
        self._query = query
        self._fields = fields
        self._tokens = tokens(query)
        self._next = 0
        self._depth = 0

    def whole(self) -> Tree:
        if self._token.kind == END:
            return EVERYTHING
        found = self._any()
        if self._token.kind != END:
            self._refuse(f"'{self._token.text}' is not expected here")
        return check_size(found)

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next += token.kind != END
        return token

    def _takes(self, kind: str, text: str) -> bool:
        """Whether the next token is this mark or keyword; it is taken then."""
        token = self._token
        if token.kind == kind and text in (token.text, token.keyword):
            self._next += 1
            return True
        return False

    def _refuse(self, why: str, token: Token | None = None) -> None:
        refuse(self._query, (token or self._token).at, why)

    def _any(self) -> Tree:
        items = [self._all()]
        while self._takes(WORD, "or"):
            items.append(self._all())
        return items[0] if len(items) == 1 else Or(tuple(items))

    def _all(self) -> Tree:
        items = [self._one()]
        while self._takes(WORD, "and") or self._begins_one():
            items.append(self._one())
        return items[0] if len(items) == 1 else And(tuple(items))

    def _begins_one(self) -> bool:
        token = self._token
        return (
            token.kind == STRING or (token.kind == WORD and token.keyword != "or") or token[:2] == (MARK, "(")
        )

    def _one(self) -> Tree:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse(f"a query can have at most {MAX_DEPTH} levels")
        found = self._deeper()
        self._depth -= 1
        return found

    def _deeper(self) -> Tree:
        token = self._take()
        if token[:2] == (MARK, "("):
            found = self._any()
            if not self._takes(MARK, ")"):
                self._refuse("a ')' is missing")
            return found
        if token.kind not in (WORD, STRING) or token.keyword in _KEYWORDS:
            what = f"'{token.text}'" if token.kind != END else "the end of the query"
            self._refuse(f"a field or a word to look for is missing before {what}", token)
        if token.keyword == "not":
            return Not(self._one())
        if token.keyword == "has" and self._token.kind == WORD:
            return literal.has(*self._field(self._take()))
        if self._token.kind == OP:
            return self._comparison(token)
        negated = self._token.keyword == "not" and self._tokens[self._next + 1].keyword == "in"
        if negated or self._token.keyword == "in":
            self._next += 1 + negated
            found = self._list(token)
            return Not(found) if negated else found
        return self._search(token)

    def _comparison(self, word: Token) -> Tree:
        field, path = self._field(word)
        op, token = self._take().text, self._take()
        if token.kind not in (WORD, STRING, PATTERN):
            self._refuse(f"a value is missing after '{op}'", token)
        if op in ("~", "!~"):
            found: Tree = self._match(field, path, token)
            return Not(found) if op == "!~" else found
        try:
            return literal.compare(field, path, op, token.text, bare=token.kind == WORD)
        except InvalidInput as exc:
            return refuse(self._query, token.at, exc.message)

    def _match(self, field: Field, path: tuple[str, ...], token: Token) -> Tree:
        if field.kind not in (kinds.TEXT, kinds.VALUES):
            self._refuse(f"'{field.name}' is no text", token)
        if token.kind == PATTERN:
            from mvfs.query.pattern import Pattern  # most queries have none

            try:
                Pattern(token.text)
            except InvalidInput as exc:
                refuse(self._query, token.at, exc.message)
            return Compare(field, path, "~/", token.text)
        return Compare(field, path, "~", token.text)

    def _list(self, word: Token) -> Tree:
        field, path = self._field(word)
        if not self._takes(MARK, "("):
            self._refuse("'in' takes a list: in (a, b); to look for the word, quote it")
        values: list[tuple[str, bool]] = []
        while True:
            token = self._take()
            if token.kind not in (WORD, STRING):
                self._refuse("a value is missing in the list", token)
            values.append((token.text, token.kind == WORD))
            try:
                literal.compare(field, path, "=", *values[-1:][0][:1], bare=values[-1][1])
            except InvalidInput as exc:
                refuse(self._query, token.at, exc.message)
            if self._takes(MARK, ")"):
                return literal.one_of(field, path, values)
            if not self._takes(MARK, ","):
                self._refuse("',' or ')' is missing in the list")

    def _field(self, token: Token) -> tuple[Field, tuple[str, ...]]:
        found = field_of(token, self._fields)
        if isinstance(found, str):
            refuse(self._query, token.at, found)
        return found

    def _search(self, token: Token) -> Tree:
        """Look for a word in all that is text; ``best`` and ``v7`` are taken for what they are."""
        if token.kind == WORD:
            flag = self._fields.find(token.keyword)
            if flag is not None and flag.kind == kinds.FLAG:
                return literal.has(flag, ())
            number = self._fields.find("version")
            if number is not None and token.text[0] == "v" and token.text[1:].isdecimal():
                return literal.compare(number, (), "=", token.text)
        return Or(
            tuple(Compare(self._fields.known[name], (), "~", token.text) for name in self._fields.searched)
        )


def field_of(token: Token, fields: Fields) -> tuple[Field, tuple[str, ...]] | str:
    """Return the field that a word names and the key in it, or why it names none."""
    if token.kind != WORD:
        return f"'{token.text}' is quoted text where a field should be"
    head, *path = token.parts
    field = fields.find(head)
    if field is None or (path and field.kind != kinds.VALUES):
        return f"{fields.subject} have no field '{token.text}'; they have {fields.names()}"
    if field.kind == kinds.VALUES and not (path and all(path)):
        return f"a key is missing: write {head}.KEY"
    return field, tuple(path)
