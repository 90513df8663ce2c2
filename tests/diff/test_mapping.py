"""Nested values by key."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.diff.mapping import changes, delta, flat, same
from mvfs.diff.model import Change, Kind

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet='ab.["]\\', max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
MAPS = st.dictionaries(st.text(alphabet='ab.["]\\', max_size=3), VALUES, max_size=5)


@given(MAPS, MAPS)
@settings(max_examples=300, deadline=None)
def test_changes_make_new_out_of_old(old: dict[str, Any], new: dict[str, Any]) -> None:
    made = flat(old)
    for change in changes(old, new):
        if change.kind is Kind.ADDED:
            assert change.path not in made
        else:
            assert same(made[change.path], change.old)
        if change.kind is Kind.REMOVED:
            del made[change.path]
        else:
            made[change.path] = change.new
    wanted = flat(new)
    assert made.keys() == wanted.keys()
    assert all(same(made[path], wanted[path]) for path in made)


@given(MAPS)
@settings(max_examples=100, deadline=None)
def test_nothing_differs_from_itself(values: dict[str, Any]) -> None:
    assert list(changes(values, dict(values))) == []


@given(MAPS)
@settings(max_examples=100, deadline=None)
def test_each_leaf_has_a_path_of_its_own(values: dict[str, Any]) -> None:
    def leaves(value: Any) -> int:
        if isinstance(value, dict | list) and value:
            return sum(map(leaves, value.values() if isinstance(value, dict) else value))
        return 1

    assert len(flat(values)) == (leaves(values) if values else 0)


def test_paths_and_order() -> None:
    old = {"model": {"name": "r50", "layers": [1, 2]}, "lr": 0.1, "a.b": 1, "seed": True}
    new = {"model": {"name": "r50", "width": 2, "layers": [1, 3, 4]}, "lr": 0.1, "seed": 1}
    assert list(changes(old, new)) == [
        Change("model.width", Kind.ADDED, None, 2),
        Change("model.layers[1]", Kind.CHANGED, 2, 3),
        Change("model.layers[2]", Kind.ADDED, None, 4),
        Change('["a.b"]', Kind.REMOVED, 1, None),
        Change("seed", Kind.CHANGED, True, 1),
    ]
    assert list(changes({"a": 1, "b": math.nan}, {"a": 1.0, "b": math.nan})) == []


def test_delta() -> None:
    def told(old: object, new: object) -> str:
        return delta(Change("x", Kind.CHANGED, old, new))

    assert told(0.91, 0.94) == "+0.03, +3.3 %"
    assert told(100, 90) == "-10, -10.0 %"
    assert told(10_000, 25_000) == "+15,000, +150 %"
    assert told(0, 3) == "+3"
    assert told(1e-9, 1.0) == "+1"
    assert told(-2.0, -1.0) == "+1, +50.0 %"
    assert [told(1, "x"), told(True, 2), told(1.0, math.nan), told(10**400, 1.5)] == [""] * 4


def test_what_is_nested_too_deeply_is_one_value() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = {"a": deep}
    assert len(flat(deep)) == 1
