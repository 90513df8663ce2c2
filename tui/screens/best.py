"""The box for the rule that keeps ``best``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from mvfs.errors import Conflict, MvfsError
from mvfs.index.rows import Rule
from mvfs.text import line
from tui import paint
from tui.library import Library
from tui.paint import Span
from tui.screens.asking import Asking, Hint
from tui.widgets.lines import BoxRow
from tui.writing import rule
from tui.writing.rule import Choices, Metric


class BestBox(Asking):
    """Takes a metric, and whether more or less is better; says which version would be best."""

    PLACEHOLDER = "a metric, such as val.acc"
    EMPTY = "no version has a number in its metadata or summary"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t,tab", "turn", "max or min", show=False, priority=True),
        Binding("ctrl+x", "clear", "clear", show=False, priority=True),
    ]

    def __init__(self, library: Library, project: str, name: str) -> None:
        super().__init__(library, f"best of {line(name)}")
        self._project, self._of = project, name
        self._choices: Choices | None = None
        self._mode = "max"
        self._said = ""
        self._asked: Rule | None = None

    def on_mount(self) -> None:
        """Ask for the rule and the metrics."""
        self.ask("choices", partial(rule.choices, self.library, self._project, self._of))

    def learn(self, topic: str, found: object) -> None:
        """Show the metrics, or what a rule would do."""
        if isinstance(found, Choices):
            is_first, self._choices = self._choices is None, found
            if found.seen.rule is not None and is_first:
                self._mode = found.seen.rule.mode
                self.field.value = line(found.seen.rule.metric)
            self._list()
        elif topic == "outlook" and isinstance(found, tuple) and found[0] == self._asked:
            self._said = found[1]

    def refused(self, error: MvfsError | None) -> None:
        """Look at the rule as it is by now, so that a second enter insists."""
        if isinstance(error, Conflict):
            self.trouble += "; enter again sets this one"
            self.ask("choices", partial(rule.choices, self.library, self._project, self._of))

    @property
    def _metric(self) -> str:
        """The metric that is meant: one there is where its look is typed."""
        metrics = self._choices.metrics if self._choices else ()
        return next((one.path for one in metrics if line(one.path) == self.text), self.text)

    def _list(self) -> None:
        if self._choices is None:
            return
        words = self.text.lower().split()
        exact = any(line(one.path) == self.text for one in self._choices.metrics)
        shown = [
            one for one in self._choices.metrics
            if exact or all(word in line(one.path).lower() for word in words)
        ]  # fmt: skip
        room = self.room
        wide = min(max((paint.width_of([(line(one.path), "")]) for one in shown), default=0), room - 28)
        self.show_rows([BoxRow(one.path, _spans(one, self._mode, wide, room)) for one in shown], self._metric)

    def typed(self) -> None:
        """Narrow the metrics, and ask what the rule would do."""
        self._list()
        self._foresee()

    def _foresee(self) -> None:
        wanted = Rule(self._metric, self._mode) if self.text else None
        if wanted == self._asked:
            return
        self._asked, self._said = wanted, ""
        if wanted is not None:
            question = partial(rule.outlook, self.library, self._project, self._of, wanted)
            self.ask("outlook", lambda: (wanted, question()))

    def chosen(self, row: BoxRow) -> str | None:
        """The metric."""
        return line(str(row.key))

    def outlook(self) -> str:
        """Which version would be best."""
        if self._choices is None:
            return ""
        if not self.text:
            return "type a metric or choose one (↑ ↓)"
        kept = Rule(self._metric, self._mode) == self._choices.seen.rule
        return ("this is the rule: " if kept else "") + (self._said or "…")

    def hints(self) -> Sequence[Hint]:
        """Set, turn round, clear."""
        other = "lowest" if self._mode == "max" else "highest"
        has_rule = self._choices is not None and self._choices.seen.rule is not None
        most = "highest" if self._mode == "max" else "lowest"
        return [
            ("↵", f"set: {most} wins"),
            ("tab", f"{other} instead"),
            *([("ctrl+x", "no rule")] if has_rule else []),
        ]

    def action_turn(self) -> None:
        """More instead of less is better, or the other way round."""
        self._mode = "min" if self._mode == "max" else "max"
        self.trouble = ""
        self._list()
        self._foresee()
        self.hint()

    def submit(self, text: str) -> None:
        """Set the rule."""
        if not text or self._choices is None:
            self.action_close()
            return
        self._change(Rule(self._metric, self._mode))

    def action_clear(self) -> None:
        """Drop the rule; best stays where it is."""
        self._change(None)

    def _change(self, wanted: Rule | None) -> None:
        if self._choices is not None:
            seen = self._choices.seen
            self.write(partial(rule.change, self.library, self._project, self._of, wanted, seen))


def _spans(metric: Metric, mode: str, wide: int, room: int) -> list[Span]:
    number, value = metric.highest if mode == "max" else metric.lowest
    told = f"{value:.6g} of v{number}"
    count = f"{metric.versions:,} version" + "s" * (metric.versions != 1)
    spans = [(" " + paint.fit(line(metric.path), wide), "text"), (paint.fit("  " + told, 20), "best")]
    if wide + 23 + len(count) <= room:
        spans.append((f"  {count}", "muted"))
    return spans
