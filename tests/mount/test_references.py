"""References through the kernel: read from where they lead, an error where that is something else by now."""

from __future__ import annotations

import errno
import os
import shutil

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.materializing import materialize
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.referring import scan_references
from tests.mount.worlds import World, write

BIG = os.urandom((3 << 20) + 17)
FILES = {"a.bin": BIG, "b.bin": BIG[::-1], "sub/c.txt": b"small", "empty": b""}


def read_error(world: World, path: str) -> int | None:
    def attempt() -> int | None:
        try:
            (world.mountpoint / path).read_bytes()
        except OSError as exc:
            return exc.errno
        return None

    return world.run(attempt)


def test_references_are_read_as_recorded_or_not_at_all(mine: World) -> None:
    data = mine.home / "data"
    mine.person.environment["MVFS_REFERENCES_ROOTS"] = str(data)

    def prepare() -> None:
        write(data, FILES)
        files = scan_references(data.as_uri())
        log(open_catalog().make_project("vision"), Draft("far", "dataset", files))

    mine.run(prepare)
    mine.mount()
    folder = "vision/dataset/far/v0"
    assert mine.names(folder) == ["a.bin", "b.bin", "empty", "sub"]
    assert mine.run(lambda: (mine.mountpoint / folder / "b.bin").stat().st_size) == len(BIG)
    assert {path: mine.read(f"{folder}/{path}") for path in FILES if path != "b.bin"} == {
        path: content for path, content in FILES.items() if path != "b.bin"
    }

    kept = (data / "b.bin").stat()
    os.utime(data / "b.bin", ns=(0, kept.st_mtime_ns + 1_000_000))
    for _ in range(3):
        assert read_error(mine, f"{folder}/b.bin") == errno.EIO
    assert mine.logged().count("'b.bin' is a reference") == 3
    (data / "b.bin").unlink()
    assert read_error(mine, f"{folder}/b.bin") == errno.EIO

    write(data, {"b.bin": FILES["b.bin"]})
    os.utime(data / "b.bin", ns=(0, kept.st_mtime_ns))

    def bring_in() -> None:
        project = open_catalog().project("vision")
        assert materialize(project, project.version("far")).files == len(FILES)

    mine.run(bring_in)
    shutil.rmtree(data)
    assert mine.read(f"{folder}/b.bin") == FILES["b.bin"]
