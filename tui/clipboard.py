"""The terminal's clipboard."""

from __future__ import annotations

import base64
from typing import Any

from textual.app import App

_MOST = 74_994
"""Bytes, encoded, that terminals take."""


def copy(app: App[Any], text: str) -> bool:
    """Put text into the clipboard by OSC 52, which works over SSH; False if it is too long for that."""
    text = text.encode("utf-8", "replace").decode()
    if len(base64.b64encode(text.encode())) > _MOST:
        return False
    app.copy_to_clipboard(text)
    return True
