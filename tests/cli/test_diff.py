"""``mvfs diff`` and ``mvfs compare``: what is printed, exit codes, hostile text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from mvfs import text
from mvfs.catalog import runs
from mvfs.catalog.project import Project
from mvfs.cli import diff, diff_text, tints
from tests.cli.conftest import Call
from tests.conftest import LogFiles

OLD = {
    "config.json": '{"lr": 0.1, "name": "r50"}',
    "train.py": "a\nb\nc\n",
    "preds.csv": "id,score\nx,0.5\ny,0.25\nz,1\n",
    "w.safetensors": save({"l.0.w": np.ones(4, "f4"), "l.1.w": np.ones(4, "f4")}),
    "vocab.txt": "vocabulary",
    "gone.bin": b"\0\1",
    "same": "same",
}
NEW = {
    "config.json": '{"lr": 0.2, "name": "r50"}',
    "train.py": "a\nB\nc\n",
    "preds.csv": "id,score\ny,0.5\nz,1\nnew,7\n",
    "w.safetensors": save({"l.0.w": np.ones(4, "f4"), "l.1.w": np.full(4, 1.5, "f4")}),
    "tok/vocab.txt": "vocabulary",
    "same": "same",
}


@pytest.fixture
def work(project: Project, log_files: LogFiles) -> None:
    for number in range(2):
        log_files({"a": str(number)}, "photos", "dataset")
    for run, photos, lr, acc, files in (("one", 0, 0.1, 0.9, OLD), ("two", 1, 0.2, 0.95, NEW)):
        runs.start(project, runs.RunStart(run, run, "train", None, {"lr": lr, "seed": 7}, {}))
        runs.use(project, run, project, "photos", photos)
        runs.set_summary(project, run, {"acc": acc})
        log_files(dict(files), run=run, metadata={"acc": acc})


@pytest.fixture
def lines(work: None, call: Call) -> Any:
    def do(*words: object, code: int = 1) -> list[str]:
        found = call("diff", *words)
        assert found.code == code, found.err
        return found.out.splitlines()

    return do


def test_all_of_it(lines: Any) -> None:
    found = lines("vision/iv3:v0", "vision/iv3:v1")
    assert found[0] == "vision/model/iv3:v0 → vision/model/iv3:v1"
    assert found[2] == "! trained on different versions of photos: v0, and v1"
    told = "\n".join(found)
    for part in (
        "metadata\n  ~ acc  0.9 → 0.95  +0.05, +5.6 %\n",
        "config\n  ~ lr  0.1 → 0.2  +0.1, +100 %\n",
        "inputs\n  ~ photos  v0 → v1\n",
        "files  1 removed, 4 changed, 1 moved, 1 the same\n",
        "  > tok/vocab.txt   10 B   from vocab.txt\n",
        "config.json\n  ~ lr  0.1 → 0.2  +0.1, +100 %\n",
        "preds.csv  rows 1 added, 1 removed, 1 changed, 1 the same, matched by id\n  - x    score 0.5\n",
        "  ~ y    score 0.25 → 0.5 (+0.25, +100 %)\n  + new  score 7\n",
        "train.py\n  @@ -1,3 +1,3 @@\n   a\n  -b\n  +B\n   c",
        "w.safetensors  tensors 1 changed, 1 the same\n  ~ l.1.w  F32 [4]  16 B  values",
    ):
        assert part in told, part
    assert "seed" not in told


def test_short_forms(lines: Any) -> None:
    whole = lines("vision/iv3:v0", "vision/iv3:v1")
    assert lines("vision/iv3:v0", "v1") == whole
    assert lines("vision/iv3:v0", ":latest") == whole
    assert lines("vision/iv3") == whole  # the version before it
    assert lines("vision/iv3:v0/train.py", "v1")[0].endswith("iv3:v1/train.py")
    assert lines("vision/iv3:v1", "vision/iv3:v1", code=0) == []
    lines("vision/iv3:v0", code=2)  # there is none before it


def test_stat_and_globs(lines: Any) -> None:
    found = lines("vision/iv3:v0", "v1", "--stat")
    assert found[3] == "values  1 in metadata, 1 in config, 1 in summary, 1 in inputs"
    assert [line for line in found if "train.py" in line] == ["  ~ train.py         6 B → 6 B  +1 -1 lines"]
    assert [line for line in found if "config" in line][1].endswith("1 value")
    only = lines("vision/iv3:v0", "v1", "--stat", "--files", "*.py", "--files", "tok/*")
    assert len(only) == 5
    assert lines("vision/iv3:v0", "v1", "--files", "same", code=0) == []


def test_values_of_tensors(lines: Any) -> None:
    found = lines("vision/iv3:v0/w.safetensors", "v1", "--values")
    assert found[-2:] == [
        "    tensor  changed  max abs  rel L2    cosine",
        "  ~ l.1.w   100.0 %      0.5     0.5  1.000000",
    ]


def test_limit_says_what_is_left_out(lines: Any) -> None:
    found = lines("vision/iv3:v0/preds.csv", "v1", "--limit", 1)
    assert found[-1] == "  … 2 more rows; --limit 0 shows all"
    assert "  … 4 more; --limit 0 shows all" not in lines("vision/iv3:v0", "v1", "--limit", 0)
    assert "  … 5 more; --limit 0 shows all" in lines("vision/iv3:v0", "v1", "--limit", 1)


def test_a_patch_makes_the_new_files(work: None, call: Call, tmp_path: Path) -> None:
    assert call("get", "vision/iv3:v0", "old").code == 0
    found = call("diff", "vision/iv3:v0", "v1", "-U", 1)
    assert "Binary files a/w.safetensors and b/w.safetensors differ" in found.out
    done = subprocess.run(
        [sys.executable, "-c", APPLY, str(tmp_path / "old")],
        input=found.out,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in ("config.json", "train.py", "preds.csv"):
        assert (tmp_path / "old" / name).read_text() == NEW[name], name


APPLY = r"""
import re, sys
from pathlib import Path

