"""A place in the UI is text: ``vision/model/iv3:v7 sort:-acc /acc>.9``.

    [VIEW] [REF [REF]] [sort:KEYS] [as:WORD] [/FILTER…]

Without a view it is a place of the browser; the filter is the rest of the text after ``/``. Words that hold
spaces, or could be taken for something else, stand in double quotes. What is shown in the header, typed after
``:``, copied, kept for the next start and given to ``mvfs tui`` is a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

BROWSE = "browse"
WORDS = (BROWSE, "runs", "run", "lineage", "diff", "file")
"""The words for views. What they are is in `tui.screens.table`."""

_WORD = re.compile(r'\s*((?:"(?:\\.|[^"\\])*"?|[^\s"])+)', re.DOTALL)
_PIECE = re.compile(r'"((?:\\.|[^"\\])*)"?|([^"]+)', re.DOTALL)
_MOST = 4_000
"""Characters of a place that are looked at."""


@dataclass(frozen=True, slots=True)
class Place:
    """A view, what it shows, and how."""

    view: str = BROWSE
    refs: tuple[str, ...] = ()
    """In the grammar of `mvfs.refs` (a run is ``project:run-id``); workers find out what they mean."""
    sort: str = ""
    """Keys as `mvfs.query.order` takes them: ``-summary.acc,created``."""
    shape: str = ""
    """Which of its forms the view has: ``tree``, ``graph``, ``curves``, …"""
    filter: str = ""

    @classmethod
    def parse(cls, text: str) -> Place:
        """Return the place that a text is; any text is one."""
        words, found = _split(text[:_MOST])
        view = words.pop(0)[0] if words and words[0][0] in WORDS and not words[0][1] else BROWSE
        refs: list[str] = []
        options = {"sort": "", "as": ""}
        for word, is_quoted in words:
            option, mark, value = word.partition(":")
            if mark and option in options and not is_quoted:
                options[option] = value
            else:
                refs.append(word)
        if view == BROWSE and refs:
            refs = [" ".join(refs)]  # it shows one thing, and aliases may hold spaces
        place = cls(view, tuple(refs), options["sort"], options["as"], found)
        is_whole = view == "diff" and refs and ":" in refs[0]
        return place.beside(refs[0]) if is_whole else place  # of 'diff vision/iv3:v3 v7' both are of iv3

    def __str__(self) -> str:
        parts = [_quoted(ref) for ref in self.refs]
        if self.view != BROWSE or (self.refs and self.refs[0] in WORDS):
            parts.insert(0, self.view)
        parts += [f"sort:{_quoted(self.sort)}"] if self.sort else []
        parts += [f"as:{_quoted(self.shape)}"] if self.shape else []
        if self.filter:
            parts.append(("/ " if "::" in self.filter.partition(" ")[0] else "/") + self.filter)
        return " ".join(parts) or BROWSE

    def within(self) -> tuple[str | None, Place]:
        """The store that its refs name, as in ``/stores/lab::vision/iv3``, and the place in that store."""
        stores = {store for ref in self.refs if (store := ref.rpartition("::")[0])}
        if len(stores) != 1:
            return None, self
        return stores.pop(), replace(self, refs=tuple(ref.rpartition("::")[2] for ref in self.refs))

    def beside(self, subject: str | None) -> Place:
        """The same, with ``v3`` and ``best`` completed to refs of what ``subject`` is a version of."""
        stem = (subject or "").partition(":")[0]
        if not stem or self.view in ("runs", "run"):
            return self
        refs = tuple(f"{stem}:{ref}" if self._is_selector(ref) else ref for ref in self.refs)
        return replace(self, refs=refs)

    def _is_selector(self, ref: str) -> bool:
        if "/" in ref or ":" in ref:
            return False
        return self.view != BROWSE or re.fullmatch(r"v\d+", ref) is not None


def turned(view: str, subject: str | None, project: str | None, marked: Sequence[str]) -> Place:
    """The place of another view of what is selected: ``subject`` under the cursor, and what is ``marked``.

    ``diff`` gets two marked versions, or the marked one and the one under the cursor, of one name the older
    first; or the latter alone, which is then compared with the version before it.
    """
    one = () if subject is None else (subject,)
    if view == "runs":
        return Place(view, () if project is None else (project,))
    if view == "diff" and marked:
        pair = tuple(marked[:2]) if len(marked) > 1 or subject in marked else (marked[0], *one)
        return Place(view, _older_first(pair))
    return Place(view, one)


def _older_first(refs: tuple[str, ...]) -> tuple[str, ...]:
    stems, labels = zip(*(ref.rpartition(":")[::2] for ref in refs), strict=True)
    if len(set(stems)) == 1 and all(re.fullmatch(r"v\d{1,18}", label) for label in labels):
        return tuple(sorted(refs, key=lambda ref: int(ref.rpartition(":v")[2])))
    return refs


def is_run(ref: str) -> bool:
    """Whether a ref names a run, ``project:run-id``, or something kept of one; all others name versions."""
    head, mark, _ = ref.partition(":")
    return bool(mark) and "/" not in head


def _split(text: str) -> tuple[list[tuple[str, bool]], str]:
    """The words, each with whether it begins with a quote, and the filter after them."""
    words: list[tuple[str, bool]] = []
    at = 0
    while found := _WORD.match(text, at):
        raw = found[1]
        if raw[0] == "/" and "::" not in raw:  # else it is a ref of the store in that directory
            return words, text[found.start(1) + 1 :].strip()
        words.append(("".join(_plain(raw)), raw[0] == '"'))
        at = found.end()
    return words, ""


def _plain(raw: str) -> Iterator[str]:
    for quoted, bare in _PIECE.findall(raw):
        yield bare or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def _quoted(word: str) -> str:
    """The word as it can be parsed again."""
    option = word.partition(":")[0] in ("sort", "as") and ":" in word
    risky = option or not word or re.search(r'[\s"]', word) or (word[0] == "/" and "::" not in word)
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' if risky else word
