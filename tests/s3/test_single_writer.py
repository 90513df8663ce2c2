"""A server that ignores conditional writes: refused, or used by one writer at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.store import identity
from mvfs.store.backend import writer_lock
from mvfs.store.backend.opening import backend_of
from tests.cli.conftest import Call
from tests.s3 import guard, servers
from tests.s3.servers import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.moto(guard.without_conditions) as running:
        yield running


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "model").write_text("hello\n")
    return tmp_path / "model"


def test_it_is_refused(call: Call, store: str, model: Path) -> None:
    for words in (["init"], ["log", model, "vision/model/net"]):
        refused = call(*words)
        assert refused.code == 6
        assert refused.err.count("\n") == 1
        assert "8 of 8 writers" in refused.err
        assert "--single-writer" in refused.err
    assert list(backend_of(store).list("")) == []


def test_one_writer_is_told_what_it_means(
    call: Call, store: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_lock, "_WAIT", 0.01)
    made = call("init", "--single-writer", "--json")
    assert (made.code, made.json["single_writer"], made.err) == (0, True, "")
    logged = call("log", model, "vision/model/net", "--json")
    assert (logged.code, logged.json["version"]) == (0, "v0")
    assert logged.err.count("one writer at a time") == 1
    assert '"warning"' in logged.err
    model.write_text("again\n")
    again = call("log", model, "vision/net")
    assert again.code == 0
    assert again.err.count("one writer at a time") == 1
    shown = call("ls", "vision/net")
    assert (shown.code, shown.err) == (0, "")
    assert call("fsck", "--read-data").code == 0
    assert list(backend_of(store).list("locks/")) == []


def test_a_store_for_many_cannot_become_one_for_one(call: Call, store: str) -> None:
    """One that was made before anybody looked, or moved here from a better place."""
    identity.make(backend_of(store), 0, [])
    for words in (["init"], ["init", "--single-writer"]):
        refused = call(*words)
        assert refused.code == 6
        assert "is a store for several writers already" in refused.err
        assert "mvfs sync" in refused.err
    assert not open_catalog().make().has_one_writer


def test_init_says_it_in_plain_words(call: Call, store: str) -> None:
    made = call("init", "--single-writer")
    assert made.code == 0
    assert "only one process at a time may ever write" in made.err
    assert "can be lost" in made.err


def test_a_script_is_told_too(store: str, model: Path) -> None:
    subprocess.run([sys.executable, "-m", "mvfs", "init", "--single-writer"], check=True, capture_output=True)
    script = (
        "import mvfs\n"
        "with mvfs.init(project='vision') as run:\n"
        f"    run.log_artifact({str(model)!r}, name='net', type='model')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.count("one writer at a time") == 1
