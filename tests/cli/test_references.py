"""References as the command line has them: logged, looked at, read, checked and brought in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.unit import web

BIG = os.urandom((2 << 20) + 17)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory that can be logged by reference, but is below no allowed root."""
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("hello\n")
    (folder / "empty").touch()
    (folder / "sub" / "b b.bin").write_bytes(BIG)
    return folder


@pytest.fixture
def allowed(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(data))
    return data


@pytest.fixture
def logged(call: Call, data: Path) -> str:
    """The ref of a version that refers to all of it."""
    done = call("log", "--reference", data.as_uri(), "vision/dataset/photos", "-a", "raw", "-m", "as found")
    assert (done.code, done.out) == (0, "vision/dataset/photos:v0\n")
    return "vision/photos:v0"


def blobs(store: Path) -> list[Path]:
    return sorted(store.glob("p/*/blobs/*/*"))


def change(file: Path) -> None:
    """Other bytes of the same size, at another time."""
    found = file.stat()
    file.write_bytes(bytes(found.st_size))
    os.utime(file, ns=(0, found.st_mtime_ns + 5_000_000))


def test_what_was_logged_is_shown_and_nothing_of_it_is_stored(
    call: Call, store: Path, logged: str, data: Path
) -> None:
    rows = {row["path"]: row for row in call("--json", "ls", logged).json}
    assert rows["a.txt"]["hash"] is None
    assert (rows["a.txt"]["size"], rows["a.txt"]["reference"]["uri"]) == (6, (data / "a.txt").as_uri())
    assert not rows["a.txt"]["reference"]["materialized"]
    assert f"a.txt -> {(data / 'a.txt').as_uri()}" in call("ls", "-l", logged).out
    assert f"b b.bin -> {(data / 'sub').as_uri()}/b%20b.bin" in call("ls", "-l", logged + "/sub").out
    assert "references (3, of 0 the bytes are in the store)" in call("show", logged).out
    assert [one["path"] for one in call("--json", "show", logged).json["references"]] == [
        "a.txt", "empty", "sub/b b.bin",
    ]  # fmt: skip
    assert blobs(store) == []


def test_equal_references_make_no_new_version_and_a_changed_one_does(
    call: Call, logged: str, data: Path
) -> None:
    again = call("--json", "log", "--reference", data.as_uri(), "vision/photos").json
    assert (again["version"], again["reused"]) == ("v0", True)
    change(data / "a.txt")
    assert call("--json", "log", "--reference", data.as_uri(), "vision/photos").json["version"] == "v1"


