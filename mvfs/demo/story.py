"""What the demo does, step by step."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import mvfs
from mvfs import settings
from mvfs.demo import digits, telling
from mvfs.demo.evaluation import Score, evaluate
from mvfs.demo.mounted import draw, mounted, unmount
from mvfs.demo.telling import CommandFailed, command, run_mvfs, say, shown, step
from mvfs.demo.training import RECIPES, Recipe, train
from mvfs.store import identity, keys
from mvfs.store.backend.local import LocalBackend

PROJECT = "digits"


def tell(store: Path) -> int:
    """Run the demo on a store that is made afresh.

    Raises:
        CommandFailed: a command did not end well, or the directory is no store.
    """
    os.environ["MVFS_STORE"] = str(store)
    mount = store.parent / "mnt"
    unmount(store, mount)  # what a killed demo may have left
    clear(store)
    with tempfile.TemporaryDirectory(prefix="mvfs-demo-") as scratch:
        os.environ["MVFS_ARTIFACT_DIR"] = f"{scratch}/downloads"
        _log_data()
        for recipe in RECIPES:
            _train(store, recipe)
        winner = _evaluate(store)
        step("5  The store is mounted: project/type/name/version")
        with mounted(store, mount):
            draw(mount)
            same = _copy_and_compare(mount, Path(scratch), winner)
    if not same:
        return 1
    step(f"Done in {telling.seconds():.1f} s. Now look around:")
    say(f"{shown(Path(sys.executable).with_name('mvfs'))} tui --store {shown(store)}")
    return 0


def clear(store: Path) -> None:
    """Remove an earlier demo's store and this user's index of it; nothing that is not a store.

    Raises:
        CommandFailed: the directory is something else.
    """
    if not store.exists():
        return
    known = identity.read(LocalBackend(store))
    if known is not None:
        shutil.rmtree(settings.cache_dir() / "index" / known.store_id, ignore_errors=True)
    elif set(os.listdir(store)) - {"tmp"}:
        raise CommandFailed(f"{store} is no store (it has no {keys.STORE}), so it will not be removed")
    shutil.rmtree(store)


def _log_data() -> None:
    step("1  A data set of handwritten digits becomes a version")
    data = digits.log(PROJECT)
    sizes = ", ".join(f"{part} {data.metadata[part]}" for part in digits.PARTS)
    say(f"{data.ref}  {data.file_count} files, {data.size:,} bytes: {sizes}")
    step("2  Two models are trained; every checkpoint is a version, and 'best' follows val/acc")


def _train(store: Path, recipe: Recipe) -> None:
    say(f"{recipe.name}: {recipe.about}")
    for number, version in enumerate(train(recipe, PROJECT)):
        if number == 0:  # a rule belongs to a name, which is there from the first version on
            run_mvfs(
                store, "best", f"{PROJECT}/{recipe.name}", "--metric", "val/acc", "--mode", "max", quiet=True
            )
            version.reload()
        values = version.metadata
        say(
            f"  {version.version}  epoch {values['epoch']:>2}  val/loss {values['val/loss']:.3f}"
            f"  val/acc {values['val/acc']:.4f}{'  ← best' if 'best' in version.aliases else ''}"
        )


def _evaluate(store: Path) -> Score:
    """Evaluate the best of each model; make the better one the model in production."""
    step("3  Evaluation runs use data and model, and log their predictions")
    scores = [evaluate(recipe.name, PROJECT) for recipe in RECIPES]
    for score in scores:
        say(f"{score.model.ref:<17} test/acc {score.accuracy:.4f}  → {score.predictions.ref}")
    step("4  What 'best' points at, and why; the better model goes into production")
    winner = max(scores, key=lambda score: score.accuracy)
    run_mvfs(store, "best", f"{PROJECT}/{_name(winner)}")
    run_mvfs(store, "alias", winner.model.ref, "production")
    return winner


def _copy_and_compare(mount: Path, scratch: Path, winner: Score) -> bool:
    step("6  Plain cp takes the model out of production/, plain Python loads it")
    model, data = scratch / "model", scratch / "data"
    command("cp", "-r", f"{shown(mount)}/{PROJECT}/model/{_name(winner)}/production/", model)
    command("cp", "-r", f"{shown(mount)}/{PROJECT}/dataset/digits-split/latest/", data)
    checker = Path(__file__).with_name("check.py")
    output = command(Path(sys.executable), checker, model / "model.joblib", data / "test.npz")
    found = float(output)
    logged = mvfs.Api().run(f"{PROJECT}/{winner.run}").summary["test/acc"]
    verdict = "equal" if found == logged else "NOT EQUAL"
    say(f"accuracy of the copy on the test part   {found!r}")
    say(f"as logged by the evaluation {winner.run}    {logged!r}  {verdict}")
    return bool(found == logged)


def _name(score: Score) -> str:
    return score.model.name.partition(":")[0]
