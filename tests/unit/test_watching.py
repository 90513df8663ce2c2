"""Watchers: what they hand out, in which order, and where they go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mvfs import refs, settings
from mvfs.catalog import deletion, pointers
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.copying import Transfer, transfer
from mvfs.catalog.cursor import Cursor
from mvfs.catalog.deletion import Target
from mvfs.catalog.project import Project
from mvfs.catalog.watching import Watcher, interest
from mvfs.errors import Conflict, InvalidInput, InvalidName, NotFound
from tests.conftest import LogFiles

BACK = b'{"watching": "vision/iv3 on version", "project_id": null, "seq": -1}'
Watch = Callable[..., Watcher]


@pytest.fixture
def watch(store: Path) -> Watch:
    """Makes a watcher of a ref, as another process would."""

    def make(ref: str = "vision/iv3", *on: str, **rest: object) -> Watcher:
        return Watcher(open_catalog(), interest(refs.parse(ref), on or ("version",)), **rest)  # type: ignore[arg-type]

    return make


def told(watcher: Watcher) -> list[str]:
    return [
        event.ref.removeprefix("vision/") + (f" {event.what.alias}" if event.what.alias else "")
        for event in watcher.events(wait=False)
    ]


def hold(catalog: Catalog, name: str = "w") -> Cursor:
    return Cursor.hold(catalog.backend, name, lambda holder: pytest.fail(f"held by {holder}"))


def test_versions_and_moves_come_in_order(project: Project, log_files: LogFiles, watch: Watch) -> None:
    log_files({"w": "a"})
    versions, moves, everything = watch(), watch("vision", "alias=production"), watch("vision/model", "any")
    latest = watch("vision/model/iv3", "alias=latest")
    log_files({"w": "b"}, aliases=["production"])
    log_files({"w": "c"}, name="data", type_="dataset")
    pointers.set_aliases(project, "iv3", 0, ["production", "ok"])
    pointers.remove_aliases(project, "iv3", ["production"])
    log_files({"w": "d"})
    assert told(versions) == ["model/iv3:v1", "model/iv3:v2"]
    assert told(moves) == ["model/iv3:v1 production", "model/iv3:v0 production", "model/iv3 production"]
    assert told(everything) == [
        "model/iv3:v1", "model/iv3:v1 production", "model/iv3:v0 production", "model/iv3:v0 ok",
        "model/iv3 production", "model/iv3:v2",
    ]  # fmt: skip
    assert told(latest) == ["model/iv3:v1 latest", "model/iv3:v2 latest"]
    assert told(versions) == []


def test_it_begins_where_it_is_told(log_files: LogFiles, watch: Watch) -> None:
    for number in range(4):
        log_files({"w": f"{number}"})
    assert told(watch(start="start")) == [f"model/iv3:v{number}" for number in range(4)]
    assert told(watch(start="v2")) == ["model/iv3:v2", "model/iv3:v3"]
    assert told(watch()) == []
    for start, error in (("v9", NotFound), ("soon", InvalidInput), ("latest", InvalidInput)):
        with pytest.raises(error):
            watch(start=start)
    with pytest.raises(NotFound):
        watch("vision", start="v1")


@pytest.mark.usefixtures("watch")
def test_several_versions_of_one_entry_are_told_apart(
    project: Project, log_files: LogFiles, watch: Watch
) -> None:
    for number in range(3):
        log_files({"w": f"{number}"})
    transfer(Transfer(project, Target("iv3", (0, 1, 2)), project, "copy"))
    assert told(watch("vision/copy", start="v1")) == ["model/copy:v1", "model/copy:v2"]
    cursor = hold(open_catalog())
    watcher = watch("vision/copy", start="start", cursor=cursor)
    first = watcher.take()
    assert first is not None
    watcher.done(first)
    assert told(watch("vision/copy", cursor=cursor)) == ["model/copy:v1", "model/copy:v2"]
    cursor.close()


def test_what_is_not_there_yet_is_waited_for(catalog: Catalog, watch: Watch, log_files: LogFiles) -> None:
    early = watch("vision/iv3")
    elsewhere = watch("later/x")
    assert told(early) == told(elsewhere) == []
    log_files({"w": "a"})
    log_files({"w": "a"}, name="x", into=catalog.make_project("later"))
    assert told(early) == ["model/iv3:v0"]
    assert told(elsewhere) == ["later/model/x:v0"]


def test_what_was_deleted_meanwhile_is_passed_over(
    project: Project, watch: Watch, log_files: LogFiles
) -> None:
    watcher = watch("vision/iv3", "version", "alias")
    for number in range(3):
        log_files({"w": f"{number}"}, aliases=["a"] if number == 1 else [])
    deletion.delete(project, [Target("iv3", (1,))], aliases=True)
    assert told(watcher) == ["model/iv3:v0", "model/iv3:v2", "model/iv3 a"]


def test_a_cursor_goes_on_where_it_was(catalog: Catalog, watch: Watch, log_files: LogFiles) -> None:
    log_files({"w": "a"})
    cursor = hold(catalog)
    watch(cursor=cursor)  # dies before anything happened
    log_files({"w": "b"})
    log_files({"w": "c"})
    again = watch(cursor=cursor)
    assert again.resumed
    first = again.take()
    assert first is not None
    assert first.ref.endswith(":v1")  # not done: it comes once more
    assert told(watch(cursor=cursor)) == ["model/iv3:v1", "model/iv3:v2"]
    assert told(watch(cursor=cursor)) == []
    assert told(watch(cursor=cursor, start="start", restart=True)) == [f"model/iv3:v{n}" for n in range(3)]
    cursor.close()


def test_watchers_are_independent(catalog: Catalog, watch: Watch, log_files: LogFiles) -> None:
    one, two = hold(catalog, "one"), hold(catalog, "two")
    watch(cursor=one)
    watch("vision", "any", cursor=two)
    log_files({"w": "a"})
    assert told(watch(cursor=one)) == ["model/iv3:v0"]
    assert told(watch(cursor=one)) == []
    assert told(watch("vision", "any", cursor=two)) == ["model/iv3:v0"]
    with pytest.raises(Conflict, match="another --name"):
        watch("vision", cursor=one)
    one.close()
    two.close()


def test_a_store_that_is_another_one_is_noticed(
    catalog: Catalog, watch: Watch, log_files: LogFiles, store: Path
) -> None:
    log_files({"w": "a"})
    cursor = hold(catalog)
    watch(cursor=cursor)
    store.rename(store.with_name("away"))
    log_files({"w": "a"}, into=open_catalog().make_project("vision"))
    with pytest.raises(Conflict, match="not the one"):
        watch(cursor=cursor)
    assert told(watch(cursor=cursor, restart=True, start="start")) == ["model/iv3:v0"]
    cursor.close()


def test_a_damaged_cursor_says_so(catalog: Catalog, watch: Watch, log_files: LogFiles) -> None:
    log_files({"w": "a"})
    cursor = hold(catalog)
    watch(cursor=cursor)
    (file,) = (settings.state_dir() / "watchers").glob("*/w.json")
    for raw in (b"", b"{", b'{"watching": 1}', b"[" * 100_000, BACK):
        file.write_bytes(raw)
        with pytest.raises(InvalidInput, match=r"w\.json"):
            watch(cursor=cursor)
    assert told(watch(cursor=cursor, restart=True)) == []
    cursor.close()


@pytest.mark.parametrize("ref", ["vision/iv3:v1", "vision/iv3:production", "vision/model/iv3/v1/w"])
def test_what_is_no_name_is_refused(ref: str) -> None:
    with pytest.raises(InvalidInput, match="watch takes a name"):
        interest(refs.parse(ref), ["version"])


@pytest.mark.parametrize("word", ["versions", "alias:x", ""])
def test_what_cannot_be_watched_is_refused(word: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be watched"):
        interest(refs.parse("vision/iv3"), [word])


def test_bad_names_are_refused(catalog: Catalog) -> None:
    with pytest.raises(InvalidName):
        interest(refs.parse("vision/iv3"), ["alias=a/b"])
    with pytest.raises(InvalidName):
        hold(catalog, "../w")
