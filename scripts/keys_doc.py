"""Writes docs/KEYS.md from the registry of actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tui.keys import ACTIONS, ANY, Action, shown
from tui.place import WORDS

HEAD = """# Keys of the terminal UI

<!-- made by scripts/keys_doc.py from tui/keys.py -->

`?` lists the keys in the UI, with what speaks against an action now; `ctrl+p` finds an action by its name.
What changes the store (✎) is refused until `w` unlocks it, or `mvfs tui --rw`.

Other keys are given in `keys.toml` beside `config.toml`, one action a line: `filter = "f"`, or
`mark = ["space", "ctrl+space"]`.
"""


def document() -> str:
    """The whole file."""
    return "\n".join([HEAD, *_tables()]).rstrip() + "\n"


def _tables() -> Iterator[str]:
    everywhere = [action for action in ACTIONS if ANY in action.views]
    for group in dict.fromkeys(action.group for action in everywhere):
        yield from _table(f"{group}", [action for action in everywhere if action.group == group])
    for word in WORDS:
        own = [action for action in ACTIONS if word in action.views]
        if own:
            yield from _table(f"In `{word}`", own)


def _table(title: str, actions: Iterable[Action]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| keys | what | action |"
    yield "|---|---|---|"
    for action in actions:
        keys = " ".join(f"`{shown(key)}`" for key in action.keys)
        yield f"| {keys} | {action.help}{' ✎' if action.write else ''} | `{action.name}` |"
    yield ""


def main() -> None:
    """Rewrite the file."""
    (Path(__file__).parents[1] / "docs" / "KEYS.md").write_text(document(), "utf-8")


if __name__ == "__main__":
    main()
