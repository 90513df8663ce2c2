"""Real training on the CPU, end to end: the run, its history, and its checkpoints as versions."""

from __future__ import annotations

import mvfs
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.record import RecordedRun
from tests.frameworks.conftest import Loop


def test_lightning_wandb_logger(loop: Loop) -> None:
    loop("lightning_wandb.py")
    run = _run("line1")
    assert (run.state, run.name, run.config, list(run.tags)) == ("finished", "line", {"lr": 0.1}, ["t"])
    assert {"train_loss", "val_loss", "test_loss"} <= set(run.summary)
    history = list(run.scan_history())
    assert len([row for row in history if "train_loss" in row]) == 12
    assert [row["trainer/global_step"] for row in history if "train_loss" in row] == list(range(12))
    versions = _versions("model-line1")
    assert [version.version for version in versions] == ["v0", "v1", "v2"]
    assert sorted(versions[2].aliases) == ["best", "latest"]
    assert versions[0].metadata["original_filename"].endswith(".ckpt")
    assert versions[2].metadata["score"] < versions[0].metadata["score"]
    assert [one.path for one in versions[0].files()] == ["model.ckpt"]
    made = versions[0].logged_by()
    assert made is not None
    assert made.id == "line1"
    assert [one.name for one in run.used_artifacts()] == ["points:v0", "model-line1:v2"]
    watched = [row for row in history if "by_hand" in row]
    for kind in ("gradients", "parameters"):
        assert all(row[f"{kind}/layer.weight/norm"] > 0 for row in watched)


def test_lightning_logger_of_our_own(loop: Loop) -> None:
    loop("lightning_own.py", substituted=False)
    run = _run("line1")
    assert (run.state, run.name, run.config, list(run.tags)) == ("finished", "line", {"lr": 0.1}, ["t"])
    assert {"train_loss", "val_loss", "test_loss"} <= set(run.summary)
    assert {one.name: one.step_metric for one in run.metrics}["*"] == "trainer/global_step"
    versions = _versions("line")
    assert [version.metadata["val_loss"] for version in versions] == sorted(
        (version.metadata["val_loss"] for version in versions), reverse=True
    )
    assert sorted(versions[-1].aliases) == ["best", "latest"]


def test_lightning_in_processes_of_its_own(loop: Loop) -> None:
    loop("lightning_spawned.py", substituted=False)
    (run,) = mvfs.Api().runs("vision")
    assert (run.id, run.state) == ("line1", "finished")
    assert {"train_loss", "val_loss", "test_loss"} <= set(run.summary)
    steps = [row["trainer/global_step"] for row in run.scan_history() if "train_loss" in row]
    assert steps == [0, 1, 2, 3]  # of rank 0 alone
    assert len(_versions("line")) == 2


def test_trainer_with_the_callback_of_wandb(loop: Loop) -> None:
    loop(
        "trainer.py",
        WANDB_PROJECT="vision",
        WANDB_LOG_MODEL="checkpoint",
        WANDB_WATCH="all",
        WANDB_RUN_ID="bert1",
    )
    (run,) = mvfs.Api().runs("vision")
    assert (run.state, run.name, run.config["num_train_epochs"]) == ("finished", "tiny", 2)
    assert run.config["model/num_parameters"] > 0
    assert run.config["hidden_size"] == 16
    assert {"train/loss", "eval/loss", "train_loss", "test/loss"} <= set(run.summary)
    assert [sorted(version.aliases) for version in _versions("model-tiny")] == [
        ["base_model"],
        ["checkpoint_global_step_4", "epoch_1.0"],
        ["checkpoint_global_step_8", "epoch_2.0"],
        ["final_model", "latest"],
    ]
    assert "model.safetensors" in [one.path for one in _versions("model-tiny")[1].files()]


def test_trainer_with_the_callback_of_our_own(loop: Loop) -> None:
    loop("trainer.py", "--own", substituted=False)
    run = _run("bert1")
    assert (run.state, run.name, run.config["num_train_epochs"]) == ("finished", "tiny", 2)
    assert {"train/loss", "eval/loss", "test/loss"} <= set(run.summary)
    assert {one.name: one.step_metric for one in run.metrics}["*"] == "train/global_step"
    versions = _versions("bert")
    assert [version.aliases[-1] for version in versions] == ["step-4", "step-8"]
    assert sum("best" in version.aliases for version in versions) == 1
    assert versions[1].metadata["eval/loss"] > 0
    assert "model.safetensors" in [one.path for one in versions[0].files()]


def test_keras(loop: Loop) -> None:
    loop("keras_line.py")
    run = _run("keras1")
    assert run.state == "finished"
    history = list(run.scan_history())
    assert [row["epoch/epoch"] for row in history if "epoch/epoch" in row] == [0, 1, 2, 3]
    assert [row["batch/batch_step"] for row in history if "batch/batch_step" in row] == [0, 2, 4, 6]
    rates = [row["epoch/learning_rate"] for row in history if "epoch/epoch" in row]
    assert rates == sorted(rates, reverse=True)
    versions = _versions("run_keras1_model")
    assert [sorted(one.aliases) for one in versions] == [
        ["epoch_0"],
        ["epoch_1"],
        ["best", "epoch_2", "latest"],
    ]
    assert versions[0].metadata["val_loss"] > versions[2].metadata["val_loss"]


def _run(run_id: str) -> RecordedRun:
    return mvfs.Api().run(f"vision/{run_id}")


def _versions(name: str) -> list[Artifact]:
    """Oldest first."""
    return list(mvfs.Api().artifacts("model", f"vision/{name}"))[::-1]
