"""Leaves the terminal as it was when the UI is told from outside to end."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""By default, they would end the process at once, on the alternate screen and with the mouse taken."""

HANGUP = 128 + signal.SIGHUP
"""The exit code when the terminal has gone."""


def heed(end: Callable[[int], object]) -> None:
    """Have ``end`` called with the exit code that tells of the signal; on the running event loop.

    What is ignored, as SIGHUP is below nohup, stays so.
    """
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, end, 128 + number)
    threading.Thread(target=_await_hangup, args=(loop, end), name="hangup", daemon=True).start()


def _await_hangup(loop: asyncio.AbstractEventLoop, end: Callable[[int], object]) -> None:
    """End also where the terminal goes and nobody sends a signal: reading it would go on for ever in vain."""
    look = select.poll()
    look.register(sys.__stdin__ or 0, 0)  # a terminal that has gone is told of unasked
    look.poll()
    loop.call_soon_threadsafe(end, HANGUP)


def let_go() -> None:
    """Write nowhere from now on: what Python writes out at its end would fail where the terminal has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
