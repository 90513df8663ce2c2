"""What libraries read from ``mvfs://``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from mvfs.errors import ReadOnly
from mvfs.integrations.fsspec import MvfsFileSystem
from tests.conftest import LogFiles
from tests.unit.damage import blob_of, flip

pytestmark = pytest.mark.filterwarnings("default")  # these libraries have warnings of their own

CSV = "a,b\n1,2\n3,4\n"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    MvfsFileSystem.clear_instance_cache()  # each test has a store of its own


def test_protocol_is_registered(store: Path) -> None:
    assert isinstance(fsspec.filesystem("mvfs", store=str(store)), MvfsFileSystem)


def test_pandas(log_files: LogFiles, store: Path) -> None:
    import pandas as pd

    log_files({"x.csv": CSV}, name="data")
    wanted = pd.DataFrame({"a": [1, 3], "b": [2, 4]})
    assert pd.read_csv("mvfs://vision/data:v0/x.csv").equals(wanted)
    again = pd.read_csv("mvfs://vision/model/data/latest/x.csv", storage_options={"store": str(store)})
    assert again.equals(wanted)
    with pytest.raises(ReadOnly, match="read-only"):
        wanted.to_csv("mvfs://vision/data:v0/y.csv")
    with pytest.raises(FileNotFoundError):
        pd.read_csv("mvfs://vision/data:v7/x.csv")


def test_parquet(log_files: LogFiles, tmp_path: Path) -> None:
    import numpy as np
    import pandas as pd
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=200_000), "y": range(200_000)})
    frame.to_parquet(tmp_path / "x.parquet", row_group_size=20_000)
    data = (tmp_path / "x.parquet").read_bytes()
    log_files({f"part={number}/x.parquet": data for number in (0, 1)}, name="data")
    fs = MvfsFileSystem()
    assert pd.read_parquet("mvfs://vision/data:v0/part=0/x.parquet").equals(frame)
    assert pq.read_table("vision/data:v0/part=1/x.parquet", filesystem=fs, columns=["y"]).num_rows == 200_000
    whole = ds.dataset("vision/data:v0", filesystem=fs, partitioning="hive")
    assert whole.count_rows(filter=(ds.field("part") == 1) & (ds.field("y") < 10)) == 10
    flip(blob_of(Path(os.environ["MVFS_STORE"]), len(data)), 1000)
    with pytest.raises(Exception, match="damaged"):
        pq.read_table("vision/data:v0/part=1/x.parquet", filesystem=fs)


def test_torch_and_safetensors(log_files: LogFiles, tmp_path: Path) -> None:
    import safetensors
    import safetensors.torch
    import torch

    weights = {"w": torch.arange(600_000, dtype=torch.float32)}
    torch.save(weights, tmp_path / "model.pt")
    safetensors.torch.save_file(weights, tmp_path / "model.safetensors")
    log_files({name: (tmp_path / name).read_bytes() for name in ("model.pt", "model.safetensors")})
    with fsspec.open("mvfs://vision/iv3:latest/model.pt") as file:
        assert torch.load(file)["w"].equal(weights["w"])
    url = "mvfs://vision/iv3:latest/model.safetensors"
    assert safetensors.torch.load(MvfsFileSystem().cat(url))["w"].equal(weights["w"])
    path = fsspec.open_local(f"filecache::{url}", filecache={"cache_storage": str(tmp_path / "cache")})
    with safetensors.safe_open(path, "pt") as opened:
        assert opened.get_tensor("w").equal(weights["w"])


def test_datasets(log_files: LogFiles, tmp_path: Path) -> None:
    import datasets

    datasets.disable_progress_bars()
    log_files({"train/a.csv": CSV, "train/b.csv": CSV}, name="data")
    url = "mvfs://vision/data:v0/train/*.csv"
    loaded = datasets.load_dataset("csv", data_files=url, cache_dir=str(tmp_path / "hf"), split="train")
    assert loaded["a"][:] == [1, 3, 1, 3]
    streamed = datasets.load_dataset("csv", data_files=url, streaming=True, split="train")
    assert [row["b"] for row in streamed] == [2, 4, 2, 4]
    log_files({"train/a.csv": "a,b\n9,9\n"}, name="data")
    url = url.replace("v0", "v1")  # an alias would not do: it keeps what it has downloaded by URL
    again = datasets.load_dataset("csv", data_files=url, cache_dir=str(tmp_path / "hf"), split="train")
    assert again["a"][:] == [9]


def test_data_loader_with_forked_workers(log_files: LogFiles) -> None:
    from torch.utils.data import DataLoader

    log_files({f"{number}.txt": str(number) for number in range(20)}, name="data")
    fs = MvfsFileSystem()
    paths = fs.find("vision/data:v0")
    loader = DataLoader(paths, num_workers=2, collate_fn=lambda batch: [int(fs.cat(path)) for path in batch])
    assert sorted(value for batch in loader for value in batch) == list(range(20))
