"""The terminal UI: time to the first useful frame, and what keys cost, beside tig and 'wandb leet'.

    python benchmarks/ui.py [--versions 10000,100000] [--starts 9] [--keys 40] [--only WORDS]

A real pseudo-terminal of 120 by 40. "First frame" ends when the newest version (commit, run) is on the wire;
a key's time, when the last byte that it causes has come; bytes are what a terminal (or SSH) must carry. Keys
go ten rows down and up again; *at the edge*, the list scrolls with each.
Programs start in turns. *While reading* is pressed right after the first frame, while workers still read the
rest; *busy* is beside two processes that do nothing but count. tig shows as many commits as we show versions
(10,000 at most), leet three runs that were logged offline, where the two are installed (``make bench-tui``).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from table import print_table
from terminal import SIZE, Terminal
from ui_stores import make_lineage, make_texts, make_versions

ROOT = Path(__file__).resolve().parent.parent
MVFS = (sys.executable, "-m", "mvfs")
LEET = ROOT / ".venv-parity/bin/wandb"

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    BINDINGS = [("q", "quit", "")]
    def compose(self):
        yield Static("READY")
Empty().run()
"""
"""The least that a Textual application can be."""


@dataclass(frozen=True)
class Program:
    """Something to look at."""

    name: str
    command: tuple[str | Path, ...]
    mark: bytes
    """What is on the wire when the first frame is useful."""
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    down: bytes = b"j"
    up: bytes = b"k"

    def run(self) -> Terminal:
        """Start it."""
        return Terminal(self.command, self.env, self.cwd)


def ours(folder: Path, versions: int) -> list[Program]:
    """The UI over stores of some size, with our colours and with the terminal's."""
    make_versions(folder, versions)
    env = {"MVFS_STORE": str(folder / "store"), "MVFS_CACHE_DIR": str(folder / "cache"),
           "MVFS_STATE_DIR": str(folder / "state"), "PYTHONPATH": str(ROOT)}  # fmt: skip
    command, mark = (*MVFS, "tui", "vision/model/iv3"), f"v{versions - 1}".encode()
    return [
        Program(f"mvfs, {versions:,} versions", command, mark, env),
        Program(f"mvfs, {versions:,}, terminal's colours", command, mark, env | {"SSH_TTY": "/dev/pts/0"}),
    ]


def tig(folder: Path, commits: int) -> Program | None:
    """Return what shows so many commits."""
    if shutil.which("tig") is None:
        return None
    repo = folder / "repo"
    subprocess.run(["git", "init", "-q", repo], check=True)
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@b> {1_700_000_000 + n} +0000\ndata 9\nchange{n % 1000:03}\n"
        for n in range(commits - 1)
    )
    stream += "commit refs/heads/main\ncommitter A <a@b> 1800000000 +0000\ndata 6\nnewest\n"
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo, input=stream.encode(), check=True)
    return Program(f"tig, {commits:,} commits", ("tig", "main"), b"newest", {"HOME": str(folder)}, repo)


def leet(folder: Path) -> Program | None:
    """``wandb leet`` over three runs that were logged offline."""
    if not LEET.exists():
        return None
    script = (
        "import wandb, math\nfor r in range(3):\n  run = wandb.init(project='p', name=f'run{r}', dir='.')\n"
        "  for i in range(200): run.log({'loss': 1 / (i + 1), 'acc': math.tanh(i / 50)})\n  run.finish()\n"
    )
    env = {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "HOME": str(folder)}
    python = LEET.with_name("python")
    subprocess.run([python, "-c", script], cwd=folder, env=os.environ | env, check=True, capture_output=True)
    command = (LEET, "leet", "wandb")
    return Program("wandb leet, 3 runs", command, b"loss", env, folder, b"\x1b[B", b"\x1b[A")


