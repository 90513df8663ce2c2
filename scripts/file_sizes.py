"""Checks that files stay small: none over 600 lines, the median at most 150."""

import statistics
import sys
from pathlib import Path

LIMIT = 600
MEDIAN = 150


def main() -> int:
    """Print offenders and return 1 if there are any."""
    files = [path for top in ("mvfs", "tui") for path in Path(top).rglob("*.py")]
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    large = [path for path, count in lines.items() if count > LIMIT]
    for path in large:
        print(f"{path}: {lines[path]} lines; split it by subject (at most {LIMIT})")
    median = statistics.median(lines.values())
    print(f"{len(files)} files, median {median:.0f} lines, longest {max(lines.values())}")
    if median > MEDIAN:
        print(f"the median is over {MEDIAN}")
    return 1 if large or median > MEDIAN else 0


if __name__ == "__main__":
    sys.exit(main())
