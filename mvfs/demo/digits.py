"""The data set: scikit-learn's 1,797 handwritten digits of 8 by 8 pixels, split once and for all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import mvfs

PARTS = ("train", "val", "test")
_SEED = 7


@dataclass(frozen=True, slots=True)
class Part:
    """Images as rows of 64 numbers from 0 to 1, and which digit each one shows."""

    images: Any
    labels: Any


def log(project: str) -> mvfs.Artifact:
    """Log the split as the version of a data set."""
    images, labels = load_digits(return_X_y=True)
    images = (images / 16.0).astype(np.float32)
    rest, test, rest_labels, test_labels = train_test_split(
        images, labels, test_size=400, random_state=_SEED, stratify=labels
    )
    train, val, train_labels, val_labels = train_test_split(
        rest, rest_labels, test_size=300, random_state=_SEED, stratify=rest_labels
    )
    parts = {"train": (train, train_labels), "val": (val, val_labels), "test": (test, test_labels)}
    artifact = mvfs.Artifact(
        "digits-split",
        type="dataset",
        description="scikit-learn's handwritten digits, split by label into train, val and test",
        metadata={name: len(rows) for name, (rows, _) in parts.items()} | {"seed": _SEED},
    )
    for name, (rows, digits) in parts.items():
        with artifact.new_file(f"{name}.npz", mode="xb") as file:
            np.savez(file, images=rows, labels=digits)
    with mvfs.init(project=project, job_type="prepare", name="split-digits", mode="online") as run:
        return run.log_artifact(artifact)


def load(folder: str | Path, part: str) -> Part:
    """Read one part of a copy of the data set."""
    with np.load(Path(folder) / f"{part}.npz") as arrays:
        return Part(arrays["images"], arrays["labels"])
