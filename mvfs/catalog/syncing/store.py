"""Syncs one store into another: project by project, runs first, then versions, then what they say."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.catalog.syncing.annotations import annotate
from mvfs.catalog.syncing.order import Order, Selection, SupposedProject
from mvfs.catalog.syncing.report import Report
from mvfs.catalog.syncing.runs import send_lineage, send_runs
from mvfs.catalog.syncing.stock import ProjectStock
from mvfs.catalog.syncing.versions import send
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.store.pipeline import Progress
from mvfs.store.trust import stamps


def check_pair(source: Catalog, target: Catalog) -> None:
    """Refuse to sync from nowhere, or from a store into itself.

    Raises:
        NotFound: there is no store to sync from.
        InvalidInput: both are one store.
    """
    if not source.exists:
        raise NotFound(f"there is no store at {source.location} to sync from")
    if source.location == target.location:
        raise InvalidInput(f"{source.location} cannot be synced with itself; name two stores")


def sync(
    source: Catalog,
    target: Catalog,
    selections: Sequence[Selection],
    *,
    force: bool = False,
    dry: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Bring what was selected of ``source`` into ``target``; what is there is neither sent nor written again.

    ``force`` lets aliases and notes of the source replace those that differ; ``dry`` only tells what would
    be sent. Whatever cuts it off, the next call goes on.

    Raises:
        NoSpace, NoPermission, Unavailable: the target cannot be written.
        CorruptObject: a journal is damaged; a damaged version or run is left out and reported.
    """
    report = Report()
    orders = [
        Order(selection, _counterpart(target, selection.project.name, dry=dry), report, force, dry, progress)
        for selection in selections
    ]
    for order in orders:
        _sync_project(order)
    pairs = _pairs(source, target, orders)
    for order in orders:
        send_lineage(order, pairs)
    return report


def _pairs(source: Catalog, target: Catalog, orders: Sequence[Order]) -> dict[str, tuple[Project, Project]]:
    """The synced projects and, where a run may have used something of others, all that both stores have."""
    pairs = {order.source.id: (order.source, order.target) for order in orders}
    used = {
        one.project_id or order.source.id
        for order in orders
        for run_id in order.selection.runs()
        for one in queries.inputs(order.source.index, run_id)
    }
    if used - pairs.keys():
        for name in set(source.projects()) & set(target.projects()):
            project = source.project(name)
            pairs.setdefault(project.id, (project, target.project(name)))
    return pairs


def _counterpart(target: Catalog, name: str, *, dry: bool) -> Project:
    """The project of that name; one that is not there is made, or, where nothing may be written, supposed."""
    if not dry:
        return target.make_project(name)
    if name in target.projects():
        return target.project(name)
    return SupposedProject(target.backend, name)


def _sync_project(order: Order) -> None:
    send_runs(order)
    stock = ProjectStock(order.target, stamps())
    for name in order.selection.names:
        source = order.source.find_name(name)
        known = queries.name(order.target.index, name)
        if known is not None and known.type != source.type:
            order.report.conflicts.append(
                f"'{order.target.name}/{name}' has type '{known.type}' in the target, not '{source.type}';"
                " rename one of them"
            )
            continue
        versions = order.selection.versions(name)
        order.report.kept_deleted += _deleted(order, name, versions)
        send(order, source, versions, stock)
        annotate(order, source, versions)


def _deleted(order: Order, name: str, versions: Sequence[Version]) -> list[str]:
    """The versions whose content was deleted in the target."""
    index = order.target.index
    gone = {one.version.digest for one in queries.trash(index, name)}
    return [
        f"{order.source.name}/{name}:{version.label}"
        for version in versions
        if version.digest in gone and queries.version_by_digest(index, name, version.digest) is None
    ]
