"""How urgent an alert is."""

from __future__ import annotations

from enum import Enum


class AlertLevel(Enum):
    """W&B's levels of `Run.alert`."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
