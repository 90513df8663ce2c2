"""What each fault of `FaultyBackend` does, and that it does no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvfs.errors import NoSpace, Unavailable
from mvfs.store.backend.base import Backend
from mvfs.store.backend.faulty import (
    DIE,
    DIE_AFTER,
    FAIL,
    FULL,
    INTERRUPT,
    LOSE,
    Decide,
    Fault,
    FaultyBackend,
    ProcessGone,
    Script,
    die_at,
    late,
    stale,
    torn,
)
from mvfs.store.backend.local import LocalBackend
from mvfs.store.backend.memory import MemoryBackend


@pytest.fixture(params=["memory", "local"])
def inner(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return MemoryBackend() if request.param == "memory" else LocalBackend(tmp_path / "store")


def keys(backend: Backend) -> list[str]:
    return [info.key for info in backend.list("")]


WRITES = ["put", "create", "replace", "delete"]


def write(backend: Backend, verb: str) -> object:
    """Change object ``k``, which holds ``old`` if it has to be there."""
    match verb:
        case "put":
            return backend.put("k", b"new")
        case "create":
            return backend.create("k", b"new")
        case "replace":
            return backend.replace("k", b"new", b"old")
        case _:
            return backend.delete("k")


def prepared(inner: Backend, verb: str, fault: Fault) -> FaultyBackend:
    if verb in ("replace", "delete"):
        inner.put("k", b"old")
    return FaultyBackend(inner, Script(**{verb: [fault]}))


def before(verb: str) -> bytes | None:
    return b"old" if verb in ("replace", "delete") else None


def after(verb: str) -> bytes | None:
    return None if verb == "delete" else b"new"


@pytest.mark.parametrize("verb", WRITES)
@pytest.mark.parametrize(("fault", "error"), [(FAIL, Unavailable), (FULL, NoSpace), (DIE, ProcessGone)])
def test_a_write_that_fails_before_changes_nothing(
    inner: Backend, verb: str, fault: Fault, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        write(prepared(inner, verb, fault), verb)
    assert inner.get("k", 9) == before(verb)


@pytest.mark.parametrize("verb", WRITES)
@pytest.mark.parametrize(
    ("fault", "error"), [(LOSE, Unavailable), (INTERRUPT, KeyboardInterrupt), (DIE_AFTER, ProcessGone)]
)
def test_a_lost_answer_comes_after_the_change(
    inner: Backend, verb: str, fault: Fault, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        write(prepared(inner, verb, fault), verb)
    assert inner.get("k", 9) == after(verb)


@pytest.mark.parametrize("verb", WRITES)
def test_a_late_change_waits_until_it_is_asked_for(inner: Backend, verb: str) -> None:
    faulty = prepared(inner, verb, late())
    with pytest.raises(Unavailable):
        write(faulty, verb)
    for _ in range(5):
        assert faulty.get("k", 9) == before(verb)
    assert [(each.verb, each.key) for each in faulty.late] == [(verb, "k")]
    faulty.apply_late()
    assert (faulty.get("k", 9), faulty.late) == (after(verb), [])


def test_a_late_change_comes_with_the_operation_it_is_due_at() -> None:
    faulty = FaultyBackend(MemoryBackend(), Script(put=[late(3)]))
    with pytest.raises(Unavailable):
        faulty.put("k", b"new")
    assert [faulty.get("k", 9) for _ in range(4)] == [None, None, b"new", b"new"]


def test_a_late_create_loses_against_an_earlier_one() -> None:
    faulty = FaultyBackend(MemoryBackend(), Script(create=[late()]))
    with pytest.raises(Unavailable):
        faulty.create("k", b"late")
    assert faulty.create("k", b"early") is True
    faulty.apply_late()
    assert faulty.get("k", 9) == b"early"


def test_a_late_put_keeps_the_bytes_of_a_file_that_is_gone_by_then(inner: Backend, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    faulty = FaultyBackend(inner, Script(put=[late()]))
    with pytest.raises(Unavailable):
        faulty.put("k", source)
    source.unlink()
    faulty.apply_late()
    assert faulty.get("k", 9) == b"bytes"


def test_a_torn_write_leaves_the_beginning(inner: Backend, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"from a file")
    faulty = FaultyBackend(inner, Script(put=[torn(3), torn(4)], create=[torn(0)]))
    for data in (b"abcdef", source):
        with pytest.raises(Unavailable):
            faulty.put(f"torn/{len(keys(faulty))}", data)
    with pytest.raises(Unavailable):
        faulty.create("torn/c", b"abc")
    assert [faulty.get(key, 9) for key in keys(faulty)] == [b"abc", b"from", b""]


def test_a_stale_list_misses_the_newest_only_once(inner: Backend) -> None:
    faulty = FaultyBackend(inner, Script(list=[stale(2), stale(9)]))
    for key in ("c", "b", "a", "d"):
        faulty.put(key, key.encode())
    ordered = sorted(inner.list(""), key=lambda info: info.modified)
    assert keys(faulty) == sorted(info.key for info in ordered[:2])
    assert keys(faulty) == []
    assert keys(faulty) == ["a", "b", "c", "d"]


def test_reads_and_lists_can_fail(inner: Backend) -> None:
    inner.put("k", b"x")
    script = Script(get=[FAIL], head=[FAIL], get_range=[FAIL], list=[FAIL])
    faulty = FaultyBackend(inner, script)
    reads = [
        lambda: faulty.get("k", 9),
        lambda: faulty.head("k"),
        lambda: faulty.get_range("k", 0, 1),
        lambda: list(faulty.list("")),
    ]
    for read in reads:
        with pytest.raises(Unavailable):
            read()
        assert read()


@pytest.mark.parametrize(("decide", "survived"), [(die_at(1), ["0"]), (die_at(1, applied=True), ["0", "1"])])
def test_the_dead_do_nothing_more(decide: Decide, survived: list[str]) -> None:
    inner = MemoryBackend()
    faulty = FaultyBackend(inner, decide)
    faulty.put("0", b"")
    for key in ("1", "2"):
        with pytest.raises(ProcessGone):
            faulty.put(key, b"")
    with pytest.raises(ProcessGone):
        faulty.get("0", 9)
    assert keys(inner) == survived
    assert faulty.operations == 4


def test_a_script_lets_pass_what_it_does_not_name() -> None:
    faulty = FaultyBackend(MemoryBackend(), Script(put=[None, FAIL]))
    faulty.put("a", b"1")
    assert faulty.create("b", b"2")
    with pytest.raises(Unavailable):
        faulty.put("c", b"3")
    faulty.put("c", b"3")
    assert (keys(faulty), faulty.operations) == (["a", "b", "c"], 5)
