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
    "alert", "config", "define_metric", "finish", "finish_artifact", "init", "link_artifact",
    "link_model", "log", "log_artifact", "log_code", "log_model", "login", "mark_preempting",
    "require", "restore", "run", "save", "setup", "summary", "teardown", "termerror", "termlog",
    "termwarn", "upsert_artifact", "use_artifact", "use_model",
)  # fmt: skip
_UNSUPPORTED = (
    "Audio", "BoundingBoxes2D", "Classes", "Graph", "Html", "Image", "ImageMask", "JoinedTable",
    "Markdown", "Molecule", "Object3D", "PartitionedTable", "Plotly", "Video",
)  # fmt: skip
_ABSENT = (
    "agent", "catboost", "controller", "integration", "keras", "lightgbm", "plot", "plot_table", "sklearn",
    "sweep", "tensorboard", "xgboost",
)  # fmt: skip
_MODULES = {"errors": "mvfs.errors", "util": "mvfs.sdk.util"}
_HOME = {
    "AlertLevel": "mvfs.sdk.alerts",
    "Api": "mvfs.sdk.api",
    "Artifact": "mvfs.sdk.artifact",
    "ArtifactTTL": "mvfs.sdk.artifact",
    "CommError": "mvfs.errors",
    "Error": "mvfs.errors",
    "Histogram": "mvfs.sdk.media.histogram",
    "MvfsError": "mvfs.errors",
    "Run": "mvfs.sdk.run",
    "Settings": "mvfs.sdk.options",
    "Table": "mvfs.sdk.media.table",
    "UsageError": "mvfs.errors",
    "unwatch": "mvfs.sdk.gradients",
    "watch": "mvfs.sdk.watching",
    **dict.fromkeys(_UNSUPPORTED, "mvfs.sdk.media.unsupported"),
    **dict.fromkeys(_ABSENT, "mvfs.sdk.absent"),
    **dict.fromkeys(_SESSION, "mvfs.sdk.session"),
}

__all__ = [
    "AlertLevel", "Api", "Artifact", "ArtifactTTL", "Audio", "BoundingBoxes2D", "Classes", "CommError",
    "Error", "Graph", "Histogram", "Html", "Image", "ImageMask", "JoinedTable", "Markdown", "Molecule",
    "MvfsError", "Object3D", "PartitionedTable", "Plotly", "Run", "Settings", "Table", "UsageError",
    "Video", "agent", "alert", "catboost", "config", "controller", "define_metric", "finish",
    "finish_artifact", "init", "integration", "keras", "lightgbm", "link_artifact", "link_model", "log",
    "log_artifact", "log_code", "log_model", "login", "mark_preempting", "plot", "plot_table", "require",
    "restore", "run", "save", "setup", "sklearn", "summary", "sweep", "teardown", "tensorboard",
    "termerror", "termlog", "termwarn", "unwatch", "upsert_artifact", "use_artifact", "use_model",
    "watch", "xgboost",
]  # fmt: skip

if TYPE_CHECKING:
    from typing import Any

    from mvfs.errors import CommError, Error, MvfsError, UsageError
    from mvfs.sdk.absent import (
        agent,
        catboost,
        controller,
        integration,
        keras,
        lightgbm,
        plot,
        plot_table,
        sklearn,
        sweep,
        tensorboard,
        xgboost,
    )
    from mvfs.sdk.alerts import AlertLevel
    from mvfs.sdk.api import Api
    from mvfs.sdk.artifact import Artifact, ArtifactTTL
    from mvfs.sdk.gradients import unwatch
    from mvfs.sdk.media.histogram import Histogram
    from mvfs.sdk.media.table import Table
    from mvfs.sdk.media.unsupported import (
        Audio,
        BoundingBoxes2D,
        Classes,
        Graph,
        Html,
        Image,
        ImageMask,
        JoinedTable,
        Markdown,
        Molecule,
        Object3D,
        PartitionedTable,
        Plotly,
        Video,
    )
    from mvfs.sdk.options import Settings
    from mvfs.sdk.run import Run
    from mvfs.sdk.session import (
        alert,
        config,
        define_metric,
        finish,
        finish_artifact,
        init,
        link_artifact,
        link_model,
        log,
        log_artifact,
        log_code,
        log_model,
        login,
        mark_preempting,
        require,
        restore,
        run,
        save,
        setup,
        summary,
        teardown,
        termerror,
        termlog,
        termwarn,
        upsert_artifact,
        use_artifact,
        use_model,
    )
    from mvfs.sdk.watching import watch


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(_HOME[name]), name)
    if name in _MODULES:  # `except wandb.errors.CommError`, `wandb.util.generate_id()`
        from importlib import import_module

        return import_module(_MODULES[name])
    raise AttributeError(f"module 'mvfs' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
