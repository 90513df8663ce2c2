"""The real `wandb` and mvfs run the same script, and come to the same; `make test-parity`.

Runs in an environment that has both, and pyarrow and pandas. No part of the default run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import mvfs

CASES = Path(__file__).with_name("cases.py")

ON_PURPOSE = {
    "logging_in_a_run/aliases": "W&B 0.31.0 lets Python's TypeError through; its documented error is ours",
    "references/unknown scheme, named": "a reference that nobody could ever read is refused, not tracked",
    "tables_as_files/foreign": "W&B lists its classes of media, of which mvfs has tables only",
}
"""By case and name, where the outcomes differ and shall."""


def outcomes(library: str, place: Path, **environment: str) -> dict[str, Any]:
    """What came of each case with one of the libraries."""
    (place / "work").mkdir(parents=True)
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "MVFS_"))}
    done = subprocess.run(
        [sys.executable, str(CASES), library],
        cwd=place / "work",
        env={**keep, "HOME": str(place), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    top = tmp_path_factory.mktemp("parity")
    wandb = outcomes(
        "wandb", top / "wandb", WANDB_MODE="offline", WANDB_SILENT="true",
        WANDB_DATA_DIR=str(top / "data"), WANDB_CACHE_DIR=str(top / "cache"),
    )  # fmt: skip
    ours = outcomes(
        "mvfs", top / "mvfs", MVFS_STORE=str(top / "store"), MVFS_DIGEST="md5",
        MVFS_REFERENCES_ROOTS=str(top),
    )  # fmt: skip
    return wandb, ours


def differences(theirs: Any, ours: Any, where: str = "") -> Iterator[str]:
    """Where two outcomes are not the same; errors are, if ours is of all kinds that theirs is."""
    if where in ON_PURPOSE:
        return
    if isinstance(theirs, dict) and isinstance(ours, dict):
        if "kinds" in theirs and "kinds" in ours and set(theirs["kinds"]) <= set(ours["kinds"]):
            theirs, ours = {**theirs, "kinds": None}, {**ours, "kinds": None}
        for key in sorted({*theirs, *ours}):
            path = where if key in ("value", "error") else f"{where}/{key}".lstrip("/")
            yield from differences(theirs.get(key, "nothing"), ours.get(key, "nothing"), path)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from differences(one, other, f"{where}/{number}")
    elif isinstance(theirs, str) and isinstance(ours, str):
        if theirs.replace("wandb.", "mvfs.") != ours:
            yield f"{where}: W&B {theirs!r}, mvfs {ours!r}"
    elif theirs != ours:
        yield f"{where}: W&B {theirs!r}, mvfs {ours!r}"


def case_names() -> list[str]:
    """The functions of `cases.py` that are cases."""
    lines = CASES.read_text("utf-8").splitlines()
    return [
        after.removeprefix("def ").partition("(")[0] for line, after in pairwise(lines) if line == "@case"
    ]


@pytest.mark.parametrize("name", case_names())
def test_it_comes_to_the_same(name: str, both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    theirs, ours = both
    assert not list(differences(theirs[name], ours[name], name))


def test_what_differs_on_purpose_does_differ(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    theirs, ours = both
    for where in ON_PURPOSE:
        name, _, key = where.partition("/")
        one, other = (_below(found[name], key) for found in (theirs, ours))
        assert one != other, f"{where} is the same by now"


def _below(found: Any, key: str) -> Any:
    return found["value"][key]


def test_tables_in_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    table = mvfs.Table(columns=["id", "guess", "scores"], data=[[1, "cat", [0.5, 0.25]], [2, None, []]])
    artifact = mvfs.Artifact("preds", "predictions")
    assert artifact.add(table, "predictions.parquet").path == "predictions.parquet"
    artifact.save(project="p")
    assert mvfs.Api().artifact("p/preds").get("predictions.parquet") == table
    assert list(table.get_dataframe()["id"]) == [1, 2]
    with pytest.raises(ValueError, match="Parquet cannot hold this table"):
        mixed = mvfs.Table(columns=["a"], data=[[1], ["x"]], allow_mixed_types=True)
        mvfs.Artifact("preds", "predictions").add(mixed, "x.parquet")
    broken = mvfs.Artifact("broken", "predictions")
    with broken.new_file("x.parquet") as file:
        file.write("no parquet")
    broken.save(project="p")
    with pytest.raises(mvfs.errors.CorruptObject, match=r"'x.parquet' is no table"):
        broken.get("x.parquet")
