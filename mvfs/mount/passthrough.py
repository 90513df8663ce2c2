"""Lets the kernel read blobs by itself, so that a mounted file is as fast as the file under it."""

from __future__ import annotations

import errno
import fcntl
import logging
import os

from mvfs.mount import kernel

log = logging.getLogger("mvfs.mount")

_DENIED = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.ELOOP)
"""No CAP_SYS_ADMIN, no support in the kernel, or blobs on a file system stacked too deep."""


class Passthrough:
    """Registers descriptors with the kernel. Off until `enable` finds that the kernel grants it."""

    def __init__(self) -> None:
        self._device = -1
        self._is_granted = False
        self.refusal = "the kernel does not offer it"
        """Why it is not granted, where it is not."""

    @property
    def is_granted(self) -> bool:
        """Whether the kernel reads by itself here."""
        return self._is_granted

    def enable(self, device: int) -> None:
        """Try whether the kernel takes a file to read by itself, and go on so if it does."""
        probe = os.memfd_create("mvfs-passthrough", os.MFD_CLOEXEC)
        try:
            self._device, self._is_granted = device, True
            if backing := self.open(probe):
                self.close(backing)
        finally:
            os.close(probe)

    def open(self, fd: int) -> int:
        """Return the kernel's id for an open file, 0 where it does not take it."""
        if not self._is_granted:
            return 0
        request = bytearray(kernel.BACKING_MAP.pack(fd, 0, 0))
        try:
            return int(fcntl.ioctl(self._device, kernel.BACKING_OPEN, request))
        except OSError as exc:
            log.info("served by mvfs itself, the kernel does not take it: %s", exc.strerror)
            if exc.errno in _DENIED:
                self._is_granted = False
                self.refusal = _refusal(exc)
            return 0

    def close(self, backing: int) -> None:
        """Give an id back; opens that use it keep working."""
        fcntl.ioctl(self._device, kernel.BACKING_CLOSE, backing.to_bytes(4, "little"))


def _refusal(exc: OSError) -> str:
    reason = (exc.strerror or str(exc)).lower()
    return f"the kernel grants it to root only ({reason})" if exc.errno == errno.EPERM else reason
