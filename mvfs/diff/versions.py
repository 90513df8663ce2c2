"""All that differs between two versions, section by section; each is read when it is asked for."""

from __future__ import annotations

from functools import cached_property

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.content import Content
from mvfs.catalog.project import Project
from mvfs.catalog.shapes import ref_text
from mvfs.diff import files, mapping, runs, text
from mvfs.diff.model import Change, Kind, kind_of
from mvfs.diff.opened import FileDiff, TextDiff, of_file
from mvfs.diff.runs import CodeDiff, OtherData, Side
from mvfs.index.rows import Version


class VersionDiff:
    """Two versions, and what differs between them."""

    def __init__(self, old: Side, new: Side) -> None:
        """Compare the versions of two sides."""
        self.old, self.new = old, new

    @property
    def titles(self) -> tuple[str, str]:
        """The refs of both."""
        old, new = self.old, self.new
        return ref_text(old.project.name, old.version), ref_text(new.project.name, new.version)

    @cached_property
    def contents(self) -> tuple[Content, Content]:
        """Both manifests, opened.

        Raises:
            CorruptObject: one is missing or was changed.
        """
        old, new = self.old, self.new
        return old.project.content(old.version), new.project.content(new.version)

    @cached_property
    def files(self) -> list[Change]:
        """The files that differ; of versions with the same digest, only modes can."""
        return list(files.changes(*self.contents))

    def file(self, change: Change, *, key: str | None = None, as_text: bool = False) -> FileDiff:
        """Open one of `files`; see `mvfs.diff.opened.of_file`."""
        return of_file(change, *self.contents, key=key, as_text=as_text)

    @cached_property
    def same_files(self) -> int:
        """How many files are in both as they were, under the same path."""
        stayed = sum(change.kind is not Kind.ADDED for change in self.files)
        return self.old.version.files - stayed

    @cached_property
    def metadata(self) -> list[Change]:
        """The metadata that differs."""
        return list(mapping.changes(self.old.version.metadata, self.new.version.metadata))

    @cached_property
    def labels(self) -> list[Change]:
        """Tags that only one of them has, as changes whose paths are the tags."""
        old, new = self.old.version.tags, self.new.version.tags
        different = sorted(set(old) ^ set(new))
        return [
            Change(tag, kind_of(*(tag if tag in tags else None for tags in (old, new)))) for tag in different
        ]

    @cached_property
    def note(self) -> TextDiff | None:
        """The two notes; None where they are the same."""
        old, new = (text.lines(side.version.note or "") for side in (self.old, self.new))
        return None if old == new else TextDiff(old, new, is_too_long=False)

    @cached_property
    def config(self) -> list[Change]:
        """The settings of the runs that differ."""
        return runs.config(self.old, self.new)

    @cached_property
    def summary(self) -> list[Change]:
        """The metrics of the runs that differ."""
        return runs.summary(self.old, self.new)

    @cached_property
    def inputs(self) -> list[Change]:
        """The inputs of the runs that differ."""
        return runs.inputs(self.old, self.new)

    @cached_property
    def code(self) -> CodeDiff:
        """From which code the runs started."""
        return runs.code(self.old, self.new)

    @cached_property
    def other_data(self) -> list[OtherData]:
        """Where they were trained, made or evaluated on different versions of a name."""
        return runs.other_data(self.old, self.new)

    @property
    def is_same(self) -> bool:
        """Whether nothing of all this differs. Aliases, times and the runs themselves are not compared."""
        code = self.code
        sections = (self.files, self.metadata, self.labels, self.config, self.summary, self.inputs)
        return not (
            any(sections) or self.note or self.other_data or any((code.changes, code.packages, code.patch))
        )


def between(
    project_a: Project,
    version_a: Version,
    project_b: Project,
    version_b: Version,
    *catalogs: Catalog | None,
) -> VersionDiff:
    """Compare two versions; ``catalogs``, one for each, tell of what runs used from other projects."""
    one, other = (*catalogs, None, None)[:2]
    return VersionDiff(Side(project_a, version_a, one), Side(project_b, version_b, other))
