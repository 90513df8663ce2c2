"""`mvfs.watch`: of refs, and of models as in a script written for W&B."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

import mvfs
from mvfs.errors import InvalidInput, NoActiveRun
from mvfs.sdk.watching import WatchEvent
from tests.sdk.conftest import LogText


def test_an_iterator_hands_out_events(log_text: LogText) -> None:
    mvfs.init(project="vision")
    log_text("a")
    found = mvfs.watch("m", on=["version", "alias=best of all"], wait=False)
    log_text("b", aliases=["best of all"])
    mvfs.Api().artifact_collection("model", "m").set_alias("best of all", "v0")
    assert found is not None
    first, second, third = found
    assert (first.kind, first.ref, first.new, first.alias) == ("version", "vision/model/m:v1", "v1", None)
    assert (second.kind, second.alias, second.old, second.new) == ("alias", "best of all", None, "v1")
    assert (third.old, third.new) == ("v1", "v0")
    assert Path(first.artifact().file()).read_text() == "b"
    assert third.artifact().version == "v0"


def test_a_callback_may_log_and_sees_what_comes_of_it(log_text: LogText) -> None:
    mvfs.init(project="vision")
    seen: list[str] = []

    def evaluate(event: WatchEvent) -> None:
        seen.append(event.ref)
        if len(seen) < 3:
            log_text(f"next {len(seen)}")

    log_text("first")
    assert mvfs.watch("vision/m", evaluate, start="start", wait=False) is None
    assert seen == ["vision/model/m:v0", "vision/model/m:v1", "vision/model/m:v2"]


def test_what_a_callback_fails_at_comes_again(log_text: LogText) -> None:
    mvfs.init(project="vision")
    for number in range(3):
        log_text(f"{number}")
    seen: list[str | None] = []

    def fail_at_v1(event: WatchEvent) -> None:
        seen.append(event.new)
        if event.new == "v1" and seen.count("v1") == 1:
            raise RuntimeError("out of memory")

    for _ in range(2):
        try:
            mvfs.watch("m", callback=fail_at_v1, name="w", start="start", wait=False)
        except RuntimeError:
            continue
    assert seen == ["v0", "v1", "v1", "v2"]
    again = mvfs.watch("m", name="w", start="v2", wait=False, restart=True)
    assert [event.new for event in again or ()] == ["v2"]


def test_an_iterator_that_is_not_used_lets_go_of_its_name(log_text: LogText) -> None:
    mvfs.init(project="vision")
    log_text("a")
    mvfs.watch("m", name="w", start="start", wait=False)
    first = next(mvfs.watch("m", name="w", wait=False) or iter(()))
    assert first.new == "v0"
    assert [event.new for event in mvfs.watch("m", name="w", wait=False) or ()] == ["v0"]


def test_a_removed_alias_has_no_artifact(log_text: LogText) -> None:
    mvfs.init(project="vision")
    artifact = log_text("a", aliases=["x"])
    artifact.aliases.remove("x")
    artifact.save()
    *_, last = mvfs.watch("m", on="alias=x", start="start", wait=False) or ()
    with pytest.raises(InvalidInput, match="removed"):
        last.artifact()


def test_a_script_that_is_killed_goes_on(log_text: LogText, work: Path) -> None:
    mvfs.init(project="vision")
    for number in range(3):
        log_text(f"{number}")
    script = work / "script.py"
    script.write_text(
        textwrap.dedent("""
            import os, signal, sys
            import mvfs

            for event in mvfs.watch("vision/m", name="w", start="start", wait=False):
                with open("seen", "a") as file:
                    file.write(event.new + "\\n")
                if event.new == sys.argv[1]:
                    os.kill(os.getpid(), signal.SIGKILL)
        """)
    )
    for version, code in (("v0", -signal.SIGKILL), ("v1", -signal.SIGKILL), ("never", 0)):
        done = subprocess.run([sys.executable, script, version], check=False, env=os.environ, timeout=60)
        assert done.returncode == code
    assert (work / "seen").read_text().split() == ["v0", "v0", "v1", "v1", "v2"]


# --- models


class Parameter:
    """As much of PyTorch's as matters here."""

    requires_grad = True

    def __init__(self) -> None:
        self.hooks: list[object] = []

    def register_hook(self, hook: object) -> SimpleNamespace:
        self.hooks.append(hook)
        return SimpleNamespace(remove=lambda: self.hooks.remove(hook))


def test_a_model_is_watched_by_the_run() -> None:
    weight = Parameter()
    model = SimpleNamespace(named_parameters=lambda: [("weight", weight)])
    with pytest.raises(NoActiveRun):
        mvfs.watch(model)
    mvfs.init(project="vision")
    assert mvfs.watch(model, None, "all", 10) is None
    assert len(weight.hooks) == 2
    mvfs.unwatch(model)
    assert weight.hooks == []


def test_anything_else_is_refused() -> None:
    run = mvfs.init(project="vision")
    for wrong in (7, None, [object()], {"a": 1}):
        with pytest.raises(InvalidInput, match=r"torch\.nn\.Module"):
            mvfs.watch(wrong)
    with pytest.raises(InvalidInput, match=r"torch\.nn\.Module"):
        run.watch("vision/m")
    with pytest.raises(InvalidInput):
        mvfs.watch("vision/m:v1")
