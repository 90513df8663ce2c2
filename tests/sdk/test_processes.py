"""Scripts as they are run: ported from W&B, crashing, killed, forking, threaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mvfs
from mvfs.catalog import run_objects
from mvfs.catalog.catalog import Catalog
from tests.sdk.conftest import RunScript


def test_a_script_written_for_wandb(run_script: RunScript, work: Path) -> None:
    (work / "train.csv").write_text("1,2\n")
    run_script(
        """
        import argparse
        import mvfs as wandb

        args = argparse.Namespace(lr=0.1, epochs=3)
        wandb.login()
        run = wandb.init(project="port", entity="team", job_type="train", config=args, tags=["a"])
        assert run is wandb.run
        data = wandb.Artifact("data", type="dataset", description="rows", metadata={"rows": 1})
        data.add_file("train.csv", name="data/train.csv")
        wandb.use_artifact(data)
        for epoch in range(wandb.config.epochs):
            wandb.log({"epoch": epoch, "loss": 1 / (epoch + wandb.config.lr)})
            model = wandb.Artifact(f"model-{wandb.run.id}", type="model", metadata={"score": epoch})
            with model.new_file("model.ckpt", mode="wb") as file:
                file.write(b"weights %d" % epoch)
            wandb.log_artifact(model, aliases=["latest", f"epoch-{epoch}"])
        model.wait()
        assert (model.version, model.name) == ("v2", f"model-{run.id}:v2")
        wandb.run.summary["done"] = True
        wandb.finish()

        api = wandb.Api()
        ref = f"team/port/model-{run.id}:epoch-1"
        assert api.artifact(ref, type="model").download(root="down") == "down"
        try:
            api.artifact("team/port/nothing:v0")
        except wandb.CommError as exc:
            print(exc.message)
        logged = [a.name for a in api.run(f"team/port/{run.id}").logged_artifacts()]
        assert logged == ["data:v0", *(f"model-{run.id}:v{n}" for n in range(3))], logged
        """
    )
    assert (work / "down" / "model.ckpt").read_bytes() == b"weights 1"


@pytest.mark.parametrize(
    ("ending", "code", "state"),
    [("", 0, "finished"), ("raise ValueError('boom')", 1, "failed"), ("1 / 0", 1, "failed")],
)
def test_the_end_of_a_script_ends_its_run(run_script: RunScript, ending: str, code: int, state: str) -> None:
    done = run_script(
        f"""
        import mvfs
        mvfs.init(project="p")
        mvfs.log({{"a": 1}})
        {ending}
        """,
        code=code,
    )
    assert ("Traceback" in done.stderr) == bool(code)
    (found,) = mvfs.Api().runs("p")
    assert (found.state, found.summary) == (state, {"a": 1})
    assert [row["a"] for row in found.scan_history()] == [1]


def test_an_excepthook_of_the_script_is_still_called(run_script: RunScript) -> None:
    done = run_script(
        """
        import sys
        sys.excepthook = lambda *_: print("mine")
        import mvfs
        mvfs.init(project="p")
        1 / 0
        """,
        code=1,
    )
    assert done.stdout == "mine\n"
    assert mvfs.Api().runs("p")[0].state == "failed"


def test_hooks_that_call_each_other(run_script: RunScript) -> None:
    done = run_script(
        """
        import sys
        import mvfs
        mvfs.init(project="p")
        before = sys.excepthook
        def mine(*about):
            print("mine")
            before(*about)
        sys.excepthook = mine
        mvfs.init(project="p", reinit=True)
        1 / 0
        """,
        code=1,
    )
    assert done.stdout == "mine\n"
    assert done.stderr.count("ZeroDivisionError") == 1
    assert [run.state for run in mvfs.Api().runs("p")] == ["finished", "failed"]


def test_killed_in_the_middle_keeps_what_was_written(work: Path, catalog: Catalog) -> None:
    script = work / "script.py"
    script.write_text(
        """
import mvfs, sys
run = mvfs.init(project="p", id="killed")
step = 0
while True:
    mvfs.log({"step": step})
    step += 1
    if step == 100_000:
        print("go", flush=True)
