"""The keys that move a cursor: by one, by half a page, by a page, to an end."""

from __future__ import annotations


class Stepping:
    """Base of widgets that have a cursor. A kind says what a `step` is, and how many make a `page`."""

    def step(self, by: int) -> None:
        """Move the cursor on, or back if ``by`` is negative; no further than to the end."""
        raise NotImplementedError

    def to_end(self, *, last: bool) -> None:
        """Move the cursor to the last place, or to the first."""
        raise NotImplementedError

    @property
    def page(self) -> int:
        """Steps that a page has; at least 1."""
        raise NotImplementedError

    def action_down(self) -> None:
        """Move one on."""
        self.step(1)

    def action_up(self) -> None:
        """Move one back."""
        self.step(-1)

    def action_half_down(self) -> None:
        """Move half a page on."""
        self.step((self.page + 1) // 2)

    def action_half_up(self) -> None:
        """Move half a page back."""
        self.step(-((self.page + 1) // 2))

    def action_page_down(self) -> None:
        """Move a page on."""
        self.step(self.page)

    def action_page_up(self) -> None:
        """Move a page back."""
        self.step(-self.page)

    def action_first(self) -> None:
        """Move to the first place."""
        self.to_end(last=False)

    def action_last(self) -> None:
        """Move to the last place."""
        self.to_end(last=True)
