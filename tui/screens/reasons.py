"""Why an action can do nothing now, as far as it is the same in all views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens import table

if TYPE_CHECKING:
    from tui.screens.view import View


def reason(view: View, action: str) -> str:
    """What speaks against an action; empty if nothing does."""
    if action.startswith("view_"):
        return _against_turning(view, action.removeprefix("view_"))
    history = view.ui.history
    match action:
        case "earlier" if not history.has(-1):
            return "there is no place before"
        case "later" if not history.has(1):
            return "there is no place to go forward to"
        case "last_place" if history.last is None:
            return "you have been nowhere else"
    return _against_list(view, action)


def _against_list(view: View, action: str) -> str:
    rows = view.rows
    match action:
        case "filter" | "mark" | "open" if rows is None:
            return "there is no list here"
        case "sort" if rows is None or not rows.sort_keys():
            return "these rows have an order of their own"
        case "next_match" | "previous_match" if rows is None or not rows.last_filter:
            return "nothing was looked for yet; / does"
    return ""


def _against_turning(view: View, word: str) -> str:
    if word not in table.VIEWS:
        return f"there is no view '{word}'"
    needs_version = word in ("lineage", "diff", "file")
    if needs_version and view.subject() is None and not (word == "diff" and view.marked_refs()):
        return "no version is selected"
    return ""
