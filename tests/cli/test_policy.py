"""``mvfs policy``, and protected aliases on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.fixture
def logged(call: Call, tmp_path: Path) -> None:
    """v0 to v3 of ``vision/iv3``; v1 is ``production``."""
    for number in range(4):
        (tmp_path / "w").write_text(f"{number}")
        assert call("log", "w", "vision/model/iv3", *(("-a", "production") if number == 1 else ())).code == 0


@pytest.mark.usefixtures("logged")
def test_a_policy_is_set_shown_applied_and_cleared(call: Call, tmp_path: Path) -> None:
    assert call("policy", "vision/iv3").out.splitlines()[0].split() == ["keep", "last", "all"]
    said = call("policy", "vision/iv3", "--keep-last", "2", "--protect", "production")
    assert "1 version to the trash (v0)" in said.err
    assert call("policy", "vision/iv3", "--json").json == {
        "ref": "vision/iv3", "keep_last": 2, "ttl": None, "protected": ["production"], "best": None,
        "going": ["v0"],
    }  # fmt: skip
    (tmp_path / "w").write_text("new")
    result = call("log", "w", "vision/iv3")
    assert "moved 2 versions, v0 to v2 to the trash" in result.err
    (tmp_path / "w").write_text("newer")
    assert call("log", "w", "vision/iv3", "--json").json["trashed"] == ["v3"]
    assert "protected" in call("policy", "vision/iv3", "--clear").err
    done = call("policy", "vision/iv3", "--clear", "--force", "-m", "end of life", "--json")
    assert (done.json["keep_last"], done.json["protected"]) == (None, [])
    shown = call("policy", "vision/iv3", "--ttl", "30d")
    assert "30 d" in shown.out or "1 mo" in shown.out
    assert call("policy", "vision/iv3", "--ttl", "none", "--json").json["ttl"] is None


@pytest.mark.usefixtures("logged")
def test_a_protected_alias_moves_by_force_and_the_history_says_why(call: Call) -> None:
    call("policy", "vision/iv3", "--protect", "production")
    assert call("alias", "vision/iv3").out.splitlines()[1:] == [
        "latest      v3",
        "production  v1       protected",
    ]
    refused = call("alias", "vision/iv3:v2", "production")
    assert (refused.code, "--force --reason TEXT" in refused.err) == (4, True)
    assert call("alias", "vision/iv3:v2", "production", "--force").code == 2
    assert call("rm", "vision/iv3:v1", "--aliases", "-y").code == 4
    assert call("rm", "vision/iv3", "-y").code == 4
    assert call("mv", "vision/iv3:v1", "iv4", "--aliases", "-y").code == 4
    assert call("alias", "vision/iv3:v2", "production", "--force", "-m", "better\x1b[31m").code == 0
    assert call("rm", "vision/iv3:v2", "--aliases", "--force", "--reason", "leaked", "-y").code == 0
    history = call("alias", "--history", "vision/iv3", "production", "--json").json
    assert [(one.get("from"), one.get("to"), one.get("protected"), one["reason"]) for one in history] == [
        (None, "v1", None, None),
        (None, None, True, None),
        ("v1", "v2", None, "better\x1b[31m"),
        ("v2", None, None, "leaked"),
    ]
    shown = call("alias", "--history", "vision/iv3", "production").out
    assert "v1 → v2" in shown
    assert "leaked" in shown
    assert "\x1b" not in shown


@pytest.mark.usefixtures("logged")
def test_a_whole_name_with_a_protected_alias_can_be_renamed(call: Call) -> None:
    call("policy", "vision/iv3", "--protect", "production")
    assert call("mv", "vision/iv3", "iv4", "-y").code == 0
    assert call("policy", "vision/iv4", "--json").json["protected"] == ["production"]


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--keep-last", "0"], 2, "from 1 on"),
        (["--keep-last", "many"], 2, "from 1 on"),
        (["--ttl", "0"], 2, "an age such as 30d"),
        (["--ttl", "soon"], 2, "no age"),
        (["--protect", "latest"], 2, "moves with each version"),
        (["--protect", "a/b"], 2, "'/'"),
        (["--protect", "a", "--unprotect", "a"], 2, "at once"),
    ],
)
def test_bad_words_get_one_line(call: Call, words: list[str], code: int, says: str) -> None:
    result = call("policy", "vision/iv3", *words)
    assert (result.code, len(result.err.splitlines())) == (code, 1)
    assert says in result.err


@pytest.mark.usefixtures("logged")
def test_a_policy_belongs_to_a_name(call: Call) -> None:
    assert call("policy", "vision", "--keep-last", "1").code == 3
    assert call("policy", "vision/iv3:v1", "--keep-last", "1").code == 3


@pytest.mark.usefixtures("logged")
def test_a_sync_leaves_what_is_protected_in_the_target(call: Call, tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert call("sync", tmp_path / "store", there).code == 0
    call("policy", f"{there}::vision/iv3", "--protect", "production")
    call("alias", "vision/iv3:v2", "production")
    result = call("sync", tmp_path / "store", there)
    assert "is protected in the target" in result.out + result.err
    call("sync", tmp_path / "store", there, "--force")
    history = call("alias", "--history", f"{there}::vision/iv3", "production", "--json").json
    assert (history[-1]["to"], history[-1]["reason"]) == ("v2", "sync --force")
