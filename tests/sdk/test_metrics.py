"""What `define_metric` makes of logged values: as W&B does it (0.31.0, offline)."""

from __future__ import annotations

from typing import Any

import pytest

import mvfs
from mvfs.errors import InvalidInput


@pytest.fixture
def run() -> mvfs.Run:
    return mvfs.init(project="p")


def recorded(run: mvfs.Run) -> Any:
    mvfs.finish()
    return mvfs.Api().run(f"p/{run.id}")


def test_the_summary_keeps_what_was_asked_for(run: mvfs.Run) -> None:
    for name, words in (
        ("low", "min"), ("high", "max,last"), ("mean", "mean"), ("none", "none"), ("first", "first"),
        ("copy", "copy"), ("val/*", "max"), ("val/loss", "min"),
    ):  # fmt: skip
        run.define_metric(name, summary=words)
    for value in (2, 3, float("nan"), 1):
        run.log(
            dict.fromkeys(
                ("low", "high", "mean", "none", "first", "copy", "plain", "val/acc", "val/loss"), value
            )
        )
    run.log({"val/nested": {"a": 5}, "low": "text"})
    run.log({"val/nested": {"a": 4}})
    found = recorded(run).summary
    assert found == {
        "low": {"min": 1}, "high": {"max": 3, "last": 1}, "mean": {"mean": 2.0}, "first": {"first": 2},
        "copy": 1, "plain": 1, "val/acc": {"max": 3}, "val/loss": {"min": 1}, "val/nested": {"a": {"max": 5}},
    }  # fmt: skip


def test_an_x_axis_is_logged_along(run: mvfs.Run) -> None:
    run.define_metric("epoch", hidden=True)
    run.define_metric("loss", step_metric="epoch")
    run.define_metric("val/*", step_metric=run.define_metric("iter"))
    run.define_metric("apart", step_metric="epoch", step_sync=False)
    run.log({"loss": 0})
    run.log({"epoch": 1, "iter": 5})
    run.log({"loss": 1, "val/a": 1})
    run.log({"apart": 1})
    run.log({"loss": 2, "epoch": 9})
    found = recorded(run)
    rows = [{key: row[key] for key in row if not key.startswith("_")} for row in found.scan_history()]
    assert rows == [
        {"loss": 0}, {"epoch": 1, "iter": 5}, {"loss": 1, "val/a": 1, "epoch": 1, "iter": 5}, {"apart": 1},
        {"loss": 2, "epoch": 9},
    ]  # fmt: skip
    axes = {one.name: (one.step_metric, one.hidden) for one in found.metrics}
    assert axes["loss"] == ("epoch", False)
    assert axes["epoch"] == (None, True)


def test_definitions_are_added_to_and_replaced(run: mvfs.Run) -> None:
    run.define_metric("a", summary="min")
    assert run.define_metric("a", step_metric="n").summary == ("min",)
    assert run.define_metric("a", summary="max").step_metric == "n"
    assert run.define_metric("a", summary="max", overwrite=True).step_metric is None


def test_a_resumed_run_goes_on_with_them(run: mvfs.Run) -> None:
    run.define_metric("a", summary="min,mean,first")
    for value in (2, 4):
        run.log({"a": value})
    mvfs.finish()
    run = mvfs.init(project="p", id=run.id, resume="must")
    run.log({"a": 9})
    assert recorded(run).summary == {"a": {"min": 2, "mean": 5.0, "first": 2}}


def test_best_follows_a_reduced_metric(run: mvfs.Run) -> None:
    from mvfs.catalog import rules
    from mvfs.index.rows import Rule
    from mvfs.sdk import active

    run.define_metric("acc", summary="max")
    versions = []
    for acc in (0.5, 0.9, 0.7):
        with mvfs.init(project="p", reinit="create_new") as one:
            one.define_metric("acc", summary="max")
            artifact = mvfs.Artifact("m", "model")
            with artifact.new_file("f") as file:
                file.write(str(acc))
            one.log({"acc": acc})
            one.log({"acc": 0})
            versions.append(one.log_artifact(artifact))
    rules.set_rule(active.catalog().project("p"), "m", Rule("acc.max", "max"))
    assert mvfs.Api().artifact("p/m:best").version == "v1"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": ""}, "non-empty name"), ({"name": "a*b"}, "glob suffixes only"),
        ({"name": "a", "summary": "min,zzz"}, "summary op: zzz"),
        ({"name": "a", "hidden": 1}, "hidden type: int"),
        ({"name": "a", "step_metric": 3}, "step_metric type: int"),
    ],
)  # fmt: skip
def test_refused(run: mvfs.Run, given: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        run.define_metric(**given)
