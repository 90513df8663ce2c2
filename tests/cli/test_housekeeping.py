"""The verbs that keep house: what they show, when they act, what wrong input gets."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mvfs.cli import VERBS
from tests.cli.conftest import Call

UNCHANGED = "nothing was changed; --yes does it"


@pytest.fixture
def log(call: Call, tmp_path: Path) -> Callable[..., None]:
    def one(content: str, ref: str = "vision/model/iv3", *more: str) -> None:
        source = tmp_path / "source.bin"
        source.write_text(content)
        result = call("log", source, ref, *more)
        assert result.code == 0, result.err

    return one


@pytest.fixture
def three(log: Callable[..., None]) -> None:
    """vision/iv3 with v0, v1 (prod) and v2 (latest)."""
    for number in range(3):
        log(str(number), "vision/model/iv3", *(["-a", "prod"] if number == 1 else []))


def labels(call: Call, ref: str = "vision/iv3") -> list[str]:
    return [version["version"] for version in call("ls", ref, "--json").json]


class Terminal:
    """A standard input where somebody types."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self.answer


@pytest.mark.usefixtures("three")
def test_rm_shows_then_does_then_undelete(call: Call) -> None:
    shown = call("rm", "vision/iv3:v0")
    assert (shown.code, labels(call)) == (1, ["v0", "v1", "v2"])
    assert shown.out.split("\n")[1].split()[0] == "vision/model/iv3:v0"
    assert shown.err == f"1 version would go to the trash\n{UNCHANGED}\n"
    done = call("rm", "vision/iv3:v0", "--yes", "--json")
    assert (done.code, [one["ref"] for one in done.json]) == (0, ["vision/model/iv3:v0"])
    assert labels(call) == ["v1", "v2"]
    gone = call("show", "vision/iv3:v0")
    assert gone.code == 3
    assert "deleted it 0 s ago" in gone.err
    assert call("undelete", "vision/iv3:v0").out == "vision/model/iv3:v0\n"
    assert labels(call) == ["v0", "v1", "v2"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_a_terminal_is_asked(call: Call, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    result = call("rm", "vision/iv3:v0")
    assert "do it? [y/N] " in result.err
    assert result.code == code
    assert ("nothing was changed" in result.err) == bool(code)
    assert len(labels(call)) == 2 + code


@pytest.mark.usefixtures("three")
def test_rm_refuses_aliases(call: Call) -> None:
    for ref in ("vision/iv3:v1", "vision/iv3:latest", "vision/iv3:prod"):
        refused = call("rm", ref, "-y", "--json")
        assert refused.code == 4
        error = json.loads(refused.err)["error"]
        assert error["kind"] == "conflict"
        assert len(error["aliases"]) == 1
    assert call("rm", "vision/iv3:v1", "vision/iv3:v2", "-y", "--aliases").code == 0
    assert call("alias", "vision/iv3", "--json").json == {"latest": "v0"}


@pytest.mark.usefixtures("three")
def test_rm_of_a_whole_name_and_its_trash(call: Call, log: Callable[..., None]) -> None:
    log("x", "vision/dataset/cats")
    shown = call("rm", "vision/iv3", "vision/iv3:v0", "vision/cats")
    assert "4 versions (all of vision/iv3, all of vision/cats) would go to the trash" in shown.err
    assert call("rm", "vision/iv3", "vision/cats", "-y").code == 0
    assert call("ls", "vision").out == ""
    gone = call("ls", "vision/iv3")
    assert gone.code == 3
    assert "'mvfs undelete vision/iv3' brings back" in gone.err
    assert len(call("ls", "--trash").out.splitlines()) == 5
    assert [one["ref"] for one in call("ls", "--trash", "vision/dataset", "--json").json] == [
        "vision/dataset/cats:v0"
    ]
    (one,) = call("ls", "--trash", "vision/iv3:v1", "--json").json
    assert {"ref", "version", "digest", "size", "deleted", "by"} == set(one)
    back = call("undelete", "vision/model/iv3")
    assert back.out == "vision/model/iv3:v0\nvision/model/iv3:v1  prod\nvision/model/iv3:v2  latest\n"
    assert call("ls", "--trash", "vision/iv3").err == "nothing is in the trash\n"


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["rm", "vision"], 2, "is no version and no name"),
        (["rm", "vision/model"], 2, "is no version and no name"),
        (["rm", "vision/iv3:v0/source.bin"], 2, "versions never change"),
        (["rm", "vision/iv3:v0", "vision/iv3:v7"], 3, "has no version v7"),
        (["rm"], 2, "required"),
        (["undelete", "vision/iv3:v0"], 4, "is not deleted"),
        (["undelete", "vision/iv3"], 3, "nothing of 'vision/iv3' is in the trash"),
        (["undelete", "vision/iv3:prod"], 2, "give its number"),
        (["undelete", "vision"], 2, "is a project"),
        (["undelete", "vision/nope"], 3, "never had a name 'nope'"),
        (["undelete", "vision/iv3:v0/x"], 2, "back whole"),
        (["ls", "--trash", "vision/nope"], 3, "never had"),
        (["rename", "vision/model", "x"], 2, "is no project and no name"),
        (["rename", "vision/iv3:v0", "x"], 2, "is no project and no name"),
        (["rename", "vision/iv3", "other/x"], 2, "mvfs mv"),
        (["rename", "vision/iv3", "vision/dataset/x"], 2, "a model stays a model"),
        (["rename", "vision/iv3", "x:v1"], 2, "is no name"),
        (["rename", "vision/iv3", "v1"], 2, "looks like a version number"),
        (["rename", "vision/iv3", "iv3"], 4, "exists"),
        (["rename", "vision", "a/b"], 2, "has a '/'"),
        (["rename", "nope", "x"], 3, "no project 'nope'"),
        (["cp", "vision/iv3:v0", "iv3"], 2, "is the name that it has"),
        (["cp", "vision/iv3:v0", "a/b/c/d"], 2, "is no name"),
        (["cp", "vision", "x"], 2, "'cp' takes nothing larger"),
        (["mv", "vision/iv3:v2", "iv4"], 4, "v2 is latest"),
        (["prune", "vision/iv3"], 2, "say what to keep"),
        (["prune", "vision/iv3:v0", "--keep-last", "1"], 2, "'rm' takes versions"),
        (["prune", "vision/iv3", "--older-than", "soon"], 2, "is no age"),
        (["prune", "vision/iv3", "--keep-last", "x"], 2, "invalid int"),
        (["ttl", "vision/iv3:v0", "0"], 2, "delete it with 'mvfs rm'"),
        (["sweep", "vision/iv3"], 2, "is no project"),
        (["sweep", "nope"], 3, "no project"),
        (["sweep", "--grace", "x"], 2, "is no age"),
        (["du", "vision/iv3:v0/source.bin"], 2, "is a file"),
        (["du", "nope"], 3, "no project"),
        (["log", "source.bin", "vision/iv3", "--ttl", "x"], 2, "is no age"),
    ],
)
def test_wrong_input_changes_nothing(call: Call, words: list[str], code: int, said: str) -> None:
    result = call(*words)
    assert (result.code, said in result.err) == (code, True), result.err
    assert result.err.count("\n") == 1
    assert labels(call) == ["v0", "v1", "v2"]


