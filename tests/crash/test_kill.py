"""``log`` killed at random moments: what was acknowledged is there, whole, and nothing is there by halves."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from mvfs.catalog import pointers
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.store.sources import scan

KILLS = 50


def write_until_killed(folder: Path, seed: int, acknowledge: int) -> None:
    """Log versions of one large and some small files, telling each label once it is durable."""
    project = open_catalog().make_project("crash")
    for count in range(1000):
        (folder / "large.bin").write_bytes(random.Random(f"{seed}.{count}").randbytes(1_500_000))
        for small in range(5):
            (folder / f"small{small}").write_text(f"{seed}.{count}.{small}" if small < 2 else "same")
        logged = log(project, Draft("iv3", "model", scan(folder), aliases=["candidate"]))
        os.write(acknowledge, f"{logged.version.label} {logged.version.digest.hex()}\n".encode())
        pointers.set_aliases(project, "iv3", logged.version.number, ["seen"])


def test_fifty_kills(store: Path, tmp_path: Path) -> None:
    rng = random.Random(20261123)
    acknowledged: dict[str, str] = {}
    for seed in range(KILLS):
        folder = tmp_path / f"work{seed}"
        folder.mkdir()
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            write_until_killed(folder, seed, write_end)
            os._exit(0)
        os.close(write_end)
        time.sleep(rng.uniform(0.0, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with open(read_end) as answers:
            acknowledged |= dict(line.split() for line in answers.read().splitlines())
        check_store(acknowledged)
    assert len(acknowledged) > KILLS / 2, "the kills came too early to show anything"
    assert rebuilt_index_agrees()


def check_store(acknowledged: dict[str, str]) -> None:
    catalog = open_catalog()
    if "crash" not in catalog.projects():
        assert not acknowledged
        return
    project = catalog.project("crash")
    names = project.names()
    if not names:
        assert not acknowledged
        return
    versions = project.versions("iv3")
    assert [version.number for version in versions] == list(range(len(versions)))
    found = {version.label: version.digest.hex() for version in versions}
    assert acknowledged.items() <= found.items()
    assert len(set(found.values())) == len(found), "something was logged twice"
    aliases = project.aliases("iv3")
    assert aliases["latest"] == aliases["candidate"] == len(versions) - 1
    for version in versions[-3:]:
        content = project.content(version)
        files = list(content.files())
        assert len(files) == 6
        for entry in files:
            assert len(content.reader(entry).read(0, entry.size)) == entry.size
    project.index.close()


def rebuilt_index_agrees() -> bool:
    before = open_catalog().project("crash").versions("iv3")
    for path in (Path.home() / ".cache/mvfs/index").rglob("*.db*"):
        path.unlink()
    return open_catalog().project("crash").versions("iv3") == before
