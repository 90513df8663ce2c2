"""One thread's line to the kernel: the next request comes in, its reply goes out."""

from __future__ import annotations

import errno
import mmap
import os
from typing import NamedTuple

from mvfs.mount import kernel

_PASSING = (errno.EINTR, errno.EAGAIN, errno.ENOENT)
"""Reading failed, but the next request can be read: a signal, or a request that was taken back."""


class Request(NamedTuple):
    """What the kernel asks."""

    op: int
    unique: int
    node: int
    body: memoryview
    """Valid until the next `Channel.receive`."""


class Channel:
    """Reads requests from a ``/dev/fuse`` descriptor and writes replies; for one thread."""

    def __init__(self, device: int) -> None:
        self.device = device
        self.space = memoryview(mmap.mmap(-1, kernel.MAX_READ))
        """Room for the bytes of one READ."""
        self._buffer = memoryview(bytearray(kernel.REQUEST_SIZE))
        self._into = [self._buffer]

    def receive(self) -> Request | None:
        """Wait for the next request; None after the file system was unmounted."""
        while True:
            try:
                length = os.readv(self.device, self._into)
            except OSError as exc:
                if exc.errno in kernel.DISCONNECTED:
                    return None
                if exc.errno not in _PASSING:
                    raise
                continue
            _, op, unique, node, *_ = kernel.IN_HEADER.unpack_from(self._buffer)
            return Request(op, unique, node, self._buffer[kernel.IN_HEADER.size : length])

    def reply(self, unique: int, payload: bytes | memoryview = b"") -> bool:
        """Answer a request; return False if nobody waits for the answer any more."""
        header = kernel.OUT_HEADER.pack(kernel.OUT_HEADER.size + len(payload), 0, unique)
        return self._write((header, payload))

    def fail(self, unique: int, code: int) -> None:
        """Answer a request with an errno."""
        self._write((kernel.OUT_HEADER.pack(kernel.OUT_HEADER.size, -code, unique),))

    def _write(self, parts: tuple[bytes | memoryview, ...]) -> bool:
        try:
            os.writev(self.device, parts)
        except OSError as exc:
            if exc.errno == errno.ENOENT or exc.errno in kernel.DISCONNECTED:
                return False
            raise
        return True
