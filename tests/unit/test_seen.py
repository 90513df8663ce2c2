"""Changes made only where nobody was faster: notes, tags, metadata and rules as somebody saw them."""

from __future__ import annotations

import pytest

from mvfs.catalog import pointers, rules
from mvfs.catalog.project import Project
from mvfs.catalog.rules import Seen
from mvfs.errors import Conflict, NotFound
from mvfs.index.rows import Rule, Version
from tests.conftest import LogFiles


@pytest.fixture
def version(log_files: LogFiles) -> Version:
    log_files({"a": "0"}, metadata={"acc": 0.5})
    return log_files({"a": "1"}, metadata={"acc": 0.9, "lr": 1}, tags=("ema",)).version


def now(project: Project) -> Version:
    return project.versions("iv3")[1]


def test_a_note_is_replaced_only_where_it_is_the_one_seen(project: Project, version: Version) -> None:
    pointers.set_note(project, "iv3", 1, "first", None)
    with pytest.raises(Conflict, match=r"changed meanwhile by .* ago"):
        pointers.set_note(project, "iv3", 1, "second", None)
    assert now(project).note == "first"
    pointers.set_note(project, "iv3", 1, "second", "first")
    pointers.set_note(project, "iv3", 1, "second", "whatever")  # nothing to change
    pointers.set_note(project, "iv3", 1, None, "second")
    assert now(project).note is None


def test_metadata_is_compared_key_by_key(project: Project, version: Version) -> None:
    seen = version.metadata
    pointers.change_metadata(project, "iv3", 1, {"lr": 2})
    pointers.change_metadata(project, "iv3", 1, {"acc": 0.8}, seen=seen)  # others may change other keys
    assert now(project).metadata == {"acc": 0.8, "lr": 2}
    for change, remove in (({"lr": 3}, []), ({}, ["lr"]), ({"acc": 1.0}, [])):
        with pytest.raises(Conflict, match="changed meanwhile"):
            pointers.change_metadata(project, "iv3", 1, change, remove, seen=seen)
    with pytest.raises(Conflict, match="'new'"):
        pointers.change_metadata(project, "iv3", 1, {"new": 1}, seen={"new": 0})
    assert now(project).metadata == {"acc": 0.8, "lr": 2}


def test_tags_are_changed_only_where_all_of_them_are_as_seen(project: Project, version: Version) -> None:
    pointers.change_tags(project, "iv3", 1, ["new"], seen=["ema"])
    with pytest.raises(Conflict, match="ema, new"):
        pointers.change_tags(project, "iv3", 1, [], ["ema"], seen=["ema"])
    assert set(now(project).tags) == {"ema", "new"}


def test_a_rule_is_put_back_with_best_as_it_was_by_hand(project: Project, version: Version) -> None:
    pointers.set_aliases(project, "iv3", 0, ["best"])
    before, after = Seen(None, 0), Seen(Rule("acc", "max"), 1)
    with pytest.raises(Conflict, match="none now, and best is v0"):
        rules.set_rule(project, "iv3", after.rule, after)
    rules.set_rule(project, "iv3", after.rule, before)
    assert project.aliases("iv3")["best"] == 1
    seq = project.index.seq
    rules.restore_rule(project, "iv3", before, after)
    assert project.index.seq == seq + 1
    assert project.find_name("iv3").rule is None
    assert project.aliases("iv3")["best"] == 0
    with pytest.raises(Conflict, match="meanwhile"):
        rules.restore_rule(project, "iv3", before, after)


def test_a_rule_that_follows_another_is_put_back_and_best_with_it(project: Project, version: Version) -> None:
    most, least = Rule("acc", "max"), Rule("acc", "min")
    rules.set_rule(project, "iv3", most)
    rules.set_rule(project, "iv3", least, Seen(most, 1))
    rules.restore_rule(project, "iv3", Seen(most, 1), Seen(least, 0))
    assert project.find_name("iv3").rule == most
    assert project.aliases("iv3")["best"] == 1


def test_best_that_was_nowhere_is_nowhere_again(project: Project, version: Version) -> None:
    rules.set_rule(project, "iv3", Rule("acc", "max"), Seen(None, None))
    rules.restore_rule(project, "iv3", Seen(None, None), Seen(Rule("acc", "max"), 1))
    assert "best" not in project.aliases("iv3")
    with pytest.raises(NotFound):
        rules.restore_rule(project, "iv3", Seen(None, 7), Seen(None, None))
