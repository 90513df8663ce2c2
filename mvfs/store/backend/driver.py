"""What a cloud's driver must offer: single requests, each sent once, and `Refused` for whatever is no yes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import msgspec


class Found(msgspec.Struct, frozen=True):
    """What a cloud knows of an object."""

    size: int
    """Bytes."""
    modified: int
    """Nanoseconds since 1970 by the cloud's clock."""
    tag: str
    """Changes whenever the object does."""


class Page(msgspec.Struct, frozen=True):
    """A part of a listing."""

    items: Sequence[tuple[str, Found]]
    """Whole keys, in their order."""
    more: str | None
    """What to ask for the next part with; None at the end."""


class Upload(ABC):
    """A large object on its way, in parts."""

    at_once: int
    """How many parts may be sent at the same time."""

    @abstractmethod
    async def send(self, number: int, offset: int, body: bytes) -> None:
        """Send a part; sending it again does no harm."""

    @abstractmethod
    async def finish(self) -> None:
        """Make an object of the parts; doing it again does no harm."""


class Driver(ABC):
    """The single requests of a cloud to one bucket, by whole keys. Belongs to the process that made it."""

    loop: Any
    """The event loop that its coroutines must run on."""

    @abstractmethod
    async def stat(self, key: str) -> Found:
        """Look an object up."""

    @abstractmethod
    async def read(self, key: str, offset: int, length: int) -> bytes:
        """Return up to ``length`` (≥ 1) bytes; status 416 where there are none."""

    @abstractmethod
    async def page(self, prefix: str, after: str, token: str | None) -> Page:
        """Return some objects in key order; those up to ``after`` may be among them."""

    @abstractmethod
    async def write(self, key: str, body: bytes, *, absent: bool = False, tag: str | None = None) -> None:
        """Write an object in one request: always, or only where there is none, or while it has a tag."""

    @abstractmethod
    async def begin(self, key: str, size: int) -> Upload:
        """Begin to write a large object."""

    @abstractmethod
    async def remove(self, key: str) -> None:
        """Delete an object."""

    @abstractmethod
    def abandon(self) -> None:
        """See to it that nothing is closed at exit: this is a fork of the process that made the driver."""
