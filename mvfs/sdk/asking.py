"""What `Api` asks of the index for its lists of runs and artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mvfs.catalog.finding import Question, find_runs, find_versions
from mvfs.catalog.liveness import with_states
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput
from mvfs.index import search
from mvfs.query import mongo, parser
from mvfs.query.fields import RUNS, VERSIONS
from mvfs.query.order import Key
from mvfs.query.tree import EVERYTHING, And, Compare, Tree
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.collection import ArtifactCollection
from mvfs.sdk.pages import Pages
from mvfs.sdk.record import RecordedRun

_ORDERS = {
    "version_index": "version", "versionIndex": "version", "created_at": "created", "createdAt": "created",
}  # fmt: skip


def runs(
    project: Project, filters: Mapping[str, Any] | str | None, order: str, per_page: int, entity: str
) -> Pages[RecordedRun]:
    """Return the runs that pass W&B's filters or a query, in W&B's order.

    Raises:
        InvalidInput: a filter or the order is none.
    """
    keys = tuple(mongo.order(order)) if order else ()
    found = find_runs([project], Question(_tree(filters), keys))

    def load(ids: Sequence[str]) -> list[RecordedRun]:
        return [
            RecordedRun(project, row, entity)
            for row in with_states(project, search.whole_runs(project.index, ids))
        ]

    return Pages([match.found.key[0] for match in found], load, per_page)


def _tree(filters: Mapping[str, Any] | str | None) -> Tree:
    if not filters:
        return EVERYTHING
    return parser.parse(filters, RUNS) if isinstance(filters, str) else mongo.parse(filters)


def artifacts(
    collection: ArtifactCollection,
    order: str | None,
    tags: Sequence[str],
    per_page: int,
    start: str | None = None,
) -> Pages[Artifact]:
    """Return the versions of a name that have all the tags, newest first or in W&B's order.

    Raises:
        InvalidInput: the order is unknown.
    """
    word = (order or "-version_index").lstrip("+-")
    if word not in _ORDERS:
        raise InvalidInput(f"order '{order}' is unknown; there are version_index and created_at")
    key = Key(VERSIONS.known[_ORDERS[word]], (), (order or "-").startswith("-"))
    tagged = And(tuple(Compare(VERSIONS.known["tag"], (), "=", tag) for tag in tags))
    found = find_versions([collection.home], Question(tagged, (key,)), collection.name)

    def load(keys: Sequence[tuple[str, int]]) -> list[Artifact]:
        rows = search.whole_versions(collection.home.index, keys)
        return [Artifact.of(collection.home, row, collection.entity) for row in rows]

    return Pages([match.found.key for match in found], load, per_page, start)
