"""What an empty store says."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs.text import line
from tui.paint import Span


def welcome(location: str) -> list[Sequence[Span]]:
    """How to log the first version."""
    pad = "    "
    return [
        [],
        [],
        [(pad + "Nothing here yet.", "strong")],
        [],
        [
            (pad + "The store ", "muted"),
            (line(location), "text"),
            (" is empty. Log a file or directory:", "muted"),
        ],
        [],
        [(pad + "  mvfs log ./model my-project/model/my-model -m 'first try'", "accent")],
        [],
        [(pad + "or from Python:", "muted")],
        [],
        [(pad + "  import mvfs", "accent")],
        [(pad + "  with mvfs.init(project='my-project') as run:", "accent")],
        [(pad + "      run.log_artifact('./model', name='my-model', type='model')", "accent")],
        [],
        [(pad + "Then press ", "muted"), ("r", "strong"), (" here.", "muted")],
    ]
