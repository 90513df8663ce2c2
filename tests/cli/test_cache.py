"""``mvfs cache``: what it shows, how the limit is set, and when it deletes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvfs import settings
from mvfs.cache.cached import CachedBackend, with_cache
from mvfs.store.backend.memory import MemoryBackend
from tests.cli.conftest import Call

KEY = f"p/{'0' * 26}/blobs/01/01{'0' * 30}.00000000"


@pytest.fixture
def filled() -> None:
    inner = MemoryBackend()
    inner.put(KEY, b"x" * 300_000)
    assert len(with_cache(inner).get_range(KEY, 0, 1 << 20) or b"") == 300_000


@pytest.mark.usefixtures("filled")
def test_show_and_clean(call: Call) -> None:
    shown = call("cache", "show", "--json").json
    assert (shown["objects"], shown["shared"], shown["on"], shown["limit_by"]) == (1, False, True, None)
    assert 300_000 <= shown["size"] < 400_000
    assert "1 object, " in call("cache", "show").out
    asked = call("cache", "clean")
    assert asked.code == 1
    assert asked.err.endswith("nothing was changed; --yes does it\n")
    assert call("cache", "show", "--json").json["objects"] == 1
    assert call("cache", "clean", "--yes").code == 0
    assert call("cache", "show", "--json").json["objects"] == 0
    assert call("cache", "clean").code == 0


@pytest.mark.usefixtures("filled")
def test_a_limit_is_kept_and_takes_effect(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    default = call("cache", "show", "--json").json["limit"]
    assert call("cache", "limit", "5G", "--json").json["limit"] == 5 << 30
    assert call("cache", "show", "--json").json["limit_by"] == "mvfs cache limit"
    assert call("cache", "limit", "10K", "--json").json["objects"] == 0
    monkeypatch.setenv("MVFS_CACHE_LIMIT", "7M")
    assert call("cache", "show", "--json").json["limit_by"] == "$MVFS_CACHE_LIMIT"
    monkeypatch.delenv("MVFS_CACHE_LIMIT")
    again = call("cache", "limit", "default", "--json").json
    assert again["limit_by"] is None
    assert again["limit"] == pytest.approx(default, rel=0.2)


@pytest.mark.parametrize("words", [("limit",), ("limit", "much"), ("show", "5G"), ("burn",), ()])
def test_wrong_calls(call: Call, words: tuple[str, ...]) -> None:
    done = call("cache", *words)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)


def test_off_and_shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inner = MemoryBackend()
    inner.put(KEY, b"x")
    monkeypatch.setenv("MVFS_CACHE", "off")
    assert with_cache(inner) is inner
    monkeypatch.setenv("MVFS_CACHE", "on")
    monkeypatch.setenv("MVFS_CACHE_SHARED", str(tmp_path / "ours"))
    cached = with_cache(inner)
    assert isinstance(cached, CachedBackend)
    cached.get_range(KEY, 0, 10)
    assert settings.blob_cache().is_shared
    modes = {path.stat().st_mode & 0o7777 for path in (tmp_path / "ours").rglob("*") if path.is_file()}
    assert modes == {0o640}
    assert (tmp_path / "ours").stat().st_mode & 0o070 == 0o070
