"""mvfs: versions of models, data sets and predictions in a directory or bucket, without a server.

    import mvfs

    run = mvfs.init(project="vision", config={"lr": 1e-3})
    artifact = mvfs.Artifact("iv3", type="model", metadata={"acc": 0.93})
    artifact.add_file("model.safetensors")
    run.log_artifact(artifact, aliases=["production"])
    run.finish()

Everything is imported when it is first used, so that ``import mvfs`` costs next to nothing.
"""

from __future__ import annotations

from mvfs.version import VERSION as _VERSION

__version__ = _VERSION

TYPE_CHECKING = False  # what type checkers take for True; importing typing costs more than all the rest

_SESSION = (
    "alert", "config", "define_metric", "finish", "init", "log", "log_artifact", "log_code", "log_model",
    "login", "mark_preempting", "require", "run", "save", "setup", "summary", "teardown", "termerror",
    "termlog", "termwarn", "use_artifact", "use_model",
)  # fmt: skip
_HOME = {
    "Api": "mvfs.sdk.api",
    "Artifact": "mvfs.sdk.artifact",
    "CommError": "mvfs.errors",
    "MvfsError": "mvfs.errors",
    "Run": "mvfs.sdk.run",
    "Settings": "mvfs.sdk.options",
    **dict.fromkeys(_SESSION, "mvfs.sdk.session"),
}

__all__ = [
    "Api", "Artifact", "CommError", "MvfsError", "Run", "Settings", "alert", "config", "define_metric",
    "finish", "init", "log", "log_artifact", "log_code", "log_model", "login", "mark_preempting",
    "require", "run", "save", "setup", "summary", "teardown", "termerror", "termlog", "termwarn",
    "use_artifact", "use_model",
]  # fmt: skip

if TYPE_CHECKING:
    from typing import Any

    from mvfs.errors import CommError, MvfsError
    from mvfs.sdk.api import Api
    from mvfs.sdk.artifact import Artifact
    from mvfs.sdk.options import Settings
    from mvfs.sdk.run import Run
    from mvfs.sdk.session import (
        alert,
        config,
        define_metric,
        finish,
        init,
        log,
        log_artifact,
        log_code,
        log_model,
        login,
        mark_preempting,
        require,
        run,
        save,
        setup,
        summary,
        teardown,
        termerror,
        termlog,
        termwarn,
        use_artifact,
        use_model,
    )


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'mvfs' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
