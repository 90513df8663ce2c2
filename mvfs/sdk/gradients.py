"""What frameworks ask of a run: `Run.watch`, how large a torch model's gradients are, and private names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol, cast

from mvfs.errors import InvalidInput, NoActiveRun
from mvfs.sdk import active

_KINDS = {
    "gradients": ("gradients",),
    "parameters": ("parameters",),
    "all": ("gradients", "parameters"),
    None: (),
}


class _Logs(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def project(self) -> str: ...

    @property
    def state(self) -> str: ...

    def log(self, data: dict[str, Any], step: int | None = None, commit: bool | None = None) -> None: ...


class Watched:
    """The part of a run that looks into models; W&B logs histograms, we norm, mean and deviation."""

    _watches: list[_Watch] | None = None

    def watch(  # noqa: PLR0917 - W&B's signature
        self,
        models: Any,
        criterion: Any = None,  # noqa: ARG002 - without effect in W&B, too
        log: str | None = "gradients",
        log_freq: int = 1000,
        idx: int | None = None,
        log_graph: bool = False,  # noqa: ARG002 - no graph is kept
    ) -> None:
        """Log sizes of a torch model's gradients, parameters or both, with the values of the same step.

        Args:
            models: a ``torch.nn.Module``, or several.
            criterion: ignored.
            log: ``gradients``, ``parameters`` (those that are trained), ``all``, or None for nothing.
            log_freq: backward passes from one time to the next.
            idx: the number of the first model, where there are several.
            log_graph: ignored.

        Raises:
            InvalidInput: ``log`` is something else, or a model is none of torch's.
        """
        if log not in _KINDS:
            raise InvalidInput(f"log={log!r} is unknown; there are gradients, parameters, all, None")
        several = models if isinstance(models, list | tuple) else [models]
        for number, model in enumerate(several, idx or 0):
            if not hasattr(model, "named_parameters"):
                raise InvalidInput(f"Expected a torch.nn.Module to watch, not {type(model).__name__}")
            prefix = f"graph_{number}" if number else ""
            self._watches = self._watches or []
            self._watches.append(_Watch(cast("_Logs", self), model, prefix, _KINDS[log], max(log_freq, 1)))

    def unwatch(self, models: Any = None) -> None:
        """End watching these models, by default all."""
        chosen = models if isinstance(models, list | tuple) or models is None else [models]
        for watch in list(self._watches or ()):
            if chosen is None or any(watch.model is model for model in chosen):
                watch.end()
                cast("list[_Watch]", self._watches).remove(watch)

    def _label(self, *_: Any, **__: Any) -> None:
        """Take what frameworks tell W&B about themselves."""

    @property
    def _attach_id(self) -> str:
        """What `attach` needs in a process that was spawned."""
        return f"{cast('_Logs', self).project}/{cast('_Logs', self).id}"


class _Watch:
    """The hooks in one model."""

    def __init__(self, run: _Logs, model: Any, prefix: str, kinds: Iterable[str], every: int) -> None:
        self.model = model
        self._run, self._prefix, self._every = run, prefix, every
        self._passes: dict[str, int] = {}
        self._handles: list[Any] = [
            parameter.register_hook(partial(self._see, kind, name, parameter))
            for name, parameter in model.named_parameters()
            for kind in kinds
            if parameter.requires_grad
        ]

    def end(self) -> None:
        """Take the hooks out."""
        for handle in self._handles:
            handle.remove()

    def _see(self, kind: str, name: str, parameter: Any, gradient: Any) -> None:
        key = "/".join(filter(None, (kind, self._prefix, name)))
        self._passes[key] = self._passes.get(key, 0) + 1
        if self._passes[key] % self._every or self._run.state != "running":
            return
        values = (gradient if kind == "gradients" else parameter).detach().float()
        sizes = {"norm": values.norm(), "mean": values.mean(), "std": values.std(correction=0)}
        self._run.log({f"{key}/{what}": size.item() for what, size in sizes.items()}, commit=False)


def watch(*models: Any, **how: Any) -> None:
    """`Run.watch` of the active run."""
    _active("watch").watch(*models, **how)


def unwatch(models: Any = None) -> None:
    """`Run.unwatch` of the active run."""
    _active("unwatch").unwatch(models)


def _active(what: str) -> Watched:
    found = active.run()
    if found is None:
        raise NoActiveRun(f"You must call mvfs.init() before mvfs.{what}()")
    return cast("Watched", found)
