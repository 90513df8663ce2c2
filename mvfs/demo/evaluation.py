"""Evaluation: a run that uses the data set and a model, and logs predictions and a score."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import joblib

import mvfs
from mvfs.demo import digits


@dataclass(frozen=True, slots=True)
class Score:
    """What an evaluation found."""

    model: mvfs.Artifact
    predictions: mvfs.Artifact
    run: str
    accuracy: float


def evaluate(name: str, project: str) -> Score:
    """Evaluate the best version of a model on the part of the data that training never saw."""
    with mvfs.init(project=project, job_type="eval", name=f"eval-{name}", mode="online") as run:
        data = run.use_artifact("digits-split:latest", type="dataset").download(path_prefix="test")
        model = run.use_artifact(f"{name}:best", type="model")
        classifier = joblib.load(Path(model.download()) / "model.joblib")
        test = digits.load(data, "test")
        found = classifier.predict(test.images)
        accuracy = float((found == test.labels).mean())
        run.summary["test/acc"] = accuracy
        artifact = mvfs.Artifact(
            f"{name}-predictions",
            type="predictions",
            description=f"what {model.name} says about the test part",
            metadata={"test/acc": accuracy, "model": model.ref},
        )
        with artifact.new_file("predictions.csv") as file:
            rows = csv.writer(file)
            rows.writerow(["index", "label", "predicted"])
            rows.writerows(zip(range(len(found)), test.labels.tolist(), found.tolist(), strict=True))
        return Score(model, run.log_artifact(artifact), run.id, accuracy)
