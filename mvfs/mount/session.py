"""Serves one mount: several threads take requests, another one tells the kernel what changed."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable

from mvfs.mount import kernel
from mvfs.mount.channel import Channel, Request
from mvfs.mount.errnos import errno_of
from mvfs.mount.kernel import Init, Op
from mvfs.mount.operations import Operations

log = logging.getLogger("mvfs.mount")


_UNANSWERED = (Op.FORGET, Op.BATCH_FORGET)
_MAX_READAHEAD = 16 << 20
_BACKGROUND = 64
"""READs ahead of the reader that the kernel may have under way at once."""


class Session:
    """The conversation with the kernel over one ``/dev/fuse`` descriptor."""

    def __init__(
        self,
        device: int,
        operations: Operations,
        on_end: Callable[[], None],
        *,
        ready: threading.Event,
        ended: threading.Event,
        passthrough: bool,
        threads: int,
    ) -> None:
        """Serve what comes in on ``device``; ``on_end`` is called once, when nothing more will come.

        ``ready`` is set when the kernel and we have agreed on how to talk, ``ended`` when the file system was
        unmounted. With several ``threads``, reading a file and answering about others go on side by side.
        """
        self.device = device
        self.ready = ready
        self.ended = ended
        self.left = threading.Event()
        """Set when no thread reads ``device`` any more, so that it may be closed."""
        self._operations = operations
        self._on_end = on_end
        self._lock = threading.Lock()
        self._is_over = False
        self._serving = threads
        self._wants_passthrough = passthrough
        self._threads = threads

    def start(self) -> None:
        """Serve in the background, from the INIT request on."""
        for number in range(self._threads):
            threading.Thread(target=self._serve, name=f"fuse-{number}", daemon=True).start()

    def invalidate(self, parent: int, name: str) -> None:
        """Make the kernel look a name up anew.

        Never called from a serving thread: the kernel may hold the directory's lock until that very
        thread has answered.
        """
        raw = name.encode()
        body = kernel.INVAL_ENTRY_OUT.pack(parent, len(raw), 0) + raw + b"\0"
        header = kernel.OUT_HEADER.pack(kernel.OUT_HEADER.size + len(body), kernel.Notify.INVAL_ENTRY, 0)
        try:
            os.writev(self.device, (header, body))
        except OSError as exc:
            if exc.errno not in (errno.ENOENT, errno.ENOTEMPTY, *kernel.DISCONNECTED):
                raise  # else the kernel did not know the name, which is as good

    def _serve(self) -> None:
        channel = Channel(self.device)
        try:
            while (request := channel.receive()) is not None:
                self._answer(channel, request)
            self.ended.set()
        except OSError:
            log.critical("the connection to the kernel is broken", exc_info=True)
        with self._lock:
            is_first, self._is_over = not self._is_over, True
            self._serving -= 1
            is_last = not self._serving
        if is_last:
            self.left.set()
        if is_first:
            self._on_end()

    def _answer(self, channel: Channel, request: Request) -> None:
        try:
            if request.op == Op.INIT:
                self._init(channel, request)
            else:
                self._operations.answer(channel, request)
        except Exception as exc:  # noqa: BLE001 - the guard: whatever happens becomes one errno and a log line
            code = errno_of(exc)
            if request.op not in _UNANSWERED:
                channel.fail(request.unique, code)

    def _init(self, channel: Channel, request: Request) -> None:
        major, minor, readahead, offered = kernel.INIT_IN.unpack_from(request.body)
        if major < kernel.MAJOR or minor < 23:
            channel.fail(request.unique, errno.EPROTO)
            return
        if offered & Init.INIT_EXT:
            offered |= kernel.INIT_FLAGS2.unpack_from(request.body, kernel.INIT_IN.size)[0] << 32
        wanted = (
            Init.ASYNC_READ | Init.DO_READDIRPLUS | Init.PARALLEL_DIROPS | Init.MAX_PAGES
            | Init.CACHE_SYMLINKS | Init.INIT_EXT
        )  # fmt: skip
        if self._wants_passthrough:
            wanted |= Init.PASSTHROUGH
        flags = wanted & offered
        stacked = 1 if flags & Init.PASSTHROUGH else 0
        channel.reply(
            request.unique,
            kernel.INIT_OUT.pack(
                kernel.MAJOR,
                kernel.MINOR,
                min(readahead, _MAX_READAHEAD),
                flags & 0xFFFFFFFF,
                _BACKGROUND,
                _BACKGROUND * 3 // 4,
                kernel.PAGE,
                1,
                kernel.MAX_READ // kernel.PAGE,
                0,
                flags >> 32,
                stacked,
                0,
            ),
        )
        if stacked:
            self._operations.opens.passthrough.enable(self.device)
        self.ready.set()
