#!/usr/bin/env python3
"""A real S3 server on loopback for tests and benchmarks: one Ceph monitor, one OSD in memory, one radosgw.

    scripts/radosgw.py run COMMAND…    run a command with MVFS_TEST_S3_ENDPOINT set; exits as it does
    scripts/radosgw.py serve           print the endpoint, and serve until standard input ends

Keys test / testtest12, path-style addresses, about 13 seconds to start. All ports are free ones, so that any
number may run beside each other. Needs the Debian packages that ``scripts/setup dev radosgw`` installs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

KEY, SECRET = "test", "testtest12"
PROGRAMS = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool")
_PATIENCE = 60
"""Seconds that each part may take to answer."""

_DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG: what was started here ends with us, even if we are killed."""

_CONFIG = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon},v1:127.0.0.1:{mon_old}]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail crit = 1
mon max pg per osd = 1000
keyring = {home}/keyring
run dir = {home}/run
pid file = {home}/run/$type.$id.pid
admin socket = {home}/run/$type.$id.asok
heartbeat file = {home}/run/$type.$id.hb
log file = {home}/log/$type.$id.log
crash dir = {home}/crash
[mon]
mon data = {home}/mon
mon pg warn min per osd = 0
[osd]
osd data = {home}/osd
osd journal = {home}/osd/journal
osd objectstore = memstore
memstore device bytes = 12884901888
osd memory target = 2147483648
osd class load list = *
osd class default list = *
[client.rgw]
rgw data = {home}/run
# without tcp_nodelay, small answers wait 40 ms for an acknowledgement
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw enable usage log = false
rgw enable ops log = false
rgw relaxed s3 bucket names = true
rgw run sync thread = false
rgw crypt require ssl = false
debug rgw = 0
debug ms = 0
# any other mode makes the gateway repeat a failed authentication for ever
ms mon client mode = crc
"""


class NotStarted(Exception):
    """A part of the server does not answer, or ended; the message says which."""


class Cluster:
    """The three daemons, working in ``home``: a short path, for it holds Unix sockets."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._daemons: list[subprocess.Popen[bytes]] = []
        mon, mon_old, port = _free_ports(3)
        self.endpoint = f"http://127.0.0.1:{port}"
        self._fsid = str(uuid.uuid4())
        for name in ("mon", "osd", "run", "log", "crash"):
            (home / name).mkdir()
        config = _CONFIG.format(home=home, fsid=self._fsid, mon=mon, mon_old=mon_old, port=port)
        (home / "ceph.conf").write_text(config)
        self._mon = f"[v2:127.0.0.1:{mon},v1:127.0.0.1:{mon_old}]"

    def start(self) -> None:
        """Start the daemons; return when the gateway answers."""
        keyring, monmap, osd_id = self._home / "keyring", self._home / "monmap", str(uuid.uuid4())
        everything = ["--cap", "mon", "allow *", "--cap", "osd", "allow *"]
        self._do("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", *everything[:3])
        for name in ("client.admin", "client.rgw"):
            self._do("ceph-authtool", keyring, "--gen-key", "-n", name, *everything)
        self._do("monmaptool", "--create", "--fsid", self._fsid, "--addv", "a", self._mon, monmap)
        self._ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self._daemon("ceph-mon", "-i", "a")
        self._ceph("ceph", "osd", "new", osd_id)
        self._ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd_id)
        self._daemon("ceph-osd", "-i", "0")
        self._ceph("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost")
        self._wait("the OSD", lambda: b"1 up" in self._ceph("ceph", "osd", "stat"))
        self._daemon("radosgw", "-n", "client.rgw")
        user = ["--uid=test", "--display-name=test", f"--access-key={KEY}", f"--secret-key={SECRET}"]
        self._ceph("radosgw-admin", "-n", "client.admin", "user", "create", *user)
        self._wait("the gateway", self._answers)

    def stop(self) -> None:
        """End the daemons, the newest first: an OSD without its monitor would hang."""
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(5)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self._daemons.clear()

    def _daemon(self, program: str, *words: object) -> None:
        with open(self._home / "log" / f"{program}.out", "wb") as out:
            self._daemons.append(
                subprocess.Popen(
                    [program, "-c", self._home / "ceph.conf", *map(str, words), "-f"],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,  # a Ctrl-C is for us, who stop them in the right order
                    preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads here
                )
            )

    def _ceph(self, program: str, *words: object) -> bytes:
        return self._do(program, "-c", self._home / "ceph.conf", *words)

    def _do(self, *words: object) -> bytes:
        done = subprocess.run([*map(str, words)], capture_output=True, timeout=_PATIENCE, check=False)
        if done.returncode:
            raise NotStarted(f"{' '.join(map(str, words))}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def _wait(self, what: str, is_ready: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE
        while not is_ready():
            for daemon in self._daemons:
                if daemon.poll() is not None:
                    raise NotStarted(f"{daemon.args[0]} ended with {daemon.returncode}")  # type: ignore[index]
            if time.monotonic() > end:
                raise NotStarted(f"{what} does not answer after {_PATIENCE} s")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.endpoint, timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in found]


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster in a directory of its own, which goes with it; its logs are shown where it does not start."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        sys.exit(f"radosgw: {', '.join(missing)} not found; run: scripts/setup dev radosgw")
    home = Path(tempfile.mkdtemp(prefix="rgw-", dir="/tmp"))
    try:
        running = Cluster(home)
        try:
            running.start()
            yield running
        finally:
            running.stop()
    except NotStarted as exc:
        for log in sorted((home / "log").glob("*.out")):
            sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}")
        sys.exit(f"radosgw: {exc}")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(command: list[str]) -> int:
    """Run a command beside the server; return its exit code."""
    with cluster() as running:
        given = os.environ | {"MVFS_TEST_S3_ENDPOINT": running.endpoint}
        with subprocess.Popen(command, env=given) as process:
            while True:
                try:
                    code = process.wait()
                except KeyboardInterrupt:
                    continue  # the terminal told the command too: it ends in its own way
                except SystemExit:
                    process.terminate()
                    raise
                return code if code >= 0 else 128 - code


def serve() -> None:
    """Tell the endpoint on standard output, and serve until standard input ends."""
    with cluster() as running:
        print(running.endpoint, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.buffer.read()


def _ended(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)
    signal.signal(signal.SIGHUP, _ended)
    match sys.argv[1:]:
        case ["run", _, *_]:
            sys.exit(run(sys.argv[2:]))
        case ["serve"]:
            serve()
        case _:
            sys.exit(str(__doc__))
