"""Files and code that a run saves; artifacts in the background; alerts; labels."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

import mvfs
from mvfs.catalog import recording
from mvfs.errors import ArtifactFinalizedError, Conflict, InvalidInput, InvalidSource, WaitTimeoutError
from mvfs.sdk import run as runs_module
from tests.sdk.conftest import RunScript


def saved(run: mvfs.Run) -> dict[str, str]:
    """The files of the run, as the store has them."""
    artifact = mvfs.Api().artifact(f"p/run-{run.id}-files")
    return {file.path: Path(file.download("down")).read_text() for file in artifact.files()}


def test_save(work: Path) -> None:
    (work / "out").mkdir()
    for name in ("a.txt", "b.txt", "c.log"):
        (work / "out" / name).write_text(name)
    with mvfs.init(project="p") as run:
        assert mvfs.save("out/*.txt") == [str(work / "out" / name) for name in ("a.txt", "b.txt")]
        assert saved(run) == {"out/a.txt": "a.txt", "out/b.txt": "b.txt"}
        (work / "out" / "a.txt").write_text("later")
        run.save(work / "out" / "c.log", policy="now")
        run.save(work / "out" / "c.log", base_path=work, policy="end")
        assert run.save("nothing*") == []
        Path(run.dir, "config.yaml").write_text("x")
    assert saved(run) == {
        "out/a.txt": "later", "out/b.txt": "b.txt",
        "c.log": "c.log", "out/c.log": "c.log", "config.yaml": "x",
    }  # fmt: skip
    assert not Path(run.dir).samefile(work)
    with mvfs.init(project="p") as run, pytest.raises(InvalidInput, match="is not below"):
        run.save("../*", base_path="out")
    with mvfs.init(project="p") as run, pytest.raises(InvalidInput, match="policies"):
        run.save("out/*", policy="x")


def test_log_code(work: Path) -> None:
    for name in (
        "a.py",
        "d/b.py",
        ".hidden/c.py",
        "venv/e.py",
        "venv/pyvenv.cfg",
        "data.csv",
        "requirements.txt",
        "Dockerfile",
    ):
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(name)
    with mvfs.init(project="p") as run:
        found = run.log_code()
        assert found is not None
        assert (found.type, [file.path for file in found.files()]) == (
            "code", ["Dockerfile", "a.py", "d/b.py", "requirements.txt"],
        )  # fmt: skip
        only = run.log_code(name="only", include_fn=lambda path: path.endswith(".csv"))
        assert only is not None
        assert [file.path for file in only.files()] == ["data.csv"]
        some = run.log_code(
            "d",
            "some",
            include_fn=lambda path, root: True,
            exclude_fn=lambda path, root: not path.startswith(root),
        )
        assert some is not None
        assert [file.path for file in some.files()] == ["b.py"]
        assert run.log_code(include_fn=lambda path: False) is None
        with pytest.raises(InvalidSource, match="is not a directory"):
            run.log_code("nowhere")
    with mvfs.init(project="p", save_code=True) as run:
        pass
    assert [a.type for a in mvfs.Api().run(f"p/{run.id}").logged_artifacts()] == ["code"]


def draft(text: str, name: str = "m") -> mvfs.Artifact:
    artifact = mvfs.Artifact(name, "model")
    with artifact.new_file("f") as file:
        file.write(text)
    return artifact


def test_in_the_background_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    real = recording.log

    def slow(*args: Any) -> Any:
        go.wait(20)
        return real(*args)

    monkeypatch.setattr(recording, "log", slow)
    with mvfs.init(project="p") as run:
        first, second = (run.log_artifact(draft(text), wait=False) for text in ("1", "2"))
        with pytest.raises(ArtifactFinalizedError):
            first.add_file("x")
        with pytest.raises(WaitTimeoutError, match="wait timed out"):
            first.wait(timeout=0)
        go.set()
        third = run.log_artifact(draft("3"))
        assert [a.wait().version for a in (first, second, third)] == ["v0", "v1", "v2"]
        last = run.log_artifact(draft("4"), wait=False)
    assert last.version == "v3"


def test_a_path_in_the_background_is_logged_as_it_was(work: Path) -> None:
    (work / "model").write_text("epoch 1")
    with mvfs.init(project="p") as run:
        one = run.log_artifact("model", "m", "model", wait=False)
        (work / "model").write_text("epoch 2, longer")
    assert Path(one.download(), "model").read_text() == "epoch 1"


def test_parts_and_links_come_after_what_is_logged_in_the_background() -> None:
    with mvfs.init(project="p", group="g") as run:
        first = run.log_artifact(draft("1"), wait=False)
        linked = run.link_artifact(first, "portfolio/best")
        run.upsert_artifact(draft("2", "whole"))
        run.log_artifact(draft("3", "whole"), wait=False)
        whole = run.finish_artifact(mvfs.Artifact("whole", "model"))
    assert (first.version, linked.source_qualified_name) == ("v0", first.qualified_name)
    assert (whole.version, [entry.path for entry in whole.files()]) == ("v1", ["f"])
    assert whole.get_entry("f").size == 1


def test_trouble_in_the_background_is_told_once(log_text: Any) -> None:
    run = mvfs.init(project="p")
    run.log_artifact(draft("1", "taken"))

    def wrong() -> mvfs.Artifact:
        artifact = mvfs.Artifact("taken", "dataset")
        with artifact.new_file("f") as file:
            file.write("x")
        return run.log_artifact(artifact, wait=False)

    with pytest.raises(Conflict, match="type"):
        wrong().wait()
    run.finish()
    run = mvfs.init(project="p")
    wrong()
    with pytest.raises(Conflict):
        run.finish()
    assert mvfs.Api().run(f"p/{run.id}").state == "finished"


def test_alerts(caplog: pytest.LogCaptureFixture) -> None:
    with mvfs.init(project="p") as run:
        mvfs.alert("Loss", "is NaN\x1b[2J", level="ERROR", wait_duration=100)
        run.alert("Loss", "again", wait_duration=100)
        run.alert("Other", wait_duration=0)
        run.alert("Other")
    assert "ERROR: Loss: is NaN\u241b[2J" in caplog.text
    found = [line.text for line in mvfs.Api().run(f"p/{run.id}").console() if line.stream == 2]
    assert found == ["ERROR: Loss: is NaN\x1b[2J", "INFO: Other", "INFO: Other"]


def test_labels_can_be_changed() -> None:
    with mvfs.init(project="p", name="first", tags=["a"]) as run:
        run.name, run.notes, run.group, run.job_type = "second", "text", "g", "eval"
        run.tags += ("lr=0.1", "a/b", "a")
    found = mvfs.Api().run(f"p/{run.id}")
    assert (found.name, found.notes, found.group, found.job_type) == ("second", "text", "g", "eval")
    assert found.tags == ["a", "lr=0.1", "a/b"]
    with mvfs.init(project="p", id=run.id, resume="allow") as again:
        assert (again.name, again.tags, again.notes) == ("second", ("a", "lr=0.1", "a/b"), "text")


def test_labels_are_stored_while_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mvfs.sdk.pulse.SHORTEST", 0.05)
    with mvfs.init(project="p") as run:
        run.tags = ["now"]
        until = time.monotonic() + 20
        while not mvfs.Api().run(f"p/{run.id}").tags and time.monotonic() < until:
            time.sleep(0.05)
        assert mvfs.Api().run(f"p/{run.id}").tags == ["now"]


def test_big_values_are_kept_whole() -> None:
    with mvfs.init(project="p", config={"n": 1}) as run:
        run.config["words"] = ["word"] * 10_000
        run.summary["table"] = list(range(10_000))
        run.log({"a": 1})
    found = mvfs.Api().run(f"p/{run.id}")
    assert len(found.config["words"]) == len(found.summary["table"]) == 10_000
    with mvfs.init(project="p", id=run.id, resume="must") as again:
        assert len(again.summary["table"]) == 10_000
        del again.summary["a"]
    assert "a" not in mvfs.Api().run(f"p/{run.id}").summary


def test_what_scripts_written_for_wandb_call(run_script: RunScript) -> None:
    done = run_script(
        """
        import mvfs as wandb
        wandb.require("core")
        wandb.setup(settings=wandb.Settings(run_tags=["s"], project="q"))
        run = wandb.init(project="p", id="r", resume="auto")
        wandb.define_metric("loss", summary="min")
        wandb.log({"loss": 1})
        wandb.termlog("said"); wandb.termlog("said", repeat=False)
        wandb.termwarn("careful", prefix=False)
        wandb.termerror("bad\\x1b")
        wandb.mark_preempting()
        wandb.teardown()
        """
    )
    assert done.stderr.splitlines() == ["mvfs: said", "WARNING careful", "mvfs: ERROR bad\u241b"]
    found = mvfs.Api().run("p/r")
    assert (found.tags, found.summary, found.state) == (["s"], {"loss": {"min": 1}}, "finished")


def test_the_environment_speaks_for_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RUN_ID", "e"), ("NAME", "n"), ("TAGS", "a, b"), ("RUN_GROUP", "g"), ("NOTES", "x")):
        monkeypatch.setenv(f"WANDB_{name}", value)
    monkeypatch.setenv("MVFS_NAME", "ours")
    with mvfs.init(project="p", notes="given") as run:
        pass
    assert (run.id, run.name, run.tags, run.group, run.notes) == ("e", "ours", ("a", "b"), "g", "given")


def test_resume_auto(work: Path) -> None:
    run = mvfs.init(project="p", resume="auto")
    run.finish(1)
    with mvfs.init(project="p", resume="auto") as again:
        assert (again.id, again.resumed) == (run.id, True)
    with mvfs.init(project="p", resume="auto") as new:
        assert (new.id != run.id, new.resumed) == (True, False)


def test_the_summary_is_published_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_module, "PUBLISH_SECONDS", 0.1)
    monkeypatch.setattr("mvfs.sdk.pulse.SHORTEST", 0.05)
    with mvfs.init(project="p") as run:
        run.log({"a": 1})
        until = time.monotonic() + 20
        while not mvfs.Api().run(f"p/{run.id}").summary and time.monotonic() < until:
            time.sleep(0.05)
        assert mvfs.Api().run(f"p/{run.id}").summary == {"a": 1}
