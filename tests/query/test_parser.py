"""What queries mean, and where a wrong one is said to go wrong."""

from __future__ import annotations

import pytest

from mvfs.errors import InvalidInput
from mvfs.query import order, parser
from mvfs.query.fields import RUNS, VERSIONS
from mvfs.query.tree import EVERYTHING, And, Compare, Not, Or, Tree

DAY = 86_400_000_000
NOV_1 = 1_793_491_200_000_000  # 2026-11-01, UTC


def shown(tree: Tree) -> str:
    """A tree as a query that says how it was taken."""
    match tree:
        case And(items):
            return f"({' and '.join(map(shown, items))})"
        case Or(items):
            return f"({' or '.join(map(shown, items))})"
        case Not(item):
            return f"not {shown(item)}"
        case Compare(field, path, op, value):
            return f"{'|'.join((field.name, *path))} {op} {value!r}"


def taken(query: str) -> str:
    return shown(parser.parse(query, RUNS))


def of_versions(query: str) -> str:
    return shown(parser.parse(query, VERSIONS))


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("state=failed", "state = 'failed'"),
        ("state == failed", "state = 'failed'"),
        ("state<>failed", "not state = 'failed'"),
        ("config.lr<0.01 and summary.acc>0.9", "(config|lr < 0.01 and summary|acc > 0.9)"),
        ("config.lr<1e-2 summary.acc>.9", "(config|lr < 0.01 and summary|acc > 0.9)"),
        ("state=a or state=b and state=c", "(state = 'a' or (state = 'b' and state = 'c'))"),
        ("(state=a OR state=b) AND NOT state=c", "((state = 'a' or state = 'b') and not state = 'c')"),
        ("not not state=a", "not not state = 'a'"),
        ("job=train jobtype=eval", "(job_type = 'train' and job_type = 'eval')"),
        ("id in (a, 'b c')", "id in ('a', 'b c')"),
        ("id not in (a)", "not id in ('a',)"),
        ("config.x in (1, null)", "(config|x in (1,) or config|x = None)"),
        ("has config.x", "config|x has None"),
        ("tags=golden", "tag = 'golden'"),
        ("summary.val/acc>=1", "summary|val/acc >= 1"),
        ("config.a.b=1", "config|a|b = 1"),
        ('config."a.b"=1', "config|a.b = 1"),
        ("config.'a b'.\"c'\"=1", "config|a b|c' = 1"),
        ("config.x=true", "config|x = True"),
        ("config.x='true'", "config|x = 'true'"),
        ("config.x=null", "config|x = None"),
        ("config.x=NaN", "config|x = None"),
        ("config.x=5", "config|x = 5"),
        ("config.x='5'", "config|x = '5'"),
        ("config.x=adam", "config|x = 'adam'"),
        ("config.x<'b'", "config|x < 'b'"),
        ("config.x=18446744073709551616", "config|x = 1.8446744073709552e+19"),
        ("name=5", "name = '5'"),
        ("name=nan", "name = 'nan'"),
        ("note=null", "note = None"),
        ("age<7d", f"age < {7 * DAY}"),
        ("duration>90", "duration > 90000000"),
        ("name~ResNet", "name ~ 'ResNet'"),
        ("name!~x", "not name ~ 'x'"),
        (r"name~/^a\/b\d+$/", r"name ~/ '^a/b\\d+$'"),
        ("created=2026-11-01", f"(created >= {NOV_1} and created <= {NOV_1 + DAY - 1})"),
        ("created>2026-11-01", f"created > {NOV_1 + DAY - 1}"),
        ("created>=2026-11-01", f"created >= {NOV_1}"),
        ("created<2026-11-01T10:30", f"created < {NOV_1 + 37_800_000_000}"),
        ("created<='2026-11-01 10:30:05Z'", f"created <= {NOV_1 + 37_805_999_999}"),
        ("created>2026-11-01T10+01:00", f"created > {NOV_1 + 36_000_000_000 - 1}"),
        ("ended=null", "ended = None"),
    ],
)
def test_runs(query: str, tree: str) -> None:
    assert taken(query) == tree


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("metadata.acc>0.9 tag=golden", "(metadata|acc > 0.9 and tag = 'golden')"),
        ("size>1G", f"size > {1 << 30}"),
        ("size<=1.5MiB", f"size <= {3 << 19}"),
        ("version>=v3", "version >= 3"),
        ("version in (1, v2)", "version in (1, 2)"),
        ("v7", "version = 7"),
        ("best", "best = True"),
        ("not best=false", "not best = False"),
        ("digest~ab12", "digest ~ 'ab12'"),
    ],
)
def test_versions(query: str, tree: str) -> None:
    assert of_versions(query) == tree


