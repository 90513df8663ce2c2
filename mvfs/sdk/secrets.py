"""Takes secrets out of what is captured of a run: the values of environment variables that sound like one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

MASK = "***"

_SHORTEST = 6
"""Characters of a value that is looked for; shorter ones would be found everywhere."""

_NAME = re.compile(r"(?i)(?:key|token|secret|password|passwd|passphrase|credentials?|auth)(?:_?id|s|\d)*$")
_OPTION = re.compile(
    r"(?i)-{1,2}[\w.-]*?(?:api[-_]?key|token|secret|passw(?:or)?d|passphrase|credentials?)\b"
)


class Masker:
    """Replaces secrets by stars. Knows the environment as it was when it was made."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        found: set[str] = set()
        for name, value in (os.environ if environment is None else environment).items():
            if _NAME.search(name):
                found.update(
                    part for line in (value, *value.splitlines()) if len(part := line.strip()) >= _SHORTEST
                )
        longest_first = sorted(found, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if found else None

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def command(self, words: Iterable[str]) -> list[str]:
        """Return a command line without secrets, nor the values of options that sound like one."""
        masked: list[str] = []
        is_value = False
        for word in words:
            option = _OPTION.match(word)
            if is_value and not word.startswith("-"):
                masked.append(MASK)
            elif option and "=" in word:
                masked.append(f"{word.partition('=')[0]}={MASK}")
            else:
                masked.append(self.text(word))
            is_value = bool(option) and "=" not in word
        return masked
