"""The golden stores, and how a test gets one to play with."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.settings import StoreLocation

HERE = Path(__file__).parent
NAMES = sorted(archive.name.partition(".")[0] for archive in HERE.glob("golden-*.tar.xz"))


def unpack(name: str, folder: Path) -> Path:
    """Unpack a golden store below ``folder``."""
    with tarfile.open(HERE / f"{name}.tar.xz") as tar:
        tar.extractall(folder / name, filter="data")
    return folder / name / "store"


def recorded(name: str) -> dict[str, Any]:
    """What the store said when it was made."""
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    return found


def opened(store: Path) -> Catalog:
    return open_catalog(StoreLocation(store, None))
