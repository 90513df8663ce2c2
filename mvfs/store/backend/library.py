"""A file system of fsspec's: connections and credentials that we use, on an event loop that nobody sees."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Library:
    """One such file system."""

    def __init__(self, file_system: Any) -> None:  # fsspec has no types
        self._fs = file_system

    def run(self, request: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the file system's loop, and wait for it."""
        from fsspec.asyn import sync  # takes long to import

        return sync(self._fs.loop, lambda: request)  # type: ignore[no-any-return]

    def abandon(self) -> None:
        """See to it that a fork closes nothing of the parent's, at exit neither.

        To close its sockets would make the parent deaf on them, and to close them on its event loop would
        wait for ever for a thread that was not forked.
        """
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._fs))
        for one in list(weakref.finalize._registry):  # type: ignore[attr-defined]  # noqa: SLF001
            if (watched := one.peek()) and watched[0] is self._fs:
                one.detach()
