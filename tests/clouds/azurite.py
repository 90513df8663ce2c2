"""Azurite, Microsoft's emulator of Azure Blob Storage, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.s3.servers import _free_port, _wait_for

PROGRAM = Path(__file__).parents[2] / ".azurite" / "node_modules" / ".bin" / "azurite-blob"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account that every Azurite has, and its key, as documented."""


@contextlib.contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """A connection string, for as long as the context lasts."""
    port = _free_port()
    words = ["--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    process = subprocess.Popen(
        [PROGRAM, *words, "--blobHost", "127.0.0.1", "--blobPort", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
        )
    finally:
        process.terminate()
        process.wait()


def new_container(connection: str) -> str:
    """Make a container that no other test uses."""
    from azure.storage.blob import BlobServiceClient

    name = f"mvfs-{os.urandom(6).hex()}"
    with BlobServiceClient.from_connection_string(connection) as service:
        service.create_container(name)
    return name
