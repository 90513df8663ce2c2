"""A place is looked at before a store is made in it, and believed only what it shows."""

from __future__ import annotations

import pytest

from mvfs.errors import NoPermission, Unavailable
from mvfs.store.backend import writer_lock
from mvfs.store.backend.base import Backend
from mvfs.store.backend.faulty import LOSE, FaultyBackend, Script
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.backend.single_writer import SingleWriterBackend
from mvfs.store.probe import look, probe
from tests import careless


def test_a_good_place() -> None:
    backend = MemoryBackend()
    found = probe(backend)
    assert found.doubt is None
    assert found.capabilities == ["create-once", "list-after-write", "read-after-write"]
    assert list(backend.list("")) == []


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (careless.Careless, "8 of 8 writers were told that they made the same object"),
        (careless.EmptyBodies, "it overwrote an object with 0 bytes"),
        (careless.LargeBodies, "it overwrote an object with 100,000 bytes"),
        (careless.EmptyObjects, "it takes an empty object for none"),
        (careless.Overwriting, "it took back what a writer was told is written|it overwrote an object"),
        (careless.Unable, "it refuses conditional writes .the server answers 501 NotImplemented"),
        (careless.Unlinkable, "it refuses conditional writes .operation not permitted"),
    ],
)
def test_a_place_for_one_writer_only(place: type[Backend], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_lock, "_WAIT", 0.001)
    backend = place()
    with pytest.raises(Unavailable, match=why) as refused:
        probe(backend)
    assert "mvfs init --single-writer" in refused.value.message
    assert "\n" not in refused.value.message
    assert list(backend.list("")) == []
    found = look(SingleWriterBackend(backend))
    assert found.doubt is None, "emulated, it does what it must"
    assert "create-once" not in look(backend).capabilities


def test_a_place_that_hides_what_was_written() -> None:
    with pytest.raises(Unavailable, match="does not list what was just written"):
        look(careless.Hiding())


def test_credentials_that_may_not_write() -> None:
    with pytest.raises(NoPermission, match="AccessDenied"):
        look(careless.ReadOnly())


def test_credentials_that_may_only_add() -> None:
    assert probe(careless.AppendOnly()).doubt is None


def test_a_lost_answer_is_no_doubt() -> None:
    backend = FaultyBackend(MemoryBackend(), Script(create=[LOSE]))
    assert probe(backend).doubt is None
