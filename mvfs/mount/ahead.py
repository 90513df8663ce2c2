"""Reads ahead of sequential readers, and hands the bytes to the kernel before it asks.

The kernel reads a FUSE file ahead by 128 KiB and only root may raise that, so a reader would wait for us
eight times per MiB. Here a thread of its own puts whole MiBs into the page cache some way before the
reader, while the reader copies out what is there. Only for trusted blobs: nothing is hashed twice.
"""

from __future__ import annotations

import errno
import logging
import mmap
import os
import queue
import threading

from mvfs.mount import kernel
from mvfs.mount.opened import OpenedFile
from mvfs.mount.opens import Opens

log = logging.getLogger("mvfs.mount")

STEP = 1 << 20
"""Bytes handed over at once."""

GAP = 1 << 20
"""Bytes before the reader that are left to the kernel, which has asked for them already or will at once."""

WINDOW = 16 << 20
"""How far ahead of the reader the bytes go, at most."""

_SMALL_READ = 256 << 10
"""Where the kernel asks for more than this at a time, it reads ahead well enough by itself."""

_PATIENCE = 4
"""Reads in sequence after which more of the same is expected."""

_GONE = (errno.ENOENT, errno.EINVAL, *kernel.DISCONNECTED)
"""The kernel let go of the file meanwhile."""


class ReadAhead:
    """One thread that runs ahead of all readers of a mount."""

    def __init__(self, opens: Opens) -> None:
        self._opens = opens
        self._jobs: queue.SimpleQueue[tuple[OpenedFile, int]] = queue.SimpleQueue()

    def start(self, device: int) -> None:
        """Begin to hand bytes to the kernel on its descriptor."""
        threading.Thread(target=self._run, args=(device,), name="read-ahead", daemon=True).start()

    def saw(self, opened: OpenedFile, node: int, offset: int, size: int) -> None:
        """Take note of a read; called for each one, so it does next to nothing."""
        run = opened.run
        end = offset + size
        if not run.reader - GAP <= offset <= max(run.reader, run.pushed) + GAP:
            run.reader, run.pushed, run.length = end, 0, 0
            return
        run.reader = max(run.reader, end)
        run.length += 1
        if run.length >= _PATIENCE and not run.is_busy and size <= _SMALL_READ and opened.blob is not None:
            run.is_busy = True
            self._jobs.put((opened, node))

    def _run(self, device: int) -> None:
        space = memoryview(mmap.mmap(-1, STEP))
        while True:
            opened, node = self._jobs.get()
            if self._opens.hold(opened):
                try:
                    while self._push(device, space, opened, node):
                        pass
                except OSError as exc:
                    if exc.errno not in _GONE:
                        log.warning("cannot read ahead: %s", exc)
                finally:
                    self._opens.release(opened.handle)
            opened.run.is_busy = False

    def _push(self, device: int, space: memoryview, opened: OpenedFile, node: int) -> bool:
        """Hand over the next step; return whether there may be another one."""
        run, blob = opened.run, opened.blob
        start = max(run.pushed, run.reader + GAP)
        length = min(STEP, run.reader + WINDOW - start, opened.reader.entry.size - start)
        if (
            length <= 0 or blob is None or opened.opens == 1
        ):  # window full, end of file, or closed by all others
            return False
        count = os.preadv(blob.fd, [space[:length]], start)
        if count != length or not blob.is_unchanged():
            return False
        body = kernel.STORE_OUT.pack(node, start, count, 0)
        total = kernel.OUT_HEADER.size + len(body) + count
        os.writev(device, (kernel.OUT_HEADER.pack(total, kernel.Notify.STORE, 0), body, space[:count]))
        run.pushed = start + count
        return True
