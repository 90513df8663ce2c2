"""A backend around another one hides nothing of it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from mvfs.store.backend.base import Backend
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.backend.wrapper import Wrapper
from tests.contract.contract import BackendContract

OWN = {"stored"}
"""Of a backend that keeps no copies, the place itself is the wrapper."""


class TestWrapper(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return Wrapper(MemoryBackend())


def test_everything_is_passed_on() -> None:
    verbs = {name for name, _ in inspect.getmembers(Backend, inspect.isfunction) if not name.startswith("_")}
    assert verbs - vars(Wrapper).keys() == OWN


def test_what_it_is_like_is_passed_on() -> None:
    inner = MemoryBackend()
    inner.streams, inner.is_far = 7, True
    assert (Wrapper(inner).streams, Wrapper(inner).is_far) == (7, True)
