"""Programs that people use work on a mounted version as they do on a directory of the disk."""

from __future__ import annotations

import codecs
import io
import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from tests.mount.conftest import Kind, kinds
from tests.mount.worlds import World, world_of, write

codecs.lookup("cp437")  # of zip files: an ordinary user may not be able to import it later

TENSORS = {
    "layer.weight": np.arange(600_000, dtype=np.float32).reshape(600, 1000),
    "layer.bias": np.linspace(0, 1, 1000, dtype=np.float16),
}
ARRAY = np.arange(400_000, dtype=np.int64).reshape(1000, 400)[::-1]


def array_file() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, ARRAY)
    return buffer.getvalue()


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for path, data in files.items():
            out.writestr(path, data)
    return buffer.getvalue()


def database(path: Path, mode: str) -> bytes:
    """A database with a table of squares, made in a journal mode."""
    db = sqlite3.connect(path)
    assert db.execute(f"pragma journal_mode = {mode}").fetchone() == (mode,)
    with db:
        db.execute("create table squares (root integer primary key, square integer)")
        db.executemany("insert into squares values (?, ?)", [(n, n * n) for n in range(5000)])
    db.close()
    return path.read_bytes()


@dataclass(frozen=True)
class Desk:
    """Files that programs read, mounted and as they are on the disk; the second version differs a little."""

    world: World
    root: Path
    plain: Path

    @property
    def empty(self) -> Path:
        """An empty directory of the person's."""
        path = self.world.home / "empty"
        self.world.sh("sh", "-c", f"chmod -R u+w {path} 2>/dev/null; rm -rf {path}; mkdir {path}")
        return path


@pytest.fixture(scope="module", params=kinds(), ids=lambda kind: kind.name)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    kind: Kind = request.param
    folder = tmp_path_factory.mktemp("databases")
    files = {
        "model.safetensors": save(TENSORS),
        "array.npy": array_file(),
        "texts.zip": archive({"a.txt": b"a" * 100_000, "sub/b.txt": b"b"}),
        "plain.db": database(folder / "plain.db", "delete"),
        "wal.db": database(folder / "wal.db", "wal"),
        "config.json": json.dumps({"rate": 0.1}).encode(),
        "run.sh": b"#!/bin/sh\necho ran\n",
        "sub/deep/notes.txt": b"first\nsecond\n",
    }
    with world_of(kind.uid) as world:
        world.log(files, aliases=("production",))
        world.log({**files, "sub/deep/notes.txt": b"first\nthird\n"})
        plain = world.home / "plain"
        world.run(lambda: write(plain, files))
        mount = world.mount(*kind.options)
        yield Desk(world, mount.path / "vision/model/iv3/v0", plain)


def test_rsync(desk: Desk) -> None:
    target = desk.empty
    desk.world.sh("rsync", "-a", f"{desk.root}/", target)
    desk.world.sh("diff", "-r", desk.plain, target)
    production = desk.root.parent / "production"
    again = desk.world.sh("rsync", "-a", "--checksum", "--itemize-changes", f"{production}/", target)
    assert again.out == ""
    again = desk.world.sh("rsync", "-a", "--itemize-changes", f"{desk.root.parent}/v1/", target)
    changed = [line.split()[1] for line in again.out.splitlines() if line.startswith(">f")]
    assert changed == ["sub/deep/notes.txt"]


def test_git_compares_versions(desk: Desk) -> None:
    names = desk.root.parent
    one = desk.world.person.sh("git", "diff", "--no-index", names / "v0", names / "v1")
    assert (one.code, one.err) == (1, "")
    assert "-second\n+third\n" in one.out
    assert one.out.count("diff --git") == 1
    assert desk.world.person.sh("git", "diff", "--no-index", names / "v0", desk.plain).code == 0


def test_tar_from_standard_input_to_a_copy(desk: Desk) -> None:
    target = desk.empty
    command = f"tar -C {desk.root} -c . | tar -C {target} --no-same-permissions -x"
    desk.world.sh("sh", "-c", command)
    desk.world.sh("diff", "-r", desk.plain, target)
    listed = desk.world.sh("sh", "-c", f"tar -C {desk.root} -c . | tar -t").out.splitlines()
    assert "./sub/deep/notes.txt" in listed


