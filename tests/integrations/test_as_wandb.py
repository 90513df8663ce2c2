"""``import mvfs.as_wandb``: what a library finds that says ``import wandb``; in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import mvfs
from mvfs.sdk import gradients


def _python(*words: str, code: int = 0, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(path or ""), *sys.path]))}
    done = subprocess.run(
        [sys.executable, "-W", "error", *words],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def _script(source: str) -> tuple[str, str]:
    return "-c", textwrap.dedent(source)


def test_what_libraries_ask_for() -> None:
    _python(*_script("""
        import mvfs.as_wandb
        import importlib.metadata, importlib.util
        assert importlib.util.find_spec("wandb") is not None
        assert importlib.metadata.version("wandb") == "0.31.0"

        import wandb, wandb.util, mvfs
        from wandb.sdk.lib import RunDisabled
        from wandb.sdk.lib.config_util import ConfigError
        from wandb.wandb_run import Run
        from wandb.sdk.wandb_run import Run as again
        from wandb.errors import CommError, Error
        assert wandb.__version__ == "0.31.0"
        assert wandb.Artifact is mvfs.Artifact and wandb.Api is mvfs.Api and Run is again is mvfs.Run
        assert wandb.run is None
        assert issubclass(ConfigError, Error) and CommError is Error is wandb.Error
        assert len(wandb.util.generate_id()) == 8
        assert importlib.util.find_spec("wandb.sdk.nothing") is None
        assert wandb.errors.UsageError is mvfs.errors.InvalidInput
        assert wandb.sdk.lib.runid.generate_id
        assert mvfs.__name__ == "mvfs" and mvfs.sdk.__name__ == "mvfs.sdk"  # ours is as it was
    """))  # fmt: skip


def test_before_one_that_is_installed(tmp_path: Path) -> None:
    (tmp_path / "wandb").mkdir()
    (tmp_path / "wandb/__init__.py").write_text("raise RuntimeError('the real one')")
    (tmp_path / "wandb-0.1.dist-info").mkdir()
    (tmp_path / "wandb-0.1.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: wandb\nVersion: 0.1\n"
    )
    source = """
        import importlib.metadata as metadata
        assert metadata.version("wandb") == "0.1"
        import mvfs.as_wandb, wandb
        assert wandb.__version__ == metadata.version("wandb") == "0.31.0"
    """
    _python(*_script(source), path=tmp_path)


def test_what_is_not_there_says_so() -> None:
    done = _python(*_script("import mvfs.as_wandb, wandb; wandb.sdk.nothing"), code=1)
    assert done.stderr.strip().endswith("mvfs stands in for wandb, and has no 'wandb.sdk.nothing'")
    done = _python(*_script("import mvfs.as_wandb, wandb; wandb.nothing"), code=1)
    assert done.stderr.strip().endswith(
        "AttributeError: mvfs stands in for wandb, and has no 'wandb.nothing'"
    )


def test_after_the_real_one() -> None:
    done = _python(*_script("import sys, types; sys.modules['wandb'] = types.ModuleType('wandb')\n"
                            "import mvfs.as_wandb"), code=1)  # fmt: skip
    assert "import mvfs.as_wandb first" in done.stderr


def test_a_script_that_stays_as_it_is(store: Path, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("import wandb\n\ndef log(value):\n    wandb.log({'loss': value})\n")
    (tmp_path / "train.py").write_text(
        textwrap.dedent("""
        import sys
        import mvfs.as_wandb, wandb, helper
        run = wandb.init(project="vision", id="r1", config={"argv": sys.argv[1:]})
        assert __name__ == "__main__"
        run._label(code="a framework")
        helper.log(0.5)
        wandb.finish()
    """)
    )
    _python("-m", "mvfs.as_wandb", str(tmp_path / "train.py"), "--lr", "1")
    run = mvfs.Api().run("vision/r1")
    assert (run.state, run.config, run.summary["loss"]) == ("finished", {"argv": ["--lr", "1"]}, 0.5)


def test_a_module(tmp_path: Path) -> None:
    assert _python("-m", "mvfs.as_wandb", "-m", "json.tool", "--help").stdout.startswith("usage: ")
    assert "usage: python -m mvfs.as_wandb" in _python("-m", "mvfs.as_wandb", code=1).stderr


def test_watch_takes_only_models(store: Path) -> None:
    with pytest.raises(mvfs.MvfsError, match=r"mvfs\.init"):
        gradients.watch(object())
    with mvfs.init(project="vision") as run:
        with pytest.raises(ValueError, match=r"torch\.nn\.Module"):
            run.watch(object())
        with pytest.raises(ValueError, match="gradients, parameters, all"):
            run.watch(object(), log="everything")
        run.unwatch()
