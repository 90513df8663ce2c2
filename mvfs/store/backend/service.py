"""What an object store must offer: single requests, each sent once, and `Refused` for whatever is no yes.

`mvfs.store.backend.objects` makes the eight verbs of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import msgspec

from mvfs.store.backend import uploads

Bytes = bytes | bytearray | memoryview


class Found(msgspec.Struct, frozen=True):
    """What a bucket knows of an object."""

    size: int
    """Bytes."""
    modified: int
    """Nanoseconds since 1970 by the bucket's clock."""
    tag: str
    """Changes whenever the object does."""


class Page(msgspec.Struct, frozen=True):
    """A part of a listing."""

    items: Sequence[tuple[str, Found]]
    """Whole keys, in their order."""
    more: str | None
    """What to ask for the next part with; None at the end."""


class Parts(ABC):
    """A large object on its way, in parts."""

    at_once: int
    """How many parts may be sent at the same time."""

    @abstractmethod
    def send(self, number: int, offset: int, body: memoryview) -> None:
        """Send a part, counted from 0; sending it again does no harm."""

    @abstractmethod
    def finish(self) -> None:
        """Make an object of the parts."""

    def end(self) -> None:
        """Give back the space of parts that will never be an object, where that does not happen by itself."""
        return


class Service(ABC):
    """The single requests to one bucket, by whole keys, from any thread of the process that made it."""

    forbids_what_is_taken = False
    """Whether 403 on a create may mean that the key is taken: so it is put to who may never overwrite."""

    @abstractmethod
    def head(self, key: str) -> Found:
        """Look an object up."""

    @abstractmethod
    def fetch(self, key: str, offset: int, length: int) -> bytes:
        """Return up to ``length`` (≥ 1) bytes; status 416 where there are none."""

    def read_into(self, key: str, offset: int, view: memoryview) -> int:
        """Fill ``view`` with what `fetch` returns; return how many bytes that were."""
        data = self.fetch(key, offset, len(view))
        view[: len(data)] = data
        return len(data)

    @abstractmethod
    def page(self, prefix: str, after: str, token: str | None) -> Page:
        """Return some objects in key order; those up to ``after`` may be among them."""

    @abstractmethod
    def put(self, key: str, body: Bytes, *, absent: bool = False, tag: str | None = None) -> None:
        """Write an object in one request: always, or only where there is none, or while it has a tag."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object."""

    @abstractmethod
    def begin(self, key: str, size: int) -> Parts:
        """Begin to write a large object."""

    def spellings(self, tag: str) -> Sequence[str]:
        """The ways to write a tag in a condition, for servers differ; the first that is met counts."""
        return (tag,)

    def unfinished(self, prefix: str) -> Iterable[uploads.Upload]:  # noqa: ARG002
        """Return the uploads that take space until somebody ends them."""
        return ()

    def end(self, key: str, upload: str) -> None:  # noqa: ARG002
        """End one of those, by its id."""
        return

    def abandon(self) -> None:
        """Let go of what only the process that made this may close: this is a fork of it."""
        return
