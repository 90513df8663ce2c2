"""What a field is compared with: numbers, sizes, spans, times, text, true, false and null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mvfs.errors import InvalidInput
from mvfs.query import fields as kinds
from mvfs.query.tree import And, Compare, Not, Or

if TYPE_CHECKING:
    from mvfs.query.fields import Field
    from mvfs.query.tree import Plain, Tree

_MICROSECONDS = 1_000_000
_KEYWORDS: dict[str, Plain] = {"true": True, "false": False, "null": None, "none": None, "nan": None}
_DIGITS = {kinds.NUMBER: "a number", kinds.SIZE: "a size; write 500M, 20G or 1.5TiB"}

_Path = tuple[str, ...]


def compare(field: Field, path: _Path, op: str, value: Any, *, bare: bool = False) -> Tree:
    """Return the tree of one comparison, its value in the form that the field has.

    Args:
        field: what is compared.
        path: the key in it, for values.
        op: one of ``= != < <= > >=``.
        value: text, or a value of JSON.
        bare: whether text was written without quotes, and can stand for a number, true, false or null.

    Raises:
        InvalidInput: the value is none that the field can have.
    """
    if op == "!=":
        return Not(compare(field, path, "=", value, bare=bare))
    if bare and value.lower() in ("null", "none"):
        value = None
    if field.kind == kinds.TIME and value is not None:
        return _moment(field, op, str(value))
    plain = _plain(field, value, bare=bare)
    if op != "=" and not _has_order(field, plain, bare=bare):
        shown = f"'{value}'" if isinstance(plain, str) else str(value).lower()
        hint = "; quote it to compare text" if isinstance(plain, str) else ""
        raise InvalidInput(f"{shown} is no number, so nothing is more or less than it{hint}")
    return Compare(field, path, op, plain)


def one_of(field: Field, path: _Path, values: list[tuple[Any, bool]]) -> Tree:
    """Return the tree of ``in``; each value says whether it was written without quotes.

    Raises:
        InvalidInput: a value is none that the field can have.
    """
    if field.kind == kinds.TIME:
        return Or(tuple(compare(field, path, "=", value, bare=bare) for value, bare in values))
    tests = [compare(field, path, "=", value, bare=bare) for value, bare in values]
    plain = tuple(test.value for test in tests if isinstance(test, Compare) and test.value is not None)
    found: Tree = Compare(field, path, "in", plain)  # type: ignore[arg-type]
    return found if len(plain) == len(tests) else Or((found, Compare(field, path, "=", None)))


def has(field: Field, path: _Path) -> Tree:
    """Return the tree of ``has``: there is a value, and it is not null."""
    return Compare(field, path, "=", True) if field.kind == kinds.FLAG else Compare(field, path, "has", None)


def _has_order(field: Field, value: Plain, *, bare: bool) -> bool:
    if value is None or isinstance(value, bool):
        return False
    return field.kind == kinds.TEXT or not (isinstance(value, str) and bare)


def _plain(field: Field, value: Any, *, bare: bool) -> Plain:
    """Return a value in the form of a field that is no time."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    match field.kind:
        case kinds.TEXT:
            return value if isinstance(value, str) else _word(value)
        case kinds.FLAG:
            found = _KEYWORDS.get(value.lower()) if isinstance(value, str) else value
            if not isinstance(found, bool):
                raise InvalidInput(f"'{field.name}' is true or false, not '{value}'")
            return found
        case kinds.SPAN:
            return _span(field, value)
        case kinds.NUMBER | kinds.SIZE:
            return _count(field, value)
    if isinstance(value, str):
        return _bare(value) if bare else value
    if isinstance(value, bool | int | float):
        fitting: Plain = _fitting(value)
        return fitting
    raise InvalidInput(f"'{field.name}' cannot be compared with a {type(value).__name__}")


def _word(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"text cannot be compared with a {type(value).__name__}")
    return str(value)


def _bare(word: str) -> Plain:
    """What a word without quotes stands for among values: a number, a keyword, else itself."""
    if word.lower() in _KEYWORDS:
        return _KEYWORDS[word.lower()]
    found = number(word)
    return word if found is None else found


def number(word: str) -> int | float | None:
    """Return the number that a word is, ``inf`` and ``-inf`` among them; None for other words."""
    if "_" in word:  # which Python would take
        return None
    for kind in (int, float):
        try:
            found: int | float = _fitting(kind(word))
        except ValueError:
            continue
        return found if found == found else None  # noqa: PLR0124 - NaN
    return None


def _fitting(value: Any) -> Any:
    """A whole number that SQLite cannot hold becomes a float, as stored ones do."""
    if isinstance(value, bool) or not isinstance(value, int) or -(1 << 63) <= value < 1 << 63:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _count(field: Field, value: Any) -> int | float:
    if field.kind == kinds.SIZE and isinstance(value, str):
        from mvfs.units import parse_size

        return parse_size(value)
    if isinstance(value, str):
        word = value[1:] if field.name == "version" and value[:1] == "v" else value
        value = number(word)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
        raise InvalidInput(f"'{field.name}' is {_DIGITS[field.kind]}")
    fitting: int | float = _fitting(value)
    return fitting


def _span(field: Field, value: Any) -> int:
    """Microseconds in ``7d`` or ``90s``; bare numbers are seconds."""
    from mvfs.units import parse_age

    found = number(value) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float):
        return parse_age(str(value)) * _MICROSECONDS
    if not abs(found) < 1 << 40:
        raise InvalidInput(f"'{field.name}' is a time like 30m, 12h or 7d, or seconds")
    return int(found * _MICROSECONDS)


def _moment(field: Field, op: str, text: str) -> Tree:
    """Compare with a day, minute or second as a whole: ``= 2026-11-01`` is at any time of that day.

    Times are UTC where they name no zone.
    """
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"'{text}' is no date or time; write 2026-11-01 or 2026-11-01T14:30") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    first = round(moment.timestamp() * _MICROSECONDS)
    last = first + _length(text) * _MICROSECONDS - 1 if "." not in text else first
    match op:
        case "=":
            return And((Compare(field, (), ">=", first), Compare(field, (), "<=", last)))
        case "<" | ">=":
            return Compare(field, (), op, first)
    return Compare(field, (), op, last)


def _length(text: str) -> int:
    """Seconds that a date or time without a fraction leaves open."""
    clock = text[10:].lstrip("T ").partition("+")[0].partition("-")[0].rstrip("Zz")
    digits = sum(ch.isdigit() for ch in clock)
    return {0: 86400, 2: 3600, 4: 60}.get(digits, 1)
