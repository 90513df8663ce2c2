"""A ``log`` to a bucket is killed at every phase: the next one goes on, and sends nothing again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from mvfs.catalog import sweeping
from mvfs.catalog.catalog import Catalog
from mvfs.cli import main
from mvfs.store.backend.objects import PART
from mvfs.store.backend.opening import backend_of
from mvfs.store.intents import WORTHWHILE
from tests.cli.conftest import Call
from tests.s3.servers import Server
from tests.s3.watched import Request, Trap, Watched, watched

A, B, C = "a.bin", "b.bin", "c.bin"
SIZES = {A: max(PART, WORTHWHILE) + 1001, B: WORTHWHILE + 2002, C: WORTHWHILE + 3003}
"""The first goes up in parts, the others in one request each; all are worth remembering."""

PACK = b"{}"
"""What the pack of small files holds."""


class Phase(NamedTuple):
    matches: Callable[[Request], bool]
    """At which request the process is killed."""
    when: Literal["within", "after"]
    there: set[str]
    """The files whose blobs are in the bucket by then."""


def to(folder: str, size: int | None = None) -> Callable[[Request], bool]:
    """Writes of objects in a folder; with ``size``, only of bodies of so many bytes."""
    return lambda one: one.method == "PUT" and f"/{folder}/" in one.path and size in (None, one.size)


def is_part(one: Request) -> bool:
    return "partNumber" in one.query


def is_completion(one: Request) -> bool:
    return one.method == "POST" and "uploadId" in one.query


PHASES = {
    "in a part": Phase(is_part, "within", set()),
    "after a part": Phase(is_part, "after", set()),
    "before the parts are one": Phase(is_completion, "within", set()),
    "after the first blob": Phase(is_completion, "after", {A}),
    "in the second blob": Phase(to("blobs", SIZES[B]), "within", {A}),
    "after the second blob": Phase(to("blobs", SIZES[B]), "after", {A, B}),
    "before the manifest": Phase(to("manifests"), "within", {A, B, C}),
    "after the manifest": Phase(to("manifests"), "after", {A, B, C}),
    "before the entry": Phase(to("journal"), "within", {A, B, C}),
    "after the entry": Phase(to("journal"), "after", {A, B, C}),
}
"""In the order in which one ``log`` comes to them."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name, size in SIZES.items():
        (folder / name).write_bytes(random.Random(size).randbytes(size))
    (folder / "config.json").write_bytes(PACK)
    return folder


@pytest.fixture
def project(store: str) -> str:
    """The id of the project that is logged to; it is there already."""
    return Catalog(backend_of(store)).make_project("vision").id


