"""W&B's filters mean what the same queries mean."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mvfs.errors import InvalidInput
from mvfs.query import mongo, parser
from mvfs.query.fields import RUNS
from tests.query.test_parser import shown


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({"state": "finished"}, "state=finished"),
        ({"name": "abc"}, "id=abc"),
        ({"display_name": "abc"}, "name=abc"),
        ({"displayName": {"$regex": "^abc.*"}}, "name~/^abc.*/"),
        ({"displayName": {"$regex": "a", "$options": "i"}}, "name~/(?i)a/"),
        ({"jobType": {"$ne": "eval"}}, "job_type!=eval"),
        ({"group": {"$in": ["a", "b"]}}, "group in (a, b)"),
        ({"group": {"$nin": ["a", None]}}, "not (group in (a) or group=null)"),
        ({"config.lr": {"$lt": 0.01}}, "config.lr<0.01"),
        ({"config.lr.value": 0.01}, "config.lr=0.01"),
        ({"config.value": 1}, "config.value=1"),
        ({"config.opt.name": "adam"}, "config.opt.name='adam'"),
        ({"config.x": "5"}, "config.x='5'"),
        ({"config.x": None}, "config.x=null"),
        ({"config.x": float("nan")}, "config.x=null"),
        ({"config.x": {"$exists": True}}, "has config.x"),
        ({"config.x": {"$exists": False}}, "not has config.x"),
        ({"summary_metrics.acc": {"$gte": 0.9, "$lte": 1}}, "summary.acc>=0.9 summary.acc<=1"),
        ({"summary.acc": {"$not": {"$gt": 0.9}}}, "not summary.acc>0.9"),
        ({"tags": "golden"}, "tag=golden"),
        ({"tags": {"$in": ["a"]}}, "tag in (a)"),
        ({"tags": {"$contains": "a"}}, "tag=a"),
        ({"tags": {"$all": ["a", "b"]}}, "tag=a tag=b"),
        ({"duration": {"$gt": 3600}}, "duration>1h"),
        ({"username": "me", "host": "here"}, "user=me host=here"),
        ({"createdAt": {"$gt": "2026-11-01T10:00:00Z"}}, "created>2026-11-01T10:00:00"),
        ({"created_at": {"$lt": datetime(2026, 11, 1, 10)}}, "created<2026-11-01T10:00:00"),  # noqa: DTZ001
        ({"heartbeatAt": {"$gt": "2026-11-01"}}, "ended>2026-11-01"),
        ({"$and": [{"state": "a"}, {"state": "b"}]}, "state=a and state=b"),
        ({"$or": [{"state": "a"}, {"state": "b"}]}, "state=a or state=b"),
        ({"$nor": [{"state": "a"}]}, "not (state=a)"),
        ({"$not": {"state": "a"}}, "not state=a"),
        ({"id": "abc", "age": {"$lt": "7d"}}, "id=abc age<7d"),
    ],
)
def test_the_same_as_a_query(filters: dict[str, Any], query: str) -> None:
    assert bare(shown(mongo.parse(filters))) == bare(shown(parser.parse(query, RUNS)))


def bare(tree: str) -> str:
    """Without parentheses, which single items have in filters."""
    return tree.replace("(", "").replace(")", "").replace(",", "")


@pytest.mark.parametrize(
    ("filters", "why"),
    [
        ({"acc": 1}, "runs have no field 'acc'"),
        ({"config": 1}, "write 'config.KEY'"),
        ({"config.lr": {"$near": 1}}, r"'\$near' is unknown"),
        ({"$xor": []}, r"'\$xor' is unknown"),
        ({"$or": {"state": "a"}}, r"\$or takes a list of dicts, not dict"),
        ({"$or": ["state"]}, "filters must be dicts, not str"),
        ({"state": {"$in": "a"}}, r"\$in takes a list, not str"),
        ({"config.lr": [1]}, "cannot be compared with a list"),
        ({"config.lr": {"x": 1}}, "cannot be compared with a dict"),
        ({"config.lr": {"$gt": None}}, "is no number"),
        ({"createdAt": {"$gt": "soon"}}, "no date or time"),
        ({"duration": {"$regex": "a"}}, "'duration' is no text"),
        ({"state": {"$regex": "("}}, "is no pattern"),
        ({"state": {"a": 1, "$in": []}}, "'a' is unknown"),
        ({"$or": [{"state": "a"}] * 501}, "at most 500 comparisons"),
    ],
)
def test_what_is_refused(filters: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        mongo.parse(filters)


def test_deep_filters_are_refused() -> None:
    filters: dict[str, Any] = {"state": "a"}
    for _ in range(2000):
        filters = {"$not": filters}
    with pytest.raises(InvalidInput, match="at most 50 levels"):
        mongo.parse(filters)
    asked: dict[str, Any] = {"$gt": 1}
    for _ in range(2000):
        asked = {"$not": asked}
    with pytest.raises(InvalidInput, match="at most 50 levels"):
        mongo.parse({"config.lr": asked})


@pytest.mark.parametrize(
    ("text", "label", "descending"),
    [
        ("+created_at", "created", False),
        ("-createdAt", "created", True),
        ("-summary_metrics.loss", "summary.loss", True),
        ("config.lr.value", "config.lr", False),
        ("heartbeat_at", "ended", False),
        ("+name", "id", False),
    ],
)
def test_orders(text: str, label: str, descending: bool) -> None:
    (key,) = mongo.order(text)
    assert (key.label, key.descending) == (label, descending)


def test_orders_that_are_none() -> None:
    with pytest.raises(InvalidInput, match="no field 'acc'"):
        mongo.order("-acc")
    with pytest.raises(InvalidInput, match="of which each has many"):
        mongo.order("tags")
