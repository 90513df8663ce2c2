"""`Histogram`: how many values fall between which edges."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mvfs.errors import InvalidInput


class Histogram:
    """Counts between edges; logged as a map of both."""

    MAX_LENGTH = 512

    def __init__(self, sequence: Any = None, np_histogram: Any = None, num_bins: int = 64) -> None:
        """Count ``sequence`` in ``num_bins`` bins (needs numpy), or take ``np_histogram``, counts and edges.

        Raises:
            InvalidInput: there are more than 512 bins, or edges and counts do not fit.
        """
        if np_histogram is None:
            np_histogram = import_module("numpy").histogram(sequence, bins=num_bins)
        if len(np_histogram) != 2:
            raise InvalidInput(
                "Expected np_histogram to be a tuple of (values, bin_edges) or sequence to be specified"
            )
        counts, edges = np_histogram
        self.histogram: list[float] = counts.tolist() if hasattr(counts, "tolist") else list(counts)
        self.bins: list[float] = edges.tolist() if hasattr(edges, "tolist") else list(edges)
        if len(self.histogram) > self.MAX_LENGTH:
            raise InvalidInput(f"The maximum length of a histogram is {self.MAX_LENGTH}")
        if len(self.histogram) + 1 != len(self.bins):
            raise InvalidInput("len(bins) must be len(histogram) + 1")

    def to_json(self, run: object = None) -> dict[str, Any]:  # noqa: ARG002 - W&B's signature
        """Return what is logged."""
        return {"_type": "histogram", "values": self.histogram, "bins": self.bins}
