"""A logger for PyTorch Lightning: metrics and checkpoints go to a run of mvfs.

trainer = Trainer(logger=MvfsLogger(project="vision", log_model="iv3"), …)
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
from lightning.pytorch.loggers.utilities import _scan_checkpoints
from lightning.pytorch.utilities.rank_zero import rank_zero_only

import mvfs
from mvfs.catalog.runs import new_run_id
from mvfs.integrations.checkpoints import checkpoint_name, log_checkpoint
from mvfs.sdk.run import Run

STEP = "trainer/global_step"
"""Where a point's step of the trainer is kept; a run counts points by itself."""


class MvfsLogger(Logger):  # type: ignore[misc]  # lightning is no dependency
    """Begins a run when the first thing is logged, in the process of rank 0 alone."""

    def __init__(
        self,
        project: str | None = None,
        name: str | None = None,
        *,
        log_model: str | bool = False,
        save_dir: str | os.PathLike[str] = ".",
        **init: Any,
    ) -> None:
        """Set what the run will be.

        Args:
            project: its project; by default as in `mvfs.init`.
            name: its name for people.
            log_model: the name under which every checkpoint is logged as a version when it is saved, with the
                monitored score as its metadata; True for ``model-<run id>``.
            save_dir: where Lightning itself puts files.
            init: what `mvfs.init` takes beside.
        """
        super().__init__()
        self._init = {"project": project, "name": name, "id": new_run_id(), "resume": "allow", **init}
        self._log_model = log_model
        self._save_dir = os.fspath(save_dir)
        self._run: Run | None = None
        self._logged: dict[str, float] = {}

    def __getstate__(self) -> dict[str, Any]:
        """For processes that are spawned: there the run is gone on with."""
        return {**self.__dict__, "_run": None}

    @property
    @rank_zero_experiment  # type: ignore[untyped-decorator]
    def experiment(self) -> Run:
        """The run; begun, or taken over from `mvfs.init`, when it is first asked for."""
        if self._run is None:
            self._run = mvfs.run or mvfs.init(**self._init)
            self._run.define_metric(STEP)
            self._run.define_metric("*", step_metric=STEP)
        return self._run

    @property
    def name(self) -> str | None:
        """The project."""
        return self._run.project if self._run is not None else self._init["project"]

    @property
    def version(self) -> str:
        """The run's id."""
        return str(self._run.id if self._run is not None else self._init["id"])

    @property
    def save_dir(self) -> str:
        """Where Lightning itself puts files."""
        return self._save_dir

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_hyperparams(self, params: dict[str, Any] | Namespace) -> None:
        """Add to the run's config."""
        self.experiment.config.update(params, allow_val_change=True)

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a point."""
        self.experiment.log(metrics if step is None else {**metrics, STEP: step})

    @rank_zero_only  # type: ignore[untyped-decorator]
    def after_save_checkpoint(self, checkpoint_callback: ModelCheckpoint) -> None:
        """Log what was saved, oldest first."""
        if self._log_model is False:
            return
        run, monitor = self.experiment, checkpoint_callback.monitor
        for saved, path, score, _ in _scan_checkpoints(checkpoint_callback, self._logged):
            log_checkpoint(
                run,
                checkpoint_name(run, self._log_model),
                path,
                {"checkpoint": Path(path).name, monitor or "score": score},
                is_best=monitor is not None and path == checkpoint_callback.best_model_path,
                file_name="model.ckpt",
            )
            self._logged[path] = saved

    @rank_zero_only  # type: ignore[untyped-decorator]
    def finalize(self, status: str) -> None:
        """End the run as failed where the training failed; else it goes on, as a test may follow."""
        if self._run is not None and status == "failed":
            self._run.finish(1)
