"""The golden stores, and how a test gets one to play with."""

from __future__ import annotations

import json
import tarfile
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.index import checkpoint
from mvfs.index.index import Index
from mvfs.settings import StoreLocation
from mvfs.store.backend.local import LocalBackend
from mvfs.store.journal import Journal

HERE = Path(__file__).parent
NAMES = sorted(archive.name.partition(".")[0] for archive in HERE.glob("golden-*.tar.xz"))


def unpack(name: str, folder: Path) -> Path:
    """Unpack a golden store below ``folder``."""
    with tarfile.open(HERE / f"{name}.tar.xz") as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.2 has none
        tar.extractall(folder / name)
    return folder / name / "store"


def packed_objects(name: str) -> dict[str, bytes]:
    """All objects of a golden store as they are in its archive, by key."""
    found = {}
    with tarfile.open(HERE / f"{name}.tar.xz") as tar:
        for member in tar:
            _, _, key = member.name.partition("store/")
            if member.isfile() and not key.startswith("tmp/"):
                file = tar.extractfile(member)
                assert file is not None
                found[key] = file.read()
    return found


def recorded(name: str) -> dict[str, Any]:
    """What the store said when it was made."""
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    return found


def opened(store: Path) -> Catalog:
    return open_catalog(StoreLocation(store, None))


def unpack_with_checkpoint(name: str, folder: Path) -> Path:
    """Unpack a golden store, and make its checkpoints anew: those of an older schema are ignored."""
    store = unpack(name, folder)
    for old in sorted(store.glob("p/*/ckpt/*.mpz")):
        journal = Journal(LocalBackend(store), f"{old.parent.parent.relative_to(store)}/journal")
        seq = 10**12 - 1 - int(old.name.partition(".")[0])
        index = Index(None, msgspec.structs.replace(journal, trusting=False))
        index.apply(list(islice(index.journal.entries(*index.position()), seq)))
        old.unlink()
        checkpoint.write(journal, checkpoint.take(journal, index.db))
    return store
