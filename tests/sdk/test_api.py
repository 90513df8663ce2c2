"""Looking at a store without a run."""

from __future__ import annotations

import pytest

import mvfs
from mvfs.errors import InvalidInput, NotFound
from tests.sdk.conftest import LogText


@pytest.fixture(autouse=True)
def logged(log_text: LogText) -> None:
    with mvfs.init(project="p", id="one", config={"lr": 1}):
        log_text("1", aliases=["prod"])
        log_text("2")
        mvfs.log_artifact(mvfs.Artifact("d", "dataset"))
    with mvfs.init(project="p", id="two") as run:
        run.use_artifact("m:v0")
        run.log({"acc": 1})


@pytest.fixture
def api() -> mvfs.Api:
    return mvfs.Api(overrides={"project": "p", "entity": "me"})


def test_artifact(api: mvfs.Api) -> None:
    assert api.artifact("m").version == "v1"
    assert api.artifact("m:prod", type="model").qualified_name == "me/p/m:v0"
    assert api.artifact("you/p/m:prod").version == "v0"
    assert mvfs.Api().artifact("p/m:v0").version == "v0"
    with pytest.raises(ValueError, match=r"^type 'a' specified but this artifact is of type 'model'$"):
        api.artifact("m:v0", type="a")
    with pytest.raises(mvfs.CommError):
        api.artifact("m:v9")
    with pytest.raises(InvalidInput, match=r"^You must specify name= to fetch an artifact.$"):
        api.artifact("")


def test_looking_leaves_no_trace(api: mvfs.Api) -> None:
    api.artifact("m:v1").download()
    assert api.artifact("m:v1").used_by() == []


def test_exists(api: mvfs.Api) -> None:
    assert api.artifact_exists("m:prod")
    assert api.artifact_exists("p/m:v0", type="model")
    assert not api.artifact_exists("m:v0", type="dataset")
    assert not api.artifact_exists("m:v9")
    assert not api.artifact_exists("q/m")
    assert api.artifact_collection_exists("m", "model")
    assert not api.artifact_collection_exists("m", "dataset")


def test_artifacts_newest_first(api: mvfs.Api) -> None:
    assert [a.version for a in api.artifacts("model", "m")] == ["v1", "v0"]
    assert [a.version for a in api.artifact_versions("model", "me/p/m")] == ["v1", "v0"]
    assert [a.version for a in api.artifacts("model", "m", order="+version_index")] == ["v0", "v1"]
    first = api.artifact("m:v0")
    first.tags = ["x", "y"]
    first.save()
    assert [a.version for a in api.artifacts("model", "m", tags=["y", "x"])] == ["v0"]
    with pytest.raises(NotFound, match="is of type 'model', not 'dataset'"):
        api.artifacts("dataset", "m")
    with pytest.raises(InvalidInput, match="order 'size' is unknown"):
        api.artifacts("model", "m", order="size")


def test_types_and_collections(api: mvfs.Api) -> None:
    assert [t.name for t in api.artifact_types()] == ["dataset", "model"]
    (found,) = api.artifact_collections("me/p", "model")
    assert (found.name, found.type, found.project, found.aliases) == ("m", "model", "p", ["latest", "prod"])
    assert [a.name for a in found.artifacts()] == ["m:v1", "m:v0"]
    assert api.artifact_type("dataset").collection("d").name == "d"
    with pytest.raises(NotFound, match="no type 'x'"):
        api.artifact_type("x")


def test_runs(api: mvfs.Api) -> None:
    assert [run.id for run in api.runs()] == ["one", "two"]
    assert [run.id for run in api.runs("me/p", order="-created_at")] == ["two", "one"]
    one, two = api.run("me/p/one"), api.run("two")
    assert (one.config, two.summary, one.path) == ({"lr": 1}, {"acc": 1}, ["me", "p", "one"])
    assert [a.name for a in one.logged_artifacts()] == ["m:v0", "m:v1", "d:v0"]
    assert [a.name for a in two.used_artifacts()] == ["m:v0"]
    assert [row["acc"] for row in two.history(pandas=False)] == [1]
    with pytest.raises(NotFound, match="no run 'x'"):
        api.run("p/x")


