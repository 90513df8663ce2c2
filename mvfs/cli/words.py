"""The words of a call, put into an order that argparse understands."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

_NUMBER = re.compile(r"-\d+|-\d*\.\d+")


def with_signs(words: list[str]) -> list[str]:
    """Bind ``--sort -summary.acc`` together: argparse takes what begins with a minus for an option."""
    for place, word in enumerate(words[:-1]):
        if word == "--sort" and words[place + 1][:1] == "-" and words[place + 1][:2] != "--":
            return [*words[:place], f"--sort={words[place + 1]}", *words[place + 2 :]]
    return words


def options_first(words: Sequence[str], known: Mapping[str, argparse.Action]) -> list[str]:
    """Return the words of a verb with the options, and their values, before all others.

    argparse hands out everything up to the first option at once, so that an argument that may be left out
    counts as left out, though it comes after the option: ``alias REF --remove NAME``.
    """
    options: list[str] = []
    others: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            others += [word, *left]
            break
        if not _is_option(word, known):
            others.append(word)
            continue
        options.append(word)
        if _takes_next(word, known):
            if not left or left[0] == "--":
                return list(words)  # the value is missing, as argparse will say
            options.append(left.pop(0))
    return options + others


def _is_option(word: str, known: Mapping[str, argparse.Action]) -> bool:
    """What argparse says: text that begins with a minus is none where it has spaces, or is a number."""
    if len(word) < 2 or word[0] != "-":
        return False
    if word in known or ("=" in word and word.partition("=")[0] in known):
        return True
    return " " not in word and _NUMBER.fullmatch(word) is None


def _takes_next(word: str, known: Mapping[str, argparse.Action]) -> bool:
    """Whether an option's value is the word after it; of ``--abbrev`` too, and of the last in ``-fo``."""
    if word in known:
        return known[word].nargs != 0
    if word.startswith("--"):
        meant = {id(known[one]): known[one] for one in known if one.startswith(word)}
        return len(meant) == 1 and next(iter(meant.values())).nargs != 0
    for place, letter in enumerate(word[1:], 1):
        action = known.get(f"-{letter}")
        if action is None or action.nargs != 0:
            return action is not None and place == len(word) - 1
    return False