root, name, lines, at = Path(sys.argv[1]), None, [], 0
def finish():
    if name is not None:
        (root / name).write_text("".join(new + old[at:]))
for line in sys.stdin.read().splitlines():
    if line.startswith("+++ b/"):
        finish()
        name, new, at = line[6:], [], 0
        old = (root / name).read_text().splitlines(keepends=True)
    elif found := re.match(r"@@ -(\d+)(?:,(\d+))? ", line):
        start = int(found[1]) - (found[2] != "0")
        new += old[at:start]
        at = start
    elif line.startswith("\\"):
        new[-1:] = [new[-1].rstrip("\n")] if last == "+" else new[-1:]
    elif name is not None and line[:1] in " -+" and not line.startswith("--- "):
        last = line[0]
        if last != "+":
            assert old[at].rstrip("\n") == line[1:], (old[at], line)
            at += 1
        if last != "-":
            new.append(line[1:] + "\n")
finish()
"""


def test_json(work: None, call: Call) -> None:
    found = call("diff", "vision/iv3:v0", "v1", "--json", "--values")
    assert found.code == 1
    told = found.json
    assert (told["same"], told["other_data"][0]["how"]) == (False, "trained")
    files = {one["path"]: one for one in told["files"]}
    assert files["tok/vocab.txt"]["old"]["path"] == "vocab.txt"
    assert files["config.json"]["as"] == "values"
    assert files["config.json"]["changes"] == [{"kind": "changed", "path": "lr", "old": 0.1, "new": 0.2}]
    assert files["train.py"]["hunks"][0]["rows"][1]["new"] == "B"
    assert files["preds.csv"]["rows"][0]["old"] == ["x", "0.5"]
    assert files["w.safetensors"]["tensors"][0]["values"]["max_abs"] == 0.5
    same = call("diff", "vision/iv3:v1", "v1", "--json")
    assert (same.code, same.json["same"], same.json["files"]) == (0, True, [])


def test_with_a_folder(work: None, call: Call, tmp_path: Path) -> None:
    assert call("get", "vision/iv3:v0", "work").code == 0
    assert call("diff", "vision/iv3:v0", "./work").code == 0
    store = tmp_path / "store"
    assert call("diff", f"{store}::vision/iv3:v0", "./work").code == 0
    assert call("diff", f"{store}::vision/iv3:v0", f"{store}::vision/iv3:v1", "--stat").code == 1
    assert call("diff", f"{store}::vision/iv3:v0", "v0").code == 0
    hint = call("diff", "vision/iv3:v0", "work")
    assert (hint.code, "write ./work" in hint.err) == (2, True)
    (tmp_path / "work" / "train.py").write_text("a\nb\nc\nd\n")
    (tmp_path / "work" / "gone.bin").unlink()
    found = call("diff", "vision/iv3:v0", tmp_path / "work")
    assert found.code == 1
    assert "files  1 removed, 1 changed\n" in found.out
    assert "  +d" in found.out
    back = call("diff", tmp_path / "work" / "train.py", "vision/iv3:v0/train.py")
    assert "  -d" in back.out
    other = call("diff", "vision/iv3:v0/train.py", tmp_path / "work" / "config.json")
    assert other.code == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("vision/iv3:v9", "v0"), "no version v9"),
        (("vision/nothing", "v0"), "nothing"),
        (("other/iv3", "v0"), "no project 'other'"),
        (("vision/iv3:v0", "./nothing"), "there is no"),
        (("vision/iv3:v0/none", "v1"), "holds no"),
        (("vision/iv3:v0", "v1", "--limit", "-1"), "no negative"),
        (("vision/iv3:v0/preds.csv", "v1", "--key", "score2"), "has no column 'score2'"),
        (("./a", "./b"), "one side has to be a version"),
        (("./a",), "name what"),
        (("vision/iv3:v0/train.py", "vision/iv3:v0"), "is a file"),
        (("vision/iv3:v0", "v1", "--stat", "-u"), "not allowed with"),
        ((":v1", "x"), ""),
    ],
)
def test_trouble_is_two(work: None, call: Call, words: tuple[str, ...], message: str) -> None:
    found = call("diff", *words)
    assert found.code == 2
    assert message in found.err
    if message and "not allowed" not in message:
        told = call("diff", *words, "--json")
        assert told.code == 2
        assert message in json.loads(told.err.splitlines()[-1])["error"]["message"]


@pytest.mark.parametrize("how", [(), ("-u",), ("--json",)])
def test_damage_is_trouble_and_the_other_files_are_told(
    project: Project, log_files: LogFiles, call: Call, store: Path, how: tuple[str, ...]
) -> None:
    log_files({"a": "1\n" * 900_000, "b": "good\n"})
    log_files({"a": "2\n" * 900_000, "b": "better\n"})
    large = [one for one in store.rglob("*") if one.is_file() and one.stat().st_size > 1 << 20]
    assert len(large) == 2
    for blob in large:
        blob.chmod(0o600)
        blob.write_bytes(bytes(blob.stat().st_size))
    found = call("diff", "vision/iv3:v0", "v1", *how)
    assert found.code == 2
    assert "'a' is damaged" in found.err
    assert "better" in found.out


EVIL = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202etxt\r[/red]\x00"


def test_evil_strings_arrive_inert(project: Project, log_files: LogFiles, call: Call) -> None:
    clean = "".join(ch for ch in EVIL if ch not in "\x00\r\x07\x1b\x9b")
    for number in range(2):
        run = f"run{number}"
        values = {f"{EVIL}k": f"{EVIL}{number}", "list": [EVIL, number]}
        facts = {"argv": [EVIL, str(number)], "git": {"commit": f"{EVIL}{number}", "remote": EVIL}}
        runs.start(project, runs.RunStart(run, f"{EVIL}{run}", EVIL, None, values, facts))
        runs.set_summary(project, run, values)
        log_files(
            {
                f"{clean}.txt": f"{EVIL}\n{number}{EVIL}\n".replace("\0", ""),
                "t.csv": f"id,{EVIL}\n{EVIL},{number}\n".replace("\r", ""),
                "j.json": json.dumps(values),
                "m.safetensors": save({f"{EVIL}.w": np.full(3, number, "f4")}),
                f"{number}{clean}.bin": bytes([0, number]),
            },
            run=run,
            metadata=values,
            note=f"{EVIL}\n{number}",
        )
    for words in ((), ("--stat",), ("--values",), ("--limit", "1"), ("--json",)):
        found = call("diff", "vision/iv3:v0", "v1", *words)
        assert found.code == 1, found.err
        assert text.is_inert(found.out), words
    for words in ((), ("--all",), ("--json",)):
        found = call("compare", "vision/iv3:v0", "vision/iv3:v1", *words)
        assert found.code == 0, found.err
        assert text.is_inert(found.out), words


def test_colours(work: None, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (diff, diff_text, tints):
        monkeypatch.setattr(module, "wanted", lambda: True)
    found = call("diff", "vision/iv3:v0/config.json", "v1", "-u").out
    assert '\x1b[31m-{"lr": 0.1, "name": "r50"}\x1b[0m' in found
    found = call("diff", "vision/iv3:v0", "v1").out
    assert "\x1b[1;33m! trained on different versions" in found
    assert "\x1b[33m~\x1b[0m acc" in found
    assert "\x1b" not in call("diff", "vision/iv3:v0/train.py", "v1", "--json").out


def test_words_that_differ_stand_out(
    project: Project, log_files: LogFiles, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (diff, diff_text, tints):
        monkeypatch.setattr(module, "wanted", lambda: True)
    log_files({"a.py": f"rate = 0.1  # {EVIL}\n".replace("\0", "")})
    log_files({"a.py": f"rate = 0.25  # {EVIL}\n".replace("\0", "")})
    found = call("diff", "vision/iv3").out
    assert "\x1b[31m-\x1b[0m\x1b[31mrate = 0.\x1b[0m\x1b[1;7;31m1\x1b[0m\x1b[31m  # " in found
    assert "\x1b[1;7;32m25\x1b[0m" in found
    assert text.is_inert(re.sub(r"\x1b\[[0-9;]*m", "", found))
    patch = call("diff", "vision/iv3", "-u").out
    assert text.is_inert(re.sub(r"\x1b\[[0-9;]*m", "", patch))


def test_compare(work: None, call: Call) -> None:
    assert call("best", "vision/iv3", "--metric", "acc", "--mode", "max").code == 0
    found = call("compare", "vision/iv3").out
    table = {line.split()[0]: line for line in found.splitlines() if line}
    assert table["vision/model/iv3"].split() == ["vision/model/iv3", "v0", "v1"]
    assert table["lr"].split() == ["lr", "0.1", "0.2"]
    assert table["acc"].split() == ["acc", "0.9", "0.95*"]
    assert table["photos"].split() == ["photos", "v0", "v1"]
    assert "seed" not in table
    assert len({len(table[key].rstrip("* ")) for key in ("lr", "acc", "photos")}) == 1
    assert "seed" in call("compare", "vision/iv3", "--all").out
    mixed = call("compare", "vision/iv3:v0", "vision/photos").out.splitlines()[0]
    assert mixed.split() == ["vision", "iv3:v0", "photos:v1"]
    told = call("compare", "vision/iv3", "--json").json
    assert told["rule"] == "acc:max"
    rows = {(row["section"], row["path"]): row for row in told["rows"]}
    assert rows["summary", "acc"]["best"] == ["vision/model/iv3:v1"]
    assert call("compare", "vision/iv3", "--limit", 1).out.splitlines()[-1].startswith("… ")


def test_compare_says_what_is_missing(work: None, call: Call) -> None:
    assert call("compare", "vision/iv3:v0").code == 2
    assert call("compare", "vision/iv3:v0", "vision/iv3:v7").code == 3
    same = call("compare", "vision/iv3:v0", "vision/iv3:v0")
    assert (same.code, "do not differ" in same.err) == (0, True)
