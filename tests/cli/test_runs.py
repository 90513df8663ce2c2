"""`mvfs runs`, `mvfs run show` and `mvfs ls --where`, as typed."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import mvfs
from mvfs.sdk import active
from tests.cli.conftest import Call


@pytest.fixture(autouse=True)
def logged(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three runs, each with a version; the last two used the first version."""
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        run = mvfs.init(project="vision", id=f"r{number}", name=f"resnet-{number}", job_type="train",
                        config={"lr": 10.0**-number, "opt": {"name": "adam"}})  # fmt: skip
        if number:
            run.use_artifact("iv3:v0")
        run.log({"acc": number / 2})
        artifact = mvfs.Artifact("iv3", "model", metadata={"acc": number / 2})
        with artifact.new_file("w") as file:
            file.write("x" * (number + 1) * 1000)
        run.log_artifact(artifact, aliases=["prod"] * (number == 1), tags=["golden"] * (number > 0))
        run.finish(1 if number == 1 else 0)
    active.set_run(None)


def cells(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]


def test_runs(call: Call) -> None:
    head, *rows = cells(call("runs", "config.lr<1 and summary.acc>0.1", "--sort", "-summary.acc").out)
    assert head == ["ID", "NAME", "STATE", "AGE", "DURATION", "JOB", "IN", "OUT", "summary.acc", "config.lr"]
    assert [(row[0], row[2], *row[-5:]) for row in rows] == [
        ("r2", "finished", "train", "1", "1", "1", "0.01"),
        ("r1", "failed", "train", "1", "1", "0.5", "0.1"),
    ]
    assert [row[0] for row in cells(call("runs").out)] == ["ID", "r0", "r1", "r2"]
    assert [row[0] for row in cells(call("runs", "--limit", "2").out)] == ["ID", "r1", "r2"]
    assert [row[0] for row in cells(call("runs", "--sort=summary.acc", "--limit", 1).out)] == ["ID", "r0"]
    assert cells(call("runs", "r1", "--columns", "config.opt.name,output").out)[1][-2:] == ["adam", "iv3:v1"]


def test_runs_as_json(call: Call) -> None:
    (found,) = call("runs", "state=failed", "--json").json
    assert (found["project"], found["id"], found["config"]) == (
        "vision",
        "r1",
        {"lr": 0.1, "opt": {"name": "adam"}},
    )
    assert (found["inputs"], found["outputs"], found["summary"]) == (["iv3:v0"], ["iv3:v1"], {"acc": 0.5})
    assert found["duration"] >= 0
    assert call("runs", "state=x", "--json").json == []


def test_runs_of_several_projects(call: Call) -> None:
    mvfs.init(project="speech", id="s", config={"lr": 0.5}).finish()
    rows = cells(call("runs", "has config.lr", "--sort", "-config.lr").out)
    assert [row[:2] for row in rows] == [
        ["PROJECT", "ID"], ["vision", "r0"], ["speech", "s"], ["vision", "r1"], ["vision", "r2"],
    ]  # fmt: skip
    assert [row[1] for row in cells(call("runs", "--limit", "2").out)] == ["ID", "r2", "s"]
    assert [row[0] for row in cells(call("runs", "-p", "speech").out)] == ["ID", "s"]
    assert [row[1] for row in cells(call("runs", "project=speech").out)] == ["ID", "s"]
    assert call("runs", "-p", "none").code == 3


def test_nothing_found(call: Call) -> None:
    assert call("runs", "vision") == (
        0,
        "",
        "no run passes 'vision'; for the runs of that project, write: mvfs runs -p vision\n",
    )
    assert call("runs", "state=x").err == "no run passes 'state=x'\n"
    assert call("ls", "vision/iv3", "-w", "size>1G").err == "no version passes 'size>1G'\n"


