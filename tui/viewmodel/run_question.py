"""From what is typed after ``/`` over runs to the question that the index answers."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs.query import parser
from mvfs.query.fields import RUNS
from mvfs.query.tree import Tree
from tui.viewmodel.question import Language
from tui.viewmodel.run_columns import SUMMARY, Key

_SMALL_IS_GOOD = ("loss", "err", "wer", "cer", "ppl", "perplexity", "mse", "mae", "fid", "latency")
"""Words in metrics of which the smallest values are wanted first."""

_FIXED = ("-created", "name", "state", "-duration", "job_type", "group")
"""What runs can be sorted by beside their values."""


class RunLanguage(Language):
    """As for versions, but that a word which is no field stands for a key that runs have: ``acc`` for
    ``summary.val/acc``.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(RUNS, {})
        self._fields = RUNS
        self._labels: dict[str, str] = {}
        for key in sorted(keys, key=lambda key: key.place != SUMMARY):
            for word in (key.path, key.path.replace(".", "/").rpartition("/")[2]):
                self._labels.setdefault(word.lower(), key.label)

    def tree(self, text: str) -> Tree:
        """The query that a text is; words are looked for in what runs are called, and their tags and notes.

        Raises:
            InvalidInput: it looks like a query and is none.
        """
        found = super().tree(text)
        return parser.parse(text, RUNS) if found is None else found

    def _long_key(self, written: str) -> str:
        return self._labels.get(written.lower(), written)


def sort_keys(keys: Sequence[Key]) -> list[str]:
    """What runs can be sorted by: metrics first, each beginning with what is wanted of it."""
    metrics = [key for key in keys if key.place == SUMMARY]
    settings = [key.label for key in keys if key.place != SUMMARY]
    return [_FIXED[0], *map(_wanted_first, metrics), *settings, *_FIXED[1:]]


def _wanted_first(key: Key) -> str:
    small = any(word in key.path.lower() for word in _SMALL_IS_GOOD)
    return key.label if small else f"-{key.label}"
