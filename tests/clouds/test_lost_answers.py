"""Three of ten answers to writes are lost: nothing is lost or doubled by it."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.recording import Draft, log
from mvfs.errors import CommitUnknown, MvfsError, Unavailable
from mvfs.store.backend.opening import backend_of
from mvfs.store.sources import scan
from tests.s3.lossy import lossy

WRITERS, VERSIONS = 3, 4

_ENDPOINTS = {"gs": "STORAGE_EMULATOR_HOST", "az": "AZURE_STORAGE_CONNECTION_STRING"}


def test_thirty_percent_of_answers_lost(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Catalog(backend_of(url)).make_project("vision")
    acknowledged: list[str] = []
    trouble: list[BaseException] = []

    def write(number: int) -> None:
        try:
            project = Catalog(backend_of(url)).project("vision")
            for round_ in range(VERSIONS):
                source = tmp_path / f"{number}-{round_}"
                source.write_bytes(os.urandom(2000))
                while True:
                    try:
                        acknowledged.append(log(project, Draft("net", "model", scan(source))).version.label)
                    except (CommitUnknown, Unavailable):
                        continue  # what the message says: run it again
                    break
        except MvfsError as exc:
            trouble.append(exc)

    variable = _ENDPOINTS[url.partition(":")[0]]
    found = re.search(r"http://127\.0\.0\.1:\d+", os.environ[variable])
    assert found
    with lossy(found[0], 0.3) as proxy, monkeypatch.context() as patch:
        patch.setenv(variable, os.environ[variable].replace(found[0], proxy.endpoint))
        writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert proxy.lost > WRITERS
    assert trouble == []
    there = sorted(version.label for version in Catalog(backend_of(url)).project("vision").versions("net"))
    assert there == sorted(f"v{number}" for number in range(WRITERS * VERSIONS))
    assert sorted(acknowledged) == there
