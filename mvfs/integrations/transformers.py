"""A callback for the Trainer of Hugging Face's transformers: metrics and checkpoints go to a run of mvfs.

Trainer(…, args=TrainingArguments(…, report_to="none"), callbacks=[MvfsCallback(log_model="bert")])
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.integrations.integration_utils import rewrite_logs
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

import mvfs
from mvfs.integrations.checkpoints import checkpoint_name, log_checkpoint
from mvfs.sdk.run import Run

STEP = "train/global_step"
"""Where a point's step of the trainer is kept; a run counts points by itself."""


class MvfsCallback(TrainerCallback):  # type: ignore[misc]  # transformers is no dependency
    """Logs to the active run, and begins one where there is none, in the main process alone.

    The run ends with `mvfs.finish`, or with the process: an evaluation may follow the training.
    """

    def __init__(self, project: str | None = None, *, log_model: str | bool = False, **init: Any) -> None:
        """Set what the run will be.

        Args:
            project: its project; by default as in `mvfs.init`.
            log_model: the name under which every checkpoint is logged as a version when it is saved, with the
                newest metrics as its metadata; True for ``model-<run id>``.
            init: what `mvfs.init` takes beside.
        """
        self._init = {"project": project, **init}
        self._log_model = log_model
        self._defined = ""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begin the run; its config is that of the model and the training."""
        run = self._begun(args, state)
        if run is not None:
            model: Any = getattr(kwargs.get("model"), "config", None)
            about_model = model.to_dict() if hasattr(model, "to_dict") else {}
            run.config.update({**about_model, **args.to_dict()}, allow_val_change=True)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Log a point."""
        run = self._begun(args, state)
        if run is not None and logs:
            run.log({**rewrite_logs(logs), STEP: state.global_step})

    def on_predict(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        """Log what a prediction was measured to be."""
        self.on_log(args, state, control, logs=metrics)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Log the checkpoint."""
        run = self._begun(args, state)
        if run is None or self._log_model is False:
            return
        folder = Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        best = state.best_model_checkpoint
        log_checkpoint(
            run,
            checkpoint_name(run, self._log_model),
            folder,
            run.summary,
            aliases=[f"step-{state.global_step}"],
            is_best=best is not None and Path(best) == folder,
        )

    def _begun(self, args: TrainingArguments, state: TrainerState) -> Run | None:
        """The run, in the main process."""
        if not state.is_world_process_zero:
            return None
        name = None if args.run_name == args.output_dir else args.run_name
        run = mvfs.run or mvfs.init(**{"name": name, **self._init})
        if run.id != self._defined:
            run.define_metric(STEP)
            run.define_metric("*", step_metric=STEP)
            self._defined = run.id
        return run
