"""Fetches objects with obstore, as a program that uses it would; run by the Python of the peers.

python obstore_get.py large KEY FILE    in ranges of 8 MiB, 16 at a time, written in place
python obstore_get.py small PREFIX DIR  64 objects at a time
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import obstore
from obstore.store import S3Store

PIECE = 8 << 20


def large(store: S3Store, key: str, target: Path) -> None:
    size = obstore.head(store, key)["size"]
    with open(target, "wb") as out, ThreadPoolExecutor(16) as pool:
        out.truncate(size)

        def fetch(at: int) -> None:
            data = obstore.get_range(store, key, start=at, length=min(PIECE, size - at))
            os.pwrite(out.fileno(), data, at)

        list(pool.map(fetch, range(0, size, PIECE)))


def small(store: S3Store, prefix: str, target: Path) -> None:
    keys = [found["path"] for page in obstore.list(store, prefix) for found in page]

    def fetch(key: str) -> None:
        path = target / key.removeprefix(prefix).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(obstore.get(store, key).bytes())

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(fetch, keys))


if __name__ == "__main__":
    place = S3Store(
        os.environ["BUCKET"],
        endpoint=os.environ["AWS_ENDPOINT_URL"],
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    {"large": large, "small": small}[sys.argv[1]](place, sys.argv[2], Path(sys.argv[3]))
