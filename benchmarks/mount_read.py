"""How fast files are read and listed through the mount, beside the file system below and others' mounts.

    python benchmarks/mount_read.py [--size-mib 2048] [--files 100000] [--rounds 5] [--dir DIR] [--only NAMES]

Claims: with passthrough, reads and page faults at 0.9 of the plain file or better; an ordinary user's first
read of bytes that the page cache holds at twice that of a mount by libfuse and Python, or 1.5 GB/s; find with
stat at 2.5 times ext4 or less.

Run as root to see all kinds of mount; anyone else sees the ordinary user's. Columns: *disk* is a read after
the bytes below left the page cache, *first* one where it holds those bytes and no page of the mount's own,
*again* the next one. Figures are medians of the rounds, taken turn by turn, forwards and backwards. The
others mount the plain directory, ratarmount an archive of it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from near.bench import Bench
from near.kinds import Kind, all_kinds
from near.measures import MIB, drop, found, scattered, sequential, tensors, touched
from near.people import as_user, import_everything
from table import print_table

Figures = dict[str, dict[str, float]]


def reads(bench: Bench, kind: Kind) -> dict[str, float]:
    """Measure reads of the two large files."""
    figures: dict[str, float] = {}
    plain = bench.plain / "big"
    with kind.reach(bench) as reached:
        for name, file, measure in (
            ("read", "model.bin", sequential),
            ("mmap", "model.bin", touched),
            ("4k", "model.bin", scattered),
            ("safetensors", "model.safetensors", tensors),
        ):
            path = reached.big / file
            below = bench.below(reached.below, (plain / file).stat().st_size)
            drop(path)
            drop(below)
            figures[f"{name} disk"] = measure(path)
            drop(path)
            drop(below)  # else what was read at random stays in single pages below a mount, but not beside it
            sequential(below)
            figures[f"{name} first"] = measure(path)
            figures[f"{name} again"] = measure(path)
    return figures


def walks(bench: Bench, kind: Kind, files: int) -> dict[str, float]:
    """Measure find with stat over many files, with and without what the kernel remembers of them."""
    if os.getuid() == 0:
        Path("/proc/sys/vm/drop_caches").write_text("2")
    with kind.reach(bench) as reached:
        return {f"find {turn}": found(reached.many, files) for turn in ("first", "again")}


def measure_all(kinds: Sequence[Kind], args: argparse.Namespace) -> Figures:
    """Make what is read, then measure each kind in turn, round by round; return medians."""
    homes = {kind.uid: Path(tempfile.mkdtemp(prefix="mvfs-bench-", dir=args.dir)) for kind in kinds}
    figures: dict[str, dict[str, list[float]]] = {kind.name: {} for kind in kinds}
    needs_archive = any(kind.name == "ratarmount" for kind in kinds)

    def make(uid: int) -> None:
        sizes = args.size_mib * MIB, args.tensors_mib * MIB, args.files
        archive = needs_archive and uid == os.getuid()
        as_user(uid, lambda: Bench(homes[uid]).make(*sizes, archive=archive))

    def measure(kind: Kind) -> None:
        bench = Bench(homes[kind.uid])
        values = as_user(kind.uid, lambda: reads(bench, kind))
        values |= as_user(kind.uid, lambda: walks(bench, kind, args.files))
        for name, value in values.items():
            figures[kind.name].setdefault(name, []).append(value)

    try:
        for uid, home in homes.items():
            os.chmod(home, 0o755)
            os.chown(home, uid, -1)
            make(uid)
        for number in range(args.rounds):
            for kind in kinds[:: -1 if number % 2 else 1]:  # below a virtual disk there is a cache, too
                print(f"round {number + 1}: {kind.name}", file=sys.stderr)
                measure(kind)
    finally:
        for home in homes.values():
            shutil.rmtree(home, ignore_errors=True)
    return {
        kind: {name: statistics.median(values) for name, values in found.items()}
        for kind, found in figures.items()
    }


def show(figures: Figures, args: argparse.Namespace) -> None:
    """Print the tables."""
    plain = figures["plain file"]
    for name, unit in (
        ("read", f"GB/s, {args.size_mib} MiB by 1 MiB"),
        ("mmap", "GB/s, every page touched"),
        ("4k", "1000/s, at random places"),
        ("safetensors", f"GB/s, {args.tensors_mib} MiB opened and loaded"),
    ):
        rows = []
        for kind, values in figures.items():
            row = [kind]
            for turn in ("disk", "first", "again"):
                value = values[f"{name} {turn}"]
                row += [f"{value:.2f}", f"{value / plain[f'{name} {turn}']:.2f}x"]
            rows.append(row)
        print_table([f"{name} ({unit})", "disk", "", "first", "", "again", ""], rows)
        print()
    rows = []
    for kind, values in figures.items():
        first, again = values["find first"], values["find again"]
        ratios = [f"{first / plain['find first']:.2f}x", f"{again / plain['find again']:.2f}x"]
        rows.append([kind, f"{first:.2f}", ratios[0], f"{again:.2f}", ratios[1]])
    print_table([f"find and stat (s, {args.files} files)", "first", "", "again", ""], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size-mib", type=int, default=2048)
    parser.add_argument("--tensors-mib", type=int, default=1024)
    parser.add_argument("--files", type=int, default=100_000, help="a multiple of 1000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", default="/var/tmp", help="on the file system to compare with")
    parser.add_argument(
        "--only", help="kinds whose names have one of these words (,) in them, and the plain file"
    )
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    import_everything()
    kinds = list(all_kinds())
    if args.only:
        kinds = [kinds[0], *(k for k in kinds[1:] if any(word in k.name for word in args.only.split(",")))]
    figures = measure_all(kinds, args)
    if args.json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures, args)


if __name__ == "__main__":
    main()
