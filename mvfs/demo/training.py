"""Training: two kinds of classifier, each logging a checkpoint as a version after every few epochs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

import mvfs
from mvfs.demo import digits
from mvfs.demo.digits import Part

CLASSES = np.arange(10)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model is trained."""

    name: str
    make: Callable[[], Any]
    checkpoints: int
    epochs: int
    """Epochs per checkpoint."""
    about: str


RECIPES = (
    Recipe(
        "logreg",
        lambda: SGDClassifier("log_loss", alpha=1e-5, learning_rate="constant", eta0=0.2, random_state=1),
        checkpoints=5,
        epochs=1,
        about="logistic regression, plain SGD with a bold step",
    ),
    Recipe(
        "mlp",
        lambda: MLPClassifier((64,), learning_rate_init=0.01, batch_size=32, random_state=1),
        checkpoints=8,
        epochs=2,
        about="one hidden layer of 64, Adam",
    ),
)


def train(recipe: Recipe, project: str) -> Iterator[mvfs.Artifact]:
    """Train and yield each version that is logged."""
    model = recipe.make()
    config = {"model": recipe.name, "epochs": recipe.epochs * recipe.checkpoints, **model.get_params()}
    with mvfs.init(
        project=project, job_type="train", name=f"train-{recipe.name}", config=config, mode="online"
    ) as run:
        data = run.use_artifact("digits-split:latest", type="dataset").download()
        training, validation = digits.load(data, "train"), digits.load(data, "val")
        order = np.random.default_rng(1)
        for number in range(recipe.checkpoints):
            for epoch in range(number * recipe.epochs + 1, (number + 1) * recipe.epochs + 1):
                rows = order.permutation(len(training.labels))
                model.partial_fit(training.images[rows], training.labels[rows], classes=CLASSES)
                metrics = {
                    "epoch": epoch,
                    "train/loss": _loss(model, training),
                    "val/loss": _loss(model, validation),
                    "val/acc": float(model.score(validation.images, validation.labels)),
                }
                run.log(metrics)
            yield run.log_artifact(_checkpoint(recipe, model, metrics))


def _checkpoint(recipe: Recipe, model: Any, metrics: dict[str, float]) -> mvfs.Artifact:
    artifact = mvfs.Artifact(
        recipe.name,
        type="model",
        description=f"{recipe.about}; after epoch {metrics['epoch']}",
        metadata=dict(metrics),
    )
    with artifact.new_file("model.joblib", mode="xb") as file:
        joblib.dump(model, file)
    with artifact.new_file("params.json") as file:
        json.dump({"recipe": recipe.name, **model.get_params()}, file, indent=2, sort_keys=True)
    return artifact


def _loss(model: Any, part: Part) -> float:
    return float(log_loss(part.labels, model.predict_proba(part.images), labels=CLASSES))