"""
    )
    child = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"go\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    project = catalog.project("p")
    assert mvfs.Api().run("p/killed").state == "crashed"
    rows = [row["step"] for row in run_objects.read_history(project, "killed")]
    assert rows == list(range(len(rows)))
    with mvfs.init(project="p", id="killed", resume="must") as run:
        assert run.step >= 100_000  # not only what was in the store: all of it
        assert run.summary["step"] == run.step - 1
        run.log({"step": run.step})
    rows = [row["step"] for row in run_objects.read_history(project, "killed")]
    assert rows == list(range(len(rows)))
    assert len(rows) > 100_000


def test_a_slow_run_is_written_while_it_goes_on(work: Path) -> None:
    run = mvfs.init(project="p")
    run.log({"a": 1})
    until = time.monotonic() + 20
    while time.monotonic() < until and not mvfs.Api().run(f"p/{run.id}").history(pandas=False):
        time.sleep(0.05)
    assert [row["a"] for row in mvfs.Api().run(f"p/{run.id}").scan_history()] == [1]


def test_forked_children_log_beside_their_parent(run_script: RunScript) -> None:
    done = run_script(
        """
        import os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads, from Python 3.12 on
        import mvfs

        run = mvfs.init(project="p", id="parent")
        run.log({"a": 0})
        draft = mvfs.Artifact("kept", "model")
        with draft.new_file("f") as file:
            file.write("parent's")
        for child in range(4):
            pid = os.fork()
            if pid == 0:
                run.log({"a": 100 + child})
                artifact = mvfs.Artifact("m", "model")
                with artifact.new_file("f") as file:
                    file.write(str(child))
                run.log_artifact(artifact)
                if child == 0:
                    mvfs.finish()
                    with mvfs.init(project="p", id="child") as own:
                        own.log({"b": 1})
                    os._exit(0)
                if child == 1:
                    os._exit(0)
                if child == 2:
                    1 / 0
                sys.exit(0)
            _, status = os.waitpid(pid, 0)
            assert os.waitstatus_to_exitcode(status) == (1 if child == 2 else 0)
        run.log({"a": 1})
        assert run.log_artifact(draft).version == "v0"
        """
    )
    assert done.stderr.count("ZeroDivisionError") == 1
    parent = mvfs.Api().run("p/parent")
    assert (parent.state, parent.summary) == ("finished", {"a": 1})
    found = [(row["_step"], row["a"]) for row in parent.scan_history()]
    assert sorted(found) == [(0, 0), (1, 1), (1, 100), (1, 101), (1, 102), (1, 103)]
    assert [a.name for a in parent.logged_artifacts()] == ["m:v0", "m:v1", "m:v2", "m:v3", "kept:v0"]
    assert mvfs.Api().run("p/child").state == "finished"


def test_worker_processes(run_script: RunScript) -> None:
    run_script(
        """
        import multiprocessing, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        import mvfs

        def work(n):
            return n * mvfs.config.factor

        if __name__ == "__main__":
            run = mvfs.init(project="p", config={"factor": 2})
            with multiprocessing.get_context("fork").Pool(2) as pool:
                for value in pool.imap(work, range(50)):
                    run.log({"a": value})
        """
    )
    (found,) = mvfs.Api().runs("p")
    assert [row["a"] for row in found.scan_history()] == [2 * n for n in range(50)]


def test_threads_log_side_by_side(run_script: RunScript) -> None:
    run_script(
        """
        from concurrent.futures import ThreadPoolExecutor
        import mvfs

        def log(thread):
            for n in range(20):
                run.log({f"t{thread}": n})
                artifact = mvfs.Artifact(f"m{thread % 2}", "model")
                with artifact.new_file("f") as file:
                    file.write(f"{thread} {n}")
                run.log_artifact(artifact, aliases=["shared"])

        with mvfs.init(project="p") as run, ThreadPoolExecutor(6) as pool:
            list(pool.map(log, range(6)))
        """
    )
    api = mvfs.Api()
    (found,) = api.runs("p")
    rows = list(found.scan_history())
    assert len(rows) == 120
    assert [row["_step"] for row in rows] == list(range(120))
    assert all(len(api.artifacts("model", f"p/m{n}")) == 60 for n in range(2))


def test_importing_is_cheap(run_script: RunScript) -> None:
    run_script(
        """
        import sys
        before = set(sys.modules)
        import mvfs
        new = set(sys.modules) - before
        assert {m for m in new if m.startswith("mvfs")} == {"mvfs", "mvfs.version"}, new
        assert not new & {"sqlite3", "msgspec", "blake3", "logging"}, new
        assert set(mvfs.__all__) <= set(dir(mvfs))
        assert sorted(mvfs.__all__) == list(mvfs.__all__)
        for name in mvfs.__all__:
            getattr(mvfs, name)
        """
    )


def test_git_is_recorded_where_there_is_one(work: Path, run_script: RunScript) -> None:
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    subprocess.run([*git, "init", "-q", "."], check=True)
    (work / "script.py").write_text("")
    subprocess.run([*git, "add", "script.py"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "m"], check=True)
    head = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    run_script("import mvfs; mvfs.init(project='p')")
    (found,) = mvfs.Api().runs("p")
    assert found.metadata["git"]["commit"] == head
    assert found.metadata["git"]["dirty"] is True
    assert found.metadata["pid"] != os.getpid()


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize(
    ("end", "state"), [("pass", "finished"), ("1 / 0", "failed"), ("sys.exit(3)", "failed")]
)
def test_a_run_of_a_child_of_multiprocessing(run_script: RunScript, start: str, end: str, state: str) -> None:
    run_script(
        f"""
        import multiprocessing, sys
        import mvfs

        def work():
            mvfs.init(project="p", id="child")
            mvfs.log({{"loss": 0.5}})
            {end}

        if __name__ == "__main__":
            child = multiprocessing.get_context("{start}").Process(target=work)
            child.start()
            child.join()
        """
    )
    run = mvfs.Api().run("p/child")
    assert (run.state, [row["loss"] for row in run.scan_history()]) == (state, [0.5])
