"""``-o aliases=symlink``, and aliases at a date."""

from __future__ import annotations

import errno
import os
import stat

from tests.mount.worlds import World, until

NAME = "vision/model/iv3"


def test_aliases_are_links_to_versions(world: World) -> None:
    world.log({"a": b"0", "sub/b": b"b0"}, aliases=("production", "a b"))
    world.log({"a": b"1"})
    world.mount("-o", "aliases=symlink")
    name = world.mountpoint / NAME

    def links() -> dict[str, str]:
        return {entry.name: os.readlink(entry) for entry in os.scandir(name) if entry.is_symlink()}

    assert world.run(links) == {"latest": "v1", "production": "v0", "a b": "v0"}
    assert world.names(NAME) == ["a b", "latest", "production", "v0", "v1"]
    assert world.read(f"{NAME}/production/sub/b") == b"b0"
    assert world.run(lambda: os.readlink(name / "latest@2999-01-01")) == "v1"
    found = world.run(lambda: os.lstat(name / "production"))
    assert (stat.S_ISLNK(found.st_mode), found.st_size) == (True, 2)
    assert world.run(lambda: os.stat(name / "production").st_ino == os.stat(name / "v0").st_ino)


def test_a_link_follows_its_alias(world: World) -> None:
    world.log({"a": b"0"}, aliases=("production",))
    world.log({"a": b"1"})
    world.mount("-o", "aliases=symlink")
    link = world.mountpoint / NAME / "production"
    assert world.run(lambda: os.readlink(link)) == "v0"
    world.move("production", 1)
    until(lambda: world.run(lambda: os.readlink(link)) == "v1")
    assert world.read(f"{NAME}/production/a") == b"1"
    world.log({"a": b"2"})
    until(lambda: world.run(lambda: os.readlink(link.parent / "latest")) == "v2")


def test_links_can_be_copied_as_links(mine: World) -> None:
    mine.log({"a": b"0"}, aliases=("production",))
    mine.mount("-o", "aliases=symlink")
    copy = mine.home / "copy"
    mine.sh("cp", "-a", mine.mountpoint / NAME, copy)
    assert mine.run(lambda: os.readlink(copy / "production")) == "v0"
    assert mine.run((copy / "production/a").read_bytes) == b"0"


def test_no_other_node_is_a_link(mine: World) -> None:
    mine.log({"a": b"0"}, aliases=("production",))
    mine.mount()

    def attempt(path: str) -> int | None:
        try:
            os.readlink(mine.mountpoint / path)
        except OSError as exc:
            return exc.errno
        return None

    for path in (NAME, f"{NAME}/production", f"{NAME}/v0/a", ".mvfs/status"):
        assert mine.run(lambda path=path: attempt(path)) == errno.EINVAL


def test_an_alias_at_a_date(world: World) -> None:
    world.log({"a": b"0"}, aliases=("production",))
    world.log({"a": b"1"})
    world.mount()
    moment = world.run(lambda: os.stat(world.mountpoint / NAME / "v1").st_mtime_ns) // 1000
    world.move("production", 1)
    until(lambda: world.read(f"{NAME}/production/a") == b"1")
    from datetime import UTC, datetime

    then = datetime.fromtimestamp(moment / 1e6, UTC)
    for written in (then.isoformat(), then.strftime("%Y-%m-%dT%H:%M:%S.%fZ")):
        assert world.read(f"{NAME}/production@{written}/a") == b"0"
    assert world.read(f"{NAME}/production@2999-01-01/a") == b"1"
    assert world.read(f"{NAME}/latest@{then.date()}/a") == b"1"
    missing = (
        "production@1999-01-01", "production@", "production@x", "production@2026-02-30",
        "production@2026-11-01@", "production@9999-12-31T23:59-12:00", "none@9999-12-31", "v0@2026-11-01",
        "@2026-11-01",
    )  # fmt: skip
    for name in missing:
        assert not world.run(lambda name=name: (world.mountpoint / NAME / name).exists()), name
    assert world.names(NAME) == ["latest", "production", "v0", "v1"]
    assert "ERROR" not in world.logged()
