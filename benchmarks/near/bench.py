"""What is measured: files, the same logged to a store, and the same in an archive."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.store.sources import scan
from near.measures import MIB


class Bench:
    """A directory with a store, the same bytes as plain files, and a mount point."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.plain = home / "plain"
        self.archive = home / "plain.tar"
        self.mountpoint = home / "mnt"
        os.environ.update(
            HOME=str(home),
            MVFS_STORE=str(home / "store"),
            MVFS_CACHE_DIR=str(home / "cache"),
            MVFS_STATE_DIR=str(home / "state"),
        )

    def make(self, size: int, tensors: int, files: int, *, archive: bool) -> None:
        """Write the plain files (bytes of the two large ones), and log them, as the user who will mount."""
        (self.plain / "big").mkdir(parents=True)
        self.mountpoint.mkdir()
        with open(self.plain / "big" / "model.bin", "wb") as out:
            out.writelines(os.urandom(64 * MIB) for _ in range(0, size, 64 * MIB))
        layer = 64 * MIB
        save_file(
            {
                f"layer{number}": np.frombuffer(os.urandom(layer), np.float32).reshape(4096, -1)
                for number in range(tensors // layer)
            },
            self.plain / "big" / "model.safetensors",
        )
        for number in range(files):
            folder = self.plain / "many" / f"{number // 1000:04d}"
            if number % 1000 == 0:
                folder.mkdir(parents=True)
            (folder / f"file-{number:06d}.json").write_bytes(b"%d" % number)
        if archive:
            with tarfile.open(self.archive, "w") as tar:
                tar.add(self.plain, ".")
        os.sync()
        project = open_catalog().make_project("bench")
        for name in ("big", "many"):
            log(project, Draft(name, "data", scan(self.plain / name)))

    def below(self, place: Path, size: int) -> Path:
        """The file below a place that has so many bytes: a blob, or the one of that name."""
        if place.is_file():
            return place
        return next(path for path in place.rglob("*") if path.is_file() and path.stat().st_size == size)