def test_a_single_object_has_the_last_component_for_its_name(call: Call, allowed: Path) -> None:
    uri = (allowed / "sub" / "b b.bin").as_uri()
    assert call("log", "--reference", uri, "vision/dataset/one").code == 0
    assert call("ls", "vision/one:v0").out == "b b.bin\n"
    assert call("get", "vision/one", "back").code == 0
    assert Path("back/b b.bin").read_bytes() == BIG


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("file:///nowhere/at/all",), 3, "is not there"),
        (("data",), 2, "is no URI"),
        (("gopher://host/x",), 2, "one of the schemes"),
        (("{data}", "--max-objects", "2"), 2, "more than 2 objects"),
        (("{data}", "--max-objects", "0"), 2, "at least 1"),
        (("{data}", "--move"), 2, "leaves them where they are"),
        (("http://127.0.0.1:9/x",), 2, "loopback"),
        (("http://[::ffff:10.0.0.1]/x",), 2, "private"),
        (("http://169.254.169.254/latest/meta-data",), 2, "link-local"),
    ],
)
def test_what_cannot_be_referred_to(
    call: Call, data: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = call("log", "--reference", *[word.format(data=data.as_uri()) for word in words], "v/dataset/d")
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert said in done.err


def test_max_objects_means_nothing_without_references(call: Call, data: Path) -> None:
    assert call("log", data, "v/dataset/d", "--max-objects", "3").code == 2


def test_a_file_outside_of_the_roots_is_not_read(call: Call, logged: str, data: Path) -> None:
    for words in (("cat", logged + "/a.txt"), ("get", logged, "out"), ("materialize", logged)):
        done = call(*words)
        assert (done.code, done.out) == (2, "")
        assert "'a.txt' is a reference: references may not read" in done.err
        assert "MVFS_REFERENCES_ROOTS" in done.err
    unknown = call("verify", logged, "--refs")
    assert unknown.code == 6
    assert unknown.out.count("unknown: ") == 3
    assert not Path("out", "a.txt").exists()


@pytest.mark.usefixtures("allowed")
def test_copies_are_read_from_where_references_lead(call: Call, logged: str, data: Path) -> None:
    assert call("cat", logged + "/a.txt").out == "hello\n"
    done = call("get", logged, "out")
    assert done.code == 0
    assert "3 by reference" in done.err
    assert Path("out/sub/b b.bin").read_bytes() == BIG
    assert Path("out/empty").read_bytes() == b""
    same = call("verify", logged, "out")
    assert same.code == 0
    assert "3 of 3 files are references, of which only the size was compared" in same.err
    Path("out/a.txt").write_text("longer than that\n")
    assert call("verify", logged, "out").code == 1
    stored = call("verify", logged)
    assert stored.code == 0
    assert "3 more, by reference" in stored.err


@pytest.mark.usefixtures("allowed")
def test_drift_is_told_and_not_served(call: Call, logged: str, data: Path) -> None:
    assert call("verify", logged, "--refs").code == 0
    change(data / "a.txt")
    (data / "sub" / "b b.bin").unlink()
    told = call("verify", logged, "--refs")
    assert told.code == 1
    assert [line.split(" -> ")[0] for line in told.out.splitlines()] == [
        "drifted: a.txt", "drifted: sub/b b.bin",
    ]  # fmt: skip
    assert told.out.endswith("(gone)\n")
    shown = call("--json", "verify", logged, "--refs").json
    assert [one["path"] for one in shown["drifted"]] == ["a.txt", "sub/b b.bin"]
    assert shown["unknown"] == []
    changed = call("cat", logged + "/a.txt")
    assert (changed.code, changed.out, changed.err.count("\n")) == (4, "", 1)
    assert "has changed since it was recorded" in changed.err
    assert call("cat", logged + "/sub/b b.bin").code == 3
    assert call("verify", logged + "/empty", "--refs").code == 0


def test_a_copy_and_what_references_lead_to_are_not_compared_at_once(call: Call, logged: str) -> None:
    assert call("verify", logged, "out", "--refs").code == 2


@pytest.fixture
def server() -> Iterator[web.Web]:
    with web.web() as running:
        running.answers["/my%20model.bin?x=1"] = web.serving(BIG)
        yield running


def test_a_private_host_is_read_only_if_it_is_allowed(
    call: Call, server: web.Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ALLOW", "127.0.0.1")
    uri = server.url + "/my%20model.bin?x=1"
    assert call("log", "--reference", uri, "vision/model/far").code == 0
    assert call("ls", "vision/far:v0").out == "my model.bin\n"
    assert call("get", "vision/far", "out").code == 0
    assert Path("out/my model.bin").read_bytes() == BIG
    monkeypatch.delenv("MVFS_REFERENCES_ALLOW")
    seen = len(server.seen)
    done = call("get", "vision/far", "again")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "is a reference: references may not reach the host" in done.err
    assert call("verify", "vision/far", "--refs").code == 6
    assert len(server.seen) == seen


def test_a_server_that_is_down_leaves_it_open_whether_it_drifted(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ALLOW", "127.0.0.1")
    with web.web() as server:
        server.answers["/x"] = web.serving(b"x")
        assert call("log", "--reference", server.url + "/x", "v/model/m").code == 0
    done = call("verify", "v/m", "--refs")
    assert done.code == 6
    assert done.out.startswith("unknown: x -> http://127.0.0.1")
    assert call("cat", "v/m/x").code == 6


def facts(call: Call, ref: str) -> dict[str, object]:
    shown: dict[str, object] = call("--json", "show", ref).json
    return {key: shown[key] for key in ("ref", "digest", "aliases", "note", "size", "files", "created")}


@pytest.mark.usefixtures("allowed")
def test_materialized_versions_stay_what_they_are_and_need_no_origin(
    call: Call, store: Path, logged: str, data: Path
) -> None:
    before = facts(call, logged)
    done = call("--json", "materialize", logged)
    assert (done.code, done.json["materialized"], done.json["pulled"]) == (0, 3, len(BIG) + 6)
    assert facts(call, logged) == before
    shutil.rmtree(data)
    assert call("get", logged, "out").err.endswith("every byte verified\n")
    assert Path("out/sub/b b.bin").read_bytes() == BIG
    assert call("verify", logged).code == 0
    assert call("fsck", "--read-data").code == 0
    row = call("--json", "ls", logged + "/a.txt").json[0]
    assert (len(row["hash"]), row["reference"]["materialized"]) == (64, True)
    assert call("verify", logged, "--refs").code == 1
    again = call("materialize", logged)
    assert (again.code, again.err) == (0, "no file's bytes are elsewhere: nothing to do\n")
    big = max(blobs(store), key=lambda path: path.stat().st_size)
    big.chmod(0o644)
    big.write_bytes(bytes(len(BIG)))
    assert call("cat", logged + "/sub/b b.bin").code == 5


@pytest.mark.usefixtures("allowed")
def test_nothing_is_brought_in_of_what_drifted(call: Call, store: Path, logged: str, data: Path) -> None:
    before = sorted(store.glob("p/*/*/**/*"))
    change(data / "sub" / "b b.bin")
    done = call("materialize", logged)
    assert (done.code, done.out) == (4, "")
    assert "'sub/b b.bin' is a reference" in done.err
    assert sorted(store.glob("p/*/*/**/*")) == before
    assert {path.name for path in (store / "tmp").rglob("*") if path.is_file()} <= {"lock"}


def test_a_path_is_no_version_to_materialize(call: Call, logged: str) -> None:
    assert call("materialize", logged + "/a.txt").code == 2


@pytest.mark.usefixtures("allowed")
def test_what_is_in_the_store_stays_there_when_it_is_logged_anew(
    call: Call, store: Path, logged: str, data: Path
) -> None:
    call("materialize", logged)
    (data / "c.txt").write_text("more")
    assert call("log", "--reference", data.as_uri(), "vision/photos").code == 0
    rows = call("--json", "ls", "vision/photos:v1").json
    assert {row["path"]: row["reference"]["materialized"] for row in rows if "reference" in row} == {
        "a.txt": True, "c.txt": False, "empty": True,
    }  # fmt: skip
    assert len(blobs(store)) == 2


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("materialized", [False, True], ids=["outside", "inside"])
def test_housekeeping_carries_references_along(
    call: Call, store: Path, tmp_path: Path, logged: str, materialized: bool
) -> None:
    if materialized:
        assert call("materialize", logged).code == 0
    digest = call("--json", "show", logged).json["digest"]
    shown = call("--json", "show", logged).json["references"]
    other = tmp_path / "other"
    for words in (
        ("cp", "vision/photos:v0", "vision/copy"),
        ("cp", "vision/photos:v0", "elsewhere/photos"),
        ("sync", store, other),
        ("sync", store, other),
        ("mv", "vision/copy:v0", "elsewhere/moved", "--aliases", "--yes"),
        ("rm", "vision/photos:v0", "--aliases", "--yes"),
        ("undelete", "vision/photos:v0"),
        ("du",),
        ("sweep", "--grace", "0", "--yes"),
        ("fsck", "--read-data"),
        ("--store", other, "fsck", "--read-data"),
    ):
        assert call(*words).code == 0, words
    for ref, where in (
        (logged, store), ("elsewhere/photos:v0", store), ("elsewhere/moved:v0", store), (logged, other),
    ):  # fmt: skip
        told = call("--json", "--store", where, "show", ref).json
        assert (told["digest"], told["references"]) == (digest, shown)
        assert call("--store", where, "cat", ref + "/a.txt").out == "hello\n"
    assert bool(blobs(store)) == bool(blobs(other)) == materialized