def starts(programs: list[Program], rounds: int) -> None:
    """Time to the first useful frame, the programs in turns."""
    times: dict[str, list[float]] = {program.name: [] for program in programs}
    sizes: dict[str, int] = {}
    for _ in range(rounds + 1):
        for program in programs:
            with program.run() as terminal:
                count, at = terminal.until(program.mark)
                times[program.name].append((at - terminal.began) * 1000)
                sizes[program.name] = count + terminal.quiet(0.5)[0]
    rows = []
    for name, all_found in times.items():
        found = sorted(all_found[1:] if len(all_found) > 1 else all_found)
        p95 = found[min(int(len(found) * 0.95), len(found) - 1)]
        rows.append([name, f"{statistics.median(found):.0f}", f"{found[0]:.0f}", f"{p95:.0f}",
                     f"{sizes[name]:,}"])  # fmt: skip
    print_table(["first useful frame", "p50 ms", "best", "p95", "bytes, with details"], rows)
    print()


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Two processes that do nothing but count."""
    burning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        yield
    finally:
        for one in burning:
            one.kill()
            one.wait()


def keys(programs: list[Program], times: int) -> None:
    """What keys cost."""
    rows = []
    for program in programs:
        with program.run() as terminal:
            terminal.until(program.mark)
            walk = ([program.down] * 10 + [program.up] * 10) * (times // 20)
            early = terminal.presses(walk[: times // 2])
            terminal.quiet(1.0)
            calm = terminal.presses(walk)
            terminal.quiet(0.6)
            with busy():
                loaded = terminal.presses(walk)
            terminal.quiet(1.0)
            pages = terminal.presses([b"\x1b[6~"] * 10, 0.06)
            terminal.presses([program.down] * SIZE[0])
            edge = terminal.presses([program.down] * 10)
            terminal.quiet(1.0)
            before = terminal.cpu()
            idle, _ = terminal.quiet(3.0, 3.0)
            spent = (terminal.cpu() - before) / 3.0
            rows.append([
                program.name, f"{calm.bytes:,.0f}", f"{edge.bytes:,.0f}", f"{pages.bytes:,.0f}",
                f"{idle:,}", f"{spent:.1%}", f"{calm.median:.1f}", f"{calm.p95:.1f}", f"{early.p95:.1f}",
                f"{loaded.p95:.1f}", f"{terminal.memory():.0f}",
            ])  # fmt: skip
    print_table(["keys", "B/key", "B/key at the edge", "B/page", "B idle 3 s", "CPU idle",
                 "ms p50", "p95", "p95 while reading", "p95 busy", "MiB"], rows)  # fmt: skip
    print()


def screens(folder: Path) -> None:
    """From a key to the first of what it asks for, where that is computed first."""
    env = {"MVFS_STORE": str(folder / "store"), "MVFS_CACHE_DIR": str(folder / "cache"),
           "MVFS_STATE_DIR": str(folder / "state"), "PYTHONPATH": str(ROOT)}  # fmt: skip
    deep, texts = make_lineage(folder, 1000), make_texts(folder)
    rows = []
    for title, start, keys_before, key, mark, bar in (
        ("first hunk, 20,000 lines", f"diff {texts[0]} {texts[1]}", b"jjjj", b"\r", b"line 39 of", "100"),
        ("lineage of 1,000 nodes, the tree", deep, b"", b"3", b"m0001:v0", "500"),
        ("lineage of 1,000 nodes, the graph", f"lineage {deep}", b"", b"v", "╭".encode(), "500"),
    ):
        took = []
        for _ in range(5):
            with Terminal((*MVFS, "tui", *start.split()), env) as terminal:
                terminal.quiet(1.0)
                terminal.press(keys_before, 0.3)
                began = terminal.send(key)
                took.append((terminal.until(mark)[1] - began) * 1000)
        rows.append([title, f"{statistics.median(took):.0f}", f"{min(took):.0f}", bar])
    print_table(["key to what it asks for", "p50 ms", "best", "bar"], rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--versions", default="10000,100000")
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--keys", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mvfs-bench-") as name:
        folder = Path(name)
        programs = []
        for number, count in enumerate(map(int, args.versions.split(","))):
            (folder / f"store{number}").mkdir()
            programs += ours(folder / f"store{number}", count)
        peers = {"tig": tig(folder, 10_000), "wandb leet": leet(folder)}
        missing = [peer for peer, program in peers.items() if program is None]
        programs += [program for program in peers.values() if program is not None]
        starts([*programs, Program("an empty Textual application", (sys.executable, "-c", EMPTY), b"READY")],
               args.starts)  # fmt: skip
        keys(programs, args.keys)
        screens(folder / "store0")
        if missing:
            print(f"\nnot installed, and so not beside it: {', '.join(missing)}")
    print("load of the last 1, 5 and 15 minutes:", *(f"{load:.1f}" for load in os.getloadavg()))


if __name__ == "__main__":
    main()
