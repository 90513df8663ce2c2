"""Stores with a lineage: the example of 33 nodes, and larger ones."""

from __future__ import annotations

import random
from collections.abc import Iterable

from mvfs.store import effects as fx
from tests.tui.showing import Shop

TIES = """
corpus:v0
evalset:v0
base:v0 corpus:v0
base:v1 base:v0
base:v2 base:v1
sft:v0 base:v1
sft:v1 sft:v0
sft:v2 base:v2 corpus:v0
dpo:v0 sft:v1
dpo:v1 sft:v2
merge:v0 dpo:v0 dpo:v1
int8:v0 merge:v0
int8:v1 dpo:v1
int4:v0 merge:v0
"""
EVALS = [
    "base:v0",
    "base:v1",
    "base:v1",
    "base:v2",
    "sft:v0",
    "sft:v1",
    "sft:v1",
    "sft:v2",
    "dpo:v0",
    "dpo:v0",
    "dpo:v1",
    "dpo:v1",
    "merge:v0",
    "merge:v0",
    "merge:v0",
    "int8:v0",
    "int8:v1",
    "int4:v0",
    "int4:v0",
]
ALIASES = {"base:v2": "latest", "merge:v0": "best", "int4:v0": "production", "corpus:v0": "latest"}


_TOGETHER = 400
"""Effects of one entry."""


def example(shop: Shop) -> None:
    """The graph of terminal-ui.md 8.1: two data sets, twelve models, nineteen results."""
    made = [(words[0], words[1:]) for words in map(str.split, TIES.strip().splitlines())]
    made += [(f"eval-{at}:v0", [model, "evalset:v0"] if at % 9 == 0 else [model])
             for at, model in enumerate(EVALS, start=1)]  # fmt: skip
    commit(shop, made)


def grown(shop: Shop, size: int) -> None:
    """Models that mostly descend from recent ones, with results between them."""
    dice = random.Random(size)
    models = ["corpus:v0"]
    made: list[tuple[str, list[str]]] = [("corpus:v0", [])]
    last: dict[str, int] = {}
    for at in range(1, size):
        parents = [dice.choice(models[-30:])]
        if dice.random() < 0.15:
            parents.append(dice.choice(models[-30:]))
        if dice.random() < 0.5:
            made.append((f"eval-{at}:v0", parents[:1]))
            continue
        name = dice.choice(["base", "sft", "dpo", "merge", "int8"])
        last[name] = last.get(name, -1) + 1
        made.append((f"{name}:v{last[name]}", list(dict.fromkeys(parents))))
        models.append(made[-1][0])
    commit(shop, made)


def commit(shop: Shop, made: Iterable[tuple[str, list[str]]]) -> None:
    """Versions and what each was made of, by a run of its own, in one entry; all of one manifest."""
    project = shop.project()
    first = shop.log("seed", {"w.bin": b"w" * 4096})
    effects: list[fx.AnyEffect] = []
    last: dict[str, int] = {}
    for at, (label, parents) in enumerate(made):
        name, _, number = label.partition(":v")
        kind = {"corpus": "dataset", "evalset": "dataset"}.get(name, "model")
        kind = "result" if name.startswith("eval-") else kind
        run = f"r{at:04}" if parents else None
        if run is not None:
            job = "eval" if kind == "result" else "train"
            effects.append(fx.RunStarted(run, f"{job}-{at}", job, None, {}))
            effects += [fx.Used(run, None, p, int(n)) for p, _, n in (one.partition(":v") for one in parents)]
        effects += [] if name in last else [fx.NameMade(name, kind)]
        effects.append(fx.VersionMade(name, int(number), first.manifest, first.manifest_hash, first.digest,
                                      first.files, first.size << at % 20, run, {}))  # fmt: skip
        effects += [fx.AliasMoved(name, alias, int(number), None)
                    for alias in [ALIASES.get(label)] if alias is not None]  # fmt: skip
        effects += [fx.RunFinished(run, "finished")] if run is not None else []
        last[name] = int(number)
        if len(effects) > _TOGETHER:
            project.commit(lambda effects=tuple(effects): list(effects))  # type: ignore[misc]
            effects.clear()
    project.commit(lambda: effects)
