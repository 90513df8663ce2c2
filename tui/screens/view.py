"""What all full screens share: header, body, a line to type in, footer, and the keys that are everywhere.

A view is a subclass with a ``WORD``, listed in `tui.screens.table`; `tui.keys` lists its own actions::

    class RunsScreen(View):
        WORD = "runs"
        actions = ("open", "filter", "sort", "copy", "help", "quit")

        def body(self) -> ComposeResult:       # between header and footer
            yield RunList(id="runs")

        def arrive(self, place: Place) -> None:  # read, in a worker, what the place shows
            ...
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from textual import on
from textual.message import Message

from mvfs.text import line
from tui import clipboard, keys, loading, messages
from tui.library import Library
from tui.paint import Span
from tui.place import Place, turned
from tui.screens.changing import Changing
from tui.screens.copying import Choice
from tui.screens.reasons import reason
from tui.viewmodel.completion import completions
from tui.watching import News
from tui.widgets.banner import ReachBanner
from tui.widgets.prompt import JUMP


class View(Changing):
    """One way to look at the store. There is one live screen of each view: it is hidden, not left.

    Data comes in by messages that workers post (`tui.loading.run`); only their handlers change widgets.
    """

    IS_LIVE: ClassVar[bool] = False
    """Whether it is read again when something happened in the project that is looked at."""

    WORD: ClassVar[str] = ""
    """The word for it in places. A view with a word has the keys that `tui.keys` lists for it."""

    actions: ClassVar[tuple[str, ...]] = ("back", "open", "filter", "help", "quit")
    """What the footer offers, where it can be done now: seven at most."""

    def __init_subclass__(cls, **more: Any) -> None:
        if cls.__dict__.get("WORD"):
            cls.BINDINGS = keys.bindings(cls.WORD)
        super().__init_subclass__(**more)

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.due: Place | None = None
        """Where to arrive as soon as the screen is shown."""
        self.is_behind = False
        """Whether something happened in the store while another view was shown."""

    # What a view decides

    def arrive(self, place: Place) -> None:
        """Show a place of this view. Called on the UI thread when the view is first shown, and whenever
        somebody goes to one of its places again, also by ``[`` and ``]``.

        Where that is what is shown already, filter, sort and cursor of the place are all there is to do.
        What has to be read is read by workers.
        """
        raise NotImplementedError

    def where(self) -> Place:
        """The place that is shown now, with its sort and filter."""
        raise NotImplementedError

    def subject(self) -> str | None:
        """The ref of the version under the cursor, ``project/type/name:v3``: what other views then show."""
        return None

    def marked_refs(self) -> Sequence[str]:
        """The refs of the marked versions."""
        return ()

    def project_name(self) -> str | None:
        """The project that is looked at."""
        subject = self.subject()
        return subject.partition("/")[0] if subject else None

    def reason_against(self, action: str) -> str:
        """Why an action can do nothing now; empty if it can. A view adds its own, then asks ``super()``."""
        return self.reason_to_leave_be(action) or reason(self, action)

    def copies(self) -> Sequence[Choice]:
        """What ``y`` offers here."""
        return ()

    def reread(self) -> bool:
        """Read again what is shown; False where there is nothing to say about it."""
        self.arrive(self.where())
        return True

    def heading(self) -> list[Span]:
        """What the header says: where one is."""
        place = self.where()
        shown = [(f"{place.view}  ", "accent"), ("  ".join(map(line, place.refs)), "strong")]
        shown += [(f"  as:{line(place.shape)}", "muted")] if place.shape else []
        shown += [(f"  sort:{line(place.sort)}", "muted")] if place.sort else []
        return shown + ([(f"  /{line(place.filter)}", "best")] if place.filter else [])

    def footer_names(self) -> Sequence[str]:
        """The actions that the footer offers, before those are left out that can do nothing now."""
        return self.actions

    def offered(self) -> Iterator[str]:
        """The actions of the footer that can be done."""
        return (name for name in self.footer_names() if not self.refusal(name))

    def step_out(self) -> None:
        """What ``esc`` does where there is no filter and no mark to clear."""
        self.ui.back()

    # Being shown

    @property
    def place(self) -> Place:
        """The place that is shown now."""
        return self.where()

    def on_screen_resume(self) -> None:
        """Arrive where one is due."""
        place, self.due = self.due, None
        was_behind, self.is_behind = self.is_behind, False
        if place is not None and not (was_behind and place == self.where()):
            self.arrive(place)
        if was_behind:
            self.reread()
        if self.focused is None and self.rows is not None:
            self.set_focus(self.rows, scroll_visible=False)
        self.retitle()

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits for the cursor to rest, and there is nowhere to arrive at."""
        return not self._settling and self.due is None

    @on(ReachBanner.Back)
    def _is_back(self) -> None:
        self.reread()

    # What others do

    def followed(self) -> Sequence[str]:
        """The projects of which it matters here what others do."""
        project = self.project_name()
        return [project] if project else []

    def hear(self, news: Sequence[News], *, projects_moved: bool) -> None:  # noqa: ARG002
        """Something happened in the store; what of it matters here is read again."""
        if self.IS_LIVE and any(one.project == self.project_name() for one in news):
            self.reread()

    # Actions

    def refusal(self, action: str) -> str:
        """Why an action is not done now: the store is not to be written, or the view's own reason."""
        if keys.find(action).write and not self.ui.is_unlocked:
            key = keys.shown(keys.find("unlock").keys[0])
            return f"read-only: press {key} to unlock, or start with --rw"
        return self.reason_against(action)

    def do(self, action: str) -> None:
        """Do an action of the registry, or say why not. Keys, palette and help all come here."""
        refusal = self.refusal(action)
        if refusal:
            self.say(refusal, bad=True)
            return
        method = getattr(self, f"action_{action}", None) or getattr(self.rows, f"action_{action}")
        method()

    def action_do(self, action: str) -> None:
        """`do`, as keys are bound to it."""
        self.do(action)

    def action_back(self) -> None:
        """Leave the line, or clear the filter or the marks, or go one step back."""
        rows = self.rows
        if self.prompt.kind == JUMP:
            self.end_prompt()
        elif rows is not None and (self.prompt.kind or rows.filter_text):
            rows.narrow("")
            self.end_prompt()
        elif rows is not None and rows.marked:
            rows.unmark()
        else:
            self.step_out()
        self.retitle()

    def action_next_pane(self) -> None:
        """Give the keys to the next widget that takes them."""
        self.focus_next()

    def action_previous_pane(self) -> None:
        """Give the keys to the widget before."""
        self.focus_previous()

    def completed(self, text: str) -> Sequence[str]:
        """What a place that is being typed can become, as far as the store was read."""
        sorts = self.rows.sort_keys() if self.rows is not None else ()
        return completions(text, self.library.known, self.subject(), sorts)

    def foresee(self, text: str) -> None:
        """Read the names of a project whose name was typed."""
        project, mark, _ = text.rpartition(" ")[2].partition("/")
        if mark and project in self.library.known.unread():
            self.loader.names(project)

    def jump(self, place: Place) -> None:
        """Go to a place that was typed; ``v3`` and ``best`` are those of what is looked at."""
        self.ui.go(place.beside(self.subject()))

    def action_copy(self) -> None:
        """Ask what to copy."""
        from tui.screens.copying import CopyBox

        found = list(self.copies())
        if found:
            self.app.push_screen(CopyBox(found), self._copy)
        else:
            self.say("there is nothing to copy", bad=True)

    def _copy(self, choice: Choice | None) -> None:
        if choice is None:
            return
        text = choice.text.encode("utf-8", "replace").decode()

        def job() -> Iterator[Message]:
            how = clipboard.put(text, self.ui.options.clipboard, os.environ)
            yield messages.Copied(choice.label, text, how)

        loading.run(self, "copy", job)

    @on(messages.Copied)
    def _copied(self, event: messages.Copied) -> None:
        if event.how is None:
            self.app.copy_to_clipboard(event.text)
        shown = event.text.strip().partition("\n")[0]
        self.say(f"copied {event.label} {event.how or 'by the terminal'}: {shown[:200]}")

    def action_refresh(self) -> None:
        """Read again what is on the screen, and paint all of it."""
        self.ui.repaint()
        if self.reread():
            self.say("read again")

    def action_unlock(self) -> None:
        """Allow changes, or forbid them again."""
        self.ui.is_unlocked = not self.ui.is_unlocked
        self.say("changes are allowed" if self.ui.is_unlocked else "read-only again")
        self.retitle()

    def action_help(self) -> None:
        """Show all keys."""
        from tui.screens.help import HelpBox

        self.app.push_screen(HelpBox(keys.of(self.WORD), self._refusals(), self.footer_names()))

    def action_palette(self) -> None:
        """Find an action by its name, and do it."""
        from tui.screens.palette import PaletteBox

        box = PaletteBox(keys.of(self.WORD), self._refusals())
        self.app.push_screen(box, lambda name: self.do(name) if name else None)

    def _refusals(self) -> dict[str, str]:
        return {one.name: why for one in keys.of(self.WORD) if (why := self.refusal(one.name))}

    def action_quit(self) -> None:
        """Leave."""
        self.ui.leave()

    # Other views and places

    def action_view_browse(self) -> None:
        """Show what is looked at among its neighbours."""
        self.turn_to("browse")

    def action_view_runs(self) -> None:
        """Show the runs of the project."""
        self.turn_to("runs")

    def action_view_lineage(self) -> None:
        """Show where the version comes from."""
        self.turn_to("lineage")

    def action_view_diff(self) -> None:
        """Show what differs."""
        self.turn_to("diff")

    def action_view_file(self) -> None:
        """Show the files of the version."""
        self.turn_to("file")

    def turn_to(self, view: str) -> None:
        """Go to another view of what is selected here."""
        place = turned(view, self.subject(), self.project_name(), self.marked_refs())
        if view != self.WORD or place.refs != self.where().refs:
            self.ui.go(place)

    def action_earlier(self) -> None:
        """Go to the place before."""
        self.ui.back()

    def action_later(self) -> None:
        """Go forward again."""
        self.ui.forward()

    def action_last_place(self) -> None:
        """Go where one was last."""
        self.ui.previous()
