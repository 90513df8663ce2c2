"""``mvfs://`` through fsspec: looking, reading, refusing."""

from __future__ import annotations

import io
import json
import mmap
import os
import pickle
import tomllib
import zipfile
from importlib.metadata import EntryPoint
from pathlib import Path

import fsspec
import pytest
from blake3 import blake3

from mvfs.catalog import pointers
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject, NoSuchFile, ReadOnly
from mvfs.integrations.fsspec import MvfsFileSystem
from mvfs.settings import state_dir
from mvfs.store.leaves import LEAF
from tests.conftest import LogFiles
from tests.unit.damage import blob_of, flip

BIG = bytes(range(251)) * (2 * LEAF // 251 + 1000)
"""More than two leaves, and a blob of its own."""

OTHER = b"!" + BIG[::-1]


@pytest.fixture
def fs(store: Path) -> MvfsFileSystem:
    return fsspec.filesystem("mvfs", store=str(store))


@pytest.fixture
def logged(log_files: LogFiles) -> None:
    log_files({"model.bin": BIG, "a/config.json": '{"lr": 1}', "a/b/c.txt": "c"}, aliases=["production"])
    log_files({"model.bin": OTHER, "a/config.json": '{"lr": 2}'})


def test_entry_point_names_the_class() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    named = tomllib.loads(text)["project"]["entry-points"]["fsspec.specs"]
    assert EntryPoint("mvfs", named["mvfs"], "fsspec.specs").load() is MvfsFileSystem


@pytest.mark.usefixtures("logged")
class TestLooking:
    def test_every_level_is_a_directory(self, fs: MvfsFileSystem) -> None:
        assert fs.ls("", detail=False) == ["vision"]
        assert fs.ls("mvfs://vision/", detail=False) == ["vision/model"]
        assert fs.ls("vision/model", detail=False) == ["vision/model/iv3"]
        versions = ["v0", "v1", "latest", "production"]
        for path in ("vision/model/iv3", "vision/iv3"):
            assert sorted(fs.ls(path, detail=False)) == sorted(f"{path}/{name}" for name in versions)
        assert fs.ls("vision/iv3:v0", detail=False) == ["vision/iv3:v0/a", "vision/iv3:v0/model.bin"]
        assert fs.ls("vision/iv3:v0/model.bin", detail=False) == ["vision/iv3:v0/model.bin"]

    def test_whatever_is_listed_is_there_and_told_the_same(self, fs: MvfsFileSystem) -> None:
        seen = 0
        for path, folders, files in fs.walk("", detail=True):
            assert fs.isdir(path)
            for child in (*folders.values(), *files.values()):
                assert fs.info(child["name"]) == child
                seen += 1
        assert seen == 3 + 4 * 1 + 2 * (2 + 3) + 2 * (1 + 2)

    def test_info(self, fs: MvfsFileSystem) -> None:
        info = fs.info("vision/iv3/production/model.bin")
        assert (info["type"], info["size"], info["version"]) == ("file", len(BIG), "v0")
        assert info["digest"] == info["ETag"] == blake3(BIG).hexdigest()
        assert fs.info("vision/iv3:v1")["type"] == "directory"

    def test_find_and_glob(self, fs: MvfsFileSystem) -> None:
        assert fs.find("vision/iv3:v0") == [
            f"vision/iv3:v0/{path}" for path in ("a/b/c.txt", "a/config.json", "model.bin")
        ]
        assert fs.glob("mvfs://vision/model/iv3/v*/a/*.json") == [
            f"vision/model/iv3/v{number}/a/config.json" for number in (0, 1)
        ]
        assert fs.du("vision/iv3:v0/a") == len('{"lr": 1}') + 1

    @pytest.mark.parametrize(
        "path",
        ["nobody", "vision/nothing", "vision/iv3:v9", "vision/iv3:best", "vision/iv3:v0/none", "a:b:c",
         "vision/.hidden", "vision/iv3:v0/../v1", "/etc/passwd", "file:///etc::vision/iv3:v0"],
    )  # fmt: skip
    def test_what_is_not_there(self, fs: MvfsFileSystem, path: str) -> None:
        assert not fs.exists(path)
        assert not fs.isfile(path)
        assert not fs.isdir(path)
        with pytest.raises(NoSuchFile):
            fs.ls(path)
        with pytest.raises(FileNotFoundError):
            fs.open(path)

    def test_no_store(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="no store at"):
            MvfsFileSystem(store=str(tmp_path / "none")).ls("vision")

    def test_names_of_files_that_look_like_something_else(
        self, fs: MvfsFileSystem, log_files: LogFiles
    ) -> None:
        names = ["a::b", "a:b", "[1]*?", "ü ñ", "#x%20", "v0"]
        log_files({f"odd/{name}": name for name in names}, name="odd")
        for base in ("vision/odd:v0", "vision/model/odd/v0", "vision/odd/latest"):
            assert sorted(fs.ls(f"{base}/odd", detail=False)) == sorted(
                f"{base}/odd/{name}" for name in names
            )
            assert [fs.cat_file(f"{base}/odd/{name}").decode() for name in names] == names

    def test_an_alias_at_a_time(self, fs: MvfsFileSystem) -> None:
        assert fs.info("vision/iv3:latest@2999-01-01T10:30/model.bin")["version"] == "v1"
        assert not fs.exists("vision/iv3:latest@2001-01-01T10:30/model.bin")

    def test_keys_are_digests(self, fs: MvfsFileSystem) -> None:
        digest = blake3(BIG).hexdigest()
        assert (
            fs.ukey("vision/iv3:v0/model.bin") == digest == f"{fs.checksum('vision/iv3:v0/model.bin'):064x}"
        )
        assert fs.ukey("vision/iv3:production") == fs.info("vision/iv3:v0")["digest"]
        assert fs.ukey("vision/iv3:v0/a") != fs.ukey("vision/iv3:v1/a")
        with pytest.raises(IsADirectoryError):
            fs.ukey("vision/iv3")

    def test_times(self, fs: MvfsFileSystem, project: Project) -> None:
        assert fs.modified("vision/iv3:v0/a").timestamp() * 1e6 == project.versions("iv3")[0].created

    def test_an_alias_that_moves(self, fs: MvfsFileSystem, project: Project) -> None:
        path = "mvfs://vision/iv3:production/a/config.json"
        with fs.open(path) as file:
            before = fs.ukey(path)
            pointers.set_aliases(project, "iv3", 1, ["production"])
            assert json.load(file) == {"lr": 1}
        assert fs.ukey(path) != before
        assert json.loads(fs.cat(path)) == {"lr": 2}


@pytest.mark.usefixtures("logged")
class TestReading:
    def test_by_url(self, store: Path) -> None:
        with fsspec.open("mvfs://vision/iv3:v0/a/config.json", "r") as file:
            assert json.load(file) == {"lr": 1}
        with fsspec.open("mvfs://vision/model/iv3/v1/model.bin", store=str(store)) as file:
            assert file.read() == OTHER

    @pytest.mark.parametrize("trusted", [True, False])
    def test_seeks_and_reads_of_all_sizes(self, fs: MvfsFileSystem, trusted: bool) -> None:
        if not trusted:
            (state_dir() / "stamps.db").unlink()
        with fs.open("vision/iv3:v0/model.bin") as file:
            assert (file.size, file.name) == (len(BIG), "mvfs://vision/iv3:v0/model.bin")
            assert (file.seek(0, 2), file.read()) == (len(BIG), b"")
            for offset in (0, 1, LEAF - 1, LEAF, 2 * LEAF - 5, len(BIG) - 3):
                for length in (1, 10, LEAF, 2 * LEAF, -1):
                    file.seek(offset)
                    assert file.read(length) == (BIG[offset:][:length] if length >= 0 else BIG[offset:])
            file.seek(7)
            space = bytearray(LEAF * 2)
            assert file.readinto(space) == len(space)
            assert space == BIG[7 : 7 + len(space)]
            with pytest.raises(ValueError, match="seek"):
                file.seek(-1)
        with pytest.raises(ValueError, match="closed"):
            file.read()

    def test_a_trusted_blob_is_a_real_file(self, fs: MvfsFileSystem) -> None:
        with (
            fs.open("vision/iv3:v0/model.bin") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        ):
            assert mapped[:] == BIG
        with fs.open("vision/iv3:v0/a/config.json") as file, pytest.raises(io.UnsupportedOperation):
            file.fileno()  # one of many in a pack

    def test_a_blob_that_nobody_has_verified_is_none(self, fs: MvfsFileSystem) -> None:
        (state_dir() / "stamps.db").unlink()
        with fs.open("vision/iv3:v0/model.bin") as file, pytest.raises(io.UnsupportedOperation):
            file.fileno()

    @pytest.mark.parametrize("opened_before", [True, False])
    def test_no_changed_byte_is_read(self, fs: MvfsFileSystem, store: Path, opened_before: bool) -> None:
        file = fs.open("vision/iv3:v0/model.bin") if opened_before else None
        flip(blob_of(store, len(BIG)), -1)
        file = file or fs.open("vision/iv3:v0/model.bin")
        with file:
            assert file.read(LEAF) == BIG[:LEAF]
            with pytest.raises(CorruptObject):
                file.read()
            with pytest.raises(io.UnsupportedOperation):
                file.fileno()
        with pytest.raises(CorruptObject):
            fs.cat_file("vision/iv3:v0/model.bin", -10)
        assert fs.exists("vision/iv3:v0/model.bin")

    def test_slices(self, fs: MvfsFileSystem) -> None:
        path = "vision/iv3:v0/model.bin"
        for start, end in ((None, None), (5, 9), (-4, None), (None, -4), (9, 5), (10, 10**9)):
            assert fs.cat_file(path, start, end) == BIG[start:end]
        assert fs.head(path, 3) == BIG[:3]
        assert fs.tail(path, 3) == BIG[-3:]
        assert fs.read_block(path, LEAF, 4) == BIG[LEAF : LEAF + 4]

    def test_many_ranges(self, fs: MvfsFileSystem) -> None:
        one, other, none = (f"vision/iv3:{path}" for path in ("v0/model.bin", "v1/model.bin", "v1/none"))
        found = fs.cat_ranges([one, other, none, one], [0, LEAF, 0, -2], [10, LEAF + 1, 1, None])
        assert [found[0], found[1], found[3]] == [BIG[:10], OTHER[LEAF : LEAF + 1], BIG[-2:]]
        assert isinstance(found[2], FileNotFoundError)
        assert fs.cat_ranges([one, other], 0, 2) == [BIG[:2], OTHER[:2]]
        assert fs.cat_ranges([], [], []) == []
        with pytest.raises(NoSuchFile):
            fs.cat_ranges([one, none], 0, 1, on_error="raise")

    def test_get_of_a_version(self, fs: MvfsFileSystem, tmp_path: Path) -> None:
        fs.get("mvfs://vision/iv3:production", str(tmp_path / "out"), recursive=True)
        assert (tmp_path / "out/a/b/c.txt").read_text() == "c"
        assert (tmp_path / "out/model.bin").read_bytes() == BIG

    def test_get_leaves_nothing_wrong(self, fs: MvfsFileSystem, store: Path, tmp_path: Path) -> None:
        flip(blob_of(store, len(BIG)), -1)
        with pytest.raises(CorruptObject):
            fs.get("vision/iv3:v0/model.bin", str(tmp_path / "model.bin"))
        assert not (tmp_path / "model.bin").exists()

    def test_in_a_forked_child(self, fs: MvfsFileSystem) -> None:
        fs.info("vision/iv3:v0")
        child = os.fork()
        if child == 0:
            is_right = fs.cat("vision/iv3:v0/a/b/c.txt") == b"c"
            os._exit(0 if is_right else 1)
        assert os.waitpid(child, 0)[1] == 0

    def test_pickled(self, fs: MvfsFileSystem) -> None:
        opened = fsspec.open("mvfs://vision/iv3:v0/a/b/c.txt", store=str(fs.storage_options["store"]))
        with pickle.loads(pickle.dumps(opened)) as file:
            assert file.read() == b"c"


class TestChains:
    def test_a_member_of_a_zip(self, log_files: LogFiles, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
            archive.writestr("inner/x.txt", "x" * 2000)
        log_files({"data.zip": (tmp_path / "data.zip").read_bytes()}, name="data")
        with fsspec.open("zip://inner/x.txt::mvfs://vision/data:v0/data.zip") as file:
            assert file.read() == b"x" * 2000

    def test_compressed(self, log_files: LogFiles) -> None:
        import gzip

        log_files({"x.csv.gz": gzip.compress(b"a,b\n1,2\n")}, name="data")
        with fsspec.open("mvfs://vision/data:v0/x.csv.gz", "rt", compression="infer") as file:
            assert file.read() == "a,b\n1,2\n"

    def test_cache_of_files_asks_for_the_digest(
        self, log_files: LogFiles, project: Project, tmp_path: Path
    ) -> None:
        log_files({"x.txt": "one"})
        url = "filecache::mvfs://vision/iv3:latest/x.txt"
        options = {"filecache": {"cache_storage": str(tmp_path / "cache"), "check_files": True}}
        assert Path(fsspec.open_local(url, **options)).read_text() == "one"
        log_files({"x.txt": "two"})
        assert Path(fsspec.open_local(url, **options)).read_text() == "two"


class TestRefusing:
    @pytest.mark.usefixtures("logged")
    @pytest.mark.parametrize(
        "write",
        [
            lambda fs, path: fs.open(path, "wb"),
            lambda fs, path: fs.open(path, "r+b"),
            lambda fs, path: fs.open(path, "a"),
            lambda fs, path: fs.open(path, "xb"),
            lambda fs, path: fs.pipe(path, b""),
            lambda fs, path: fs.pipe_file(path, b""),
            lambda fs, path: fs.write_text(path, "x"),
            lambda fs, path: fs.put(__file__, path),
            lambda fs, path: fs.put_file(__file__, path),
            lambda fs, path: fs.touch(path),
            lambda fs, path: fs.mkdir(path),
            lambda fs, path: fs.makedirs(path, exist_ok=True),
            lambda fs, path: fs.rmdir(path),
            lambda fs, path: fs.rm(path, recursive=True),
            lambda fs, path: fs.rm_file(path),
            lambda fs, path: fs.mv(path, path + "2"),
            lambda fs, path: fs.copy(path, path + "2"),
        ],
    )
    def test_writing(self, fs: MvfsFileSystem, write: object) -> None:
        with pytest.raises(ReadOnly, match="read-only") as caught:
            write(fs, "vision/iv3:v0/a/config.json")  # type: ignore[operator]
        assert isinstance(caught.value, OSError)
        assert "\n" not in str(caught.value)
        assert fs.cat("vision/iv3:v0/a/config.json") == b'{"lr": 1}'

    def test_signing(self, fs: MvfsFileSystem) -> None:
        with pytest.raises(NotImplementedError, match="signed URLs"):
            fs.sign("vision/iv3:v0/a")

    @pytest.mark.usefixtures("logged")
    def test_opening_a_directory(self, fs: MvfsFileSystem) -> None:
        for path in ("vision", "vision/iv3", "vision/iv3:v0", "vision/iv3:v0/a"):
            with pytest.raises(IsADirectoryError):
                fs.open(path)
