"""What scripts written for W&B do beside training: restore, edit, export runs; ask for what is not here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import mvfs as wandb
from mvfs.errors import Conflict, InvalidInput, NoActiveRun, NoSuchFile, NotAModel, NotFound

pytestmark = pytest.mark.usefixtures("store")


def logged(name: str = "m", text: str = "1", **given: object) -> wandb.Artifact:
    artifact = wandb.Artifact(name, "model")
    with artifact.new_file("a.txt") as file:
        file.write(text)
    wandb.log_artifact(artifact, **given)  # type: ignore[arg-type]
    return artifact


def test_who_a_run_is_by_the_names_of_old_scripts() -> None:
    with wandb.init(project="p", entity="me", group="g", config={"lr": 1}) as run:
        assert (run.starting_step, run.offline, run.sweep_id, run.get_url()) == (0, False, None, None)
        assert (run.project_name(), run.project_url, run.get_project_url()) == ("p", None, None)
        assert (run.settings.run_id, run.settings.run_group, run.settings.entity) == (run.id, "g", "me")
        run.log({"loss": 1})
        run.name = "better"
        assert run.save() == []
        run.finish(quiet=True)
    with wandb.init(project="p", id=run.id, resume="must") as run:
        assert run.starting_step == 1
        assert run.name == "better"
    wandb.finish(quiet=True)
    assert len(wandb.util.generate_id()) == 8


@pytest.mark.parametrize(("goal", "best"), [("minimize", 1), ("maximize", 3), (None, 3)])
def test_best_of_a_metric_is_what_its_goal_says(goal: str | None, best: int) -> None:
    with wandb.init(project="p") as run:
        run.define_metric("loss", summary="best,last", goal=goal)
        for value in (2, 1, 3, 2):
            run.log({"loss": value})
        assert run.summary["loss"] == {"best": best, "last": 2}
        with pytest.raises(InvalidInput, match="goal: more"):
            run.define_metric("loss", goal="more")
    assert wandb.Api().run(f"p/{run.id}").metrics[0].goal == goal


def test_artifacts_of_the_config_are_used() -> None:
    with wandb.init(project="p"):
        logged("data")
        mine = logged("mine")
    given = {"data": "wandb-artifact://me/p/data:latest", "lr": 1}
    with wandb.init(project="p", config=given) as run:
        assert isinstance(run.config.data, wandb.Artifact)
        wandb.config.mine = mine
        wandb.config.update({"mine": mine})
    found = wandb.Api().run(f"p/{run.id}")
    assert found.config == {"data": "data:v0", "mine": "mine:v0", "lr": 1}
    assert [one.name for one in found.used_artifacts()] == ["data:v0", "mine:v0"]


def test_a_config_that_names_what_is_not_there_fails_the_run() -> None:
    with pytest.raises(NotFound, match="other"):
        wandb.init(project="p", config={"data": "wandb-artifact://p/other:v3"})
    assert wandb.run is None
    assert [run.state for run in wandb.Api().runs("p")] == ["failed"]
    with wandb.init(project="p", config={"data": "wandb-artifact://p/other:v3"}, mode="disabled") as run:
        assert run.config.data == "wandb-artifact://p/other:v3"


def test_a_time_to_live_is_what_was_given_and_none_is_never() -> None:
    with wandb.init(project="p"):
        artifact = wandb.Artifact("m", "model")
        artifact.ttl = timedelta(days=30)
        with artifact.new_file("a") as file:
            file.write("1")
        wandb.log_artifact(artifact)
        assert artifact.ttl == timedelta(days=30)
        kept = wandb.Artifact("m", "model")
        kept.ttl = None
        with kept.new_file("a") as file:
            file.write("kept")
        wandb.log_artifact(kept)
        policy = wandb.Api().artifact_collection("model", "p/m").policy
        policy.keep_last, policy.ttl = 1, timedelta(microseconds=1)
        for text in "234":
            logged("m", text)
    numbers = [one.version for one in wandb.Api().artifacts("model", "p/m")]
    assert numbers == ["v4", "v1", "v0"]  # v0 has a time of its own as well
    found = wandb.Api().artifact("p/m:v1")
    assert found.ttl is None
    found.ttl = wandb.ArtifactTTL.INHERIT
    found.save()
    with wandb.init(project="p"):
        logged("m", "5")
    assert [one.version for one in wandb.Api().artifacts("model", "p/m")] == ["v5", "v0"]


def test_the_same_content_is_kept_for_as_long_as_it_was_ever_wanted() -> None:
    with wandb.init(project="p"):
        for ttl, found in (
            (timedelta(days=2), 2),
            (timedelta(days=1), 2),
            (timedelta(days=3), 3),
            (None, None),
        ):
            artifact = wandb.Artifact("m", "model")
            artifact.ttl = ttl
            with artifact.new_file("a") as file:
                file.write("1")
            wandb.log_artifact(artifact)
            assert artifact.version == "v0"
            assert artifact.ttl == (None if found is None else timedelta(days=found))


def test_files_of_a_run_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.txt").write_text("weights")
    with wandb.init(project="p") as run:
        assert not wandb.Api().run(f"p/{run.id}").files()
        wandb.save("m.txt")
        Path(run.dir, "log.txt").write_text("ü")
    found = wandb.Api().run(f"p/{run.id}")
    assert [(one.name, one.size) for one in found.files()] == [("log.txt", 2), ("m.txt", 7)]
    assert [one.name for one in found.files("m.txt")] == ["m.txt"]
    with found.file("log.txt").download("copy") as file:
        assert file.read() == "ü"
    with pytest.raises(Conflict, match="pass replace=True"):
        found.file("m.txt").download()
    (tmp_path / "m.txt").write_text("other")
    with found.file("m.txt").download(exist_ok=True) as file:
        assert file.read() == "other"
    with found.file("m.txt").download(replace=True) as file:
        assert file.read() == "weights"
    with pytest.raises(NoSuchFile, match="saved no file 'x'"):
        found.file("x")
    with pytest.raises(NoActiveRun):
        wandb.restore("m.txt")
    with wandb.restore("log.txt", f"p/{run.id}") as file:
        assert file.name == "log.txt"
    with wandb.init(project="p", id=run.id, resume="must") as run, wandb.restore("m.txt") as file:
        assert file.name == f"{run.dir}/m.txt"


def test_a_recorded_run_is_edited_in_place() -> None:
    with wandb.init(project="p", config={"lr": 1, "old": 2}, tags=["first"]) as run:
        run.log({"loss": 1, "gone": 2})
    found = wandb.Api().run(f"p/{run.id}")
    found.name, found.notes, found.group, found.job_type = "best", "it won", "g", "eval"
    found.tags.append("good")
    found.config["new"] = [1, 2]
    found.summary["acc"] = 0.5
    del found.summary["gone"]
    found.update()
    again = wandb.Api().run(f"p/{run.id}")
    assert (again.name, again.display_name, again.notes, again.group, again.job_type) == (
        "best", "best", "it won", "g", "eval",
    )  # fmt: skip
    assert again.tags == ["first", "good"]
    assert again.config == again.rawconfig == {"lr": 1, "old": 2, "new": [1, 2]}
    assert again.summary == again.summary_metrics == {"loss": 1, "acc": 0.5}
    again.summary.update({"acc": 0.75})
    found.load()
    assert found.summary._json_dict == {"loss": 1, "acc": 0.75}
    assert found.lastHistoryStep == 0
    found.wait_until_finished()
    del found.config["old"]
    with pytest.raises(InvalidInput, match="set it to None"):
        found.update()
    with pytest.raises(NotImplementedError, match="keeps runs"):
        found.delete()


def test_nothing_changed_is_nothing_written(store: Path) -> None:
    with wandb.init(project="p", config={"lr": 1}) as run:
        run.log({"loss": 1})
    found = wandb.Api().run(f"p/{run.id}")
    before = sorted(store.rglob("*"))
    assert (found.config, found.summary) == ({"lr": 1}, {"loss": 1})
    found.update()
    found.summary.update()
    assert sorted(store.rglob("*")) == before


def test_what_the_journal_has_no_room_for_is_not_lost_by_an_edit() -> None:
    large = {f"k{number}": "x" * 900 for number in range(40)}
    with wandb.init(project="p", config=large) as run:
        pass
    found = wandb.Api().run(f"p/{run.id}")
    found.config["lr"] = 1
    found.update()
    assert wandb.Api().run(f"p/{run.id}").config == large | {"lr": 1}
    found.config["more"] = "y" * 20_000
    with pytest.raises(InvalidInput, match="too large to be changed"):
        found.update()
    found.load()
    found.summary["more"] = "y" * 20_000
    with pytest.raises(InvalidInput, match="gets too large"):
        found.update()


def test_projects_and_paths() -> None:
    with wandb.init(project="p", entity="me") as run:
        logged()
    api = wandb.Api()
    assert [one.name for one in api.projects()] == ["p"]
    found = api.project("p")
    assert [one.id for one in found.runs()] == [run.id]
    assert [one.name for one in found.artifacts_types()] == ["model"]
    for path, name in (("p", "p"), (f"me/p/{run.id}", run.id), ("p/m:v0", "m:v0")):
        assert api.from_path(path).name == name
    assert api.viewer.username == api.viewer.entity == api.settings["entity"] == api.default_entity
    api.flush()
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = api.nonsense


ABSENT: dict[str, Callable[[], object]] = {
    "plot.bar": lambda: wandb.plot.bar(None, "a", "b"),
    "plot_table": lambda: wandb.plot_table("x"),
    "sweep": lambda: wandb.sweep({"method": "grid"}),
    "agent": lambda: wandb.agent("id", print),
    "Api.registry": lambda: wandb.Api().registry("model"),
    "Api.create_automation": lambda: wandb.Api().create_automation(None),
    "Api.reports": lambda: wandb.Api().reports("p"),
}


@pytest.mark.parametrize("name", ABSENT)
def test_what_there_is_not_says_what_to_do_instead(name: str) -> None:
    with pytest.raises(NotImplementedError, match=rf"^mvfs has no {name}\(\); \w+.*[a-z]") as caught:
        ABSENT[name]()
    assert "\n" not in str(caught.value)


def test_module_functions_for_links_and_parts() -> None:
    with wandb.init(project="p", group="g"):
        found = logged(aliases=["good"])
        assert wandb.link_artifact(found, "shelf/m", ["prod"]).qualified_name.endswith("shelf/m:v0")
        part = wandb.Artifact("parts", "data")
        with part.new_file("a") as file:
            file.write("1")
        wandb.upsert_artifact(part)
        assert wandb.finish_artifact(wandb.Artifact("parts", "data")).version == "v0"
        wandb.alert("low", "very", level=wandb.AlertLevel.WARN)


def test_link_model_moves_protected_aliases_when_told_to(tmp_path: Path) -> None:
    (tmp_path / "m.pt").write_text("1")
    with wandb.init(project="p") as run:
        wandb.link_model(tmp_path / "m.pt", "shelf", aliases=["production"])
        wandb.Api().artifact_collection("model", "model-registry/shelf").policy.protect("production")
        (tmp_path / "m.pt").write_text("2")
        with pytest.raises(Conflict, match="is protected"):
            run.link_model(tmp_path / "m.pt", "shelf", aliases=["production"])
        linked = wandb.link_model(
            tmp_path / "m.pt", "shelf", aliases=["production"], force=True, reason="it is better"
        )
        assert linked is not None
        assert "production" in linked.aliases
        with pytest.raises(NotAModel):
            run.link_model(tmp_path / "m.pt", "a/b")


def test_metadata_takes_paths_and_names_what_it_does_not() -> None:
    assert wandb.Artifact("m", "model", metadata={"at": Path("/data")}).metadata == {"at": "/data"}
    with pytest.raises(InvalidInput, match="a builtin_function_or_method, cannot be kept as metadata"):
        wandb.Artifact("m", "model", metadata={"f": print})


def test_a_dict_assigned_to_the_module_does_not_stay() -> None:
    wandb.config = {"lr": 5}  # type: ignore[assignment]  # as old scripts do
    assert wandb.config["lr"] == 5
    with wandb.init(project="p", config={"lr": 1}):
        assert wandb.config.lr == 1


def test_a_table_set_in_the_summary_is_logged() -> None:
    with wandb.init(project="p") as run:
        run.summary["table"] = wandb.Table(columns=["a"], data=[[1], [2]])
        wandb.summary.update({"rows": wandb.Histogram([1, 2]), "acc": 1})
    found = wandb.Api().run(f"p/{run.id}")
    about = found.summary["table"]
    assert (about["_type"], about["nrows"], found.summary["rows"]["_type"]) == ("table-file", 2, "histogram")
    table = wandb.Api().artifact(about["artifact"]).get("table")
    assert table.data == [[1], [2]]
