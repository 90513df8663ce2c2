"""What `mvfs watch` tells a command of where a version is mounted."""

from __future__ import annotations

import pytest

from tests.mount.worlds import World


@pytest.mark.parametrize("ref", ["", "vision", "vision/model", "vision/iv3", "vision/model/iv3"])
def test_a_mounted_version_has_a_path(mine: World, ref: str) -> None:
    mine.log({"a": b"0"})
    words = ["watch", "vision/iv3", "--from", "start", "--no-wait", "--", "sh", "-c"]
    mount = mine.mount(*[ref] * bool(ref))
    mine.log({"a": b"1"}, aliases=("production",))
    done = mine.person.mvfs(*words, 'cat "$MVFS_PATH/a" > /dev/null && echo "$MVFS_PATH"')
    below = {"": "vision/model/iv3/", "vision": "model/iv3/", "vision/model": "iv3/"}.get(ref, "")
    assert done.out.splitlines() == [f"{mount.path}/{below}v0", f"{mount.path}/{below}v1"]
    mine.umount(mount)
    assert mine.person.mvfs(*words, 'echo "[$MVFS_PATH]"').out.splitlines() == ["[]", "[]"]
