"""docs/QUERIES.md names every field, and each query in it is one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from mvfs.query import mongo, order, parser
from mvfs.query.fields import RUNS, VERSIONS, Fields

PAGE = (Path(__file__).parents[2] / "docs/QUERIES.md").read_text("utf-8")
README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("fields", [RUNS, VERSIONS], ids=["runs", "versions"])
def test_fields(fields: Fields) -> None:
    found = re.search(rf"^\| {fields.subject} \|(.*)\|$", PAGE, re.MULTILINE)
    assert found
    named = [word for part in re.findall("`([^`]+)`", found[1]) for word in part.split()]
    assert named == fields.names().split(", ")


def test_shell_examples() -> None:
    lines = [line for line in (PAGE + README).splitlines() if line.startswith(("mvfs runs ", "mvfs ls "))]
    asked = 0
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        if words[0] == "runs" and not words[1].startswith("-"):
            parser.parse(words[1], RUNS)
            asked += 1
        elif "--where" in words:
            parser.parse(words[words.index("--where") + 1], VERSIONS)
            asked += 1
        if "--sort" in words:
            assert order.parse(words[words.index("--sort") + 1], RUNS)
    assert asked == 5


def test_other_examples() -> None:
    for query in re.findall(r"`((?:config|summary|created|tag|input)[.\w\"/]*[ !=<>~][^`]+)`", PAGE):
        parser.parse(query, RUNS)
    for name in re.search(r"^Operators: `([^`]+)`", PAGE, re.MULTILINE)[1].split():  # type: ignore[index]
        value = {"$regex": "a", "$not": {"$eq": 1}}.get(name, ["a"] if name in ("$in", "$nin", "$all") else 1)
        mongo.parse({name: [{"id": "a"}]} if name in ("$and", "$or", "$nor") else {"config.x": {name: value}})