class Child:
    """``mvfs log`` in a process of its own, that can be killed."""

    def __init__(self) -> None:
        self._pid = 0
        self._is_running = threading.Event()

    def log(self, model: Path, proxy: Watched, *, lingers: bool = False) -> int:
        """Return its exit code, or minus the signal; with ``lingers``, kill it when all is done."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 99
            try:
                os.environ["MVFS_S3_ENDPOINT"] = proxy.endpoint
                with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
                    code = main(["log", str(model), "vision/model/net", "-a", "production"])
                os.write(writing, b"!")
                if lingers:
                    signal.pause()
            finally:
                os._exit(code)
        self._pid = pid
        self._is_running.set()
        os.close(writing)
        with open(reading, "rb", buffering=0) as done:
            if done.read(1) and lingers:
                self.kill()
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def kill(self) -> None:
        assert self._is_running.wait(10)
        os.kill(self._pid, signal.SIGKILL)


def large_blobs(store: str) -> dict[str, int]:
    return {info.key: info.size for info in backend_of(store).list("p/") if info.size >= WORTHWHILE}


def open_uploads(server: Server, store: str) -> list[str]:
    found = server.client().list_multipart_uploads(Bucket=store.split("/")[2])
    return [upload["Key"] for upload in found.get("Uploads", [])]


def sizes_of(names: set[str]) -> list[int]:
    return sorted(SIZES[name] for name in names)


def sent(proxy: Watched) -> list[int]:
    """The sizes of all bodies that became blobs, or parts of them."""
    return [one.size for one in proxy.seen if one.method == "PUT" and "/blobs/" in one.path]


def check_one_version(call: Call, model: Path) -> None:
    listed = call("--json", "ls", "vision/net").json
    assert [(one["version"], sorted(one["aliases"])) for one in listed] == [("v0", ["latest", "production"])]
    checked = call("fsck", "--read-data")
    assert checked.code == 0, checked.err
    assert call("verify", "vision/net", model).code == 0


def test_killed_at_every_phase(
    call: Call, server: Server, store: str, project: str, model: Path, tmp_path: Path
) -> None:
    """Each ``log`` goes on after all those that were killed before it, and is killed one phase later."""
    there: dict[str, int] = {}
    for name, phase in PHASES.items():
        child = Child()
        with watched(server.endpoint, Trap(phase.matches, phase.when, child.kill)) as proxy:
            assert child.log(model, proxy) == -signal.SIGKILL, name
        now = large_blobs(store)
        assert sorted(now.values()) == sizes_of(phase.there), name
        assert there.items() <= now.items(), name
        unfinished = set(SIZES.values()) - set(there.values())
        assert sum(sent(proxy)) <= sum(unfinished) + len(PACK), name
        there = now

    with watched(server.endpoint) as proxy:
        assert Child().log(model, proxy) == 0
    assert [one for one in proxy.seen if one.method in ("PUT", "POST")] == []
    assert large_blobs(store) == there
    assert open_uploads(server, store) == []
    check_one_version(call, model)


def test_killed_after_the_commit(call: Call, server: Server, store: str, project: str, model: Path) -> None:
    (model / A).unlink()
    (model / B).unlink()
    with watched(server.endpoint) as proxy:
        assert Child().log(model, proxy, lingers=True) == -signal.SIGKILL
    there = large_blobs(store)
    with watched(server.endpoint) as proxy:
        assert Child().log(model, proxy) == 0
    assert [one for one in proxy.seen if one.method in ("PUT", "POST")] == []
    assert large_blobs(store) == there
    check_one_version(call, model)


@pytest.mark.parametrize("where", ["in a part", "in the second blob"])
def test_interrupted(
    where: str, call: Call, server: Server, store: str, project: str, model: Path, tmp_path: Path
) -> None:
    """Ctrl-C in an upload: exit 130, no version, no open upload, and nothing that a sweep would not take."""
    phase = PHASES[where]
    running: list[subprocess.Popen[bytes]] = []

    def interrupt() -> None:
        running[0].send_signal(signal.SIGINT)

    with watched(server.endpoint, Trap(phase.matches, phase.when, interrupt)) as proxy:
        words = [sys.executable, "-m", "mvfs", "log", str(model), "vision/model/net"]
        given = os.environ | {"MVFS_S3_ENDPOINT": proxy.endpoint, "TMPDIR": str(tmp_path / "scratch")}
        (tmp_path / "scratch").mkdir()
        running.append(subprocess.Popen(words, env=given, stderr=subprocess.PIPE))
        _, said = running[0].communicate(timeout=60)
    assert (running[0].returncode, said) == (130, b"mvfs: interrupted; nothing was left half done\n")
    assert [*(tmp_path / "scratch").iterdir()] == []
    assert open_uploads(server, store) == []
    assert call("sweep", "--grace", "0", "--yes").code == 0
    assert [info.key for info in backend_of(store).list(f"p/{project}/blobs/")] == []
    assert call("--json", "ls", "vision").json == []


def test_a_sweep_ends_uploads_that_nobody_goes_on_with(
    call: Call, server: Server, store: str, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, bucket, prefix = store.split("/")
    client = server.client()
    for place in (f"{prefix}/p/{project}", f"{prefix}/p/another"):
        client.create_multipart_upload(Bucket=bucket, Key=f"{place}/blobs/aa/{'a' * 32}.00000000")
    if server.name != "moto":  # which says of all uploads that they began in 2010
        assert (
            call("sweep", "vision", "--grace", "0", "--yes").err == "nothing to do\n"
        )  # somebody may be at it
    assert len(open_uploads(server, store)) == 2

    monkeypatch.setattr(sweeping, "_clock", lambda _: time.time_ns() + 25 * 3600 * 10**9)
    shown = call("sweep", "vision", "--grace", "0", "--json")
    assert (shown.code, [one["uploads"] for one in shown.json]) == (1, [1])
    assert len(open_uploads(server, store)) == 2
    assert call("sweep", "vision", "--grace", "0", "--yes").err == "deleted 0 objects, 0 B, ended 1 upload\n"
    assert [key.split("/")[2] for key in open_uploads(server, store)] == ["another"]
