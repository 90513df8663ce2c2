"""Repair: from each kind of source the store is sound again, and versions keep their content and number."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.checking.manifests import Holding
from mvfs.catalog.project import Project
from mvfs.cli import main
from mvfs.errors import NoSpace
from mvfs.index.rows import Version
from mvfs.store import effects as fx
from mvfs.store import keys, sweeplist
from mvfs.store.backend.local import LocalBackend
from tests.conftest import LogFiles
from tests.unit.damage import blob_of, flip, full_check, notes, rewrite, told

BIG = os.urandom(2_500_000)


@pytest.fixture
def two(store: Path, project: Project, log_files: LogFiles) -> Path:
    log_files({"big.bin": BIG, "sub/a.txt": "one", "b.txt": "same"})
    log_files({"big.bin": BIG, "sub/a.txt": "two two two", "b.txt": "same"})
    return store


@pytest.fixture
def lost(tmp_path: Path, two: Path) -> Path:
    """A directory with the files that the tests lose, under other names, and some of the same sizes."""
    folder = tmp_path / "lost"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/x").write_bytes(BIG)
    (folder / "decoy").write_bytes(bytes(len(BIG)))
    (folder / "y").write_text("two two two")
    (folder / "z").write_text("one")
    (folder / "same").write_text("same")
    os.symlink("/etc/hostname", folder / "link")
    return folder


@pytest.fixture
def copy(tmp_path: Path, two: Path) -> Path:
    return Path(shutil.copytree(two, tmp_path / "copy"))


Repair = Callable[..., tuple[int, dict[str, list[dict[str, object]]]]]


@pytest.fixture
def repair(capfd: pytest.CaptureFixture[str]) -> Repair:
    def run(*words: object) -> tuple[int, dict[str, list[dict[str, object]]]]:
        capfd.readouterr()
        code = main(["fsck", "--repair", "--json", *map(str, words)])
        return code, json.loads(capfd.readouterr().out)

    return run


def contents(numbers: tuple[int, ...] = (0, 1)) -> list[tuple[bytes, dict[str, bytes]]]:
    project = open_catalog().project("vision")
    found = []
    for version in project.versions("iv3"):
        content = project.content(version)
        files = {file.path: content.reader(file).read(0, file.size) for file in content.files()}
        found.append((version.digest, files))
    assert [version.number for version in project.versions("iv3")] == list(numbers)
    return found


def is_sound(store: Path) -> bool:
    check = full_check(store)
    return not told(check) and set(notes(check)) <= {"orphans"}


def versions() -> list[Version]:
    return open_catalog().project("vision").versions("iv3")


def test_a_changed_leaf_from_a_directory(two: Path, lost: Path, repair: Repair) -> None:
    before = contents()
    blob = blob_of(two, len(BIG))
    flip(blob, 1_500_000)
    code, said = repair("--from", lost)
    assert (code, [one["healed"] for one in said["repairs"]]) == (0, [True, True])
    assert contents() == before
    assert is_sound(two)
    sizes = [path.stat().st_size for path in two.glob("p/*/blobs/*/*")]
    assert sizes.count(len(BIG)) == 2  # the damaged one, and one for both versions


def test_missing_and_short_blobs_from_a_directory(two: Path, lost: Path, repair: Repair) -> None:
    before = contents()
    blob_of(two, len("onesame")).unlink()
    rewrite(blob_of(two, len(BIG)), BIG[:100])
    assert repair("--from", lost)[0] == 0
    assert contents() == before
    assert is_sound(two)


def test_from_a_copy_of_the_store(two: Path, copy: Path, repair: Repair) -> None:
    before = contents()
    blob_of(two, len("onesame")).unlink()
    flip(blob_of(two, len(BIG)), 0)
    assert repair("--from", copy)[0] == 0
    assert contents() == before
    assert is_sound(two)


def test_from_another_store(
    two: Path, tmp_path: Path, repair: Repair, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents()
    (tmp_path / "m").mkdir()
    (tmp_path / "m/model").write_bytes(BIG)
    assert main(["log", str(tmp_path / "m"), "elsewhere/model/m", "--store", str(tmp_path / "other")]) == 0
    flip(blob_of(two, len(BIG)), 0)
    assert repair("--from", tmp_path / "other")[0] == 0
    assert contents() == before


def test_from_another_version_of_the_project(two: Path, log_files: LogFiles, repair: Repair) -> None:
    log_files({"other": BIG}, name="elsewhere")
    before = contents()
    old = versions()[0].manifest
    blobs = [path for path in two.glob("p/*/blobs/*/*") if path.stat().st_size == len(BIG)]
    assert len(blobs) == 2
    flip(min(blobs, key=lambda path: path.stat().st_mtime_ns), 5)
    assert repair()[0] == 0
    assert contents() == before
    assert versions()[0].manifest != old


def test_a_lost_manifest_from_the_copied_directory(two: Path, tmp_path: Path, repair: Repair) -> None:
    before = contents()
    place = tmp_path / "mess/deep/version"
    main(["get", "vision/iv3:v0", str(place)])
    (tmp_path / "mess/else").write_text("else")
    (two / versions()[0].manifest).unlink()
    assert repair()[0] == 5
    assert repair("--from", tmp_path / "mess")[0] == 0
    assert contents() == before
    assert is_sound(two)


def test_a_lost_manifest_of_a_single_file(
    store: Path, log_files: LogFiles, tmp_path: Path, repair: Repair
) -> None:
    log_files({"model.bin": BIG})
    before = contents((0,))
    (tmp_path / "heap").mkdir()
    (tmp_path / "heap/model.bin").write_bytes(BIG)
    (tmp_path / "heap/other").write_bytes(b"x")
    flip(store / versions()[0].manifest, 40)
    assert repair("--from", tmp_path / "heap")[0] == 0
    assert contents((0,)) == before


def test_a_lost_manifest_from_a_copy_keeps_the_blobs(two: Path, copy: Path, repair: Repair) -> None:
    before = contents()
    blobs = set(two.glob("p/*/blobs/*/*"))
    for version in versions():
        flip(two / version.manifest, 40)
    assert repair("--from", copy)[0] == 0
    assert contents() == before
    assert set(two.glob("p/*/blobs/*/*")) == blobs


def test_leaf_hashes_are_made_anew_without_any_source(two: Path, repair: Repair) -> None:
    before = contents()
    flip(two / versions()[1].manifest, -1)
    assert repair()[0] == 0
    assert contents() == before
    assert is_sound(two)


def test_what_is_found_nowhere_is_named_and_nothing_changes(two: Path, lost: Path, repair: Repair) -> None:
    (lost / "deep/x").unlink()
    flip(blob_of(two, len(BIG)), 0)
    before = {path for path in two.rglob("*") if "tmp" not in path.parts}
    code, said = repair("--from", lost)
    assert code == 5
    from blake3 import blake3

    wanted = {"path": "big.bin", "size": len(BIG), "blake3": blake3(BIG).hexdigest()}
    assert [(one["healed"], one["lost"]) for one in said["repairs"]] == [(False, [wanted])] * 2
    assert {path for path in two.rglob("*") if "tmp" not in path.parts} == before
    assert list(two.glob("tmp/*/*")) == [] or all(p.name == "lock" for p in two.glob("tmp/*/*"))


def test_the_trash_is_healed_only_when_asked(two: Path, project: Project, lost: Path, repair: Repair) -> None:
    project.refresh()
    project.commit(lambda: [fx.Deleted("iv3", 0)])
    flip(blob_of(two, len("onesame")), 0)
    code, said = repair("--from", lost)
    assert code == 0
    assert [one["object"] for one in said["repairs"]] == ["vision/model/iv3:v1"]  # its b.txt lies there
    code, said = repair("--from", lost, "--trash")
    assert [(one["object"], one["healed"]) for one in said["repairs"]] == [("vision/model/iv3:v0", True)]
    assert is_sound(two)
    project.refresh()
    project.commit(lambda: [fx.Undeleted("iv3", 0)])
    assert contents()[0][1]["sub/a.txt"] == b"one"


def test_what_a_sweep_lists_is_stored_anew(two: Path, project: Project, repair: Repair) -> None:
    before = contents()
    sweep_id = keys.new_sweep_id()
    doomed = {versions()[0].manifest: 1, str(blob_of(two, len(BIG)).relative_to(two)): 1}
    list_hash = sweeplist.write(project.backend, project.id, sweep_id, doomed)
    project.refresh()
    project.commit(lambda: [fx.Swept(sweep_id, list_hash, 2, 2)])
    assert repair()[0] == 0
    assert contents() == before
    assert told(full_check(two)) == []


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("how", ["missing", "changed", "swapped"])
def test_journal_entries_come_back_from_a_copy(
    two: Path, log_files: LogFiles, tmp_path: Path, repair: Repair, number: int, how: str
) -> None:
    log_files({"c": "3"})
    before = contents((0, 1, 2))
    copy = shutil.copytree(two, tmp_path / "copy")
    entries = sorted(two.glob("p/*/journal/*.mp"))
    victim = entries[number]
    if how == "missing":
        victim.unlink()
    elif how == "changed":
        flip(victim, -1)
    else:
        first, second = victim.read_bytes(), entries[number - 1].read_bytes()
        rewrite(victim, second)
        rewrite(entries[number - 1], first)
    assert told(full_check(two)) != []
    code, said = repair("--from", copy)
    assert (code, told(full_check(two))) == (0, []), said
    assert contents((0, 1, 2)) == before


def test_entries_of_another_store_are_not_taken(two: Path, tmp_path: Path, repair: Repair) -> None:
    assert (
        main(["log", str(tmp_path / "source1"), "vision/model/iv3", "--store", str(tmp_path / "other")]) == 0
    )
    victim = sorted(two.glob("p/*/journal/*.mp"))[0]
    victim.unlink()
    code, said = repair("--from", tmp_path / "other")
    assert code == 5
    assert not victim.exists()
    assert said["repairs"] == []


def test_the_end_of_a_copy_that_nothing_vouches_for_is_not_taken(
    two: Path, copy: Path, home: Path, repair: Repair
) -> None:
    shutil.rmtree(home / ".cache")
    rewrite(sorted(two.glob("p/*/journal/*.mp"))[1], b"garbage")
    assert repair("--from", copy)[0] == 5


def test_the_list_of_a_sweep_comes_back_from_a_copy(
    two: Path, project: Project, tmp_path: Path, repair: Repair
) -> None:
    from mvfs.catalog import sweeping

    (two / f"p/{project.id}/blobs/aa").mkdir()
    (two / f"p/{project.id}/blobs/aa" / f"{'a' * 32}.{'b' * 8}").write_bytes(b"orphan")
    project.refresh()
    sweeping.sweep(project, grace=0)
    copy = shutil.copytree(two, tmp_path / "copy")
    (listed,) = two.glob("p/*/gc/*")
    flip(listed, -1)
    assert [kind for kind, _ in told(full_check(two))] == ["sweep_list_damaged"]
    assert repair("--from", copy)[0] == 0
    assert told(full_check(two)) == []


def model(first: bytes, second: bytes) -> bytes:
    """A safetensors file of two tensors."""
    shapes = {
        "a": {"dtype": "U8", "shape": [len(first)], "data_offsets": [0, len(first)]},
        "b": {"dtype": "U8", "shape": [len(second)], "data_offsets": [len(first), len(first) + len(second)]},
    }
    header = json.dumps(shapes).encode()
    return len(header).to_bytes(8, "little") + header + first + second


def test_tables_of_tensors_are_made_anew(store: Path, log_files: LogFiles, repair: Repair) -> None:
    log_files({"m.safetensors": model(BIG, BIG[::-1])})
    project = open_catalog().project("vision")
    from mvfs.store.manifest.reader import Manifest

    def tables() -> object:
        version = project.version("iv3")
        return Manifest(project.backend, version.manifest, version.manifest_hash).tensors(0)

    before = tables(), contents((0,))
    assert before[0]
    flip(store / versions()[0].manifest, -1)
    assert told(full_check(store)) == [("tensors_damaged", [("vision/model/iv3:v0", ("m.safetensors",))])]
    assert repair()[0] == 0
    project.refresh()
    assert (tables(), contents((0,))) == before
    assert told(full_check(store)) == []


def test_a_blob_shared_tensor_by_tensor(
    store: Path, log_files: LogFiles, tmp_path: Path, repair: Repair
) -> None:
    second = model(BIG, os.urandom(1_300_000))
    log_files({"m": model(BIG, BIG[::-1])})
    log_files({"m": second})
    before = contents()
    (blob,) = (path for path in store.glob("p/*/blobs/*/*") if path.stat().st_size > 2 * len(BIG))
    flip(blob, -1)  # in the tensor that v1 does not have
    assert told(full_check(store)) == [("blob_changed", [("vision/model/iv3:v0", ("m",))])]
    flip(blob, 1_000_000)
    assert told(full_check(store))[0][1] == [("vision/model/iv3:v0", ("m",)), ("vision/model/iv3:v1", ("m",))]
    (tmp_path / "from").mkdir()
    (tmp_path / "from/one").write_bytes(model(BIG, BIG[::-1]))
    code, said = repair("--from", tmp_path / "from")
    assert (code, [one["healed"] for one in said["repairs"]]) == (5, [True, False])
    (tmp_path / "from/two").write_bytes(second)
    assert repair("--from", tmp_path / "from")[0] == 0
    assert contents() == before
    assert is_sound(store)


def test_a_full_disk_leaves_everything_as_it_was(
    two: Path, lost: Path, repair: Repair, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip(blob_of(two, len(BIG)), 0)
    before = {path for path in two.rglob("*") if "tmp" not in path.parts}
    real = LocalBackend.put

    def put(self: LocalBackend, key: str, data: bytes | bytearray | Path) -> None:
        if key.endswith(".mf"):
            raise NoSpace("no space left on device")
        real(self, key, data)

    with monkeypatch.context() as patch:
        patch.setattr(LocalBackend, "put", put)
        assert main(["fsck", "--repair", "--from", str(lost)]) == 6
    left = {path for path in two.rglob("*") if "tmp" not in path.parts}
    assert {path for path in left if path.is_file()} == {path for path in before if path.is_file()}
    assert repair("--from", lost)[0] == 0


def test_a_version_that_is_deleted_meanwhile_is_left_alone(
    two: Path, project: Project, lost: Path, repair: Repair, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mvfs.catalog.repair import healing

    flip(blob_of(two, len("onesame")), 0)
    real = healing.Healer.heal

    def late(self: healing.Healer, holding: Holding) -> healing.Outcome:
        if holding.version.number == 0:
            project.refresh()
            project.commit(lambda: [fx.Deleted("iv3", 0)])
        return real(self, holding)

    monkeypatch.setattr(healing.Healer, "heal", late)
    code, said = repair("--from", lost)
    assert [one["healed"] for one in said["repairs"]] == [False, True]
    assert "deleted or swept meanwhile" in str(said["repairs"][0]["message"])
    assert code == 0