def test_find_du_df_and_checksums(desk: Desk) -> None:
    for words in (["find", ".", "-printf", "%y %s %P\\n"], ["du", "-a", "--apparent-size", "-B1"]):
        on_disk, mounted = (
            desk.world.sh("sh", "-c", 'cd "$0" && exec "$@" | sort | grep -v "^d"', at, *words).out
            for at in (desk.plain, desk.root)
        )
        files = [line for line in on_disk.splitlines() if ".db" in line or "notes" in line]
        assert set(files) <= set(mounted.splitlines())
    sums = desk.world.sh("sh", "-c", f"cd {desk.plain} && find . -type f | xargs sha256sum > ../sums")
    sums = desk.world.sh(
        "sh", "-c", f"cd {desk.root} && sha256sum --check --quiet --strict {desk.plain}/../sums"
    )
    assert sums.out == ""
    assert desk.world.sh("df", "--output=target", desk.root).out.split()[-1] == str(desk.world.mountpoint)
    assert desk.world.sh("cmp", desk.root / "wal.db", desk.plain / "wal.db").out == ""


def test_numpy_maps_an_array(desk: Desk) -> None:
    def compare() -> bool:
        mapped = np.load(desk.root / "array.npy", mmap_mode="r")
        private = np.load(desk.root / "array.npy", mmap_mode="c")
        private[0, 0] = -1
        return bool((mapped == ARRAY).all()) and mapped[0, 0] != -1 and bool((private[1:] == ARRAY[1:]).all())

    assert desk.world.run(compare)


def test_safetensors_opens_a_model(desk: Desk) -> None:
    def compare() -> bool:
        with safe_open(desk.root / "model.safetensors", framework="numpy") as model:
            return set(model.keys()) == set(TENSORS) and all(
                (model.get_tensor(name) == tensor).all() for name, tensor in TENSORS.items()
            )

    assert desk.world.run(compare)


@pytest.mark.parametrize(
    "uri",
    [
        "file:{}/plain.db",
        "file:{}/plain.db?mode=ro",
        "file:{}/plain.db?immutable=1",
        "file:{}/wal.db?immutable=1",
    ],
)
def test_sqlite_reads_a_database(desk: Desk, uri: str) -> None:
    """Also if not told that it cannot write; one in WAL mode needs ``immutable=1``, as on any such disk."""

    def ask() -> tuple[object, str, str]:
        db = sqlite3.connect(uri.format(desk.root), uri=True)
        told = ""
        try:
            db.execute("delete from squares")
        except sqlite3.OperationalError as exc:
            told = str(exc)
        found = db.execute("select sum(square) from squares where root % 2").fetchone()
        return found, db.execute("pragma integrity_check").fetchone()[0], told

    expected = (sum(n * n for n in range(1, 5000, 2)),)
    assert desk.world.run(ask) == (expected, "ok", "attempt to write a readonly database")


def test_zipfile_lists_and_extracts(desk: Desk) -> None:
    target = desk.empty

    def run() -> list[str]:
        archive = str(desk.root / "texts.zip")
        zipfile.main(["-l", archive])
        zipfile.main(["-t", archive])
        zipfile.main(["-e", archive, str(target)])
        with zipfile.ZipFile(archive) as opened:
            return opened.namelist()

    assert desk.world.run(run) == ["a.txt", "sub/b.txt"]
    assert (target / "a.txt").read_bytes() == b"a" * 100_000
    assert (target / "sub/b.txt").read_bytes() == b"b"


def test_copies_with_python_and_links(desk: Desk) -> None:
    target = desk.empty

    def copy() -> str:
        shutil.copytree(desk.root, target / "tree")
        shutil.copy2(desk.root.parent / "production/run.sh", target / "run.sh")
        os.symlink(desk.root.parent / "production", target / "link")
        ran = subprocess.run([target / "run.sh"], capture_output=True, text=True, check=True).stdout
        return ran + (target / "link/sub/deep/notes.txt").read_text()

    assert desk.world.run(copy) == "ran\nfirst\nsecond\n"
    desk.world.sh("diff", "-r", desk.plain, target / "tree")
