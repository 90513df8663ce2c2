"""Three of ten answers to writes are lost: nothing is lost or doubled by it."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

import pytest

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.recording import Draft, log
from mvfs.errors import CommitUnknown, MvfsError, Unavailable
from mvfs.store.backend.opening import backend_of
from mvfs.store.sources import scan
from tests.s3.lossy import lossy
from tests.s3.servers import Server

WRITERS, VERSIONS = 4, 6


def test_thirty_percent_of_answers_lost(
    server: Server, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Catalog(backend_of(url)).make_project("vision")
    acknowledged: list[tuple[str, bytes]] = []
    trouble: list[BaseException] = []

    def write(number: int) -> None:
        try:
            project = Catalog(backend_of(url)).project("vision")
            for round_ in range(VERSIONS):
                folder = tmp_path / f"{number}-{round_}"
                folder.mkdir()
                body = os.urandom(2000)
                (folder / "model").write_bytes(body)
                draft = Draft("net", "model", scan(folder))
                while True:
                    try:
                        logged = log(project, draft)
                    except (CommitUnknown, Unavailable):
                        continue  # what the message says: run it again
                    break
                acknowledged.append((logged.version.label, body))
        except MvfsError as exc:
            trouble.append(exc)

    with lossy(server.endpoint, 0.3) as proxy:
        monkeypatch.setenv("MVFS_S3_ENDPOINT", proxy.endpoint)
        writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert proxy.lost > WRITERS
    monkeypatch.setenv("MVFS_S3_ENDPOINT", server.endpoint)
    assert trouble == []
    project = Catalog(backend_of(url)).project("vision")
    there = {version.label: version for version in project.versions("net")}
    assert sorted(there) == sorted(f"v{number}" for number in range(WRITERS * VERSIONS))
    assert sorted(label for label, _ in acknowledged) == sorted(there)
    for label, body in acknowledged:
        content = project.content(there[label])
        (entry,) = content.files()
        assert content.reader(entry).read(0, 5000) == body


def test_whatever_the_answer_was_the_first_bytes_stay(
    server: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The HTTP client sends a PUT again where a connection breaks, so even our own create may be refused."""
    with lossy(server.endpoint, 0.5) as proxy:
        monkeypatch.setenv("MVFS_S3_ENDPOINT", proxy.endpoint)
        backend = backend_of(url)
        for number in range(20):
            for body in (b"first", b"second"):
                with contextlib.suppress(Unavailable):
                    assert not (backend.create(f"key/{number}", body) and body == b"second")
            assert backend.get(f"key/{number}", 10) == b"first"
        assert proxy.lost
