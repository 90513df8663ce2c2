"""The alias 'best' follows what runs log."""

from __future__ import annotations

import pytest

import mvfs
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.rules import set_rule
from mvfs.errors import Conflict
from mvfs.index.rows import Rule
from tests.sdk.conftest import LogText


def best() -> str:
    return mvfs.Api().artifact("p/m:best").version


def test_by_metadata(log_text: LogText, catalog: Catalog) -> None:
    mvfs.init(project="p")
    log_text("0", metadata={"val/acc": 0.5})
    set_rule(catalog.project("p"), "m", Rule("val/acc", "max"))
    assert best() == "v0"
    assert log_text("1", metadata={"val/acc": 0.7}).aliases == ["best", "latest"]
    assert log_text("2", metadata={"val/acc": 0.6}).aliases == ["latest"]
    assert best() == "v1"


def test_by_summary_known_when_the_artifact_is_logged(log_text: LogText, catalog: Catalog) -> None:
    with mvfs.init(project="p") as run:
        run.log({"loss": 0.5})
        log_text("0")
        set_rule(catalog.project("p"), "m", Rule("loss", "min"))
    with mvfs.init(project="p") as run:
        run.log({"loss": 0.4})
        assert log_text("1").aliases == ["best", "latest"]
    with mvfs.init(project="p") as run:
        log_text("2")
        run.summary["loss"] = 0.1
        assert best() == "v1"
    assert best() == "v2"


def test_by_evaluation(log_text: LogText, catalog: Catalog) -> None:
    with mvfs.init(project="p"):
        log_text("0")
        log_text("1")
    set_rule(catalog.project("p"), "m", Rule("test/acc", "max"))
    for version, score in (("v0", 0.9), ("v1", 0.8)):
        with mvfs.init(project="p", job_type="eval") as run:
            run.use_artifact(f"m:{version}")
            run.log({"test/acc": score})
    assert best() == "v0"
    with mvfs.init(project="p", job_type="eval") as run:
        run.use_artifact("m:v1")
        run.log({"test/acc": 0.95})
    assert best() == "v1"


def test_by_hand_only_without_a_rule(log_text: LogText, catalog: Catalog) -> None:
    mvfs.init(project="p")
    log_text("0", aliases=["latest", "best"], metadata={"acc": 1})
    set_rule(catalog.project("p"), "m", Rule("acc", "max"))
    with pytest.raises(Conflict, match="kept by the rule"):
        log_text("1", aliases=["best"])
    logged = log_text("1", metadata={"acc": 2})
    logged.aliases = []
    logged.save()
    assert logged.aliases == ["best", "latest"]
