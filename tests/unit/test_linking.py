"""Links, what is said of names, and metadata that is edited later: entries, and what others read of them."""

from __future__ import annotations

import pytest

from mvfs.catalog import describing, linking, links, pointers, rules
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.deletion import delete, target
from mvfs.catalog.project import Project
from mvfs.catalog.renaming import rename
from mvfs.catalog.sweeping import sweep
from mvfs.errors import Conflict, InvalidInput, InvalidName, NotFound
from mvfs.index.rows import Rule, Version
from mvfs.refs import Selector
from tests.conftest import LogFiles
from tests.unit.housekeeping import assert_index_is_the_fold, labels


@pytest.fixture
def source(project: Project, log_files: LogFiles) -> Version:
    log_files({"a": "0"})
    return log_files({"a": "1"}, metadata={"acc": 1}).version


def content(project: Project, version: Version) -> dict[str, bytes]:
    opened = project.content(version)
    return {entry.path: opened.reader(entry).read(0, entry.size) for entry in opened.files()}


def test_a_link_has_numbers_and_aliases_of_its_own(
    project: Project, source: Version, catalog: Catalog
) -> None:
    link = linking.link(project, source, project, "released", ["prod"])
    assert (link.label, link.aliases, link.manifest) == ("v0", ("latest", "prod"), source.manifest)
    assert links.source_of(catalog, project, link) == (project, source)
    assert [v.name for _, v in links.links_to(catalog, project, source)] == ["released"]
    assert links.source_of(catalog, project, source) is None
    again = linking.link(project, source, project, "released")
    assert (again.label, labels(project, "released")) == ("v0", ["v0"])
    rename(project, "iv3", "iv4")
    _, renamed = links.source_of(catalog, project, link) or (None, None)
    assert renamed is not None
    assert renamed.name == "iv4"
    assert_index_is_the_fold(project)


def test_a_link_into_another_project_outlives_its_source(
    project: Project, source: Version, catalog: Catalog
) -> None:
    other = catalog.make_project("registry")
    link = linking.link(project, source, other, "released")
    (found,) = links.links_to(catalog, project, source)
    assert (found[0].name, found[1].label) == ("registry", "v0")
    delete(project, [target(project, "iv3")])
    sweep(project, grace=0)
    assert content(other, link) == {"a": b"1"}
    assert links.source_of(open_catalog(), other, link) is None


def test_links_and_logged_versions_do_not_mix(project: Project, source: Version, log_files: LogFiles) -> None:
    log_files({"a": "x"}, name="own")
    with pytest.raises(Conflict, match="'vision/own' holds versions that were logged there, not links"):
        linking.link(project, source, project, "own")
    with pytest.raises(InvalidInput):
        linking.link(project, source, project, "iv3")


def test_what_is_said_of_a_name(project: Project, source: Version) -> None:
    describing.describe(project, "iv3", "all of them", ["a", "b", "a"])
    describing.retype(project, "iv3", "checkpoint")
    row = project.find_name("iv3")
    assert (row.about, row.tags, row.type) == ("all of them", ("a", "b"), "checkpoint")
    assert project.version("iv3").type == "checkpoint"
    seq = project.index.seq
    describing.describe(project, "iv3", "all of them", ["a", "b"])
    describing.retype(project, "iv3", "checkpoint")
    assert project.index.seq == seq
    with pytest.raises(InvalidName):
        describing.retype(project, "iv3", "a/b")
    with pytest.raises(NotFound):
        describing.describe(project, "nothing", "x", [])
    assert_index_is_the_fold(project)


def test_metadata_changes_by_keys_and_best_follows(project: Project, source: Version) -> None:
    rules.set_rule(project, "iv3", Rule("acc", "max"))
    pointers.change_metadata(project, "iv3", 0, {"acc": 2, "more": (1, 2)})
    assert project.aliases("iv3")["best"] == 0
    pointers.change_metadata(project, "iv3", 0, {}, ["acc"])
    first = project.version("iv3", Selector(number=0))
    assert (first.metadata, project.aliases("iv3")["best"]) == ({"more": [1, 2]}, 1)
    with pytest.raises(InvalidInput, match="more than 100 metadata keys"):
        pointers.change_metadata(project, "iv3", 0, {str(n): n for n in range(100)})
    assert_index_is_the_fold(project)
