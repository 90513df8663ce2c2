"""The user's own keys: ``keys.toml`` beside the config file.

    filter = "f"
    mark = ["space", "ctrl+space"]

Each line names an action of docs/KEYS.md, and one key or several. What cannot be
is left out, and said.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from textual.keys import Keys, _character_to_key

from mvfs import settings
from tui import keys
from tui.place import WORDS

_LARGEST = 64 << 10
"""Bytes of the file."""

_SPELLED = {
    "esc": "escape", "return": "enter", "bksp": "backspace", "pgup": "pageup", "pgdn": "pagedown",
    "del": "delete", "ins": "insert",
}  # fmt: skip
_NAMES = {key.value for key in Keys} | {"comma", "space"}


def keymap_file() -> Path:
    """Where the user's keys are."""
    return settings.config_file().with_name("keys.toml")


def read(path: Path) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """The keys by action, and one line for each entry that is not taken."""
    try:
        with path.open("rb") as file:
            table = tomllib.loads(file.read(_LARGEST).decode())
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as exc:
        return {}, [f"{path}: {exc}"]
    found: dict[str, tuple[str, ...]] = {}
    trouble: list[str] = []
    for name, given in table.items():
        try:
            found[name] = _parsed(name, given)
        except ValueError as exc:
            trouble.append(f"{path.name}: {name}: {exc}")
    for name in list(found):  # once all are known: keys may be exchanged
        for key, other in _taken(name, found):
            trouble.append(f"{path.name}: {name}: '{keys.shown(key)}' is the key for '{other}' already")
            del found[name]
            break
    return found, trouble


def _parsed(name: str, given: object) -> tuple[str, ...]:
    """The keys of an entry, as Textual names them."""
    if name not in {action.name for action in keys.ACTIONS}:
        raise ValueError("there is no such action; docs/KEYS.md lists them")
    written = given if isinstance(given, list) else [given]
    if not written or not all(isinstance(one, str) for one in written):
        raise ValueError("must be a key, or a list of keys")
    return tuple(map(_named, written))


def _taken(name: str, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Keys of an action that another one has in some view."""
    there = next(action for action in keys.ACTIONS if action.name == name)
    for other in keys.ACTIONS:
        is_everywhere = keys.ANY in other.views and other not in keys.MOVE
        if other.name == name or (is_everywhere and keys.ANY not in there.views):
            continue  # a view's own action takes a key from one that is everywhere
        if any(there.is_in(view) and other.is_in(view) for view in WORDS):
            both = set(wanted.get(other.name, other.keys)) & set(wanted[name])
            yield from ((key, other.name) for key in both)


def _named(written: str) -> str:
    """A key as Textual names it, by its character or its name."""
    if len(written) == 1:
        return _character_to_key(written)
    *held, base = written.split("+")
    base = _SPELLED.get(base.lower(), base if len(base) == 1 else base.lower())
    known = re.fullmatch(r"[a-zA-Z0-9]|f\d{1,2}", base) or base in _NAMES or keys.is_named(base)
    if not known or not all(one in ("ctrl", "alt", "shift", "super") for one in held):
        raise ValueError(f"there is no key '{written}'")
    return "+".join((*held, base))
