"""A store in which every text that strangers can write is hostile, and how to tell whether any got out.

`fill` writes words into every field that a store has; `leaks` looks at what reached a terminal.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from mvfs import refs, settings
from mvfs.catalog import deletion, describing, linking, pointers, policy, rules, run_objects, runs
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.policy import Change
from mvfs.catalog.protection import Insistence
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.run_objects import Line
from mvfs.errors import InvalidName
from mvfs.index.rows import Rule, Version
from mvfs.store.paths import check_path
from mvfs.store.sources import SourceFile, scan

EXAMPLES = int(os.environ.get("MVFS_TEST_EXAMPLES", "2"))
"""Of each test; ``make fuzz`` wants more."""

AT_LENGTH: dict[str, Any] = {
    "deadline": None,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "suppress_health_check": list(HealthCheck),
}
"""Settings of these tests: each example makes a store, so that to make a failure smaller takes minutes."""

WORDS = (
    "\x1b]0;PWNED\x07",
    "\x1b]52;c;cHduZWQ=\x07",
    "\x1b[2J\x1b[?1049l\x1b[45m",
    "\x1bP+q544e\x1b\\",
    "\x9b45mC1\x9d0;x\x9c",
    "[/]",
    "[red]x[/closing] [@click=app.quit]here[/]",
    "$primary {a} %s %(x)s \\[ &amp;",
    "\u202egnp.exe\u202c \u2066x\u2069 \ufeff\u061c\u200f",
    "nul\x00 del\x7f bell\x07 back\x08\x08\x08 so\x0e",
    "line\u2028para\u2029next\x85feed\x0cvt\x0b",
    "z\u0335\u0321a\u0338l" + "\u0301" * 300,
    "👩‍👩‍👧‍👦🇩🇪" * 40 + "漢字" * 90 + "\u200b\u00ad\u3164",
    "\r\n\r\n\t\tindented\r",
    "x" * 10_000,
    " " * 3000 + "end",
    "-1 :v3 sort:a as:b /c 'x' \"y\"",
    "",
)
"""What has hurt terminals and those who draw on them."""

hostile = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(st.sampled_from([*WORDS[:12], "word", "\n", " "]), max_size=5).map("".join),
)

_OURS = re.compile(r"\x1b\[(?:0|1|2|3[0-9]|1;33|1;7;3[0-9])m|\r\x1b\[K")
"""The colours and the cleared line that verbs may send."""


def leaks(written: str) -> list[str]:
    """What a terminal could take for a command or a change of direction."""
    rest = _OURS.sub("", written).replace("\n", "")
    if rest.isprintable():
        return []
    return [
        f"{char!r} in {rest[max(at - 30, 0) : at + 30]!r}"
        for at, char in enumerate(rest)
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        or char in "\u061c\u200e\u200f\ufeff"
        or "\u202a" <= char <= "\u202e"
        or "\u2066" <= char <= "\u2069"
    ]


@dataclass(frozen=True)
class Places:
    """Where the hostile store is looked into, as refs."""

    project: str
    name: str
    """``project/type/name`` of three versions, of which the last two differ in everything."""
    linked: str
    """A name that holds a link to one of those versions."""
    trashed: str
    """The ref of a version in the trash."""
    runs: tuple[str, ...]
    """``project/id``; the last one has a history, printed lines and a patch."""
    files: tuple[str, ...]
    """Paths in the newest version."""


def named(word: str, check: Callable[[str], str], fallback: str) -> str:
    """As much of a word as a name, alias or tag may hold."""
    kept = "".join(char for char in word if unicodedata.category(char)[0] in "LNM" or char in "_-")[:60]
    while len(kept.encode()) > 100:
        kept = kept[:-1]
    try:
        return check(f"{fallback}{kept}")
    except InvalidName:
        return check(fallback)


def fill(catalog: Catalog, folder: Path, words: Sequence[str]) -> Places:
    """Write words into every field of a store."""
    turn = itertools.cycle(words)
    with mock.patch.object(settings, "actor", side_effect=lambda: next(turn)[:200]):
        return _Filling(catalog, folder, words, turn).fill()


class _Filling:
    def __init__(self, catalog: Catalog, folder: Path, words: Sequence[str], turn: Iterator[str]) -> None:
        self._turn = turn
        self._first = sorted(words, key=lambda word: all(unicodedata.category(c) != "Cf" for c in word))
        self._catalog, self._folder = catalog, folder
        self._sources = itertools.count()
        self.project = catalog.make_project(named(self.say(), _of("project"), "P"))

    def say(self, most: int = 1_500) -> str:
        """The next word; an entry of the journal holds 64 KiB."""
        return next(self._turn)[:most]

    def fill(self) -> Places:
        type_, name = named(self.say(), _of("type"), "T"), named(self.say(), _of("name"), "N")
        data = self._log(type_ + "d", "D" + name, 0, None)
        made = []
        runs_made = []
        for number in range(3):
            run = self._run(number, data)
            runs_made.append(run)
            made.append(self._log(type_, name, number, run))
        self._point(name, made)
        other = self._catalog.make_project("Q" + self.project.name)
        linking.link(self.project, made[1], other, "L" + name, [named(self.say(), refs.check_alias, "l")])
        self.project.refresh()
        deletion.delete(self.project, [deletion.target(self.project, "D" + name, 1)], aliases=True)
        return Places(
            self.project.name,
            f"{self.project.name}/{type_}/{name}",
            f"{other.name}/{type_}/L{name}",
            f"{self.project.name}/{type_}d/D{name}:v1",
            tuple(f"{self.project.name}/{run}" for run in runs_made),
            tuple(file.path for file in self.project.content(made[2]).files()),
        )

    def _log(self, type_: str, name: str, number: int, run: str | None) -> Version:
        if run is None:
            self._draft(type_, name, 7, None)
            second = self._draft(type_, name, 8, None)
            return self.project.version(name, refs.Selector(number=second.number - 1))
        return self._draft(type_, name, number, run)

    def _draft(self, type_: str, name: str, number: int, run: str | None) -> Version:
        keys = (self._first[index % len(self._first)][:1_500] for index in range(6))
        metadata: dict[str, Any] = {f"{key}{index}": self._value(index) for index, key in enumerate(keys)}
        draft = Draft(
            name, type_, self._files(number),
            aliases=[named(self.say(), refs.check_alias, f"a{number}")],
            tags=[named(self.say(), refs.check_alias, f"t{number}")],
            note="# {}\n- **{}** `{}` [{}]({})\n{}".format(*(self.say() for _ in range(5)), self.say(10_000)),
            metadata=metadata | {"acc": number / 3},
            run=run,
        )  # fmt: skip
        return log(self.project, draft).version

    def _value(self, index: int) -> Any:
        choices = (
            self.say(),
            [self.say(), {self.say(): self.say()}],
            {self.say(): {self.say(): 1}},
            1e308,
            None,
            True,
        )
        return choices[index % len(choices)]

    # Files

    def _files(self, number: int) -> list[SourceFile]:
        folder = self._folder / f"source{next(self._sources)}"
        folder.mkdir(parents=True)
        for suffix, body in self._bodies(number):
            (folder / f"f{suffix}").write_bytes(body)
        files = scan(folder)
        for index, suffix in enumerate((".safetensors", ".txt", ".csv", ".json")):
            file = folder / f"f{suffix}"
            stat = file.stat()
            files.append(
                SourceFile(self._path(index, suffix), str(file), stat.st_size, bool(index % 2), stat)
            )
        return sorted(files, key=lambda file: file.path)

    def _path(self, index: int, suffix: str) -> str:
        """A path that stays the same, so that it is compared: of a word that would turn text around."""
        word = self._first[index % len(self._first)]
        kept = "".join(c for c in word if unicodedata.category(c) not in ("Cc", "Cs") and c not in "/\\")
        path = unicodedata.normalize("NFC", f"d{index}/{kept[:60]}{suffix}")
        try:
            check_path(path)
        except InvalidName:
            return f"d{index}/plain{suffix}"
        return path

    def _bodies(self, number: int) -> Iterator[tuple[str, bytes]]:
        """A file of each kind that previews and diffs know, with words in it."""
        words = [self.say() for _ in range(6)]
        names = [self._first[index % len(self._first)] for index in range(6)]
        halves = [*names, "\ud800", "\udcff", f"v{number}"]  # JSON can say what no UTF-8 does
        mapping = {f"{name}{index}": [name, {name: number}] for index, name in enumerate(halves)}
        rows = [[*names[:3], "n"], *([word, *names[1:3], str(number)] for word in words)]
        quoted = [[json.dumps(cell, ensure_ascii=False) for cell in row] for row in rows]
        yield ".txt", "\n".join([*names, words[0], str(number)]).encode()
        yield ".md", f"# {names[0]}\n\n| {names[1]} | x |\n|---|---|\n| {words[2]} | y{number} |\n".encode()
        yield ".json", json.dumps(mapping).encode()
        yield ".jsonl", "\n".join(json.dumps({half: number, "k": words[0]}) for half in halves).encode()
        yield ".csv", "\n".join(map(",".join, quoted)).encode()
        yield ".tsv", "\n".join(map("\t".join, rows)).encode()
        yield ".yaml", "\n".join(f"{json.dumps(name)}: {json.dumps(words[0])}" for name in names).encode()
        yield (
            ".table.json",
            json.dumps({"columns": halves[-4:], "data": [[*halves[:3], number]] * 3}).encode(),
        )
        yield ".safetensors", _tensors([name[:300] for name in names], number)
        yield ".halves.safetensors", _tensors(halves, number)
        yield ".png", _png(number)
        yield ".bin", bytes(range(256)) * 3 + bytes([number])
        yield ".py", f"x = {names[0]!r}\n# {names[1]}\n{words[2]}\n{number}\n".encode()

    # Runs

    def _run(self, number: int, data: Version) -> str:
        start = runs.RunStart(
            runs.new_run_id(), self.say() or "r", self.say(200), self.say(200),
            {f"{self.say(99)}{number}": self.say(), "lr": 0.1 / (number + 1), "d": {self.say(9): self.say()}},
            self._facts(), tuple(self.say(50) for _ in range(2)), self.say(),
        )  # fmt: skip
        runs.start(self.project, start)
        runs.use(self.project, start.id, self.project, data.name, data.number)
        writer = "w001"
        metric = self.say(100)
        rows = [
            {"_step": n, f"m{metric}": n * 1.0, metric: {self.say(50): 0.5}, "loss": 1 / (n + 1)}
            for n in range(4)
        ]
        run_objects.write_points(self.project, start.id, writer, 0, rows)
        lines = [Line(n, n % 3, self.say()) for n in range(8)]
        run_objects.write_lines(self.project, start.id, writer, 0, lines)
        run_objects.write_record(self.project, start.id, run_objects.SURROUNDINGS, writer, {
            "packages": [self.say(100)] * 3, "gpus": [self.say(100)],
            "diff": f"--- a/{self.say(100)}\n+++ b/{number}\n@@ -1 +1 @@\n-{self.say(99)}\n+{self.say(99)}\n",
            "untracked": [self.say(100)], "diff_is_cut": True,
        })  # fmt: skip
        ending = {"exit_code": 1, "exception": self.say()}
        run_objects.write_record(self.project, start.id, run_objects.END, writer, ending)
        summary = {self.say(200): self.say(), f"m{metric}": 2.0, "loss": 0.1 * number}
        runs.finish(self.project, start.id, summary, ("failed", "finished", "finished")[number])
        return start.id

    def _facts(self) -> dict[str, Any]:
        git = {"commit": self.say(100), "branch": self.say(100), "remote": self.say(100), "dirty": True}
        said = {key: self.say(200) for key in ("host", "user", "cwd", "python", "os", "program", "url")}
        return {"argv": [self.say() for _ in range(3)], "git": git, self.say(50): self.say(50), **said}

    # Pointers

    def _point(self, name: str, made: Sequence[Version]) -> None:
        project = self.project
        alias = named(self.say(), refs.check_alias, "moved")
        for version in made:
            pointers.set_aliases(
                project, name, version.number, [alias], insistence=Insistence(False, self.say(900))
            )
        pointers.set_note(project, name, 0, self.say())
        pointers.set_note(project, name, 0, self.say())
        describing.describe(project, name, self.say(1000), [named(self.say(), refs.check_alias, "n")])
        policy.set_policy(project, name, Change(protect=[alias], keep_last=50))
        rules.set_rule(project, name, Rule(self.say(100) or "acc", "max"))


def _of(what: str) -> Callable[[str], str]:
    return lambda name: refs.check_name(name, what)


def _tensors(names: Sequence[str], number: int) -> bytes:
    header: dict[str, Any] = {"__metadata__": {names[0]: names[1]}}
    for index, name in enumerate(names):
        at = [4 * index, 4 * index + 4]
        header[f"{name}{index}"] = {"dtype": "F32", "shape": [1], "data_offsets": at}
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + struct.pack("<f", number + 0.5) * len(names)


def _png(number: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes([number * 20, 99, 7]) * 2 for _ in range(2))
    text = b"Comment\0\x1b]0;PWNED\x07"
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, body)
        for kind, body in ((b"IHDR", head), (b"tEXt", text), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )
