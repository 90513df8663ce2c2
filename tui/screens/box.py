"""A small box over the screen: what all of them share."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

Result = TypeVar("Result")


class Box(ModalScreen[Result]):
    """Closes on escape with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
        Binding("ctrl+c", "close", "close", show=False),
    ]

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)