def test_a_bare_word_is_looked_for_in_all_text() -> None:
    assert taken("resnet") == "(" + " or ".join(f"{name} ~ 'resnet'" for name in RUNS.searched) + ")"
    assert taken('"best or worst"').startswith("(id ~ 'best or worst' or ")
    assert of_versions('"best"').startswith("(name ~ 'best' or ")
    assert taken("  ") == shown(EVERYTHING)


@pytest.mark.parametrize(
    ("query", "place", "why"),
    [
        ("config.lr<", 10, "a value is missing after '<'"),
        ("acc>1", 0, "runs have no field 'acc'; they have id, name,"),
        ("name.x=1", 0, "runs have no field 'name.x'"),
        ("config=1", 0, "a key is missing: write config.KEY"),
        ("config.=1", 0, "a key is missing"),
        ("config.a..b=1", 0, "a key is missing"),
        ("'name'=x", 0, "'name' is quoted text where a field should be"),
        ("state=a or", 10, "a field or a word to look for is missing before the end"),
        ("or state=a", 0, "missing before 'or'"),
        ("(state=a", 8, "a ')' is missing"),
        ("state=a)", 7, "')' is not expected here"),
        ("state='a", 6, "the quote ' does not end"),
        ("name~/a", 5, "the pattern does not end with a slash"),
        ("name~/(/", 5, "'(' is no pattern: a ')' is missing"),
        ("age~7", 4, "'age' is no text"),
        ("id in a", 6, "'in' takes a list"),
        ("id in (a b)", 9, "',' or ')' is missing"),
        ("id in ()", 7, "a value is missing in the list"),
        ("age<soon", 4, "'soon' is no age"),
        ("created>soon", 8, "'soon' is no date or time"),
        ("config.lr<big", 10, "'big' is no number, so nothing is more or less than it; quote it"),
        ("config.lr<true", 10, "true is no number"),
        ("config.lr>null", 10, "none is no number"),
        ("state ! a", 6, "'!' stands alone"),
        ('config."a"b=1', 10, "a dot or an operator must follow"),
        ("inputs>many", 7, "'inputs' is a number"),
        ("(" * 60 + "a", 50, "at most 50 levels"),
        ("not " * 60 + "a", 200, "at most 50 levels"),
    ],
)
def test_where_it_goes_wrong(query: str, place: int, why: str) -> None:
    with pytest.raises(InvalidInput) as failed:
        parser.parse(query, RUNS)
    assert why in failed.value.message
    assert failed.value.fields["position"] == place
    assert f"(character {place + 1} of the query)" in failed.value.message


def test_bounds() -> None:
    with pytest.raises(InvalidInput, match="at most 4096 characters, this one has 5000"):
        parser.parse("a" * 5000, RUNS)
    parser.parse(" ".join(["id=a"] * 500), RUNS)
    with pytest.raises(InvalidInput, match="at most 500 comparisons"):
        parser.parse(" ".join(["id=a"] * 501), RUNS)


def test_orders() -> None:
    keys = order.parse('-summary.acc, created, config."a.b"', RUNS)
    assert [(key.label, key.descending) for key in keys] == [
        ("summary.acc", True), ("created", False), ("config.a.b", False),
    ]  # fmt: skip
    assert order.parse("", RUNS) == []
    for text, why in (
        ("-acc", "no field 'acc'"),
        ("-", "no field ''"),
        ("tag", "'tag' has many values"),
        ("id name", "divided by commas"),
        ('"-id"', "quoted text where a field should be"),
        (",".join(["id"] * 40), "at most 32 fields"),
    ):
        with pytest.raises(InvalidInput, match=why):
            order.parse(text, RUNS)