def test_a_wrong_query_is_pointed_at(call: Call) -> None:
    done = call("runs", "id=r1 or config.lr<")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "mvfs: a value is missing after '<' (character 20 of the query)",
        "  id=r1 or config.lr<",
        "                     ^",
    ]
    done = call("runs", "note=\x1b[31m and (", "--json")
    assert done.code == 2
    assert '"position": 16' in done.err
    assert "\x1b" not in call("runs", "note=\x1b[31m and (").err
    assert call("runs", "--limit", "0").code == 2
    assert call("runs", "--sort", "-acc").err.startswith(
        "mvfs: runs have no field 'acc'; they have id, name,"
    )


def test_run_show(call: Call) -> None:
    out = call("run", "show", "r1").out
    assert ["run", "vision/r1"] in cells(out)
    assert ["inputs", "vision/iv3:v0"] in cells(out)
    assert ["outputs", "vision/model/iv3:v1"] in cells(out)
    assert ["lr", "0.1"] in cells(out)
    assert call("run", "show", "vision/resnet-1").out == out
    shown = call("run", "show", "vision/r1", "--json").json
    assert (shown["id"], shown["state"], shown["summary"]) == ("r1", "failed", {"acc": 0.5})
    assert shown["facts"]["python"]
    assert (shown["inputs"], shown["outputs"]) == (["vision/iv3:v0"], ["vision/model/iv3:v1"])
    assert call("run", "show", "r9") == (3, "", "mvfs: no run has the id or name 'r9'\n")
    mvfs.init(project="speech", id="r1").finish()
    assert "'r1' is not one run but 2: speech/r1, vision/r1" in call("run", "show", "r1").err


def test_ls_where(call: Call) -> None:
    head, row = cells(call("ls", "vision/model", "--where", "metadata.acc>0.5 and tag=golden and age<7d").out)
    assert head == ["TYPE", "NAME", "VERSION", "AGE", "SIZE", "ALIASES", "metadata.acc", "TAG"]
    assert (row[:3], row[-3:]) == (["model", "iv3", "v2"], ["latest", "1", "golden"])
    assert [row[0] for row in cells(call("ls", "vision/iv3", "-w", "prod or size>2k").out)] == [
        "VERSION",
        "v1",
        "v2",
    ]
    assert [row[0] for row in cells(call("ls", "vision/iv3", "--sort", "-size").out)] == [
        "VERSION",
        "v2",
        "v1",
        "v0",
    ]
    assert [row[3] for row in cells(call("ls", "-w", "summary.acc<1", "--limit", 1).out)] == ["VERSION", "v1"]
    (found,) = call("ls", "-w", "config.lr=1", "--json").json
    assert found["ref"] == "vision/model/iv3:v0"
    assert call("ls", "vision/iv3:v1", "-w", "best").code == 2
    assert call("ls", "--trash", "-w", "best").code == 2


def test_runs_that_used_or_made_a_version(call: Call) -> None:
    with mvfs.init(project="speech", id="far") as run:
        run.use_artifact("vision/iv3:v0")
    rows = cells(call("runs", "--used", "vision/iv3:v0").out)[1:]
    assert [row[:2] for row in rows] == [["vision", "r1"], ["vision", "r2"], ["speech", "far"]]
    assert [row[0] for row in cells(call("runs", "-p", "vision", "--used", "vision/iv3:v0").out)[1:]] == [
        "r1",
        "r2",
    ]
    assert [row[1] for row in cells(call("runs", "--used", "vision/iv3:v0", "--limit", "1").out)[1:]] == [
        "far"
    ]
    assert [one["id"] for one in call("runs", "--made", "vision/iv3:prod", "--json").json] == ["r1"]
    both = call("runs", "--used", "vision/iv3:v0", "--made", "vision/iv3", "--json").json
    assert [one["id"] for one in both] == ["r2"]
    assert call("runs", "state=failed", "--used", "vision/iv3:v0", "--json").json[0]["id"] == "r1"
    assert call("runs", "--used", "vision/iv3:v2") == (0, "", "no run did that\n")
    assert call("runs", "--used", "vision/iv3:v9").code == 3


