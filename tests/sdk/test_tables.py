"""Tables and histograms: in artifacts, in logged values, and W&B's media that are not there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import mvfs
from mvfs.errors import ArtifactNotLoggedError, CorruptObject, InvalidInput
from mvfs.sdk.media import unsupported


@pytest.fixture
def table() -> mvfs.Table:
    return mvfs.Table(columns=["id", "guess", "ok"], data=[[1, "cat", True], [2, None, False]])


def logged(table: mvfs.Table, name: str) -> mvfs.Artifact:
    draft = mvfs.Artifact("preds", "predictions")
    draft.add(table, name)
    draft.save(project="p")
    return draft


def test_into_an_artifact_and_out_of_it(table: mvfs.Table) -> None:
    artifact = logged(table, "val/predictions")
    assert [entry.path for entry in artifact.files()] == ["val/predictions.table.json"]
    assert artifact.get("val/predictions") == table == artifact["val/predictions"]
    assert mvfs.Api().artifact("p/preds").get("val/predictions.table.json") == table
    assert artifact.get("nothing") is None


def test_drafts_give_no_tables(table: mvfs.Table) -> None:
    draft = mvfs.Artifact("preds", "predictions")
    draft["t"] = table
    assert [entry.path for entry in draft._files] == ["t.table.json"]
    with pytest.raises(ArtifactNotLoggedError, match=r"'Artifact\.get' used prior"):
        draft.get("t")
    draft.add(table, "t")
    table.add_data(3, "dog", True)
    with pytest.raises(ValueError, match=r"^Cannot add the same path twice: 't.table.json'$"):
        draft.add(table, "t")
    draft.add(table, "t", overwrite=True)
    with pytest.raises(TypeError, match=r"^Found object of type <class 'dict'>, expected one of: Table$"):
        draft.add({"a": 1}, "d")


def test_values_survive(table: mvfs.Table) -> None:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    table = mvfs.Table(
        columns=["a", "b", "c", "d", "e"],
        data=[[np.float32(0.5), np.array([1, 2]), {"k": [1]}, moment, float("nan")]],
    )
    found = logged(table, "t").get("t")
    assert found is not None
    assert found.data == [[0.5, [1, 2], {"k": [1]}, moment, None]]


def test_parquet_needs_pyarrow(table: mvfs.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mvfs.sdk.media.table_files.find_spec", lambda _: None)
    with pytest.raises(InvalidInput, match=r"^tables in Parquet need pyarrow"):
        mvfs.Artifact("preds", "predictions").add(table, "t.parquet")


def test_files_that_are_no_tables() -> None:
    draft = mvfs.Artifact("preds", "predictions")
    for name, text in {
        "a": "{",
        "b": '{"columns": ["x"], "data": [[1, 2]]}',
        "c": "[]",
        "d": '{"columns": 1}',
    }.items():
        with draft.new_file(f"{name}.table.json") as file:
            file.write(text)
    draft.save(project="p")
    for name in "abcd":
        with pytest.raises(CorruptObject, match=f"'{name}.table.json' is no table"):
            draft.get(name)


def test_columns_keep_their_types(table: mvfs.Table) -> None:
    with pytest.raises(TypeError, match=r"^Data row contained incompatible types:\n'x' in column 'id'"):
        table.add_data("x", "cat", True)
    with pytest.raises(ValueError, match=r"^This table expects 3 columns: \['id', 'guess', 'ok'\], found 1$"):
        table.add_data(1)
    assert len(table.data) == 2
    mixed = mvfs.Table(columns=["a"], data=[[1], ["x"]], allow_mixed_types=True)
    assert mixed.data == [[1], ["x"]]
    with pytest.raises(TypeError):
        mvfs.Table(columns=["a"], data=[[None]], optional=False)
    with pytest.raises(TypeError):
        mvfs.Table(columns=["a"], data=[["x"]], dtype=int)
    assert mvfs.Table(columns=["a", "b"], data=[[[], 1], [[2], None]], dtype=[list, int]).get_column("a") == [
        [],
        [2],
    ]
    with pytest.raises(InvalidInput, match="a table cannot hold object"):
        mvfs.Table(columns=["a"], dtype=object)


def test_columns_and_rows(table: mvfs.Table) -> None:
    table.add_column("score", np.array([0.5, 0.75]))
    assert table.get_column("score") == [0.5, 0.75]
    assert table.get_column("id", convert_to="numpy").sum() == 3
    assert [(number, row[0]) for number, row in table.iterrows()] == [(0, 1), (1, 2)]
    assert table.get_index() == [0, 1]
    for change, words in {
        lambda: table.add_column("id", [1, 2]): "there is a column 'id' already",
        lambda: table.add_column("x", [1]): "Expected length 2, found 1",
        lambda: table.get_column("x"): "there is no column 'x'",
        lambda: table.get_column("id", convert_to="x"): "convert_to='x' is unknown",
        lambda: mvfs.Table(columns="ab"): "columns argument expects a `list` object",
        lambda: mvfs.Table(columns=[1.5]): "list of strings or ints",  # type: ignore[list-item]
        lambda: mvfs.Table(columns=["a"], data="x"): "data argument expects a `list` object",
        lambda: mvfs.Table(log_mode="x"): "Invalid log_mode: x",
    }.items():
        with pytest.raises(InvalidInput, match=words):
            change()
    with pytest.raises(TypeError, match="which holds Number"):
        table.add_column("y", [1, "x"])
    assert mvfs.Table(data=np.array([[1, 2, 3]])).columns == ["Input", "Output", "Expected"]
    empty = mvfs.Table(columns=[])
    empty.add_column("a", [1, 2])
    assert empty.data == [[1], [2]]


class Frame:
    """As much of a DataFrame as is asked for."""

    columns = ("a", "b")

    def itertuples(self, index: bool) -> list[tuple[int, str]]:
        assert not index
        return [(1, "x"), (2, "y")]


@pytest.mark.parametrize("word", ["data", "dataframe"])
def test_data_frames(word: str) -> None:
    table = mvfs.Table(**{word: Frame()})
    assert (table.columns, table.data) == (["a", "b"], [[1, "x"], [2, "y"]])


def test_logged_tables_are_artifacts(table: mvfs.Table) -> None:
    with mvfs.init(project="p", id="one") as run:
        run.log({"val/preds": table, "loss": 0.5})
        run.log({"h": mvfs.Histogram(np_histogram=([1, 2], [0.0, 1.0, 2.0]))})
    found = mvfs.Api().run("p/one")
    first, second = found.scan_history()
    assert first["val/preds"]["artifact"] == "p/run-one-valpreds:v0"
    assert (first["val/preds"]["_type"], first["val/preds"]["nrows"], first["loss"]) == ("table-file", 2, 0.5)
    assert second["h"] == {"_type": "histogram", "values": [1, 2], "bins": [0.0, 1.0, 2.0]}
    (artifact,) = found.logged_artifacts()
    assert (artifact.type, artifact.get(first["val/preds"]["path"])) == ("run_table", table)


def test_metrics_leave_tables_and_histograms_alone(table: mvfs.Table) -> None:
    with mvfs.init(project="p", id="one") as run:
        run.define_metric("epoch")
        run.define_metric("val/*", step_metric="epoch", summary="max")
        run.log({"epoch": 7})
        run.log({"val/preds": table, "val/h": mvfs.Histogram([1, 2]), "val/acc": 0.5})
    found = mvfs.Api().run("p/one")
    *_, last = found.scan_history()
    assert (last["epoch"], last["val/preds"]["artifact"]) == (7, "p/run-one-valpreds:v0")
    assert found.summary["val/acc"] == {"max": 0.5}
    assert {key: found.summary[key] for key in ("val/preds", "val/h")} == {
        key: last[key] for key in ("val/preds", "val/h")
    }


def test_a_disabled_run_takes_tables(table: mvfs.Table) -> None:
    with mvfs.init(mode="disabled") as run:
        run.log({"t": table})
        assert run.summary["t"]["nrows"] == 2


def test_histograms() -> None:
    histogram = mvfs.Histogram([1, 2, 3, 3.5], num_bins=4)
    assert (histogram.histogram, len(histogram.bins)) == ([1, 1, 0, 2], 5)
    with pytest.raises(ValueError, match=r"^The maximum length of a histogram is 512$"):
        mvfs.Histogram([1], num_bins=1000)
    with pytest.raises(ValueError, match=r"^len\(bins\) must be len\(histogram\) \+ 1$"):
        mvfs.Histogram(np_histogram=([1, 2], [1, 2]))
    with pytest.raises(ValueError, match=r"^Expected np_histogram to be a tuple"):
        mvfs.Histogram(np_histogram=([1],))


def test_other_media_say_what_to_do_instead(work: Path) -> None:
    kinds = unsupported._Unsupported.__subclasses__()
    assert {kind.__name__ for kind in kinds} <= set(mvfs.__all__)
    for kind in kinds:
        with pytest.raises(NotImplementedError, match=rf"^mvfs has no {kind.__name__}; .+"):
            kind("x", caption="y")
