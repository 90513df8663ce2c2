"""Logging: versions, reuse, aliases, the best rule, what is stored."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mvfs.catalog import pointers, rules, runs
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.runs import RunStart
from mvfs.errors import (
    AliasMoved,
    Conflict,
    CorruptObject,
    InvalidInput,
    InvalidName,
    NotFound,
    SourceChanged,
)
from mvfs.index import queries
from mvfs.index.rows import Rule
from mvfs.refs import Selector
from mvfs.store.sources import SourceFile, scan
from tests.conftest import LogFiles

LARGE = os.urandom(2_500_000)


def blobs(store: Path) -> list[Path]:
    return sorted(path for path in store.glob("p/*/blobs/*/*") if path.is_file())


def test_versions_count_up_and_latest_follows(project: Project, log_files: LogFiles) -> None:
    first = log_files({"w.bin": "a"}, note="hello", metadata={"acc": 0.5}, tags=["x"])
    second = log_files({"w.bin": "b"}, aliases=["production"])
    assert (first.version.label, second.version.label) == ("v0", "v1")
    assert project.aliases("iv3") == {"latest": 1, "production": 1}
    kept = project.version("iv3", Selector(number=0))
    assert (kept.note, kept.metadata, kept.tags) == ("hello", {"acc": 0.5}, ("x",))


def test_equal_content_is_reused_and_takes_the_aliases(project: Project, log_files: LogFiles) -> None:
    log_files({"w.bin": "a"}, note="first")
    log_files({"w.bin": "b"})
    again = log_files({"w.bin": "a"}, note="other", aliases=["baseline"])
    assert again.reused
    assert again.version.label == "v0"
    assert again.version.note == "first"
    assert project.aliases("iv3") == {"baseline": 0, "latest": 0}


def test_reused_content_leaves_no_new_objects(store: Path, log_files: LogFiles) -> None:
    log_files({"w.bin": LARGE, "s": "small"})
    before = sorted(store.rglob("*.mf")), blobs(store)
    log_files({"w.bin": LARGE, "s": "small"})
    assert (sorted(store.rglob("*.mf")), blobs(store)) == before


def test_unchanged_files_are_not_stored_again(store: Path, project: Project, log_files: LogFiles) -> None:
    log_files({"w.bin": LARGE, "s": "small"})
    second = log_files({"w.bin": LARGE, "s": "other"})
    assert second.new_bytes == 5
    assert len(blobs(store)) == 3
    content = project.content(second.version)
    assert {e.path: content.reader(e).read(0, e.size) for e in content.files()} == {
        "w.bin": LARGE,
        "s": b"other",
    }


def test_equal_files_of_one_version_are_stored_once(store: Path, log_files: LogFiles, tmp_path: Path) -> None:
    logged = log_files({"a": LARGE, "b": LARGE, "c": "same", "d": "same", "e": ""})
    assert logged.new_bytes == len(LARGE) + 4
    content = open_catalog().project("vision").content(logged.version)
    content.copy(tmp_path / "out")
    assert (tmp_path / "out/b").read_bytes() == LARGE
    assert (tmp_path / "out/d").read_bytes() == b"same"


def test_names_keep_their_type(project: Project, log_files: LogFiles) -> None:
    log_files({"a": "1"})
    with pytest.raises(Conflict, match="already exists with type 'model'; cannot create another"):
        log_files({"a": "2"}, type_="dataset")


@pytest.mark.parametrize("alias", ["v3", "a/b", "..", "x\ny", "y" * 200])
def test_illegal_aliases_change_nothing(
    project: Project, log_files: LogFiles, alias: str, store: Path
) -> None:
    with pytest.raises(InvalidName):
        log_files({"a": "1"}, aliases=[alias])
    assert project.names() == []
    assert blobs(store) == []


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"x": float("inf")}, "Out of range"),
        ({str(n): n for n in range(101)}, "100"),
        ({"x": object()}, "object"),
    ],
)
def test_metadata_that_cannot_be_kept(log_files: LogFiles, metadata: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        log_files({"a": "1"}, metadata=metadata)


def test_metadata_becomes_json(log_files: LogFiles) -> None:
    logged = log_files({"a": "1"}, metadata={"t": (1, 2), 3: "k", "nan": float("nan")})
    assert logged.version.metadata == {"t": [1, 2], "3": "k", "nan": None}


def test_a_source_that_changes_is_an_error(project: Project, tmp_path: Path, store: Path) -> None:
    source = tmp_path / "w.bin"
    source.write_bytes(LARGE)
    draft = Draft("iv3", "model", scan(source))

    def meddle(_: int) -> None:
        with open(source, "r+b") as file:
            file.write(b"changed")

    with pytest.raises(SourceChanged, match="changed while it was read"):
        log(project, draft, meddle)
    assert project.names() == []
    assert blobs(store) == []


def test_a_source_that_shrank_is_an_error(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "w.bin"
    source.write_bytes(LARGE)
    draft = Draft("iv3", "model", scan(source))
    shrunk: list[int] = []

    def meddle(_: int) -> None:
        if not shrunk:
            shrunk.append(1)
            os.truncate(source, 10)

    with pytest.raises(SourceChanged):
        log(project, draft, meddle)


def test_a_file_that_vanished_is_named(project: Project, tmp_path: Path) -> None:
    draft = Draft("iv3", "model", [SourceFile("gone", tmp_path / "gone", 1, False)])
    with pytest.raises(Exception, match="gone"):
        log(project, draft)


class TestAliases:
    def test_compare_and_swap(self, project: Project, log_files: LogFiles) -> None:
        log_files({"a": "1"})
        log_files({"a": "2"})
        pointers.set_aliases(project, "iv3", 0, ["production"], expect=None)
        with pytest.raises(AliasMoved, match=r"is at v0, not at v1: moved by") as caught:
            pointers.set_aliases(project, "iv3", 1, ["production"], expect=1)
        assert caught.value.fields["found"] == 0
        pointers.set_aliases(project, "iv3", 1, ["production"], expect=0)
        assert project.aliases("iv3")["production"] == 1

    def test_history_and_the_past(self, project: Project, log_files: LogFiles) -> None:
        log_files({"a": "1"})
        log_files({"a": "2"})
        pointers.set_aliases(project, "iv3", 0, ["production"])
        pointers.set_aliases(project, "iv3", 1, ["production"])
        pointers.remove_aliases(project, "iv3", ["production"])
        moves = queries.alias_history(project.index, "iv3", "production")
        assert [(m.new, m.old) for m in moves] == [(0, None), (1, 0), (None, 1)]
        assert queries.alias_at(project.index, "iv3", "production", moves[0].time) == 0
        assert queries.alias_at(project.index, "iv3", "production", moves[0].time - 1) is None
        assert project.version("iv3", Selector("production", at=moves[1].time)).number == 1

    def test_latest_is_not_set_by_hand(self, project: Project, log_files: LogFiles) -> None:
        log_files({"a": "1"})
        with pytest.raises(Conflict, match="kept by mvfs"):
            pointers.set_aliases(project, "iv3", 0, ["latest"])

    def test_missing(self, project: Project, log_files: LogFiles) -> None:
        log_files({"a": "1"})
        with pytest.raises(NotFound, match="no version v7"):
            pointers.set_aliases(project, "iv3", 7, ["x"])
        with pytest.raises(NotFound, match="no alias 'x'"):
            pointers.remove_aliases(project, "iv3", ["x"])
        with pytest.raises(NotFound, match="it has: latest"):
            project.version("iv3", Selector("nope"))


class TestBest:
    def test_moves_in_the_entry_of_the_version(self, project: Project, log_files: LogFiles) -> None:
        log_files({"a": "1"}, metadata={"acc": 0.5})
        rules.set_rule(project, "iv3", Rule("acc", "max"))
        assert project.aliases("iv3")["best"] == 0
        before = project.index.seq
        log_files({"a": "2"}, metadata={"acc": 0.7})
        assert project.index.seq == before + 1
        assert project.aliases("iv3")["best"] == 1
        log_files({"a": "3"}, metadata={"acc": 0.6})
        log_files({"a": "4"}, metadata={"acc": float("nan")})
        log_files({"a": "5"}, metadata={"acc": 0.7})
        log_files({"a": "6"}, metadata={"acc": "0.99"})
        log_files({"a": "7"}, metadata={"acc": True})
        assert project.aliases("iv3")["best"] == 1

    def test_min_and_dotted_paths(self, project: Project, log_files: LogFiles) -> None:
        log_files({"a": "1"}, metadata={"val": {"loss": 0.5}})
        log_files({"a": "2"}, metadata={"val.loss": 0.4})
        log_files({"a": "3"}, metadata={"val": {"loss": 0.45}})
        rules.set_rule(project, "iv3", Rule("val.loss", "min"))
        assert project.aliases("iv3")["best"] == 1

    def test_is_refused_by_hand(self, project: Project, log_files: LogFiles) -> None:
        log_files({"a": "1"}, metadata={"acc": 0.5})
        rules.set_rule(project, "iv3", Rule("acc", "max"))
        with pytest.raises(Conflict, match="kept by the rule acc:max"):
            pointers.set_aliases(project, "iv3", 0, ["best"])
        with pytest.raises(Conflict, match="kept by the rule acc:max"):
            log_files({"a": "2"}, aliases=["best"])
        rules.set_rule(project, "iv3", None)
        pointers.set_aliases(project, "iv3", 0, ["best"])

    def test_metric_of_the_run_and_of_an_evaluation(self, project: Project, log_files: LogFiles) -> None:
        runs.start(project, RunStart("train1", "train1", "train", None, {}, {}))
        log_files({"a": "1"}, run="train1")
        log_files({"a": "2"}, metadata={})
        rules.set_rule(project, "iv3", Rule("acc", "max"))
        assert "best" not in project.aliases("iv3")
        runs.finish(project, "train1", {"acc": 0.8}, "finished")
        assert project.aliases("iv3")["best"] == 0
        runs.start(project, RunStart("eval1", "eval1", "eval", None, {}, {}))
        runs.use(project, "eval1", project, "iv3", 1)
        before = project.index.seq
        runs.finish(project, "eval1", {"acc": 0.9}, "finished")
        assert project.index.seq == before + 1
        assert project.aliases("iv3")["best"] == 1

    def test_if_better(self, project: Project, log_files: LogFiles) -> None:
        rule = Rule("acc", "max")
        assert log_files({"a": "1"}, metadata={"acc": 0.7}, if_better=rule).kept
        refused = log_files({"a": "2"}, metadata={"acc": 0.6}, if_better=rule)
        assert (refused.kept, refused.version.label, refused.reason) == (False, "v0", "0.6 <= 0.7 of v0")
        assert log_files({"a": "3"}, metadata={"acc": 0.8}, if_better=rule).version.label == "v1"


class TestDamage:
    def test_a_changed_blob_is_never_read(
        self, project: Project, log_files: LogFiles, store: Path, tmp_path: Path
    ) -> None:
        logged = log_files({"w.bin": LARGE, "s": "small"})
        for blob in blobs(store):
            blob.chmod(0o644)
            data = bytearray(blob.read_bytes())
            data[len(data) // 2] ^= 1
            blob.write_bytes(data)
        content = project.content(logged.version)
        for entry in content.files():
            with pytest.raises(CorruptObject, match="damaged") as caught:
                content.reader(entry).read(0, entry.size)
            assert str(store) in caught.value.message
        with pytest.raises(CorruptObject):
            content.copy(tmp_path / "out")
        assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == []

    def test_damage_does_not_spread_to_a_version_that_has_the_bytes(
        self, project: Project, log_files: LogFiles, store: Path
    ) -> None:
        log_files({"w.bin": LARGE, "s": "small", "kept": LARGE[::-1]})
        hurt = [path for path in blobs(store) if path.read_bytes() != LARGE[::-1]]
        assert len(hurt) == 2
        for blob in hurt:
            blob.chmod(0o644)
            blob.write_bytes(blob.read_bytes()[:-1] + b"!")
        second = log_files({"w.bin": LARGE, "s": "small", "kept": LARGE[::-1], "new": "1"})
        assert second.new_bytes == len(LARGE) + len("small") + 1
        content = project.content(second.version)
        for entry in content.files():
            assert len(content.reader(entry).read(0, entry.size)) == entry.size

    def test_untouched_leaves_of_a_damaged_blob_can_be_read(
        self, project: Project, log_files: LogFiles, store: Path
    ) -> None:
        logged = log_files({"w.bin": LARGE})
        (blob,) = blobs(store)
        blob.chmod(0o644)
        with open(blob, "r+b") as file:
            file.seek(2_000_000)
            file.write(b"damage")
        content = project.content(logged.version)
        reader = content.reader(next(content.files()))
        assert reader.read(100, 1000) == LARGE[100:1100]
        with pytest.raises(CorruptObject):
            reader.read(1_500_000, 1000)

    def test_a_missing_or_short_blob(self, project: Project, log_files: LogFiles, store: Path) -> None:
        logged = log_files({"w.bin": LARGE})
        content = project.content(logged.version)
        reader = content.reader(next(content.files()))
        (blob,) = blobs(store)
        blob.chmod(0o644)
        os.truncate(blob, 2_000_000)
        with pytest.raises(CorruptObject):
            reader.read(1_900_000, 500_000)
        blob.unlink()
        with pytest.raises(CorruptObject, match="missing"):
            reader.read(0, 10)

    def test_a_changed_manifest(self, project: Project, log_files: LogFiles, store: Path) -> None:
        logged = log_files({"w.bin": "x"})
        (path,) = store.rglob("*.mf")
        path.chmod(0o644)
        path.write_bytes(path.read_bytes().replace(b"MVFSMAN1", b"MVFSMAN2"))
        with pytest.raises(CorruptObject):
            project.content(logged.version)


class TestIndex:
    def test_is_made_anew_when_lost_or_wrong(self, project: Project, log_files: LogFiles, home: Path) -> None:
        log_files({"a": "1"}, aliases=["x"])
        expected = project.versions("iv3")
        (path,) = (home / ".cache/mvfs/index").rglob(f"{project.id}.db")
        project.index.close()
        for damage in (b"garbage" * 1000, b""):
            path.write_bytes(damage)
            again = open_catalog().project("vision")
            assert again.versions("iv3") == expected
            again.index.close()
        path.unlink()
        assert open_catalog().project("vision").versions("iv3") == expected

    def test_of_another_history_is_not_used(
        self, project: Project, log_files: LogFiles, store: Path, home: Path
    ) -> None:
        log_files({"a": "1"})
        log_files({"a": "2"})
        project.index.close()
        last = max(store.glob("p/*/journal/*"))
        last.unlink()  # as if the store had been restored from an older copy
        assert [v.label for v in open_catalog().project("vision").versions("iv3")] == ["v0"]

    def test_works_without_a_writable_cache(
        self, project: Project, log_files: LogFiles, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log_files({"a": "1"})
        (home / "file").write_text("")
        monkeypatch.setenv("MVFS_CACHE_DIR", str(home / "file"))
        monkeypatch.setenv("MVFS_STATE_DIR", str(home / "file"))
        again = open_catalog().project("vision")
        assert [v.label for v in again.versions("iv3")] == ["v0"]
        assert log_files({"a": "2"}, into=again).version.label == "v1"

    def test_goes_on_in_memory_when_the_cache_is_full(self, project: Project, log_files: LogFiles) -> None:
        log_files({"a": "1"})
        pages = project.index.db.execute("pragma page_count").fetchone()[0]
        project.index.db.execute(f"pragma max_page_count = {pages}")
        for number in range(2, 9):
            log_files({"a": str(number)}, note="x" * 3000)
        assert [v.number for v in project.versions("iv3")] == list(range(8))
        assert [v.number for v in open_catalog().project("vision").versions("iv3")] == list(range(8))

    def test_a_store_can_be_moved(self, log_files: LogFiles, store: Path, tmp_path: Path,
                                  monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
        log_files({"a": "1"})
        store.rename(tmp_path / "elsewhere")
        monkeypatch.setenv("MVFS_STORE", str(tmp_path / "elsewhere"))
        moved = open_catalog().project("vision")
        assert next(moved.content(moved.version("iv3")).files()).path == "a"
