"""What a logged point costs: `run.log` and `finish` for a million of them, beside W&B offline and trackio.

    python benchmarks/runs.py [--points 1000000] [--peers PYTHON]

``--peers`` is a Python that has ``wandb`` and ``trackio`` installed. Each logs three values per point, in a
process of its own; of the peers a tenth of the points is enough. Shown is the time until all is logged, the
time until the run has ended, and what all of it takes on the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from table import print_table

LOG = """
import json, sys, time
points = int(sys.argv[1])
{begin}
began = time.perf_counter()
for n in range(points):
    run.log({{"loss": 1 / (n + 1), "acc": n / points, "epoch": n // 1000}})
logged = time.perf_counter()
{end}
json.dump([logged - began, time.perf_counter() - began], open("times.json", "w"))
"""

READ = """
import sys, time, json, mvfs
began = time.perf_counter()
count = sum(1 for _ in mvfs.Api().run("bench/bench").scan_history())
json.dump([count, time.perf_counter() - began], open("times.json", "w"))
"""

OURS = ("WANDB_", "MVFS_", "XDG_")

PEERS = {
    "mvfs": ('import mvfs; run = mvfs.init(project="bench", id="bench")', "run.finish()"),
    "wandb offline": (
        'import wandb; run = wandb.init(project="bench", mode="offline")',
        "run.finish()",
    ),
    "trackio": (
        'import trackio as run; run.init(project="bench")',
        "run.finish()",
    ),
}


def measure(python: str, source: str, points: int, home: Path) -> list[float]:
    """Run a script in a home of its own; return what it measured."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(OURS)},
        "HOME": str(home), "MVFS_STORE": str(home / "store"), "WANDB_DIR": str(home),
        "TRACKIO_DIR": str(home / "trackio"), "PYTHONPATH": str(Path(__file__).parents[1]),
    }  # fmt: skip
    (home / "script.py").write_text(source)
    subprocess.run(
        [python, "script.py", str(points)], cwd=home, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    found: list[float] = json.loads((home / "times.json").read_text())
    return found


def size(folder: Path) -> int:
    """Bytes of all files."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--peers", default=sys.executable, help="a Python with wandb and trackio")
    parser.add_argument("--only", action="append", choices=PEERS)
    args = parser.parse_args()
    rows = []
    for name in args.only or PEERS:
        begin, end = PEERS[name]
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            python = sys.executable if name == "mvfs" else args.peers
            points = args.points if name == "mvfs" else min(args.points, 100_000)
            try:
                logged, ended = measure(python, LOG.format(begin=begin, end=end), points, home)
            except subprocess.CalledProcessError:
                rows.append([name, "not installed, or fails", "", "", ""])
                continue
            rows.append([
                name, f"{points:,}", f"{logged / points * 1e6:.1f}", f"{ended / points * 1e6:.1f}",
                f"{size(home) / points:.1f}",
            ])  # fmt: skip
            if name == "mvfs":
                count, seconds = measure(python, READ, points, home)
                rows.append(["mvfs, reading", f"{count:,.0f}", f"{seconds / count * 1e6:.1f}", "", ""])
    print_table(["", "points", "µs per call", "with finish", "bytes per point"], rows)


if __name__ == "__main__":
    main()
