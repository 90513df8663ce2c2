"""What W&B's module has and mvfs has not, beside media: each says what to do instead when it is called."""

from __future__ import annotations

from typing import NoReturn


class Absent:
    """A function or module that there is not; so are all that it holds."""

    def __init__(self, name: str, instead: str) -> None:
        self._name = name
        self._instead = instead

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError(f"mvfs has no {self._name}(); {self._instead}")

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("_"):  # what inspection asks for
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}", self._instead)

    def __repr__(self) -> str:
        return f"<mvfs has no {self._name}>"


_CHART = "log the numbers as a table: run.log({'chart': mvfs.Table(columns=[…], data=[…])})"
_SWEEP = "loop over the settings: with mvfs.init(config=settings, group='sweep') as run: …"
_VALUES = "log the values with run.log()"

plot = Absent("plot", _CHART)
plot_table = Absent("plot_table", _CHART)
sklearn = Absent("sklearn", _CHART)
sweep = Absent("sweep", _SWEEP)
agent = Absent("agent", _SWEEP)
controller = Absent("controller", _SWEEP)
tensorboard = Absent("tensorboard", _VALUES)
xgboost = Absent("xgboost", _VALUES)
lightgbm = Absent("lightgbm", _VALUES)
catboost = Absent("catboost", _VALUES)
keras = Absent("keras", "take the callbacks of mvfs.integrations.keras")
integration = Absent("integration", "take mvfs.integrations.keras, .lightning or .transformers")

OF_API = {
    **dict.fromkeys(
        ("registry", "registries", "create_registry"),
        "a registry is a project that versions are linked into: run.link_artifact(artifact, 'registry/name'),"
        " and api.artifact_collections('registry', type) lists it",
    ),
    **dict.fromkeys(
        ("automation", "automations", "create_automation", "update_automation", "delete_automation"),
        "run a command for each new version or moved alias: mvfs watch, or mvfs.watch(callback)",
    ),
    "reports": "mvfs runs and mvfs lineage draw what there is; --json gives it to other programs",
    "sweep": "the runs of a group: api.runs('project', {'group': 'sweep'})",
    "job": "the command line of a run is in run.metadata",
    **dict.fromkeys(
        ("team", "create_team", "user", "users", "create_user"),
        "there is no server that would know people; who may read and write is up to the directory or bucket",
    ),
    "create_project": "a project comes to be when something is logged to it",
    "create_run": "begin it with mvfs.init(project=…, id=…)",
    "sync_tensorboard": _VALUES,
}
"""Methods of W&B's `Api`, with what to do instead."""
