"""``mvfs watch``: commands, what they are told, and what happens when they fail or are killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.cursor import Cursor
from mvfs.cli import running
from tests.cli.conftest import Call

Log = Callable[..., str]
TELL = 'echo "$MVFS_EVENT $MVFS_REF $MVFS_VERSION $MVFS_ALIAS $MVFS_OLD $MVFS_NEW" >> told'


@pytest.fixture
def log(call: Call, tmp_path: Path) -> Log:
    """Logs the next version of ``vision/model/iv3``."""

    def log_it(*more: str) -> str:
        (tmp_path / "w").write_bytes(os.urandom(8))
        return call("log", "w", "vision/model/iv3", *more).out.strip()

    return log_it


def lines(tmp_path: Path) -> list[str]:
    file = tmp_path / "told"
    return file.read_text().splitlines() if file.exists() else []


def test_a_command_is_told_what_happened(call: Call, log: Log, tmp_path: Path) -> None:
    log()
    log("-a", "production")
    call("alias", "vision/iv3:v0", "production")
    words = ["watch", "vision/iv3", "--on", "any", "--from", "start", "--no-wait"]
    assert call(*words, "--", "sh", "-c", TELL).code == 0
    assert lines(tmp_path) == [
        "version vision/model/iv3:v0 v0   v0",
        "version vision/model/iv3:v1 v1   v1",
        "alias vision/model/iv3:v1 v1 production  v1",
        "alias vision/model/iv3:v0 v0 production v1 v0",
    ]
    shown = call(*words, "--", "echo", "{ref}:{alias}", "{old}{new}", "{unknown}", "{}", "--json")
    assert shown.out.splitlines()[-1] == "vision/model/iv3:v0:production v1v0 {unknown} {} --json"
    assert str(tmp_path / "store") in call(*words, "--", "sh", "-c", "echo $MVFS_STORE").out


def test_without_a_command_what_happens_is_printed(call: Call, log: Log) -> None:
    log("-a", "production")
    words = ["watch", "vision", "--on", "version", "--on", "alias", "--from", "start", "--no-wait"]
    assert [line.split()[2:-2] for line in call(*words).out.splitlines()] == [
        ["vision/model/iv3:v0"],
        ["vision/model/iv3:production", "-", "→", "v0"],
    ]
    found = [json.loads(line) for line in call(*words, "--json").out.splitlines()]
    assert [(one["event"], one["alias"], one["old"], one["new"]) for one in found] == [
        ("version", None, None, "v0"),
        ("alias", "production", None, "v0"),
    ]


def test_once_ends_after_one_and_the_next_watcher_of_the_name_goes_on(
    call: Call, log: Log, tmp_path: Path
) -> None:
    log()
    log()
    words = ["watch", "vision/iv3", "--name", "eval", "--from", "start"]
    for expected in (1, 2):
        assert call(*words, "--once", "--", "sh", "-c", TELL).code == 0
        assert len(lines(tmp_path)) == expected
    assert call(*words, "--no-wait", "--", "sh", "-c", TELL).code == 0
    assert [line.split()[2] for line in lines(tmp_path)] == ["v0", "v1"]


def test_a_failing_command_is_run_again_and_then_passed_over(
    call: Call, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(running.time, "sleep", waits.append)
    log()
    log()
    words = ["watch", "vision/iv3", "--name", "eval", "--from", "start", "--no-wait", "--retries", "2"]
    result = call(*words, "--", "sh", "-c", TELL + '; test "$MVFS_VERSION" != v0')
    assert result.code == 1
    assert [line.split()[2] for line in lines(tmp_path)] == ["v0", "v0", "v0", "v1"]
    assert waits == [1.0, 2.0]
    assert "exit code 1; once more in 2 s (1 left)" in result.err
    assert "the command failed for vision/model/iv3:v0; going on" in result.err
    assert call(*words, "--", "sh", "-c", TELL).code == 0
    assert len(lines(tmp_path)) == 4


def test_with_stop_it_begins_there_the_next_time(call: Call, log: Log, tmp_path: Path) -> None:
    log()
    log()
    words = [
        "watch",
        "vision/iv3",
        "--name",
        "eval",
        "--from",
        "start",
        "--no-wait",
        "--retries",
        "0",
        "--stop",
    ]
    assert call(*words, "--", "sh", "-c", TELL + "; kill -KILL $$").code == 1
    assert call(*words, "--", "sh", "-c", TELL).code == 0
    assert [line.split()[2] for line in lines(tmp_path)] == ["v0", "v0", "v1"]


def test_a_command_that_is_not_there_ends_it_and_nothing_is_done(call: Call, log: Log) -> None:
    log()
    words = ["watch", "vision/iv3", "--name", "eval", "--from", "start", "--no-wait"]
    result = call(*words, "--", "/no/such/command")
    assert (result.code, "'/no/such/command' cannot be run" in result.err) == (2, True)
    assert call(*words, "--", "echo", "{version}").out == "v0\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["vision/iv3", "--on", "tag"], 2, "cannot be watched"),
        (["vision/iv3:v1"], 2, "--on alias=NAME"),
        (["vision/iv3", "--from", "v7", "--no-wait"], 3, "never had a version v7"),
        (["vision/iv3", "--from", "monday"], 2, "nowhere to begin"),
        (["vision/iv3", "--retries", "-1"], 2, "from 0 on"),
        (["vision/iv3", "--poll", "0"], 2, "--poll"),
        (["vision/iv3", "--poll", "nan"], 2, "--poll"),
        (["vision/iv3", "--restart"], 2, "--name"),
        (["vision/iv3", "--name", "a/b"], 2, "'/'"),
        (["vision/iv3", "echo"], 2, "unrecognized"),
    ],
)
def test_bad_words_get_one_line(call: Call, log: Log, words: list[str], code: int, says: str) -> None:
    log()
    result = call("watch", *words)
    assert (result.code, says in result.err) == (code, True)
    assert "Traceback" not in result.err


# --- processes


def start(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mvfs", "watch", *words], cwd=tmp_path, text=True, stderr=subprocess.PIPE
    )


def until(what: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "nothing happened for a minute"
        time.sleep(0.02)


def test_a_second_one_of_the_same_name_waits_and_takes_over(log: Log, tmp_path: Path) -> None:
    words = ["vision/iv3", "--name", "eval", "--poll", "0.05", "--", "sh", "-c", TELL]
    first = start(tmp_path, *words)
    assert first.stderr is not None
    assert "watching" in first.stderr.readline()
    second = start(tmp_path, *words)
    assert second.stderr is not None
    assert f"at work in process {first.pid}; waiting" in second.stderr.readline()
    log()
    until(lambda: len(lines(tmp_path)) == 1)
    first.kill()
    first.wait()
    assert "from where it was" in second.stderr.readline()
    log()
    until(lambda: lines(tmp_path)[-1].split()[2] == "v1")
    second.kill()
    second.communicate()
    first.communicate()
    told = [line.split()[2] for line in lines(tmp_path)]
    assert told in (["v0", "v1"], ["v0", "v0", "v1"])


def test_the_command_ends_with_its_watcher(log: Log, tmp_path: Path) -> None:
    log()
    script = "echo $$ > pid; trap 'echo ended > end; exit' TERM; while :; do sleep 0.05; done"
    watcher = start(tmp_path, "vision/iv3", "--from", "start", "--", "sh", "-c", script)
    until((tmp_path / "pid").exists)
    watcher.send_signal(signal.SIGKILL)
    watcher.communicate()
    until((tmp_path / "end").exists)


def test_watchers_that_are_killed_at_any_time_miss_nothing(log: Log, tmp_path: Path) -> None:
    names = ["one", "two", "three"]

    def begin(name: str) -> subprocess.Popen[str]:
        words = ["--name", name, "--from", "start", "--poll", "0.02", "--", "sh", "-c"]
        return start(tmp_path, "vision/iv3", *words, f'echo "$MVFS_VERSION" >> told.{name}')

    def told(name: str) -> list[str]:
        file = tmp_path / f"told.{name}"
        return file.read_text().split() if file.exists() else []

    choice = random.Random(11)
    running = {name: begin(name) for name in names}
    made = []
    for number in range(12):
        made.append(log().rpartition(":")[2])
        if number % 3 == 2:
            victim = choice.choice(names)
            time.sleep(choice.random() / 5)
            running[victim].kill()
            running[victim].communicate()
            running[victim] = begin(victim)
    for name in names:
        until(lambda name=name: told(name)[-1:] == made[-1:])
        running[name].kill()
        running[name].communicate()
        found = told(name)
        assert list(dict.fromkeys(found)) == made
        assert len(found) <= len(made) + 4


def test_killed_at_every_step_no_event_is_lost(call: Call, log: Log, tmp_path: Path) -> None:
    """A watcher dies before and after each system call that writes, each time in another process."""
    for _ in range(3):
        log()
    words = ["watch", "vision/iv3", "--name", "w", "--from", "start", "--no-wait", "--", "sh", "-c", TELL]
    kills = 0
    for step in range(200):
        for file in [tmp_path / "told", *(tmp_path / "home").rglob("w.json")]:
            file.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            _die_at(step)
            os._exit(call_in_child(words))
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        kills += 1
        assert call(*words).code == 0
        told = [line.split()[2] for line in lines(tmp_path)]
        assert list(dict.fromkeys(told)) == ["v0", "v1", "v2"]
        assert len(told) <= 4
        assert told == sorted(told)
    assert kills >= 20
    assert [line.split()[2] for line in lines(tmp_path)] == ["v0", "v1", "v2"]


def call_in_child(words: list[str]) -> int:
    from mvfs.cli import main

    return main(words)


def _die_at(step: int) -> None:
    """Have this process killed at the ``step``-th point around a write of the cursor or a command."""
    left = step

    def point() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def wrapped(*args: object, **rest: object) -> object:
            point()
            found = real(*args, **rest)
            point()
            return found

        setattr(owner, name, wrapped)

    around(os, "fsync")
    around(Path, "replace")
    around(Cursor, "write")
    around(running.Command, "_once")
    around(running.Command, "run")


def test_a_cursor_survives_a_full_disk(call: Call, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log()
    words = ["watch", "vision/iv3", "--name", "w", "--from", "start", "--no-wait", "--", "echo", "{version}"]
    assert call(*words).out == "v0\n"
    log()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        result = call(*words)
    assert (result.code, result.out) == (6, "v1\n")
    assert "w.json" in result.err
    assert call(*words).out == "v1\n"
    cursor = Cursor.hold(open_catalog().backend, "w", pytest.fail)
    cursor.close()
