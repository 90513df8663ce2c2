"""Lets libraries that say ``import wandb`` have mvfs, whether W&B is installed or not.

Import this before they do, or leave the script as it is and start it in another way:

    import mvfs.as_wandb

    python -m mvfs.as_wandb train.py --report_to wandb

PyTorch Lightning's `WandbLogger`, the `WandbCallback` of transformers and the callbacks in
``wandb.integration.keras`` then log into the store. Processes that are spawned run the script's imports again
and nothing else: where there are such, the import has to be in the script.

What they get are modules of their own. Were ``wandb`` mvfs itself, ``import wandb.sdk`` would load all of
`mvfs.sdk` a second time, with runs and artifacts of other classes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

import mvfs

if TYPE_CHECKING:
    from mvfs.sdk.run import Run

API_VERSION = "0.31.0"
"""The W&B whose interface mvfs has; libraries ask whether it is new enough."""

_RUN = {"Run": "mvfs.sdk.run:Run"}
_RUN_ID = {"generate_id": "mvfs.catalog.runs:new_run_id"}
_DISABLED = {"RunDisabled": "mvfs.sdk.run:Run"}
_API = {"Api": "mvfs.sdk.api:Api"}
_ARTIFACT = {"Artifact": "mvfs.sdk.artifact:Artifact"}
_KERAS = {name: f"mvfs.integrations.keras:{name}" for name in ("WandbMetricsLogger", "WandbModelCheckpoint")}
_ERRORS = {
    "Error": "mvfs.errors:MvfsError",
    "CommError": "mvfs.errors:CommError",
    "UsageError": "mvfs.errors:InvalidInput",
}

_MODULES: dict[str, dict[str, str]] = {
    "wandb": {
        "Error": "mvfs.errors:MvfsError",
        "UsageError": "mvfs.errors:InvalidInput",
        "watch": "mvfs.sdk.gradients:watch",
        "unwatch": "mvfs.sdk.gradients:unwatch",
        "_attach": "mvfs.as_wandb:attach",
    },
    "wandb.apis": {},
    "wandb.apis.public": _API,
    "wandb.errors": _ERRORS,
    "wandb.integration": {},
    "wandb.integration.keras": _KERAS,
    "wandb.keras": _KERAS,
    "wandb.sdk": _RUN | _ARTIFACT,
    "wandb.sdk.artifacts": {},
    "wandb.sdk.artifacts.artifact": _ARTIFACT,
    "wandb.sdk.lib": _DISABLED,
    "wandb.sdk.lib.config_util": {"ConfigError": "mvfs.errors:Conflict"},
    "wandb.sdk.lib.disabled": _DISABLED,
    "wandb.sdk.lib.runid": _RUN_ID,
    "wandb.sdk.wandb_run": _RUN,
    "wandb.util": _RUN_ID,
    "wandb.wandb_run": _RUN,
}
"""What stands where in W&B; what ``wandb`` itself has beside these is what `mvfs` has."""


class _StandIn(ModuleType):
    """One module of W&B, whose names are those of mvfs."""

    def __getattr__(self, name: str) -> Any:
        if f"{self.__name__}.{name}" in _MODULES:
            return import_module(f"{self.__name__}.{name}")
        home = _MODULES[self.__name__].get(name)
        if home is not None:
            module, _, attribute = home.partition(":")
            return getattr(import_module(module), attribute)
        if self.__name__ == "wandb" and not name.startswith("__"):
            try:
                return getattr(mvfs, name)
            except AttributeError:
                pass
        raise AttributeError(f"mvfs stands in for wandb, and has no '{self.__name__}.{name}'")


class _Finder(MetaPathFinder, Loader):
    """Finds the modules of W&B before anybody else does, and says that it is installed."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname not in _MODULES:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _StandIn(spec.name, mvfs.__doc__)
        if spec.name == "wandb":
            module.__dict__["__version__"] = API_VERSION
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""

    def find_distributions(self, context: DistributionFinder.Context | None = None) -> Iterator[Distribution]:
        if context is not None and context.name == "wandb":
            yield _Metadata()


class _Metadata(Distribution):
    """What `importlib.metadata` tells of ``wandb``."""

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        return f"Metadata-Version: 2.1\nName: wandb\nVersion: {API_VERSION}\nSummary: mvfs stands in for it\n"

    def locate_file(self, path: Any) -> Any:
        raise FileNotFoundError(f"mvfs stands in for wandb, and has no file '{path}'")


def substitute() -> None:
    """Have ``import wandb`` give mvfs from here on in this process. Importing this module has done it.

    Raises:
        ImportError: W&B itself was imported already.
    """
    if isinstance(sys.modules.get("wandb"), _StandIn):
        return
    if "wandb" in sys.modules:
        raise ImportError(
            "wandb was imported before mvfs.as_wandb, and others hold on to it by now;"
            " import mvfs.as_wandb first"
        )
    sys.meta_path.insert(0, _Finder())
    import_module("wandb")


def attach(attach_id: str) -> Run:
    """Go on with a run of another process, in one that it spawned."""
    project, _, run_id = attach_id.rpartition("/")
    return mvfs.init(project=project, id=run_id, resume="must")


def main() -> None:
    """Run a script (or, with ``-m``, a module) in which ``import wandb`` gives mvfs."""
    from runpy import run_module, run_path

    _, *words = sys.argv
    is_module = words[:1] == ["-m"]
    sys.argv = words[1:] if is_module else words
    if not sys.argv:
        sys.exit("usage: python -m mvfs.as_wandb (SCRIPT | -m MODULE) [ARGUMENT]...")
    if is_module:
        run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(sys.argv[0]).rpartition("/")[0] or "."
        run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    import_module("mvfs.as_wandb").main()  # the one that others import as well
else:
    substitute()
