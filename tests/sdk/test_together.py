"""Many processes: one shared run, one group, one project; forked and spawned."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import mvfs
from mvfs.catalog.catalog import Catalog
from mvfs.store import keys
from tests.sdk.conftest import RunScript


def together(source: str, count: int, work: Path) -> None:
    """Run a script ``count`` times at once; ``sys.argv[1]`` is the rank."""
    script = work / "rank.py"
    script.write_text(textwrap.dedent(source))
    ranks = [
        subprocess.Popen([sys.executable, str(script), str(rank)], stderr=subprocess.PIPE, text=True)
        for rank in range(count)
    ]
    for rank in ranks:
        _, errors = rank.communicate(timeout=120)
        assert rank.returncode == 0, errors


def test_eight_processes_share_a_run(work: Path) -> None:
    together(
        """
        import sys
        import mvfs
        rank = int(sys.argv[1])
        with mvfs.init(project="p", id="job", mode="shared", config={f"rank{rank}": rank, "lr": 0.1}) as run:
            for n in range(500):
                run.log({f"loss{rank}": n, "n": n})
            print("rank", rank)
        """,
        8, work,
    )  # fmt: skip
    found = mvfs.Api().run("p/job")
    assert found.state == "finished"
    rows = list(found.scan_history())
    assert len(rows) == 8 * 500
    assert [row["_step"] for row in rows] == sorted(row["_step"] for row in rows)
    for rank in range(8):
        assert [row[f"loss{rank}"] for row in rows if f"loss{rank}" in row] == list(range(500))
    assert found.summary == {"n": 499, **{f"loss{rank}": 499 for rank in range(8)}}
    assert sorted(line.text for line in found.console()) == [f"rank {rank}" for rank in range(8)]
    assert found.config["lr"] == 0.1


def test_one_rank_of_a_shared_run_fails(work: Path) -> None:
    together(
        """
        import sys
        import mvfs
        run = mvfs.init(project="p", id="job", mode="shared")
        run.log({"a": 1})
        run.finish(1 if sys.argv[1] == "0" else 0)
        """,
        3, work,
    )  # fmt: skip
    assert mvfs.Api().run("p/job").state == "failed"


def test_a_shared_run_needs_an_id() -> None:
    with pytest.raises(mvfs.MvfsError, match="needs to know which run"):
        mvfs.init(project="p", mode="shared")


def test_sixteen_runs_in_one_project_and_group(work: Path) -> None:
    together(
        """
        import sys
        import mvfs
        rank = int(sys.argv[1])
        with mvfs.init(project="p", group="ddp", config={"rank": rank}) as run:
            for n in range(5):
                run.log({"n": n, "rank": rank})
                artifact = mvfs.Artifact("m", "model", metadata={"rank": rank, "n": n})
                with artifact.new_file("f") as file:
                    file.write(f"{rank} {n}")
                run.log_artifact(artifact, wait=n % 2 == 0)
        """,
        16, work,
    )  # fmt: skip
    runs = mvfs.Api().runs("p")
    assert [(run.state, run.group) for run in runs] == [("finished", "ddp")] * 16
    assert sorted(run.config["rank"] for run in runs) == list(range(16))
    for run in runs:
        assert [(row["n"], row["rank"]) for row in run.scan_history()] == [
            (n, run.config["rank"]) for n in range(5)
        ]
        mine = run.logged_artifacts()
        assert [a.metadata["n"] for a in mine] == list(range(5))
        assert all(a.metadata["rank"] == run.config["rank"] for a in mine)
    versions = mvfs.Api().artifacts("model", "p/m")
    assert sorted(int(a.version[1:]) for a in versions) == list(range(80))


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_multiprocessing(how: str, run_script: RunScript, catalog: Catalog) -> None:
    run_script(
        f"""
        import multiprocessing, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        import mvfs

        def work(worker):
            run = mvfs.run or mvfs.init(project="p", id="r", mode="shared")
            for n in range(50):
                run.log({{f"w{{worker}}": n}})

        if __name__ == "__main__":
            run = mvfs.init(project="p", id="r", mode="shared")
            run.log({{"main": 1}})
            context = multiprocessing.get_context("{how}")
            workers = [context.Process(target=work, args=(n,)) for n in range(3)]
            [worker.start() for worker in workers]
            [worker.join() for worker in workers]
            assert [worker.exitcode for worker in workers] == [0] * 3
            run.finish()
        """
    )
    found = mvfs.Api().run("p/r")
    rows = list(found.scan_history())
    for worker in range(3):
        assert [row[f"w{worker}"] for row in rows if f"w{worker}" in row] == list(range(50))
    assert len(rows) == 151
    assert found.summary == {"main": 1, "w0": 49, "w1": 49, "w2": 49}
    assert found.state == "finished"
    project = catalog.project("p")
    writers = {
        info.key.split("/")[-2] for info in project.backend.list(keys.run_object(project.id, "r", "history/"))
    }
    assert len(writers) == 4


def test_terminated_pool_workers_lose_nothing(run_script: RunScript) -> None:
    run_script(
        """
        import multiprocessing, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        import mvfs

        def work(n):
            mvfs.log({"n": n})

        if __name__ == "__main__":
            with mvfs.init(project="p", id="r") as run:
                with multiprocessing.get_context("fork").Pool(3) as pool:
                    pool.map(work, range(100))
        """
    )
    assert sorted(row["n"] for row in mvfs.Api().run("p/r").scan_history()) == list(range(100))
