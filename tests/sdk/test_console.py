"""What a run prints is kept, without secrets; and what else is recorded without being asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import mvfs
from mvfs.catalog.run_objects import Line
from mvfs.sdk import console
from mvfs.sdk.console import Console, shown
from mvfs.sdk.secrets import Masker
from tests.sdk.conftest import RunScript


def lines(run_id: str) -> list[tuple[int, str]]:
    return [(line.stream, line.text) for line in mvfs.Api().run(f"p/{run_id}").console()]


def test_output_errors_and_the_last_words(run_script: RunScript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_TOKEN", "hf_1234567890")
    done = run_script(
        """
        import logging, os, sys
        import mvfs
        mvfs.init(project="p", id="r")
        print("hello", end=" ")
        print("world")
        for n in range(100):
            sys.stdout.write(f"\\rstep {n}")
        print("\\r\\x1b[32mdone\\x1b[0m")
        logging.basicConfig()
        logging.warning("careful")
        print("the token is", os.environ["HUB_TOKEN"])
        raise ValueError("with hf_1234567890")
        """,
        code=1,
    )
    assert "hf_1234567890" in done.stdout  # people still see what they print
    found = lines("r")
    assert [text for stream, text in found if stream == 0] == ["hello world", "done 99", "the token is ***"]
    errors = [text for stream, text in found if stream == 1]
    assert errors[0] == "WARNING:root:careful"
    assert errors[-1] == "ValueError: with ***"
    assert mvfs.Api().run("p/r").ending == {
        **mvfs.Api().run("p/r").ending, "state": "failed", "exit_code": 1, "exception": "ValueError",
    }  # fmt: skip


@pytest.mark.parametrize("how", ["settings", "variable"])
def test_switched_off(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "variable":
        monkeypatch.setenv("MVFS_CONSOLE", "off")
    with mvfs.init(project="p", id="r", settings=mvfs.Settings(console="off") if how == "settings" else None):
        print("hello")
    assert lines("r") == []


def test_streams_are_as_they_were_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    with mvfs.init(project="p", id="r"):
        print("one")
    print("two")
    assert lines("r") == [(0, "one")]
    assert capsys.readouterr().out == "one\ntwo\n"


def test_what_a_terminal_shows() -> None:
    assert shown("10%\r20%\r100%") == "100%"
    assert shown("long text\rno") == "nong text"
    assert shown("\x1b[1mbold\x1b[0m \x1b]0;title\x07x") == "bold x"
    assert shown("\udcff") == "?"
    assert len(shown("x" * 10_000)) == console.MAX_LINE + 1


def test_too_much_is_left_out_but_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "MAX_BYTES", 100)
    kept: list[Line] = []
    one = Console(kept.append, str)
    for number in range(1000):
        one.feed(0, f"line {number}\n")
    one.feed(1, "no end")
    one.stop()
    texts = [line.text for line in kept]
    assert texts[:2] == ["line 0", "line 1"]
    assert texts[-1] == "no end"
    assert len(texts) == 5 + 1 + console.TAIL
    assert texts[5] == f"[{1000 + 1 - 5 - console.TAIL} lines are left out here]"


def test_a_bar_that_never_ends_a_line_is_bounded() -> None:
    kept: list[Line] = []
    one = Console(kept.append, str)
    for number in range(10_000):
        one.feed(1, f"\r{number:>20}")
        assert sum(map(len, one._open)) < 2 * console.MAX_LINE
    one.stop()
    assert [line.text for line in kept] == [f"{9999:>20}"]


def test_secrets_in_command_lines() -> None:
    masker = Masker({"MY_API_KEY": "abcdef123", "HOME": "/home/me", "DB_PASSWORD": "short"})
    command = [
        "train.py",
        "--api-key",
        "zzz",
        "--lr=1",
        "--hf-token=yyy",
        "x=abcdef123",
        "--tokenizer",
        "bpe",
        "short",
    ]
    assert masker.command(command) == [
        "train.py", "--api-key", "***", "--lr=1", "--hf-token=***", "x=***", "--tokenizer", "bpe", "short",
    ]  # fmt: skip
    assert masker.text("/home/me") == "/home/me"


def test_the_surroundings(work: Path, run_script: RunScript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_SECRET", "tell-nobody")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    subprocess.run([*git, "init", "-q", "."], check=True)
    (work / "a.py").write_text("one\n")
    subprocess.run([*git, "add", "a.py"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "m"], check=True)
    (work / "a.py").write_text("one\ntwo tell-nobody\n")
    run_script("import mvfs; mvfs.init(project='p', id='r')", "--password=tell-nobody")
    about = mvfs.Api().run("p/r").metadata
    assert "+two ***\n" in about["diff"]
    assert about["untracked"] == ["script.py"]
    assert any(one.startswith("msgspec==") for one in about["packages"])
    assert about["cpus"] > 0
    assert about["memory"] > 1 << 20
    assert about["argv"][1:] == ["--password=***"]
    assert "tell-nobody" not in repr(about)


def test_git_is_not_asked_where_that_is_switched_off(
    work: Path, run_script: RunScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    monkeypatch.setenv("WANDB_DISABLE_GIT", "true")
    run_script("import mvfs; mvfs.init(project='p', id='r')")
    assert not {"git", "diff", "untracked"} & set(mvfs.Api().run("p/r").metadata)


def test_an_exit_code_is_recorded(run_script: RunScript) -> None:
    run_script("import sys, mvfs; mvfs.init(project='p', id='r'); sys.exit(3)", code=3)
    found = mvfs.Api().run("p/r")
    assert (found.state, found.ending["exit_code"], found.ending["exception"]) == ("failed", 3, None)