@pytest.mark.usefixtures("three")
def test_rename(call: Call) -> None:
    assert call("rename", "vision/iv3", "iv4").out == "vision/model/iv4\n"
    assert call("rename", "vision/iv4", "vision/model/iv5", "--json").json == {"ref": "vision/model/iv5"}
    assert call("rename", "vision", "sight").out == "sight\n"
    assert labels(call, "sight/iv5") == ["v0", "v1", "v2"]
    assert call("ls", "vision").code == 3


@pytest.mark.usefixtures("three")
def test_cp_and_mv(call: Call, tmp_path: Path) -> None:
    copied = call("cp", "vision/iv3:v0", "iv4")
    assert (copied.code, copied.out) == (0, "vision/model/iv4:v0  latest\n")
    assert "no bytes copied" in copied.err
    assert [one["ref"] for one in call("cp", "vision/iv3", "sight/iv3", "--json").json] == [
        f"sight/model/iv3:v{n}" for n in range(3)
    ]
    shown = call("mv", "vision/iv3:v0", "new/iv3")
    assert shown.code == 1
    assert shown.err == f"1 version would move to new/model/iv3\n{UNCHANGED}\n"
    assert call("ls", "new").code == 3
    assert call("mv", "vision/iv3:v0", "new/iv3", "-y").code == 0
    assert (labels(call), labels(call, "new/iv3")) == (["v1", "v2"], ["v0"])
    assert call("mv", "vision/iv3", "iv4", "-y").code == 0
    assert call("alias", "vision/iv4", "--json").json == {"latest": "v2", "prod": "v1"}
    other = tmp_path / "other"
    assert call("cp", "vision/iv4:prod", f"{other}::vision/iv4").code == 0
    assert call("cat", f"{other}::vision/iv4:v0").out == "1"
    assert call("cp", f"{other}::vision/iv4", "iv5").code == 0
    assert call("cat", f"{other}::vision/iv5:v0").out == "1"


