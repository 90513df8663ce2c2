"""Callbacks for Keras: metrics and checkpoints go to the active run, as with those of W&B.

model.fit(…, callbacks=[MvfsMetricsLogger(), MvfsModelCheckpoint("model.keras", name="digits")])
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import keras

import mvfs
from mvfs.errors import NoActiveRun
from mvfs.integrations.checkpoints import log_checkpoint
from mvfs.sdk.run import Run


class MvfsMetricsLogger(keras.callbacks.Callback):  # type: ignore[misc]  # keras is no dependency
    """Logs the metrics, and the learning rate, of each epoch or every so many batches."""

    def __init__(self, log_freq: str | int = "epoch", initial_global_step: int = 0) -> None:
        """Set when to log.

        Args:
            log_freq: ``epoch``, ``batch``, or the number of batches from one point to the next.
            initial_global_step: batches before this training, where it goes on with one.
        """
        super().__init__()
        self._run = _active(type(self).__name__)
        self._every = {"epoch": 0, "batch": 1}[log_freq] if isinstance(log_freq, str) else log_freq
        self._step = initial_global_step

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log under ``epoch/``."""
        self._log("epoch", {**(logs or {}), "epoch": epoch})

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Log under ``batch/``."""
        if self._every and batch % self._every == 0:
            self._log("batch", {**(logs or {}), "batch_step": self._step})
        self._step += 1

    def _log(self, prefix: str, values: dict[str, Any]) -> None:
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        self._run.log({f"{prefix}/{key}": value for key, value in {**values, "learning_rate": rate}.items()})


class MvfsModelCheckpoint(keras.callbacks.ModelCheckpoint):  # type: ignore[misc]
    """Keras's `ModelCheckpoint`, whose files are logged as versions when they were saved."""

    def __init__(self, filepath: str | os.PathLike[str], *args: Any, name: str = "", **kwargs: Any) -> None:
        """Take what `ModelCheckpoint` takes, and the ``name`` to log under (``run_<run id>_model``)."""
        super().__init__(os.fspath(filepath), *args, **kwargs)
        self._run = _active(type(self).__name__)
        self._name = name or f"run_{self._run.id}_model"

    def _save_model(self, epoch: int, batch: int | None, logs: dict[str, Any] | None) -> None:
        """Where Keras decides whether to save, and does."""
        path = Path(self._get_file_path(epoch, batch, logs))
        before = _state(path)
        super()._save_model(epoch=epoch, batch=batch, logs=logs)
        if _state(path) in (None, before):
            return  # it is no better one
        where = f"epoch_{epoch}" if batch is None else f"epoch_{epoch}_batch_{batch}"
        log_checkpoint(
            self._run,
            self._name,
            path,
            {"epoch": epoch, **(logs or {})},
            aliases=[where],
            is_best=self.save_best_only,
        )


WandbMetricsLogger = MvfsMetricsLogger
WandbModelCheckpoint = MvfsModelCheckpoint


def _state(path: Path) -> tuple[int, int, int] | None:
    """What differs when a file was written; None where there is none."""
    found = path.stat() if path.exists() else None
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found is not None else None


def _active(what: str) -> Run:
    found: Run | None = mvfs.run
    if found is None:
        raise NoActiveRun(f"You must call mvfs.init() before {what}()")
    return found
