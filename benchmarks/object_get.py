"""How fast versions come out of a bucket, against the programs that people use, on one server in one run.

    python benchmarks/object_get.py [--size-mib 1024] [--files 10000] [--repeat 3] [--only MEASURE[,…]]
                                    [--place plain,far] [--delay-ms 20] [--mb-s 90] [--dir DIR]

Starts a radosgw of its own. *plain* is the server on loopback; *far* is the same behind a proxy that holds
the first byte of each answer back and limits each connection. Measures: ``large`` (get of one file to disk),
``small`` (get of many files of 4 KiB), ``stream`` (one file read through a mount), ``page`` (4 KiB anywhere
in it, right after open). All are cold, and what arrives is compared with what was put there.
``make bench-s3`` installs the peers first.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["MVFS_CACHE"] = "off"  # of this process: those that are measured have environments of their own

from far import copiers, measures, mounts
from far.contents import FOLDERS, LARGE, MIB, Contents, Wrong, fill
from far.copiers import Copier
from far.figures import Figures, show, show_bars
from far.measures import Figure
from far.mounts import Mount
from far.place import Place, radosgw
from far.processes import Failed

Task = Callable[[Place, Contents, Path], Figure]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size-mib", type=int, default=1024, help="of the large file")
    parser.add_argument("--files", type=int, default=10_000, help="small files, a multiple of 100")
    parser.add_argument("--repeat", type=int, default=3, help="figures of which the median is shown")
    parser.add_argument("--only", default="large,small,stream,page", help="measures")
    parser.add_argument("--place", default="plain,far", help="where from")
    parser.add_argument("--who", default="", help="only programs whose names contain one of these")
    parser.add_argument("--delay-ms", type=float, default=20)
    parser.add_argument("--mb-s", type=float, default=90, help="of each connection; 0: unlimited")
    parser.add_argument("--dir", default="/var/tmp", help="where copies and caches are written")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, _ended)
    work = Path(tempfile.mkdtemp(prefix="mvfs-bench-", dir=args.dir))
    missing: list[str] = []
    try:
        tasks, missing = _tasks(args.only.split(","), [word for word in args.who.split(",") if word])
        _tell_missing(missing)
        with radosgw() as place, place.from_afar(args.delay_ms, args.mb_s) as far:
            say(f"filling the bucket: a file of {args.size_mib} MiB, {args.files} small ones")
            contents = fill(place, work, args.size_mib * MIB, args.files)
            places = [one for one in (place, far) if one.name in args.place.split(",")]
            figures = _measure(tasks, places, contents, work, args.repeat)
            figures.trips = {one.name: one.round_trip(f"plain/{LARGE}") for one in places}
    except Failed as exc:
        sys.exit(f"object_get: {exc}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if args.json:
        print(json.dumps(figures.to_json() | {"missing": missing}, indent=2))
        sys.exit(1 if figures.failed else 0)
    print()
    size, count = f"{args.size_mib} MiB", f"{args.files:,} files of 4 KiB"
    titles = {
        "large": f"get of {size}",
        "small": f"get of {count}",
        "stream": f"mount: {size} in sequence",
        "page": "mount: 4 KiB after open",
    }
    show(figures, titles)
    show_bars(figures)
    trips = ", ".join(f"{place} {seconds * 1e3:.1f} ms" for place, seconds in figures.trips.items())
    print(
        f"\nfar: {args.delay_ms:g} ms, {args.mb_s:g} MB/s per connection. Medians of {args.repeat}, all cold."
        f" A round trip, with 4 KiB: {trips}."
        f" Out of mounts, {args.files * measures.FEW // FOLDERS} of the small files are copied."
        " Nobody syncs its copies."
    )
    for trouble in figures.failed:
        say(f"FAILED: {trouble}")
    _tell_missing(missing)
    sys.exit(1 if figures.failed else 0)


def _tasks(wanted: list[str], who: list[str]) -> tuple[list[tuple[str, str, Task]], list[str]]:
    """What is to be measured of whom, as (measure, program, task), and the peers that are missing."""
    copying, no_copier = copiers.others()
    mounting, no_mount = mounts.others()
    all_mounts = [mounts.ours(), *mounting]
    everybody: list[Copier | Mount] = [copiers.ours(), *copying, *all_mounts]
    ways: dict[str, tuple[list[Copier | Mount], Callable[..., Figure]]] = {
        "large": (everybody, measures.copy_large),
        "small": (everybody, measures.copy_small),
        "stream": ([*all_mounts], measures.stream),
        "page": ([*all_mounts], measures.first_page),
    }
    tasks: list[tuple[str, str, Task]] = []
    for name in wanted:
        if name not in ways:
            sys.exit(f"object_get: no measure '{name}'; there are {', '.join(ways)}")
        programs, measure = ways[name]
        chosen = [one for one in programs if not who or any(word in one.name for word in who)]
        tasks += [(name, one.name, partial(measure, one)) for one in chosen]
    return tasks, [*no_copier, *no_mount]


def _measure(
    tasks: list[tuple[str, str, Task]], places: list[Place], contents: Contents, work: Path, repeat: int
) -> Figures:
    """Measure everything in turn, round by round, so that what disturbs the machine disturbs all alike."""
    figures = Figures()
    broken: set[tuple[str, str, str]] = set()
    for turn in range(repeat):
        for place in places:
            for measure, who, task in tasks:
                if (measure, place.name, who) in broken:
                    continue
                try:
                    figure = task(place, contents, work)
                except (Failed, Wrong, OSError) as exc:
                    broken.add((measure, place.name, who))
                    figures.failed.append(f"{measure}, {place.name}, {who}: {exc}")
                    say(figures.failed[-1])
                    continue
                figures.add(measure, place.name, who, figure)
                say(f"{turn + 1}/{repeat} {place.name:5} {measure:6} {who:16} {figure.seconds:8.2f} s")
    return figures


def _tell_missing(missing: list[str]) -> None:
    for name in missing:
        say(f"MISSING: {name} is not installed and not in the table; run: scripts/setup dev peers")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _ended(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