def test_runs_are_filtered_and_ordered(api: mvfs.Api) -> None:
    for number in range(3):
        with mvfs.init(
            project="p", id=f"x{number}", name=f"resnet-{number}", config={"lr": 10.0**-number}
        ) as run:
            run.log({"acc": number / 10})

    def ids(*args: object, **options: object) -> list[str]:
        return [run.id for run in api.runs("p", *args, **options)]  # type: ignore[arg-type]

    assert ids({"config.lr": {"$lt": 1}, "summary_metrics.acc": {"$gt": 0.1}}) == ["x2"]
    assert ids({"$or": [{"config.lr": 0.1}, {"name": "one"}]}) == ["one", "x1"]
    assert ids({"display_name": {"$regex": "^resnet-[12]$"}}, order="-display_name") == ["x2", "x1"]
    assert ids("config.lr<=0.1 or id=one", order="+summary_metrics.acc") == ["x1", "x2", "one"]
    assert ids(order="-config.lr.value")[:3] == ["one", "x0", "x1"]
    assert ids({"state": "running"}) == []
    with pytest.raises(InvalidInput, match="no field 'accuracy'"):
        api.runs("p", {"accuracy": 1})
    with pytest.raises(InvalidInput, match="no field 'accuracy'"):
        api.runs("p", order="-accuracy")
    with pytest.raises(InvalidInput, match="character 4"):
        api.runs("p", "id=")


def test_pages(api: mvfs.Api) -> None:
    for number in range(5):
        mvfs.init(project="p", id=f"x{number}").finish()
    found = api.runs("p", per_page=2)
    assert (len(found), found.length, found.more) == (7, 7, True)
    assert [found[0].id, found[-1].id, found[6].id] == ["one", "x4", "x4"]
    assert [run.id for run in found[1:3]] == ["two", "x0"]
    assert next(found).id == "one"
    assert next(found).id == "two"
    assert [run.id for run in found] == [run.id for run in found] == [run.id for run in reversed(found)][::-1]
    assert not found.more
    with pytest.raises(IndexError):
        found[7]
    with pytest.raises(InvalidInput, match="per_page must be 1 or more"):
        api.runs("p", per_page=0)
    assert api.artifacts("model", "m", per_page=1)[1].version == "v0"


def test_lineage(api: mvfs.Api) -> None:
    artifact = api.artifact("m:v0")
    assert artifact.logged_by().id == "one"  # type: ignore[union-attr]
    assert [run.id for run in artifact.used_by()] == ["two"]


def test_lineage_as_a_graph(api: mvfs.Api) -> None:
    graph = api.lineage("m:v0")
    names = {(graph.by_id[a].ref, graph.by_id[b].ref) for a, b in graph.edges}
    assert names == {("p/one", "p/m:v0"), ("p/m:v0", "p/two")}
    assert [node.ref for node in api.lineage("me/p/m:v0", depth=1, direction="up").nodes] == [
        "p/one",
        "p/m:v0",
    ]
    with pytest.raises(InvalidInput, match="at least 1"):
        api.lineage("m:v0", depth=0)
    with pytest.raises(NotFound, match="no version v9"):
        api.lineage("m:v9")


def test_inputs_that_were_deleted_are_left_out(api: mvfs.Api) -> None:
    api.artifact("m:v0").delete(delete_aliases=True)
    assert api.run("two").used_artifacts() == []
    assert [node.gone for node in api.lineage("m:v1", direction="up").nodes] == ["", ""]


def test_names_of_other_stores(api: mvfs.Api, store: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_STORE", f"{store}-other")
    assert not api.artifact_exists("m")
    assert api.artifact(f"{store}::p/m:prod").version == "v0"
    with pytest.raises(InvalidInput, match="copy the version over"):
        mvfs.init(project="p").use_artifact(f"{store}::p/m:prod")
