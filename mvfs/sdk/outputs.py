"""The artifacts of a run: what it logs and uses, and the files and code that it saves."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path

from mvfs.errors import InvalidInput, InvalidSource, NoActiveRun
from mvfs.sdk import saving
from mvfs.sdk.about import About
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.later import Later
from mvfs.sdk.names import Scope, alias_list, checked_aliases, checked_tags, find_version
from mvfs.sdk.options import Identity
from mvfs.sdk.recorder import Recorder
from mvfs.sdk.terms import PLAIN, Terms, terms


class Outputs(About, ABC):
    """What a run does with artifacts."""

    def __init__(self, recorder: Recorder, identity: Identity) -> None:
        super().__init__(identity)
        self._recorder = recorder
        self._state = "running"
        self._owner = os.getpid()
        self._later = Later()
        self._saved = saving.SavedFiles(identity.id)

    @property
    def dir(self) -> str:
        """A directory of this run; files in it are saved when it ends."""
        return str(self._saved.folder())

    @property
    def is_inherited(self) -> bool:
        """Whether it is the run of a parent process, from which this one was forked."""
        return self._owner != os.getpid()

    @property
    def disabled(self) -> bool:
        """Whether it records nothing."""
        return self._recorder.disabled

    def log_artifact(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - W&B's word
        aliases: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        *,
        wait: bool = True,
        if_better: str | None = None,
        force: bool = False,
        reason: str | None = None,
    ) -> Artifact:
        """Log an artifact, a file or a directory as output; returns when the version is durable.

        Content that the name has already makes no new version: the aliases move to the one that has it.
        ``latest`` always does. With ``wait=False`` it is logged in the background, after all that was logged
        before it; `Artifact.wait` returns when it is durable, or raises what went wrong, as `finish` does.

        With ``if_better``, as in ``val/acc:max``, it is kept only if that metric beats the best version so
        far; else the artifact stands for that one, and `Artifact.kept` is false. ``force`` and a ``reason``,
        which is recorded, also move protected aliases.

        Raises:
            TypeError: it is neither an artifact nor a path.
            InvalidInput: there is nothing at that path, or a name breaks the rules.
            Conflict: the name has another type, ``best`` is kept by a rule, or an alias is protected.
        """
        self._check_running("log_artifact")
        asked = terms(if_better, force, reason)
        artifact = self._output(artifact_or_path, name, type, copy=not wait)
        how = checked_aliases(alias_list(aliases)), checked_tags(alias_list(tags)), asked
        if not wait and not self.is_inherited:
            pending = self._later.submit(lambda: self._log_now(artifact, *how))
            artifact.log_later(pending)
            return artifact
        if not self.is_inherited:
            self._later.wait()  # the order of the calls is that of the versions
        self._log_now(artifact, *how)
        return artifact

    def _log_now(
        self, artifact: Artifact, aliases: Sequence[str] = (), tags: Sequence[str] = (), asked: Terms = PLAIN
    ) -> None:
        self._publish()  # a rule may read the summary
        self._recorder.log(artifact, aliases, tags, asked)

    def use_artifact(
        self,
        artifact_or_name: Artifact | str,
        type: str | None = None,  # noqa: A002 - W&B's word
        aliases: Iterable[str] | None = None,
        use_as: str | None = None,  # noqa: ARG002 - without effect in W&B, too
    ) -> Artifact:
        """Declare a version as input and return it. A draft is logged first.

        Raises:
            NotFound: there is no version of that name.
            InvalidInput: it is of another type.
        """
        self._check_running("use_artifact")
        if isinstance(artifact_or_name, str):
            place = find_version(artifact_or_name, Scope(self.project, self.entity))
            assert place.version is not None
            artifact = Artifact.of(place.project, place.version, self.entity)
        elif isinstance(artifact_or_name, Artifact):
            artifact = artifact_or_name
        else:
            raise InvalidInput(
                'You must pass an artifact name (e.g. "pedestrian-dataset:v1"), an instance of'
                " `mvfs.Artifact`, or `mvfs.Api().artifact()` to `use_artifact`"
            )
        if type is not None and type != artifact.type:
            raise InvalidInput(
                f"Supplied type {type} does not match type {artifact.type} of artifact {artifact.name}"
            )
        if artifact.is_draft():
            self.log_artifact(artifact, aliases=aliases)
        self._recorder.use(artifact)
        return artifact

    def save(
        self,
        glob_str: str | os.PathLike[str] | None = None,
        base_path: str | os.PathLike[str] | None = None,
        policy: str = "live",
        glob: bool = True,
    ) -> list[str]:
        """Save files with the run, in the artifact ``run-<id>-files``; return their paths.

        Args:
            glob_str: a path, or a pattern with ``*``, ``?`` and ``**``; nothing is saved without one: old
                scripts ask so for a new name to be stored, which is done by itself.
            base_path: the directory from which their paths in the artifact are told; by default the present
                one, or that of an absolute ``glob_str``.
            policy: ``now`` saves them as they are, ``end`` when the run ends, ``live`` does both.
            glob: whether ``glob_str`` is a pattern.

        Raises:
            InvalidInput: the policy is none of these, or a file is outside of ``base_path``.
        """
        self._check_running("save")
        if glob_str is None:
            return []
        found = self._saved.add(os.fspath(glob_str), base_path, policy, glob=glob)
        artifact = self._saved.artifact() if found and policy != "end" else None
        if artifact is not None:
            self.log_artifact(artifact)
        return found

    def restore(
        self, name: str, run_path: str | None = None, replace: bool = False, root: str | None = None
    ) -> TextIOWrapper:
        """Copy a file that a run saved below ``root``, `dir` by default, and open it.

        Args:
            name: its path among the files that the run saved.
            run_path: the run, as ``project/id``; this one by default, which was begun earlier then.
            replace: whether a file that is there already is replaced.
            root: where to.

        Raises:
            NoSuchFile: the run saved none of that name.
        """
        from mvfs.sdk.api import Api

        found = Api().run(run_path or f"{self.project}/{self.id}").file(name)
        return found.download(root or self.dir, replace=replace, exist_ok=True)

    def log_code(
        self,
        root: str | os.PathLike[str] | None = ".",
        name: str | None = None,
        include_fn: saving.Choose | None = None,
        exclude_fn: saving.Choose | None = None,
    ) -> Artifact | None:
        """Log the code below a directory as an artifact of type ``code``; None where there is none.

        Args:
            root: the directory.
            name: the artifact's name; ``source-<project>-<script>`` by default.
            include_fn: takes a path (and the root) and says whether the file is code; by default ``*.py``,
                requirements and Dockerfiles are.
            exclude_fn: the same for what is left out; by default hidden and installed directories are.

        Raises:
            InvalidSource: it is no directory.
        """
        script = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "interactive"
        draft = saving.code(
            root or ".", name or saving.code_name(self.project, script), include_fn, exclude_fn
        )
        return None if draft is None else self.log_artifact(draft)

    def _finish_outputs(self) -> BaseException | None:
        """Log what is left to log; return what went wrong in the background, if nobody was told."""
        error = self._later.finish()
        last = self._saved.last()
        if last is not None:
            self._log_now(last)
        self._saved.clear()
        return error

    @abstractmethod
    def _publish(self, *, patient: bool = True) -> None:
        """Record what changed beside artifacts."""

    def _output(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None,
        type_: str | None,
        *,
        copy: bool = False,
    ) -> Artifact:
        if isinstance(artifact_or_path, str | os.PathLike):
            return self._from_path(os.fspath(artifact_or_path), name, type_, copy=copy)
        if isinstance(artifact_or_path, Artifact):
            return artifact_or_path
        raise TypeError("You must pass an instance of mvfs.Artifact or a valid file path to log_artifact")

    def _from_path(self, path: str, name: str | None, type_: str | None, *, copy: bool) -> Artifact:
        source = Path(path)
        is_reference = not source.exists() and "://" in path
        if not is_reference and not source.is_file() and not source.is_dir():
            raise InvalidSource(
                "path must be a file, directory or externalreference like s3://bucket/path", path=path
            )
        basename = os.path.basename(os.path.abspath(path))
        artifact = Artifact(name or f"run-{self.id}-{basename}", type_ or "unspecified")
        if is_reference:
            artifact.add_reference(path)
        elif source.is_file():
            artifact.add_file(path, policy="mutable" if copy else "immutable")
        else:
            artifact.add_dir(path, policy="mutable" if copy else "immutable")
        return artifact

    def _check_running(self, what: str) -> None:
        if self._state != "running":
            raise NoActiveRun(
                f"Run ({self.id}) is finished. The call to `{what}` will be ignored."
                " Please make sure that you are using an active run.",
                run=self.id,
            )
