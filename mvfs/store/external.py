"""Reads files whose bytes are not in the store: from where their references lead.

There is no hash to check these bytes against. What is checked, on every request, is that the object is
still the recorded one, by size and ETag, version or time.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Iterator

from mvfs import text
from mvfs.errors import MvfsError
from mvfs.references.reference import Reference, changed_source
from mvfs.store.manifest.records import FileEntry


class ReferenceReader:
    """Reads ranges of one external file. Reads that go on where the last one ended share one long answer."""

    def __init__(self, entry: FileEntry, reference: Reference) -> None:
        self.entry = entry
        self._reference = reference
        self._lock = threading.Lock()
        self._stream: Generator[bytes, None, None] | None = None
        self._rest = b""
        self._position = 0
        """Where the last read ended, and the open answer goes on."""

    def whole_blob(self) -> str | None:
        """None: no blob holds the file."""
        return None

    def read(self, offset: int, length: int) -> bytes:
        """Return the file's bytes from ``offset``: ``length`` of them, or fewer at its end.

        Raises:
            SourceChanged: the object is no longer the recorded one.
            InvalidInput: the reference leads where it must not.
            NotFound, NoPermission, Unavailable: it cannot be read now.
        """
        end = min(offset + length, self.entry.size)
        if offset >= end:
            return b""
        with self._lock, self._telling():
            was_open = self._stream is not None
            if offset == self._position:
                try:
                    return self._read_on(end)
                except MvfsError:
                    self._close()
                    if not was_open:
                        raise  # else the answer was cut off, perhaps because nobody had read it for long
            self._close()
            data = _read_range(self._reference, offset, end)
            self._position = end
            return data

    def read_into(self, offset: int, view: memoryview) -> int:
        """Fill ``view`` with the file's bytes from ``offset``; return their number. Raises as `read`."""
        data = self.read(offset, len(view))
        view[: len(data)] = data
        return len(data)

    def _read_on(self, end: int) -> bytes:
        """The bytes up to ``end``, out of the open answer or a new one."""
        from mvfs.references.lookup import stream  # brings in HTTP, which few commands need

        if self._stream is None:
            self._stream = stream(self._reference, self._position)
        parts, missing = [self._rest], end - self._position - len(self._rest)
        while missing > 0:
            piece = next(self._stream, None)
            if piece is None:
                raise changed_source(self._reference, f"it has fewer than {self.entry.size} bytes")
            parts.append(piece)
            missing -= len(piece)
        data = b"".join(parts)
        data, self._rest = data[: end - self._position], data[end - self._position :]
        self._position = end
        if end == self.entry.size:
            for _ in self._stream:  # nothing comes any more, but that must be seen
                pass
            self._close()
        return data

    def _close(self) -> None:
        """Let go of the open answer."""
        if self._stream is not None:
            self._stream.close()
        self._stream, self._rest = None, b""

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Say which file it is that cannot be read."""
        try:
            yield
        except MvfsError as exc:
            message = f"'{text.line(self.entry.path)}' is a reference: {exc.message}"
            raise type(exc)(message, **exc.fields | {"path": self.entry.path}) from exc


def _read_range(reference: Reference, start: int, end: int) -> bytes:
    from mvfs.references.lookup import read_range

    return read_range(reference, start, end)
