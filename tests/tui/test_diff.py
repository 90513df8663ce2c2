"""The diff of two versions and of their files: what is shown, and where its keys lead."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from mvfs.catalog import rules, runs
from mvfs.errors import Damaged
from mvfs.index.rows import Rule
from mvfs.store import effects as fx
from tests.tui.showing import UI, Shop, frame, is_clean, press, said, settle, showing, text, until
from tests.tui.test_evil import EVIL
from tui.app import MvfsApp
from tui.place import Place
from tui.reading import file_diffs
from tui.widgets.hunks import Hunks

A, B = "vision/model/net:v0", "vision/model/net:v1"
CODE = [f"line {number}" for number in range(1, 61)]


def safetensors(tensors: dict[str, tuple[Sequence[int], list[float]]]) -> bytes:
    head: dict[str, object] = {}
    body = b""
    for name, (shape, values) in tensors.items():
        data = struct.pack(f"<{len(values)}f", *values)
        head[name] = {
            "dtype": "F32",
            "shape": list(shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    raw = json.dumps(head).encode()
    return struct.pack("<Q", len(raw)) + raw + body


def weights(*, moved: float) -> bytes:
    return safetensors({
        "layers.0.a": ([4], [1.0, 2.0, 3.0, 4.0]),
        "layers.0.b": ([2, 2], [1.0] * 4),
        "layers.1.a": ([4], [1.0, 2.0, 3.0, 4.0 + moved]),
        "head": ([2], [moved, 1.0]),
    })  # fmt: skip


@pytest.fixture
def net(empty: Shop) -> Shop:
    """A model of two versions that differ in everything, made from two versions of a data set."""
    for number, label in enumerate(("cat", "dog")):
        table = f"id,label,score\n1,{label},0.5\n2,bird,0.25\n" + "3,fish,0.75\n" * number
        photos = empty.log("photos", {"labels.csv": table}, type_="dataset")
        run = empty.run(f"run-{number}", lr=(0.1, 0.03)[number], seed=7)
        runs.use(empty.project(), run, empty.project(), "photos", photos.number)
        code = list(CODE)
        if number:
            code[29] = "line thirty"
            code[49:52] = ["longer " * 40]
        files = {
            "config.json": json.dumps({"layers": 4 + number, "act": "gelu"}),
            "train.py": "\n".join(code) + "\n",
            "model.safetensors": weights(moved=float(number)),
            ("b/notes.txt" if number else "a/notes.txt"): "moved\n",
            "same.txt": "same",
        }
        files |= {"new.txt": "new"} if number else {"old.txt": "old"}
        empty.log("net", files, metadata={"acc": (0.5, 0.625)[number], "text": "x"}, run=run,
                  note=("first\ntry", "second\ntry")[number], tags=[("sgd", "adam")[number]],
                  aliases=["production"] if number else [])  # fmt: skip
        runs.finish(empty.project(), run, {"loss": (1.0, 0.5)[number]}, "finished")
    rules.set_rule(empty.project(), "net", Rule("acc", "max"))
    return empty


def hunks(pilot: UI) -> Hunks:
    return pilot.app.screen.query_one(Hunks)


async def go(pilot: UI, place: str) -> None:
    app = pilot.app
    assert isinstance(app, MvfsApp)
    app.go(Place.parse(place))
    await settle(pilot)


def under_cursor(pilot: UI) -> str:
    rows = hunks(pilot)
    assert rows.current is not None
    return "".join(piece for piece, _ in rows.current.spans(rows.look)).strip()


async def move_to(pilot: UI, wanted: str) -> None:
    """Put the cursor on the first row that shows a text."""
    rows = hunks(pilot)
    await pilot.press("g")
    await pilot.pause()
    while wanted not in under_cursor(pilot):
        before = rows.cursor
        await pilot.press("j")
        assert rows.cursor != before, f"no row shows {wanted!r}:\n" + text(pilot)


WIDTHS = (60, 80, 120, 200)


@pytest.mark.parametrize("width", WIDTHS)
async def test_two_versions(net: Shop, width: int) -> None:
    async with showing(net, f"diff {A} {B}", size=(width, 60)) as pilot:
        shown = text(pilot)
        assert said(pilot, "header").startswith("mvfs diff " + "vision/model/" * (width > 60) + "net:v0 → v1")
        rows = [row.rstrip() for row in frame(pilot)]
        assert any(row.startswith("   ⚠ trained on different versions of photos") for row in rows)
        for row in ("~ config.json", "→ a/notes.txt → b/notes.txt", "+ new.txt", "- old.txt",
                    "~ acc  0.5 → 0.625  +0.125, +25.0 %  ▲ better", "+ adam", "- sgd",
                    "~ loss  1 → 0.5  -0.5, -50.0 %", "~ lr  0.1 → 0.03", "~ photos  v0 → v1"):  # fmt: skip
            assert any(line.lstrip(" ▌").startswith(row) for line in rows), (row, shown)
        assert "same.txt" not in shown
        assert "1 the same" in shown
        assert ("│" in shown) == (width >= 120)
        assert all(is_clean(row) for row in frame(pilot))


async def test_a_version_is_compared_with_the_one_before(net: Shop) -> None:
    async with showing(net, "vision/model/net:v1") as pilot:
        await press(pilot, "d")
        assert "diff vision/model/net:v0 → v1" in said(pilot, "header")
        await press(pilot, "escape")
        assert "vision/model/net:v1" in said(pilot, "header")
        await press(pilot, "j", "d")
        assert "v0 is the first version" in text(pilot)


async def test_two_marked_versions_are_compared(net: Shop) -> None:
    async with showing(net, "vision/model/net:v1") as pilot:
        await press(pilot, "space", "space", "d")
        assert "diff vision/model/net:v0 → v1" in said(pilot, "header")
        assert "▲ better" in text(pilot)
        await press(pilot, "S")
        assert "diff vision/model/net:v1 → v0" in said(pilot, "header")
        assert "▼ worse" in text(pilot)


async def test_a_file_opens_and_one_comes_back_to_where_one_was(net: Shop) -> None:
    async with showing(net, f"diff {A} {B}") as pilot:
        await move_to(pilot, "config.json")
        await press(pilot, "enter")
        assert said(pilot, "header").startswith("mvfs diff vision/model/net:v0 → v1 config.json")
        assert "~ layers  4 → 5" in text(pilot)
        await press(pilot, "escape")
        assert said(pilot, "header").endswith("v0 → v1")
        assert "config.json" in under_cursor(pilot)
        await press(pilot, "right_square_bracket")
        assert "~ layers  4 → 5" in text(pilot)


@pytest.mark.parametrize("width", [80, 120])
async def test_a_text_by_line(net: Shop, width: int) -> None:
    async with showing(net, f"diff {A}/train.py {B}/train.py", size=(width, 40)) as pilot:
        await press(pilot, "n")
        assert "line 30" in under_cursor(pilot)
        assert "… 26 unchanged lines" in text(pilot)
        assert any("30 - line 30" in row and "30 + line thirty" in row for row in frame(pilot)) == (
            width >= 120
        )
        await press(pilot, "v")
        assert any("30 - line 30" in row and "30 + line thirty" in row for row in frame(pilot)) == (
            width < 120
        )
        await press(pilot, "v", "n")
        assert "line 50" in under_cursor(pilot)
        assert "…" in text(pilot)
        await press(pilot, "L")
        assert "from column 9" in said(pilot, "header")
        assert "onger longer" in text(pilot)
        assert "line 50" not in text(pilot)
        await press(pilot, "H", "N")
        assert "line 30" in under_cursor(pilot)


async def test_unchanged_lines_open(net: Shop) -> None:
    async with showing(net, f"diff {A}/train.py {B}/train.py") as pilot:
        assert "line 5\n" not in text(pilot) + "\n"
        await move_to(pilot, "26 unchanged lines")
        await press(pilot, "enter")
        assert "26 unchanged" not in text(pilot)
        assert "  5   line 5" in text(pilot)


async def test_a_table_by_row(net: Shop) -> None:
    place = "diff vision/photos:v0/labels.csv vision/photos:v1/labels.csv"
    async with showing(net, place, size=(80, 24)) as pilot:
        rows = [row.rstrip().lstrip(" ▌") for row in frame(pilot)]
        assert "~ 1   cat → dog    0.5" in rows
        assert "+ 3   fish        0.75" in rows
        await press(pilot, "o")
        assert "+ 3,fish,0.75" in text(pilot)
        assert "as:lines" in str(pilot.app.view.where())  # type: ignore[attr-defined]
        await press(pilot, "o")
        assert "~ 1   cat → dog" in text(pilot)


async def test_tensors_are_compared_when_they_are_opened(net: Shop) -> None:
    async with showing(net, f"diff {A}/model.safetensors {B}/model.safetensors", size=(100, 30)) as pilot:
        rows = [row.rstrip().lstrip(" ▌") for row in frame(pilot)]
        assert "▸ layers.0    2 tensors  the same" in rows
        await move_to(pilot, "~ layers.1.a")
        await press(pilot, "enter")
        assert "max |Δ| 1 · rel. L2 0.183 · cosine 0.9940 · 25 % of 4 values" in text(pilot)
        await press(pilot, "enter")
        assert "max |Δ|" not in text(pilot)
        await move_to(pilot, "layers.0")
        await press(pilot, "enter")
        assert "b " in text(pilot)
        assert "2 × 2" in text(pilot)


async def test_where_runs_used_other_data_that_can_be_compared(net: Shop) -> None:
    async with showing(net, f"diff {A} {B}") as pilot:
        await move_to(pilot, "photos  v0 → v1")
        await press(pilot, "enter")
        assert "diff vision/dataset/photos:v0 → v1" in said(pilot, "header")
        assert "~ labels.csv" in text(pilot)


async def test_one_of_the_versions_opens_in_the_browser(net: Shop) -> None:
    async with showing(net, f"diff {A} {B}") as pilot:
        await press(pilot, "enter")
        assert said(pilot, "header").endswith("vision/model/net:v0")


async def test_sections_fold(net: Shop) -> None:
    async with showing(net, f"diff {A} {B}") as pilot:
        await press(pilot, "n")
        assert "files" in under_cursor(pilot)
        await press(pilot, "enter")
        assert "config.json" not in text(pilot)
        await press(pilot, "enter")
        assert "config.json" in text(pilot)


async def test_versions_with_nothing_different_say_so(net: Shop) -> None:
    async with showing(net, f"diff {A} {A}") as pilot:
        assert "Nothing differs" in text(pilot)


async def test_what_cannot_be_found_is_told(net: Shop) -> None:
    async with showing(net, f"diff {A} {B}") as pilot:
        for place, reason in (
            ("diff vision/net:v0 vision/net:v9", "has no version v9"),
            ("diff vision/net:v0/config.json vision/net:v1", "a file cannot be compared with a folder"),
            ("diff a/b c/d e/f", "two versions are compared"),
        ):
            await go(pilot, place)
            assert reason in text(pilot)


async def test_what_is_copied_leads_back_here(net: Shop) -> None:
    async with showing(net, "diff vision/net:v1") as pilot:
        choices = {choice.label: choice.text for choice in pilot.app.view.copies()}  # type: ignore[attr-defined]
        assert choices == {
            "old ref": A, "new ref": B, "place": f"diff {A} {B}", "command": f"mvfs diff {A} {B}",
        }  # fmt: skip


@pytest.mark.parametrize("size", [(40, 10), (130, 40)])
async def test_evil_texts_do_nothing(empty: Shop, size: tuple[int, int]) -> None:
    storable = [written.encode("utf-8", "replace").decode() for written in EVIL]
    for number in range(2):
        words = storable[number:] + storable[:number]
        table = "id," + ",".join(json.dumps(word) for word in storable[:4]) + "\n"
        table += "".join(f"{n},{json.dumps(word)},1,2,3\n" for n, word in enumerate(words))
        files: dict[str, bytes | str] = {
            "text.txt": "\n".join(words),
            "values.json": json.dumps(dict(zip(storable, words, strict=True))),
            "table.csv": table,
            "\u202eevil [red].bin": bytes([number]),
            "model.safetensors": safetensors(
                {word[:40]: ([1], [float(number)]) for word in storable if word}
            ),
        }
        empty.log("thing", files, metadata=dict(zip(storable, words, strict=True)), note="\n".join(words))
    async with showing(empty, "diff vision/thing:v0 vision/thing:v1", size=size) as pilot:
        for name in ("", "text.txt", "values.json", "table.csv", "model.safetensors"):
            if name:
                refs = " ".join(f"vision/thing:v{number}/{name}" for number in range(2))
                await go(pilot, f"diff {refs}")
            for keys in ("", "v L", "ctrl+d enter", "G enter y escape", "o"):
                await press(pilot, *keys.split())
                assert all(is_clean(row) for row in frame(pilot)), (name, keys)


async def test_reading_can_be_called_off(net: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on = threading.Event(), threading.Event()
    whole = file_diffs.opened.of_file

    def slow(*arguments: Any, **more: Any) -> Any:
        asked.set()
        assert go_on.wait(20)
        return whole(*arguments, **more)

    monkeypatch.setattr(file_diffs.opened, "of_file", slow)
    async with showing(net, f"diff {A} {B}") as pilot:
        app = pilot.app
        assert isinstance(app, MvfsApp)
        app.go(Place.parse(f"diff {A}/train.py {B}/train.py"))
        await until(pilot, asked.is_set)
        await pilot.press("escape")
        await pilot.pause()
        assert "stopped" in said(pilot, "footer")
        go_on.set()
        await settle(pilot)
        assert "line 30" not in text(pilot)
        await press(pilot, "r")
        assert "line 30" in text(pilot)
        await press(pilot, "escape")
        assert "config.json" in text(pilot)


async def test_comparing_tensors_is_told_and_can_be_called_off(
    net: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = threading.Event(), threading.Event()
    whole = file_diffs.measure

    def slow(compared: Any, change: Any, tick: Any) -> Any:
        monkeypatch.setattr("tui.ticking._EVERY", 0.0)
        tick(change.old.size)
        asked.set()
        assert go_on.wait(20)
        return whole(compared, change, tick)

    monkeypatch.setattr(file_diffs, "measure", slow)
    async with showing(net, f"diff {A}/model.safetensors {B}/model.safetensors") as pilot:
        for name in ("layers.1.a", "head"):
            await move_to(pilot, name)
            await pilot.press("enter")
        await until(pilot, asked.is_set)
        await until(pilot, lambda: "comparing 50 % of 32 B" in text(pilot))
        assert "waits …" in text(pilot)
        await pilot.press("escape")
        go_on.set()
        await settle(pilot)
        assert "stopped" in said(pilot, "footer")
        assert "comparing" not in text(pilot)
        assert "waits" not in text(pilot)
        await press(pilot, "enter")
        assert "max |Δ| 1" in text(pilot)


async def test_damage_is_told_where_it_is_met(net: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: Any) -> Any:
        raise Damaged("the file\x1b[2J is cut short")

    monkeypatch.setattr(file_diffs, "measure", damaged)
    async with showing(net, f"diff {A}/model.safetensors {B}/model.safetensors") as pilot:
        await move_to(pilot, "head")
        await press(pilot, "enter")
        assert "the file␛[2J is cut short" in text(pilot)


async def test_what_is_read_again_leaves_the_cursor_and_what_is_open(net: Shop) -> None:
    async with showing(net, f"diff {A} {B}") as pilot:
        await move_to(pilot, "lr  0.1")
        await press(pilot, "N", "enter", "j")
        folded, before = text(pilot), under_cursor(pilot)
        assert "lr  0.1" not in folded
        net.project().commit(lambda: [fx.Tagged("net", 1, ["extra"], [])])
        await press(pilot, "r")
        assert under_cursor(pilot) == before
        assert "+ extra" in text(pilot)
        assert "lr  0.1" not in text(pilot)


async def test_any_size_will_do(net: Shop) -> None:
    async with showing(net, f"diff {A} {B}") as pilot:
        for name in ("", "train.py", "model.safetensors", "config.json"):
            if name:
                await go(pilot, f"diff {A}/{name} {B}/{name}")
            for size in ((300, 80), (20, 4), (59, 14), (130, 30)):
                await pilot.resize_terminal(*size)
                await press(pilot, "v", "n", "G")
                shown = frame(pilot)
                assert (len(shown), len(shown[0])) == (size[1], size[0])
            assert "diff" in text(pilot)
