"""mvfs: versions of models, data sets and predictions in a plain directory, without a server.

    import mvfs

    run = mvfs.init(project="vision", config={"lr": 1e-3})
    artifact = mvfs.Artifact("iv3", type="model", metadata={"acc": 0.93})
    artifact.add_file("model.safetensors")
    run.log_artifact(artifact, aliases=["production"])
    run.finish()

Everything is imported when it is first used, so that ``import mvfs`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Api": "mvfs.sdk.api",
    "Artifact": "mvfs.sdk.artifact",
    "Run": "mvfs.sdk.run",
    "config": "mvfs.sdk.session",
    "finish": "mvfs.sdk.session",
    "init": "mvfs.sdk.session",
    "log": "mvfs.sdk.session",
    "log_artifact": "mvfs.sdk.session",
    "run": "mvfs.sdk.session",
    "summary": "mvfs.sdk.session",
    "use_artifact": "mvfs.sdk.session",
}

__all__ = ["Api", "Artifact", "Run", "finish", "init", "log", "log_artifact", "use_artifact"]

if TYPE_CHECKING:
    from mvfs.sdk.api import Api
    from mvfs.sdk.artifact import Artifact
    from mvfs.sdk.run import Run
    from mvfs.sdk.session import finish, init, log, log_artifact, use_artifact


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'mvfs' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
