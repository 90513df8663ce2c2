"""The figures of one run, side by side, and whether they reach the bars."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from table import print_table

from far.measures import Figure

OURS = "mvfs"
FUSE = ("rclone mount", "s3fs-fuse")
_UNITS = {"large": ("MB/s", 1e6), "small": ("files/s", 1), "stream": ("MB/s", 1e6), "page": ("ms", 0)}


@dataclass
class Figures:
    """All that was measured: by measure, place and program."""

    found: dict[tuple[str, str, str], list[Figure]] = field(default_factory=dict)
    trips: dict[str, float] = field(default_factory=dict)
    """The seconds of a round trip to each place."""
    failed: list[str] = field(default_factory=list)
    """What could not be measured, and why."""

    def add(self, measure: str, place: str, who: str, figure: Figure) -> None:
        """Take one more figure."""
        self.found.setdefault((measure, place, who), []).append(figure)

    def value(self, measure: str, place: str, who: str) -> float | None:
        """The median of a program's figures, in the measure's unit; None where there is none."""
        figures = self.found.get((measure, place, who))
        if not figures:
            return None
        seconds = statistics.median(figure.seconds for figure in figures)
        _, scale = _UNITS[measure]
        return figures[0].amount / seconds / scale if scale else seconds * 1e3

    def who(self, measure: str, place: str) -> list[str]:
        """The programs that were measured, in the order in which they were."""
        return [who for what, where, who in self.found if (what, where) == (measure, place)]

    def ratio(self, measure: str, place: str, peers: Sequence[str] | None = None) -> tuple[float, str] | None:
        """How many times as good our figure is as that of the best of some peers, and who that is."""
        mine = [who for who in self.who(measure, place) if who.startswith(OURS)][:1]
        rest = [w for w in self.who(measure, place) if not w.startswith(OURS) and (not peers or w in peers)]
        if not mine or not rest:
            return None
        own = self.value(measure, place, mine[0])
        best = max(rest, key=lambda who: self.value(measure, place, who) or 0)
        theirs = self.value(measure, place, best)
        return (own / theirs, best) if own and theirs else None

    def round_trips(self, place: str, who: str) -> float | None:
        """How many of them a program's first page takes."""
        value = self.value("page", place, who)
        return value / 1e3 / self.trips[place] if value is not None else None

    def to_json(self) -> dict[str, object]:
        """The medians by measure, place and program, in the units of the tables."""
        found: dict[str, dict[str, dict[str, float | None]]] = {}
        for measure, place, who in self.found:
            by_place = found.setdefault(measure, {}).setdefault(place, {})
            by_place[who] = self.value(measure, place, who)
        return {"figures": found, "round_trips": self.trips, "failed": self.failed}


def show(figures: Figures, titles: dict[str, str]) -> None:
    """Print one table for each measure."""
    for measure, title in titles.items():
        places = [place for place in ("plain", "far") if figures.who(measure, place)]
        if not places:
            continue
        names = list(dict.fromkeys(who for place in places for who in figures.who(measure, place)))
        rows = [[who, *_cells(figures, measure, places, who)] for who in names]
        unit = _UNITS[measure][0]
        trips = "round trips" if measure == "page" else "mvfs is"
        headers = [title, *(word for place in places for word in (f"{place}, {unit}", trips))]
        print_table(headers, rows)
        print()


def _cells(figures: Figures, measure: str, places: Sequence[str], who: str) -> list[str]:
    cells = []
    for place in places:
        value = figures.value(measure, place, who)
        ratio = figures.ratio(measure, place, [who])
        cells.append("-" if value is None else f"{value:,.1f}" if value < 100 else f"{value:,.0f}")
        if measure == "page":
            trips = figures.round_trips(place, who)
            cells.append(f"{trips:.1f}" if trips is not None and place == "far" else "")
        else:
            cells.append(f"{ratio[0]:.2f}x" if ratio else "")
    return cells


def show_bars(figures: Figures) -> None:
    """Print each bar with what was reached."""
    trips = figures.round_trips("far", "mvfs mount")
    rows = [
        _bar(figures, "large get, plain: the fastest peer", "large", "plain", None, 0.9),
        *(_bar(figures, f"large get, far: {who}", "large", "far", [who], 3) for who in FUSE),
        _bar(figures, "small files, far: the best FUSE peer", "small", "far", FUSE, 10),
        _bar(figures, "mount, stream, far: the best peer", "stream", "far", None, 2),
    ]
    found = "not measured" if trips is None else f"{trips:.1f}"
    rows.append(
        [
            "first page, far: round trips",
            "<= 2",
            found,
            "",
            _verdict(trips <= 2 if trips is not None else None),
        ]
    )
    print_table(["bar", "wanted", "found", "against", ""], rows)


def _bar(
    figures: Figures, title: str, measure: str, place: str, peers: Sequence[str] | None, wanted: float
) -> list[str]:
    ratio = figures.ratio(measure, place, peers)
    if ratio is None:
        return [title, f">= {wanted:g}x", "not measured", "", ""]
    return [title, f">= {wanted:g}x", f"{ratio[0]:.2f}x", ratio[1], _verdict(ratio[0] >= wanted)]


def _verdict(is_met: bool | None) -> str:
    return "" if is_met is None else "met" if is_met else "MISSED"
