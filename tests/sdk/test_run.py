"""Runs: config, summary, the parameters of init, and how they end."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import pytest

import mvfs
from mvfs.catalog.catalog import Catalog
from mvfs.errors import ArtifactNotLoggedError, Conflict, InvalidInput, InvalidName, NoActiveRun, NotFound
from mvfs.sdk import facts
from tests.sdk.conftest import LogText


def recorded(run: mvfs.Run) -> Any:
    """The run as the store has it."""
    return mvfs.Api().run(f"{run.project}/{run.id}")


def test_module_functions_need_a_run() -> None:
    assert mvfs.run is None
    for call in (
        lambda: mvfs.log({}),
        lambda: mvfs.log_artifact("x"),
        lambda: mvfs.use_artifact("x"),
        lambda: mvfs.config.lr,
        lambda: mvfs.config["lr"],
        lambda: mvfs.config.update({}),
        lambda: mvfs.summary.get("x"),
        lambda: setattr(mvfs.summary, "x", 1),
    ):
        with pytest.raises(NoActiveRun, match=r"^You must call mvfs.init\(\) before mvfs\."):
            call()
    mvfs.finish()
    assert mvfs.login(key="x") is True


def test_identity_is_recorded() -> None:
    run = mvfs.init(
        project="p", id="abc", name="first", notes="n", tags=["x", "y"], group="g", job_type="train",
        config={"lr": 0.1}, dir="/nowhere", force=True,
    )  # fmt: skip
    assert mvfs.run is run
    mvfs.finish()
    assert mvfs.run is None
    found = recorded(run)
    assert (found.id, found.name, found.notes, found.tags) == ("abc", "first", "n", ["x", "y"])
    assert (found.group, found.job_type, found.state, found.config) == ("g", "train", "finished", {"lr": 0.1})


def test_project_by_default(monkeypatch: pytest.MonkeyPatch, log_text: LogText) -> None:
    with mvfs.init() as run:
        assert run.project == "uncategorized"
    monkeypatch.setenv("WANDB_PROJECT", "w")
    with mvfs.init() as run:
        assert run.project == "w"
        log_text("1")
    assert mvfs.Api().artifact("m").ref == "w/m:v0"


def test_facts_are_captured_but_no_environment(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    with mvfs.init(project="p") as run:
        pass
    about = recorded(run).metadata
    assert about["cwd"] == str(work)
    assert {"argv", "host", "user", "python", "platform", "started"} <= set(about)
    assert "hunter2" not in repr(about)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://user:token@host/a/b.git", "https://host/a/b.git"),
        ("https://host/a/b.git", "https://host/a/b.git"),
        ("git@host:a/b.git", "git@host:a/b.git"),
        ("ssh://git@host/a.git", "ssh://git@host/a.git"),
    ],
)
def test_remotes_lose_their_password(url: str, kept: str) -> None:
    assert facts.without_password(url) == kept


def test_config_by_item_and_attribute() -> None:
    with mvfs.init(project="p", config=argparse.Namespace(lr=0.1)) as run:
        mvfs.config.epochs = 3
        run.config["layers"] = (1, 2)
        run.config.update({"seed": 1}, extra=2)
        run.config.setdefaults({"seed": 9, "more": 1})
        assert mvfs.config.lr == 0.1
        assert dict(run.config)["epochs"] == 3
        assert run.config.get("nothing") is None
        with pytest.raises(AttributeError):
            _ = run.config.nothing
    assert recorded(run).config == {
        "lr": 0.1, "epochs": 3, "layers": [1, 2], "seed": 1, "extra": 2, "more": 1,
    }  # fmt: skip


def test_config_changes_only_when_told() -> None:
    run = mvfs.init(project="p", config={"lr": 0.1})
    run.config.lr = 0.1
    with pytest.raises(
        Conflict, match=r'^Attempted to change value of key "lr" from 0.1 to 0.2\nIf you really'
    ):
        run.config.lr = 0.2
    run.config.update({"lr": 0.2}, allow_val_change=True)
    mvfs.finish()
    assert recorded(run).config == {"lr": 0.2}


def test_config_of_many_kinds() -> None:
    @dataclasses.dataclass
    class Options:
        lr: float = 0.1
        where: Path = Path("/x")

    with mvfs.init(project="p", config=Options(), config_exclude_keys=["nothing"]) as run:
        pass
    assert recorded(run).config == {"lr": 0.1, "where": "/x"}
    with mvfs.init(project="p", config={"a": 1, "b": 2}, config_include_keys=["a"]) as run:
        pass
    assert recorded(run).config == {"a": 1}
    with pytest.raises(
        InvalidInput, match=r"must be a dict, a Namespace or a file; cannot read 'config\.json'"
    ):
        mvfs.init(config="config.json")
    Path("config.json").write_text('{"wandb_version": 1, "lr": {"desc": null, "value": 0.5}, "n": 1}')
    with mvfs.init(project="p", config="config.json") as run:
        assert dict(run.config) == {"lr": 0.5, "n": 1}
    with pytest.raises(TypeError, match="expected a dict"):
        mvfs.init(config=3)


def test_summary_is_the_last_value_and_what_was_set() -> None:
    run = mvfs.init(project="p")
    run.log({"acc": 0.5, "loss": 1})
    run.log({"acc": 0.7})
    run.summary["best_acc"] = 0.9
    mvfs.summary.note = "x"
    run.summary.update({"n": 3})
    assert (run.summary["acc"], run.summary.acc, run.summary.get("x")) == (0.7, 0.7, None)
    mvfs.finish()
    assert recorded(run).summary == {"acc": 0.7, "loss": 1, "best_acc": 0.9, "note": "x", "n": 3}


def test_summary_is_published_with_an_artifact(log_text: LogText) -> None:
    run = mvfs.init(project="p")
    run.log({"acc": 0.5})
    log_text("1")
    assert recorded(run).summary == {"acc": 0.5}
    assert recorded(run).state == "running"


@pytest.mark.parametrize(("code", "state"), [(None, "finished"), (0, "finished"), (1, "failed")])
def test_finish(code: int | None, state: str) -> None:
    run = mvfs.init(project="p")
    mvfs.finish(code)
    run.finish(1 - bool(code))  # the first word counts
    assert run.state == recorded(run).state == state
    with pytest.raises(NoActiveRun, match=r"^Run \(.+\) is finished. The call to `log` will be ignored."):
        run.log({"a": 1})


def test_context_tells_how_it_ended() -> None:
    with pytest.raises(KeyError), mvfs.init(project="p") as run:
        raise KeyError
    assert recorded(run).state == "failed"
    with pytest.raises(SystemExit), mvfs.init(project="p") as run:
        raise SystemExit(0)
    assert recorded(run).state == "finished"


def test_disabled_works_and_records_nothing(store: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (work / "a.txt").write_text("x")
    monkeypatch.setenv("WANDB_MODE", "disabled")
    with mvfs.init(project="p", config={"lr": 1}) as run:
        assert run.disabled
        for value in range(100):
            mvfs.log({"a": value})
        artifact = mvfs.Artifact("m", "model")
        artifact.add_file("a.txt")
        assert run.log_artifact(artifact, aliases=["x"]).wait() is artifact
        assert run.use_artifact(artifact) is artifact
        with pytest.raises(ArtifactNotLoggedError):
            _ = artifact.version
        run.log_model("a.txt")
        assert (run.summary.a, run.config.lr, run.step) == (99, 1, 100)
    assert run.state == "finished"
    assert not store.exists()


def test_reinit(caplog: pytest.LogCaptureFixture) -> None:
    first = mvfs.init(project="p")
    assert mvfs.init(project="q", config={"a": 1}) is first
    assert "returns that run" in caplog.text
    assert first.config.a == 1
    second = mvfs.init(project="p", reinit="create_new")
    assert mvfs.run is first
    third = mvfs.init(project="p", reinit=True)
    assert (first.state, second.state, mvfs.run) == ("finished", "running", third)
    second.finish()
    assert mvfs.run is third
    with pytest.raises(InvalidInput, match="reinit='x' is unknown"):
        mvfs.init(reinit="x")


def test_a_taken_id_is_refused_and_its_record_kept() -> None:
    with mvfs.init(project="p", id="a", config={"lr": 1}) as run:
        pass
    with pytest.raises(InvalidInput, match="there is a run 'a' already"):
        mvfs.init(project="p", id="a", config={"lr": 2})
    assert recorded(run).config == {"lr": 1}


@pytest.mark.parametrize("how", ["allow", "must", "auto", True])
def test_resume(how: Any) -> None:
    with mvfs.init(project="p", id="a", name="n", config={"lr": 1}, tags=["t"]) as run:
        run.log({"loss": 1})
        run.log({"loss": 2, "other": 1})
    with mvfs.init(project="p", id="a", resume=how, config={"more": 2}) as run:
        assert (run.resumed, run.name, run.tags, run.step) == (True, "n", ("t",), 2)
        assert dict(run.config) == {"lr": 1, "more": 2}
        assert recorded(run).state == "running"
        run.log({"loss": 3})
    found = recorded(run)
    assert [(row["_step"], row["loss"]) for row in found.scan_history()] == [(0, 1), (1, 2), (2, 3)]
    assert (found.state, found.summary, found.config) == (
        "finished",
        {"loss": 3, "other": 1},
        {"lr": 1, "more": 2},
    )


def test_resume_refused() -> None:
    with pytest.raises(NotFound, match="no run 'a' to go on with"):
        mvfs.init(project="p", id="a", resume="must")
    with pytest.raises(InvalidInput, match="needs to know which run"):
        mvfs.init(project="p", resume="must")
    with pytest.raises(InvalidInput, match="resume='x' is unknown"):
        mvfs.init(project="p", id="a", resume="x")
    assert not mvfs.init(project="p", id="a", resume="allow").resumed


@pytest.mark.parametrize(
    "given",
    [
        {"mode": "shared"}, {"mode": "x"}, {"sync_tensorboard": True},
        {"fork_from": "a?_step=1"}, {"resume_from": "a?_step=1"}, {"monitor_gym": True},
        {"tensorboard": True}, {"project": "a/b"}, {"id": "a/b"}, {"settings": {"mode": "shared"}},
    ],
)  # fmt: skip
def test_what_would_do_something_else_is_refused(given: dict[str, Any], store: Path) -> None:
    with pytest.raises(InvalidInput):
        mvfs.init(**given)
    assert mvfs.run is None
    assert not store.exists()


def test_what_is_not_asked_for_is_not_refused() -> None:
    mvfs.init(mode="disabled", save_code=False, dir="x", anonymous="allow", sync_tensorboard=None)
    with pytest.raises(TypeError, match="unexpected keyword argument 'projct'"):
        mvfs.init(projct="p")


def test_settings_speak_for_parameters() -> None:
    run = mvfs.init(
        settings={"mode": "disabled", "run_id": "x", "project": "p", "start_method": "fork"}, name="n"
    )
    assert (run.disabled, run.id, run.project, run.name) == (True, "x", "p", "n")


def test_big_config_is_kept_whole(catalog: Catalog) -> None:
    with mvfs.init(project="p", config={"long": ["word"] * 10_000, "lr": 1}) as run:
        pass
    assert catalog.project("p").run(run.id).config == {"lr": 1}
    assert len(recorded(run).config["long"]) == 10_000


def test_bad_names() -> None:
    with pytest.raises(InvalidName):
        mvfs.init(project="..")
