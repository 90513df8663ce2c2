"""Every change that the UI makes, also where a second writer is faster; and how it is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mvfs.catalog import deletion, pointers, policy, rules
from mvfs.index import policies
from mvfs.index.rows import Rule, Version
from tests.tui.showing import UI, Shop, frame, press, said, showing, text
from tui import editing
from tui.screens.alias import AliasBox
from tui.screens.browse import BrowseScreen
from tui.screens.conflict import ConflictBox
from tui.screens.deleting import DeleteBox
from tui.screens.note import NoteBox


def now(shop: Shop, number: int) -> Version:
    shop.project().refresh()
    return next(v for v in shop.project().versions("classifier") if v.number == number)


def labels(shop: Shop) -> list[str]:
    shop.project().refresh()
    return [version.label for version in shop.project().versions("classifier")]


async def typed(pilot: UI, words: str) -> None:
    names = {" ": "space", "-": "minus", "=": "equals_sign", ".": "full_stop", "/": "slash"}
    await press(pilot, *[names.get(char, char) for char in words])


# Tags


async def test_tags_are_added_and_removed_and_put_back(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "t")
        await typed(pilot, "new -ema")
        assert "adds new; removes ema" in said(pilot, "box-hint")
        await press(pilot, "enter")
        assert now(shop, 3).tags == ("new",)
        assert "tags of classifier:v3: new" in frame(pilot)[-1]
        assert "u undo 10 s" in frame(pilot)[-1]
        await press(pilot, "u")
        assert now(shop, 3).tags == ("ema",)
        assert "undone: tags of classifier:v3" in frame(pilot)[-1]
        await press(pilot, "u")
        assert "nothing to undo" in frame(pilot)[-1]


async def test_tags_that_somebody_else_changed(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "t")
        pointers.change_tags(shop.project(), "classifier", 3, ["theirs"])
        await typed(pilot, "mine")
        await press(pilot, "enter")
        assert "changed meanwhile: ema, theirs" in said(pilot, "box-hint")
        await press(pilot, "enter")
        assert set(now(shop, 3).tags) == {"ema", "mine", "theirs"}


async def test_a_tag_that_breaks_the_rules_is_one_line(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "t")
        await typed(pilot, "a/b")
        await press(pilot, "enter")
        assert "'/'" in said(pilot, "box-hint")


# Metadata


async def test_metadata_is_set_removed_and_put_back(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", unlocked=True) as pilot:
        await press(pilot, "m")
        await typed(pilot, "acc=0.95")
        assert "acc: 0.6 → 0.95" in said(pilot, "box-hint")
        await press(pilot, "enter")
        assert now(shop, 1).metadata == {"acc": 0.95, "epoch": 3, "name": "try 1"}
        await press(pilot, "m")
        await typed(pilot, "-epoch")
        await press(pilot, "enter")
        assert "epoch" not in now(shop, 1).metadata
        await press(pilot, "u")
        assert now(shop, 1).metadata["epoch"] == 3
        await press(pilot, "m", "down")
        assert "name=try 1" in text(pilot)


async def test_a_key_that_somebody_else_changed_is_told(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", unlocked=True) as pilot:
        await press(pilot, "m")
        pointers.change_metadata(shop.project(), "classifier", 1, {"acc": 0.1, "other": 1})
        await typed(pilot, "acc=0.2")
        await press(pilot, "enter")
        assert "'acc' in the metadata of classifier:v1 changed meanwhile" in said(pilot, "box-hint")
        assert now(shop, 1).metadata["acc"] == 0.1
        await press(pilot, "enter")
        assert (now(shop, 1).metadata["acc"], now(shop, 1).metadata["other"]) == (0.2, 1)


def with_editor(monkeypatch: pytest.MonkeyPatch, *answers: str | None) -> list[str]:
    """An editor that gives these answers in turn; returns what it was given."""
    given: list[str] = []
    left = list(answers)

    def attempt(command: list[str], text: str, what: str, suffix: str) -> tuple[str | None, str]:
        given.append(text)
        return left.pop(0), ""

    class Suspended:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(editing, "editor", lambda environ: ["ed"])
    monkeypatch.setattr(editing, "attempt", attempt)
    monkeypatch.setattr("textual.app.App.suspend", lambda self: Suspended())
    return given


async def test_all_metadata_in_the_editor(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    given = with_editor(monkeypatch, '{"acc": 0.7, "new": [1]}', "acc = 0.8\n[nested]\nx = 1", None)
    async with showing(shop, "vision/classifier:v1", unlocked=True) as pilot:
        await press(pilot, "m", "ctrl+e")
        assert '"acc": 0.6' in given[0]
        assert now(shop, 1).metadata == {"acc": 0.7, "new": [1]}
        await press(pilot, "m", "ctrl+e")
        assert now(shop, 1).metadata == {"acc": 0.8, "nested": {"x": 1}}
        await press(pilot, "m", "ctrl+e")
        assert "the metadata is unchanged" in frame(pilot)[-1]


async def test_what_is_no_metadata_is_shown_with_why(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with_editor(monkeypatch, '{"acc": oops}', "")
    async with showing(shop, "vision/classifier:v1", unlocked=True) as pilot:
        await press(pilot, "m", "ctrl+e")
        assert isinstance(pilot.app.screen, NoteBox)
        assert "line 1, column 9" in text(pilot)
        assert "oops" in text(pilot)
        await press(pilot, "escape", "m", "ctrl+e")
        assert "{} removes all metadata" in text(pilot)
        assert now(shop, 1).metadata["acc"] == 0.6


async def test_a_conflict_in_the_editor_is_a_diff(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    given = with_editor(monkeypatch, '{"acc": 0.9, "epoch": 3, "name": "try 1"}', '{"acc": 0.91}', None, None)
    async with showing(shop, "vision/classifier:v1", unlocked=True) as pilot:
        pointers.change_metadata(shop.project(), "classifier", 1, {"acc": 0.1, "other": 1})
        await press(pilot, "m")
        screen: Any = pilot.app.screen
        assert screen._version.metadata["acc"] == 0.6
        await press(pilot, "ctrl+e")
        assert isinstance(pilot.app.screen, ConflictBox)
        shown = text(pilot)
        assert '-   "acc": 0.1' in shown
        assert '+   "acc": 0.9' in shown
        await press(pilot, "e")
        assert '"other": 1' in given[1]  # what they added is in what is edited again
        assert now(shop, 1).metadata == {"acc": 0.91}
        await press(pilot, "u")
        assert now(shop, 1).metadata == {"acc": 0.1, "epoch": 3, "name": "try 1", "other": 1}


# Notes


async def test_a_conflict_of_notes_can_be_left_and_comes_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = with_editor(monkeypatch, "mine", None, "mine, again")
    async with showing(shop, "vision/classifier:v2", unlocked=True) as pilot:
        pointers.set_note(shop.project(), "classifier", 2, "theirs")
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, ConflictBox)
        await press(pilot, "escape")
        assert "it again" in frame(pilot)[-1]
        await press(pilot, "e")  # nothing is saved in the editor: it is still there
        await press(pilot, "e")
        assert given == ["", "mine", "mine"]
        assert now(shop, 2).note == "mine, again"
        await press(pilot, "u")
        assert now(shop, 2).note == "theirs"


async def test_theirs_can_be_taken(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with_editor(monkeypatch, "mine")
    async with showing(shop, "vision/classifier:v2", unlocked=True) as pilot:
        pointers.set_note(shop.project(), "classifier", 2, "theirs")
        await press(pilot, "e", "t")
        assert now(shop, 2).note == "theirs"
        assert isinstance(pilot.app.screen, BrowseScreen)


async def test_undo_is_refused_where_somebody_has_written_since(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v2", unlocked=True) as pilot:
        await press(pilot, "e", *"mine", "ctrl+s")
        pointers.set_note(shop.project(), "classifier", 2, "later")
        await press(pilot, "u")
        assert "not undone: the note of classifier:v2 was changed meanwhile" in frame(pilot)[-1]
        assert now(shop, 2).note == "later"


async def test_undo_is_one_new_entry(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v2", unlocked=True) as pilot:
        await press(pilot, "e", *"mine", "ctrl+s")
        shop.project().refresh()
        seq = shop.project().index.seq
        await press(pilot, "u")
        shop.project().refresh()
        assert shop.project().index.seq == seq + 1
        assert now(shop, 2).note is None


async def test_undo_is_offered_for_ten_seconds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.undoing.SECONDS", 0.0)
    async with showing(shop, "vision/classifier:v2", unlocked=True) as pilot:
        await press(pilot, "e", *"mine", "ctrl+s")
        assert "undo" not in frame(pilot)[-1]
        await press(pilot, "u")
        assert "nothing to undo" in frame(pilot)[-1]
        assert now(shop, 2).note == "mine"


# Aliases


async def test_an_alias_is_removed_and_put_back(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "a", *"production", "ctrl+x")
        assert "production" not in shop.project().aliases("classifier")
        await press(pilot, "u")
        shop.project().refresh()
        assert shop.project().aliases("classifier")["production"] == 1


async def test_a_moved_alias_is_put_back_only_if_nobody_moved_it_since(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "a", *"production", "enter", "u")
        assert shop.project().aliases("classifier")["production"] == 1
        await press(pilot, "a", *"production", "enter")
        pointers.set_aliases(shop.project(), "classifier", 0, ["production"])
        await press(pilot, "u")
        assert "not undone: 'production'" in frame(pilot)[-1]
        assert shop.project().aliases("classifier")["production"] == 0


async def test_a_protected_alias_takes_a_reason(shop: Shop) -> None:
    policy.set_policy(shop.project(), "classifier", policy.Change(protect=("production",)))
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "a", *"production")
        assert "protected: say why" in said(pilot, "box-hint")
        await press(pilot, "enter", "enter")
        assert isinstance(pilot.app.screen, AliasBox)
        assert "a reason is needed" in said(pilot, "box-hint")
        await typed(pilot, "rollout")
        await press(pilot, "enter")
        project = shop.project()
        assert project.aliases("classifier")["production"] == 3
        await press(pilot, "u")
        project.refresh()
        assert project.aliases("classifier")["production"] == 1
        reasons = [change.reason for change in policies.alias_changes(project.index, "classifier")]
        assert reasons[-2:] == ["rollout", "undo: rollout"]


async def test_the_arrows_choose_an_alias(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "a", "down")
        assert "moves from v1 to v3" in said(pilot, "box-hint")
        await press(pilot, "enter")
        assert shop.project().aliases("classifier")["production"] == 3


# Best


async def test_the_rule_of_best_is_set_foreseen_cleared_and_put_back(shop: Shop) -> None:
    pointers.set_aliases(shop.project(), "classifier", 0, ["best"])
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "b")
        assert "acc" in text(pilot)
        await press(pilot, *"acc")
        assert "best would be v3: acc is 0.8" in said(pilot, "box-hint")
        await press(pilot, "tab")
        assert "best would be v0: acc is 0.5" in said(pilot, "box-hint")
        await press(pilot, "tab", "enter")
        project = shop.project()
        assert project.find_name("classifier").rule == Rule("acc", "max")
        assert project.aliases("classifier")["best"] == 3
        await press(pilot, "u")
        project.refresh()
        assert project.find_name("classifier").rule is None
        assert project.aliases("classifier")["best"] == 0
        rules.set_rule(project, "classifier", Rule("epoch", "min"))
        await press(pilot, "b")
        assert "this is the rule" in said(pilot, "box-hint")
        await press(pilot, "ctrl+x")
        assert project.find_name("classifier").rule is None


async def test_a_rule_that_somebody_else_set_is_told(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "b")
        rules.set_rule(shop.project(), "classifier", Rule("epoch", "min"))
        await press(pilot, *"acc", "enter")
        assert "the rule of 'classifier' was changed meanwhile" in said(pilot, "box-hint")
        await press(pilot, "enter")
        assert shop.project().find_name("classifier").rule == Rule("acc", "max")


# Deletion


async def test_a_version_is_deleted_by_typing_its_label(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", unlocked=True) as pilot:
        await press(pilot, "x")
        shown = text(pilot)
        assert "▲ production goes away" in shown
        await press(pilot, *"v2", "enter")
        assert "type 'v1' to delete" in said(pilot, "box-hint")
        assert labels(shop) == ["v0", "v1", "v2", "v3"]
        await press(pilot, "backspace", "1", "enter")
        assert labels(shop) == ["v0", "v2", "v3"]
        assert not any(row[20:].startswith((" v1 ", "▌v1 ")) for row in frame(pilot))
        await press(pilot, "u")
        assert labels(shop) == ["v0", "v1", "v2", "v3"]
        assert shop.project().aliases("classifier")["production"] == 1


async def test_marked_versions_go_together_and_come_back_from_the_trash(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=True) as pilot:
        await press(pilot, "space", "space", "x")
        assert "● latest moves from v3 to v1" in text(pilot)
        await typed(pilot, "2 versions")
        await press(pilot, "enter")
        assert labels(shop) == ["v0", "v1"]
        assert "marked" not in text(pilot)
        await press(pilot, "U", *"v3")
        assert "brings back classifier:v3" in said(pilot, "box-hint")
        await press(pilot, "enter")
        assert labels(shop) == ["v0", "v1", "v3"]
        assert shop.project().aliases("classifier")["latest"] == 3
        await press(pilot, "u")
        assert labels(shop) == ["v0", "v1"]


async def test_an_alias_that_came_meanwhile_stops_a_deletion(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v0", unlocked=True) as pilot:
        await press(pilot, "x")
        pointers.set_aliases(shop.project(), "classifier", 0, ["keep"])
        await press(pilot, *"v0", "enter")
        assert isinstance(pilot.app.screen, DeleteBox)
        assert "aliases moved meanwhile" in said(pilot, "box-hint")
        assert "◇ keep goes away" in text(pilot)
        assert labels(shop)[0] == "v0"


async def test_a_version_that_somebody_else_deleted(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v0", unlocked=True) as pilot:
        project = shop.project()
        await press(pilot, "x")
        deletion.delete(project, [deletion.target(project, "classifier", 0)])
        await press(pilot, *"v0", "enter")
        assert "has no version v0 any more" in said(pilot, "box-hint")


async def test_a_protected_alias_is_deleted_with_a_reason_only(shop: Shop) -> None:
    policy.set_policy(shop.project(), "classifier", policy.Change(protect=("production",)))
    async with showing(shop, "vision/classifier:v1", unlocked=True) as pilot:
        await press(pilot, "x", *"v1", "enter", "enter")
        assert "a reason is needed" in said(pilot, "box-hint")
        await typed(pilot, "broken")
        await press(pilot, "enter")
        assert labels(shop) == ["v0", "v2", "v3"]


# Locked


async def test_nothing_is_changed_before_it_is_unlocked(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", unlocked=False) as pilot:
        for key in "eatmbxUu":
            await press(pilot, key)
            assert isinstance(pilot.app.screen, BrowseScreen)
            assert "read-only: press w" in frame(pilot)[-1]
            await press(pilot, "r")
            assert "read again" in frame(pilot)[-1]


async def test_the_editor_of_the_user_is_used(shop: Shop, tmp_path: Path) -> None:
    script = tmp_path / "ed"
    script.write_text('#!/bin/sh\nprintf "\\nadded" >> "$1"\n')
    script.chmod(0o755)
    assert editing.attempt([str(script)], "old") == ("old\n\nadded", "")
    assert editing.attempt(["true"], "old") == (None, "")
    text_, trouble = editing.attempt(["false"], "old", "metadata")
    assert text_ is None
    assert "the metadata stays as it was" in trouble