@pytest.mark.usefixtures("three")
def test_prune_ttl(call: Call, log: Callable[..., None]) -> None:
    log("3", "vision/model/iv3", "--ttl", "30d")
    assert call("ttl", "vision/iv3:v0").out == "none\n"
    said = call("ttl", "vision/iv3:v3")
    assert "is kept as long as it is latest" in said.err
    expires = call("show", "vision/iv3:v3", "--json").json["expires"]
    assert expires > call("show", "vision/iv3:v3", "--json").json["created"]
    assert "expires" in call("show", "vision/iv3:v3").out
    assert call("ttl", "vision/iv3:v3", "none", "--json").json["expires"] is None
    nothing = call("prune", "vision", "--expired")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "nothing to do\n")
    shown = call("prune", "vision/model", "--keep-last", "1", "--json")
    assert (shown.code, [one["version"] for one in shown.json]) == (1, ["v0", "v2"])
    assert call("prune", "vision/iv3", "--keep-last", "1", "-y").code == 0
    assert labels(call) == ["v1", "v3"]


def test_prune_says_what_runs_used(call: Call, log: Callable[..., None]) -> None:
    from mvfs.catalog import runs
    from mvfs.catalog.catalog import open_catalog
    from mvfs.catalog.runs import RunStart

    log("0")
    log("1")
    project = open_catalog().project("vision")
    runs.start(project, RunStart("run1", "eval", None, None, {}, {}))
    runs.use(project, "run1", project, "iv3", 0)
    shown = call("prune", "vision", "--keep-aliased")
    assert "input of 1 run" in shown.out
    assert "1 version, 1 of them used as input by runs would go to the trash" in shown.err
    assert call("prune", "vision", "--keep-aliased", "--json").json[0]["used_by"] == ["run1"]


@pytest.mark.usefixtures("three")
def test_sweep_and_du(call: Call, log: Callable[..., None]) -> None:
    log("x", "sight/model/iv3")
    (sight, vision) = call("du", "--json").json
    assert (sight["project"], vision["versions"], vision["size"], vision["trash"]) == ("sight", 3, 3, 0)
    assert vision["stored"] == vision["live"] > 0
    assert call("sweep", "--grace", "0").err == "nothing to do\n"
    (first, *_) = call("du", "vision/iv3", "--json").json
    assert set(first) == {"ref", "versions", "size", "unique", "shared"}
    call("rm", "vision/iv3:v0", "-y")
    assert call("du", "--json").json[1]["trash"] == first["unique"]
    assert call("sweep").code == 0
    shown = call("sweep", "--grace", "0", "--json")
    assert (shown.code, shown.json) == (
        1,
        [
            {
                "project": "vision",
                "objects": 2,
                "size": first["unique"],
                "repacked": 0,
                "spared": 0,
                "uploads": 0,
            }
        ],
    )
    assert call("sweep", "sight", "--grace", "0").code == 0
    assert call("sweep", "vision", "--grace", "0", "-y").code == 0
    refused = call("undelete", "vision/iv3:v0")
    assert refused.code == 4
    assert "took its files" in refused.err
    call("rm", "vision/iv3:v1", "--aliases", "-y")
    partly = call("undelete", "vision/iv3")
    assert (partly.code, partly.out) == (1, "vision/model/iv3:v1  prod\n")
    assert "v0 cannot come back" in partly.err
    table = call("du", "vision").out.splitlines()
    assert table[0].split() == ["REF", "VERSIONS", "SIZE", "UNIQUE", "SHARED"]
    assert table[1].split()[0] == "vision/model/iv3"
    assert call("du", "vision/iv3:v1", "--json").json[0]["ref"] == "vision/model/iv3:v1"


def test_an_empty_store(call: Call) -> None:
    for words in (["du"], ["sweep"], ["ls", "--trash"]):
        result = call(*words)
        assert (result.code, result.out) == (0, "")


def test_long_lists_are_cut_for_people_only(call: Call, log: Callable[..., None]) -> None:
    for number in range(45):
        log(str(number))
    shown = call("rm", "vision/iv3")
    assert shown.out.splitlines()[-1] == "… and 5 more"
    assert len(shown.out.splitlines()) == 42
    assert len(call("rm", "vision/iv3", "--json").json) == 45


@pytest.mark.parametrize("verb", ["rename", "cp", "mv", "rm", "undelete", "ttl", "prune", "sweep", "du"])
def test_every_verb_has_help(call: Call, verb: str) -> None:
    assert verb in VERBS
    assert call(verb, "--help").out.startswith(f"usage: mvfs {verb}")
