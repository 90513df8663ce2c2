"""The files that are open now, and who reads them: the kernel, a trusted blob, or the verifying reader."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Hashable

from mvfs.errors import CorruptObject
from mvfs.mount.blobs import OpenBlob
from mvfs.mount.files import File
from mvfs.mount.gathering import LEAST, Gatherer
from mvfs.mount.opened import Chunks, OpenedFile
from mvfs.mount.options import Options
from mvfs.mount.passthrough import Passthrough
from mvfs.mount.texts import OpenedText, Text
from mvfs.mount.verifier import Verifier
from mvfs.store.reading import Reader
from mvfs.store.trust import Stamps


class Opens:
    """Opened files by handle, one per inode. Methods may be called from several threads."""

    def __init__(self, options: Options, stamps: Stamps) -> None:
        self.passthrough = Passthrough()
        self._options = options
        self._stamps = stamps
        self._lock = threading.Lock()
        self._handles = itertools.count(1)
        self._by_handle: dict[int, OpenedFile | OpenedText] = {}
        self._by_key: dict[Hashable, OpenedFile | OpenedText] = {}
        self._chunks = Chunks()
        self._gatherer = Gatherer(Verifier(stamps))

    def __len__(self) -> int:
        return len(self._by_handle)

    def get(self, handle: int) -> OpenedFile | OpenedText:
        """Return an opened file; KeyError if there is none."""
        return self._by_handle[handle]

    def open(self, node: File | Text) -> OpenedFile | OpenedText:
        """Open a file once more.

        Raises:
            CorruptObject: its manifest is damaged, or its blob changed under the kernel's hands.
        """
        opened = self._again(node)
        if opened is not None:
            return opened
        if isinstance(node, Text):
            return self._open_text(node)
        reader = node.reader()
        blob = self._trusted_blob(node, reader)
        with self._lock:
            raced = self._by_key.get(node.key)
            if raced is None:
                opened = OpenedFile(next(self._handles), node, reader, self._chunks)
                opened.blob = blob
                if blob is None and reader.entry.size >= LEAST:
                    opened.on_third = self._gatherer.add
                if blob is not None and self._options.passthrough:
                    opened.backing = self.passthrough.open(blob.fd)
                self._by_handle[opened.handle] = self._by_key[node.key] = opened
            else:
                opened = raced
                if blob is not None:
                    blob.close()
            opened.opens += 1
        return opened

    def _open_text(self, node: Text) -> OpenedFile | OpenedText:
        with self._lock:
            opened = self._by_key.get(node.key)
            if opened is None:
                opened = OpenedText(next(self._handles), node)
                self._by_handle[opened.handle] = self._by_key[node.key] = opened
            opened.opens += 1
        return opened

    def hold(self, opened: OpenedFile) -> bool:
        """Count one more open of a file that is open still; False if it was closed meanwhile."""
        with self._lock:
            if opened.handle not in self._by_handle:
                return False
            opened.opens += 1
            return True

    def release(self, handle: int) -> None:
        """Close a file once; the last one lets go of everything."""
        with self._lock:
            opened = self._by_handle[handle]
            opened.opens -= 1
            if opened.opens:
                return
            del self._by_handle[handle], self._by_key[opened.key]
            if isinstance(opened, OpenedText):
                return
            if opened.backing:
                self.passthrough.close(opened.backing)
            was_read_changed = bool(opened.backing and opened.blob and not opened.blob.is_unchanged())
            if opened.blob is not None:
                opened.blob.close()
        if was_read_changed:
            self._gatherer.verify(opened.node, opened.reader)  # it tells what nobody could prevent
        elif opened.blob is None:
            self._gatherer.leave(opened.reader)

    def _again(self, node: File | Text) -> OpenedFile | OpenedText | None:
        with self._lock:
            opened = self._by_key.get(node.key)
            if opened is None:
                return None
            opened.opens += 1
        blob = opened.blob
        if not opened.backing or blob is None or self._options.verify == "never" or blob.is_unchanged():
            return opened
        # The kernel reads this file, so it will read it for this open too: all of it must be right, now.
        if blob.verify(self._stamps):
            return opened
        assert isinstance(opened, OpenedFile)
        path = opened.reader.entry.path
        self.release(opened.handle)
        raise CorruptObject(
            f"'{path}' is damaged: the bytes of {blob.path} were changed while it was open; close it"
            " everywhere, and put that file back from a backup of the store",
            path=path,
        )

    def _trusted_blob(self, node: File, reader: Reader) -> OpenBlob | None:
        """Return the node's blob if its bytes are known good; else have it verified for the next time."""
        verify = self._options.verify
        blob = self._gatherer.whole(node, reader) if verify != "always" else None
        if blob is None or verify == "never" or self._stamps.fits(blob.seen, blob.digest):
            return blob
        blob.close()
        self._gatherer.verify(node, reader)
        return None
