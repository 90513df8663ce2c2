"""The places that were visited, so that one comes back to them."""

from __future__ import annotations

_MOST = 200
"""Places that are remembered."""


class History:
    """Places as texts: one present, others before and after it."""

    def __init__(self, first: str) -> None:
        self._places = [first]
        self._at = 0
        self._last: str | None = None

    @property
    def present(self) -> str:
        """Where one is."""
        return self._places[self._at]

    def note(self, place: str) -> None:
        """Say what the present place has become: its filter, sort and cursor move without being a visit."""
        self._places[self._at] = place

    def go(self, place: str) -> None:
        """Visit a place; those that one had come back from are forgotten."""
        self._last = self.present
        del self._places[self._at + 1 :]
        self._places = [*self._places[1 - _MOST :], place]
        self._at = len(self._places) - 1

    def step(self, by: int) -> str | None:
        """Go back (-1) or forward (1); None where there is nothing."""
        if not 0 <= self._at + by < len(self._places):
            return None
        self._last = self.present
        self._at += by
        return self.present

    def has(self, by: int) -> bool:
        """Whether there is something that many steps away."""
        return 0 <= self._at + by < len(self._places)

    @property
    def last(self) -> str | None:
        """Where one was before the present place, whatever way one came."""
        return self._last
