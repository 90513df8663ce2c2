"""Makes the pictures of the terminal UI in the README: a store with a history, opened and photographed.

python -m scripts.pictures [docs/pictures]   the same bytes each time, unless the UI looks otherwise
python -m scripts.pictures --store DIR       only make the store, to play with
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

HOUR = 3_600_000_000
"""Microseconds."""
NOW = 1_794_000_000_000_000
"""When the pictures are taken: microseconds since 1970."""

POSES = {
    "browse": ("insects/model/classifier:best", "", (126, 36)),
    "lineage": ("lineage insects/model/classifier:best", "", (110, 13)),
    "diff": ("diff insects/model/classifier:v21 insects/model/classifier:best", "", (126, 36)),
    "runs": ("runs insects as:curves /job=train", "space space space space tab", (126, 22)),
}
"""A place, keys that are pressed there, and columns and rows, by the name of the picture."""

COUNT, BEST = 28, 25

NOTES = {
    0: "baseline: ImageNet weights, head only",
    5: "unfroze the last two blocks",
    11: "MixUp 0.2 hurts the rare classes, see confusion of 'moth' and 'lacewing'",
    17: "label smoothing 0.05",
    21: "longer warm-up fixes the early spike",
    25: "cosine schedule, EMA of the weights\n\nBeats v21 on every rare class but 'lacewing', of which there"
    " are 3 images. Calibrated with temperature 1.3: use this one in the field unless latency"
    " matters.",
    27: "int8 would be next; this is the same recipe with seed 7",
}


DESCENT = (
    ("ensemble", (("classifier", BEST), ("classifier", 21)), 5_700_000, 40),
    ("distilled", (("ensemble", 0), ("photos", 2)), 900_000, 31),
    ("field-int8", (("classifier", BEST),), 720_000, 22),
    ("distilled-int8", (("distilled", 0),), 240_000, 7),
)
"""Models that were made of others: of which versions, how large they are, and how many hours ago."""


class Maker:
    """Logs versions at moments of our choosing."""

    def __init__(self, sources: Path) -> None:
        self.sources = sources
        self.now = NOW - 40 * 24 * HOUR

    def at(self, hours_ago: float) -> None:
        """Let it be so many hours before now."""
        self.now = NOW - int(hours_ago * HOUR)

    def clock(self) -> Any:
        """Stands in for the journal's ``time``."""
        return SimpleNamespace(time_ns=lambda: self.now * 1000)

    def files(self, **sizes: int) -> Path:
        """A directory with files of about these sizes; in names, ``__`` is a slash, the last ``_`` a dot."""
        target = Path(tempfile.mkdtemp(dir=self.sources))
        for name, size in sizes.items():
            stem, _, kind = name.replace("__", "/").rpartition("_")
            path = target / f"{stem}.{kind}"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(random.randbytes(min(size, 3_000)))
                file.truncate(size + random.randrange(size // 20))
        return target


def make_store(folder: Path, sources: Path) -> None:
    """Log a few weeks of work of a small team from files that are made in ``sources``."""
    from mvfs.catalog import rules, runs
    from mvfs.catalog.catalog import open_catalog
    from mvfs.catalog.recording import Draft, log
    from mvfs.index.rows import Rule
    from mvfs.settings import StoreLocation
    from mvfs.store.sources import scan

    random.seed(11)
    maker = Maker(sources)
    catalog = open_catalog(StoreLocation(folder / "store", None))
    with patch("mvfs.store.journal.time", maker.clock()), patch("mvfs.settings.actor", lambda: "ada@gpu2"):
        vision = catalog.make_project("insects")

        def put(name: str, kind: str, source: Path, run: str | None = None, aliases: Sequence[str] = (),
                **more: Any) -> Any:  # fmt: skip
            return log(vision, Draft(name, kind, scan(source), aliases, run=run, **more)).version

        photos = []
        for number, hours in enumerate((900, 610, 300)):
            maker.at(hours)
            source = maker.files(images__a_tar=2_100_000 + 400_000 * number, labels_csv=88_000, README_md=900)
            photos.append(put("photos", "dataset", source, metadata={"images": 41_200 + 3_100 * number}))
        maker.at(880)
        evaluation = put("holdout", "dataset", maker.files(images_tar=700_000, labels_csv=9_000))
        for number in range(COUNT):
            maker.at(820 - 30 * number - random.random() * 20 if number < COUNT - 1 else 3.2)
            rate = random.choice((1e-3, 3e-4, 1e-4))
            accuracy = 0.9371 - 0.11 * math.exp(-number / 6) - random.random() * 0.012 * (number != BEST)
            accuracy += 0.006 * (number == BEST)
            names = ("dusky-wren", "calm-fjord", "amber-lynx", "polar-reed", "lucid-pine", "swift-ember")
            run = runs.RunStart(
                runs.new_run_id(),
                f"{names[number % 6]}-{number + 11}",
                "train",
                "convnext",
                {"lr": rate, "epochs": 40, "batch": 256, "backbone": "convnext_tiny", "ema": number > 20},
                {},
            )
            runs.start(vision, run)
            runs.use(vision, run.id, vision, "photos", photos[min(number // 9, 2)].number)
            maker.now += 2 * HOUR
            made = put(
                "classifier",
                "model",
                maker.files(model_safetensors=2_860_000, config_json=1_400, labels_txt=2_300,
                            plots__confusion_png=48_000, plots__loss_png=31_000, tokenizer_json=5_000),
                run.id,
                ["production"] if number == 21 else ["field"] if number == BEST else (),
                note=NOTES.get(number),
                metadata={"acc": round(accuracy, 4), "loss": round(1.9 * (1 - accuracy) + 0.11, 3),
                          "rare/recall": round(accuracy - 0.09 - random.random() * 0.05, 3), "epoch": 40,
                          "classes": 102},
                tags=("ema",) if number > 20 else (),
            )  # fmt: skip
            _record(vision, run.id, accuracy, rate)
            runs.finish(vision, run.id, {"acc": accuracy, "epoch": 40, "runtime_s": 7100}, "finished")
            judge = runs.RunStart(runs.new_run_id(), f"eval-{number}", "evaluate", None, {}, {})
            runs.start(vision, judge)
            runs.use(vision, judge.id, vision, "classifier", made.number)
            runs.use(vision, judge.id, vision, "holdout", evaluation.number)
            put("holdout-predictions", "predictions", maker.files(rows_parquet=60_000), judge.id)
            runs.finish(vision, judge.id, {"holdout/acc": accuracy - 0.01}, "finished")
        rules.set_rule(vision, "classifier", Rule("acc", "max"))
        for name, parents, size, hours in DESCENT:
            step = runs.RunStart(runs.new_run_id(), f"make-{name}", "derive", None, {}, {})
            runs.start(vision, step)
            for parent, version in parents:
                runs.use(vision, step.id, vision, parent, version)
            maker.at(hours)
            put(name, "model", maker.files(model_safetensors=size), step.id, metadata={"acc": 0.93})
            runs.finish(vision, step.id, {}, "finished")
        for number in range(4):
            put(
                "segmenter",
                "model",
                maker.files(model_safetensors=900_000),
                metadata={"iou": 0.71 + number / 50},
            )
        speech = catalog.make_project("speech")
        source = scan(maker.files(whisper_pt=400_000))
        log(speech, Draft("whisper-field", "model", source, metadata={"wer": 0.081}))
        catalog.make_project("scratch")


def _record(project: Any, run: str, accuracy: float, rate: float) -> None:
    """Have a run log 40 epochs that end near ``accuracy``."""
    from mvfs.catalog import run_objects

    rows = []
    for epoch in range(40):
        done = 1 - math.exp(-(epoch + 1) * (0.05 + 120 * rate))
        noise = (random.random() - 0.5) * 0.03 * (1 - done)
        loss = 4.2 * (1 - done) + 0.11 + 9 * abs(noise)
        rows.append({"_step": epoch, "_runtime": 180.0 * epoch, "train/loss": loss,
                     "val/acc": 0.2 + (accuracy - 0.2) * done + noise})  # fmt: skip
    run_objects.write_points(project, run, "w001", 0, rows)


async def photograph(folder: Path, place: str, keys: str, size: tuple[int, int]) -> str:
    """The SVG of what the screen shows at a place after some keys."""
    from mvfs.catalog.catalog import open_catalog
    from mvfs.settings import StoreLocation
    from scripts.svg import drawn
    from tui import picture
    from tui.app import MvfsApp
    from tui.opening import open_at
    from tui.place import Place

    app = MvfsApp(open_at(open_catalog(StoreLocation(folder / "store", None)), Place.parse(place)))
    async with app.run_test(size=size) as pilot:
        await picture.settle(pilot)
        for key in keys.split():
            await pilot.press(key)
            await picture.settle(pilot)
        return drawn(picture.strips(app), f"mvfs tui {place}")


def main() -> None:
    """Make the store, then the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", nargs="?", type=Path, default=Path("docs/pictures"), help="a directory")
    parser.add_argument("--only", choices=POSES, help="only this one")
    parser.add_argument("--store", type=Path, help="only make a store, in this directory")
    args = parser.parse_args()
    for name in ("NO_COLOR", "SSH_TTY", "SSH_CONNECTION"):
        os.environ.pop(name, None)
    if args.store:
        args.store.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as sources:
            make_store(args.store, Path(sources))
        return
    with tempfile.TemporaryDirectory() as name:
        take(Path(name), args.target.resolve(), [args.only] if args.only else list(POSES))


def take(folder: Path, target: Path, names: Sequence[str]) -> None:
    """Take pictures of a store that is made in ``folder``, at a moment that is always the same."""
    from tui.library import Library

    os.environ.update(MVFS_CACHE_DIR=f"{folder}/cache", MVFS_STATE_DIR=f"{folder}/state", TZ="UTC")
    time.tzset()
    make_store(folder, folder)
    target.mkdir(parents=True, exist_ok=True)
    shown = property(lambda _: "~/models")
    with patch("time.time_ns", lambda: NOW * 1000), patch.object(Library, "location", shown):
        for name in names:
            place, keys, size = POSES[name]
            made = asyncio.run(photograph(folder, place, keys, size))
            (target / f"{name}.svg").write_text(made, "utf-8")


if __name__ == "__main__":
    main()