def test_a_run_tells_how_it_ended_what_it_printed_and_its_patch(call: Call, tmp_path: Path) -> None:
    script = """
        import mvfs
        run = mvfs.init(project="g", id="cut", config={"lr": 1})
        for number in range(30):
            print("line", number)
        raise KeyError("x")
    """
    _git(tmp_path, script)
    shown = call("run", "show", "cut").out
    assert "ending    exit code 1, KeyError\n" in shown
    assert " (master, with uncommitted changes)\n" in shown
    assert "(--patch shows them)" in shown
    assert "(--json shows them)" in shown
    tail = call("run", "show", "cut", "--console").out.splitlines()
    assert (len(tail), tail[-1]) == (20, "KeyError: 'x'")
    assert call("run", "show", "--console", "-n", 0, "g/cut").out.startswith("line 0\nline 1\n")
    (last,) = call("run", "show", "cut", "--console", "--lines", 1, "--json").json
    assert (last["stream"], last["text"]) == ("stderr", "KeyError: 'x'")
    assert call("run", "show", "cut", "--console", "-n", -1).code == 2
    patch = call("run", "show", "cut", "--patch")
    assert "+# more" in patch.out
    subprocess.run(["git", "checkout", "-q", "."], check=True)
    subprocess.run(["git", "apply"], input=patch.out, text=True, check=True)
    assert (tmp_path / "train.py").read_text().endswith("# more\n")
    as_json = call("run", "show", "cut", "--patch", "--json").json
    assert (len(as_json["commit"]), as_json["is_cut"], as_json["patch"]) == (40, False, patch.out)
    assert call("run", "show", "cut", "--json").json["ending"]["exception"] == "KeyError"


def test_a_run_without_output_or_repository(call: Call) -> None:
    assert call("run", "show", "r0", "--console").err == "run 'r0' has no lines of output\n"
    code, out, err = call("run", "show", "r0", "--patch")
    assert (code, out) == (3, "")
    assert "did not run in a git repository" in err
    assert call("run", "show", "r0", "--patch", "--console").code == 2


def _git(folder: Path, script: str) -> None:
    """Run a script in a repository in which it has changed since the last commit."""
    (folder / "train.py").write_text(textwrap.dedent(script))
    (folder / ".gitignore").write_text("store\nhome\n")
    who = ["-c", "user.name=n", "-c", "user.email=e@x"]
    for words in (["init", "-q", "-b", "master"], ["add", "."], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    with (folder / "train.py").open("a") as file:
        file.write("# more\n")
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=folder,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert done.returncode == 1


def test_links_and_descriptions_are_shown(call: Call) -> None:
    with mvfs.init(project="vision") as run:
        run.link_artifact(run.use_artifact("iv3:v1"), "shelf/iv3", ["good"])
    found = mvfs.Api().artifact_collection("model", "vision/iv3")
    found.description, found.tags = "what we ship\nsecond line", ["vit"]
    found.save()
    shown = call("show", "vision/iv3:v1").out
    assert "linked as  shelf/model/iv3:v0\n" in shown
    assert "all of iv3 (vit)\n  what we ship\n  second line\n" in shown
    assert "link to  vision/iv3:v1\n" in call("show", "shelf/iv3").out
    as_json = call("show", "shelf/iv3", "--json").json
    assert (as_json["link_to"], as_json["links"]) == ("vision/iv3:v1", [])
    as_json = call("show", "vision/iv3:v1", "--json").json
    assert (as_json["link_to"], as_json["links"]) == (None, ["shelf/model/iv3:v0"])
    assert as_json["name"] == {"description": "what we ship\nsecond line", "tags": ["vit"]}
    assert cells(call("ls", "-l", "vision").out)[1][-4:] == ["vit", "what", "we", "ship"]
    assert cells(call("ls", "-l", "shelf/iv3").out)[1][-1] == "vision/iv3:v1"
    assert call("ls", "vision", "--json").json[0]["tags"] == ["vit"]


def test_time_to_live_in_spite_of_the_policy(call: Call) -> None:
    assert call("ttl", "vision/iv3:v1", "never").out == "never\n"
    assert "expires  never\n" in call("show", "vision/iv3:v1").out
    assert call("ttl", "vision/iv3:v1", "none").out == "none\n"
    assert call("ttl", "vision/iv3:v1", "soon").code == 2
