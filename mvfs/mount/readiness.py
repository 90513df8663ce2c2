"""Tells systemd that a mount answers: sd_notify(3), for units of ``Type=notify``."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger("mvfs.mount")


def announce() -> None:
    """Say ``READY=1`` to whoever started us and asked for it by ``$NOTIFY_SOCKET``."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    address = "\0" + place[1:] if place.startswith("@") else place
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"READY=1", address)
    except OSError as exc:
        log.warning("cannot tell systemd that the mount is ready: %s", exc.strerror)
