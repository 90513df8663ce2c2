"""What may be logged."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from mvfs.errors import InvalidSource
from mvfs.store.sources import scan


def paths(source: Path) -> list[str]:
    return [file.path for file in scan(source)]


def test_a_directory_in_path_order(tmp_path: Path) -> None:
    for path in ("b", "a/z", "a-", "a/b"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    assert paths(tmp_path) == ["a-", "a/b", "a/z", "b"]


def test_a_file_goes_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_text("x")
    assert paths(tmp_path / "model.bin") == ["model.bin"]


def test_executables_are_known(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("x")
    (tmp_path / "run.sh").chmod(0o755)
    assert [file.executable for file in scan(tmp_path)] == [True]


def test_links_that_stay_inside_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_text("x")
    (tmp_path / "link").symlink_to("real/file")
    (tmp_path / "folder").symlink_to("real")
    assert paths(tmp_path) == ["folder/file", "link", "real/file"]


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside", "/"])
def test_links_that_lead_out_are_refused(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "outside").write_text("x")
    (folder / "link").symlink_to(target)
    with pytest.raises(InvalidSource, match=r"folder/link' links to .* outside"):
        scan(folder)


def test_a_link_to_a_directory_above_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/up").symlink_to("..")
    with pytest.raises(InvalidSource, match="links to a directory it lies in"):
        scan(tmp_path)


def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nothing")
    with pytest.raises(InvalidSource, match="link"):
        scan(tmp_path)


def test_special_files_are_refused_by_kind(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidSource, match="pipe' is a named pipe"):
        scan(tmp_path)
    (tmp_path / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock"))
        with pytest.raises(InvalidSource, match="is a socket"):
            scan(tmp_path)
    with pytest.raises(InvalidSource, match="character device"):
        scan(Path("/dev/null"))


def test_nothing_to_log(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="empty directory"):
        scan(tmp_path)
    with pytest.raises(InvalidSource, match="no such file"):
        scan(tmp_path / "missing")


def test_names_that_cannot_be_kept(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff")).write_text("x")
    with pytest.raises(InvalidSource, match="not UTF-8"):
        scan(tmp_path)


def test_decomposed_names_are_composed(tmp_path: Path) -> None:
    (tmp_path / "mode\u0300le").write_text("x")
    assert paths(tmp_path) == ["modèle"]


def test_two_names_that_become_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mode\u0300le").write_text("x")
    (tmp_path / "modèle").write_text("y")
    with pytest.raises(InvalidSource, match="two sources"):
        scan(tmp_path)
