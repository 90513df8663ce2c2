"""Stores for `ui.py` to look at."""

from __future__ import annotations

from pathlib import Path

from mvfs.catalog import runs
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.settings import StoreLocation
from mvfs.store import effects as fx
from mvfs.store.sources import scan


def make_versions(folder: Path, count: int) -> None:
    """Make a name with ``count`` versions, all of one content."""
    source = folder / "model.bin"
    source.write_bytes(b"weights" * 1000)
    project = _catalog(folder).make_project("vision")
    first = log(project, Draft("iv3", "model", scan(source), metadata={"acc": 0.5, "loss": 1.0})).version

    def made(number: int) -> fx.AnyEffect:
        return fx.VersionMade("iv3", number, first.manifest, first.manifest_hash, first.digest, first.files,
                              first.size, None, {"acc": 0.5 + number / 1e5, "loss": 1 / number})  # fmt: skip

    for start in range(1, count, 250):
        effects = [made(number) for number in range(start, min(start + 250, count))]
        last = min(start + 250, count) - 1
        moved: fx.AnyEffect = fx.AliasMoved("iv3", "latest", last, project.aliases("iv3")["latest"])
        project.commit(lambda effects=effects, moved=moved: [*effects, moved])  # type: ignore[misc]
    project.versions("iv3")


def make_lineage(folder: Path, nodes: int) -> str:
    """Make a data set, and models each of which was made from the one an eighth before it; its ref."""
    project = _catalog(folder).make_project("graph")
    corpus = _log(project, folder, "m0000", "dataset", b"text")
    for number in range(1, nodes):
        run = runs.RunStart(runs.new_run_id(), f"run-{number}", "train", None, {}, {})
        runs.start(project, run)
        runs.use(project, run.id, project, f"m{(number - 1) // 8:04}", 0)
        _log(project, folder, f"m{number:04}", "model", b"%d" % number, run.id)
    return corpus


def make_texts(folder: Path) -> tuple[str, str]:
    """Make two versions of a text of 20,000 lines, of which some differ; their refs."""
    project = _catalog(folder).make_project("texts")
    lines = [f"line {number} of the text" for number in range(20_000)]
    first = _log(project, folder, "notes", "text", "\n".join(lines).encode())
    for number in range(40, 20_000, 400):
        lines[number] = f"line {number} was changed"
    return first, _log(project, folder, "notes", "text", "\n".join(lines).encode())


def _catalog(folder: Path) -> Catalog:
    return open_catalog(StoreLocation(folder / "store", None))


def _log(project: Project, folder: Path, name: str, type_: str, body: bytes, run: str | None = None) -> str:
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "text.txt").write_bytes(body)
    version = log(project, Draft(name, type_, scan(source), run=run)).version
    return f"{project.name}/{type_}/{name}:{version.label}"
