"""Sizes, ages, widths and columns."""

import pytest

from mvfs import units
from mvfs.cli.table import table


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 KiB"), (1536, "1.5 KiB"), (102_400, "100 KiB"),
     (1023 * 1024, "1.0 MiB"), (5 << 30, "5.0 GiB"), (1 << 60, "1024 PiB")],
)  # fmt: skip
def test_size(count: int, shown: str) -> None:
    assert units.size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (86400 * 3, "3 d"), (86400 * 400, "1 y")],
)
def test_age(seconds: int, shown: str) -> None:
    assert units.age(10**15, 10**15 + seconds * 1_000_000) == shown


@pytest.mark.parametrize("moment", [2**63, -(2**63), 10**18])
def test_times_that_cannot_be_are_shown_as_unknown(moment: int) -> None:
    assert units.moment(moment) == "?"
    assert units.iso(moment) == "?"


def test_columns_line_up_whatever_the_script() -> None:
    lines = table(["NAME", ">SIZE"], [["모델", "1 B"], ["model", "100 B"], ["a\x1bb", "2 B"]])
    assert lines == ["NAME    SIZE", "모델     1 B", "model  100 B", "a␛b      2 B"]


def test_no_rows_no_headers() -> None:
    assert table(["A"], []) == []
