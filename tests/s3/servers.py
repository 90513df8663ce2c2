"""Servers that speak S3, for tests: moto in this process, ministack in its own, any other by its address."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import botocore.session

KEY, SECRET, REGION = "test", "testtest12", "us-east-1"
_PATIENCE = 30
"""Seconds that a server may take to start."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    name: str
    endpoint: str

    def client(self) -> Any:
        """A client of botocore's, to look at things past mvfs."""
        return _client(self.endpoint)

    def new_bucket(self) -> str:
        """Make a bucket that no other test uses."""
        name = f"mvfs-{os.urandom(6).hex()}"
        self.client().create_bucket(Bucket=name)
        return name

    def environment(self) -> dict[str, str]:
        """What mvfs needs to know of it."""
        return {
            "MVFS_S3_ENDPOINT": self.endpoint,
            "MVFS_S3_REGION": REGION,
            "MVFS_S3_KEY": KEY,
            "MVFS_S3_SECRET": SECRET,
        }


@functools.cache  # to make one takes longer than most tests
def _client(endpoint: str) -> Any:
    return botocore.session.Session().create_client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )


App = Callable[[dict[str, Any], Callable[..., Any]], Any]
"""As WSGI has it."""


@contextlib.contextmanager
def moto(around: Callable[[App], App] | None = None) -> Iterator[Server]:
    """moto, with the lock around writes that makes its conditions hold, and ``around`` that."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    app, lock = server._server.app, Lock()

    def one_writer_at_a_time(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return app(environ, start_response)
        if size := int(
            environ.get("CONTENT_LENGTH") or 0
        ):  # who sends it may die, and would leave the lock taken
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(size))
        with lock:
            return list(app(environ, start_response))

    server._server.app = around(one_writer_at_a_time) if around else one_writer_at_a_time
    try:
        yield Server("moto", f"http://{host}:{port}")
    finally:
        server.stop()


@contextlib.contextmanager
def ministack(program: Path) -> Iterator[Server]:
    """ministack, which has an environment of its own: its botocore is not ours."""
    port = _free_port()
    given = os.environ | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "SERVICES": "s3"}
    process = subprocess.Popen([program], env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield Server("ministack", f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")
