"""Runs a scenario under one schedule after the other until something is wrong or the budget is spent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.explore.invariants import Violation, check
from tests.explore.scheduler import Pruned, Step, Stuck
from tests.explore.strategies import Again, Strategy
from tests.explore.worlds import Lab, Scenario


@dataclass(slots=True)
class Report:
    """What came of an exploration."""

    executions: int = 0
    pruned: int = 0
    """Executions given up because another one, with independent steps in another order, was run."""
    exhausted: bool = False
    """Whether every schedule was covered."""
    found: Violation | None = None
    steps: list[Step] = field(default_factory=list)
    """The schedule that leads to what was found."""

    def __str__(self) -> str:
        head = f"{self.executions} executions ({self.pruned} pruned, exhausted: {self.exhausted})"
        if self.found is None:
            return f"{head}: nothing found"
        return "\n".join([f"{head}: {self.found}", *(f"  {step}" for step in self.steps)])


def explore(
    lab: Lab, scenario: Scenario, strategy: Strategy, executions: int, seconds: float = float("inf")
) -> Report:
    """Execute up to ``executions`` schedules, as far as the time goes, and stop at the first violation."""
    report = Report()
    end = time.monotonic() + seconds
    while report.executions < executions and time.monotonic() < end:
        if not strategy.begin():
            report.exhausted = True
            break
        try:
            world, execution = lab.execute(scenario, strategy)
        except Pruned:
            report.pruned += 1
            continue
        except Stuck:
            report.executions += 1
            report.found = Violation("STUCK", "an execution does not end")
            break
        report.executions += 1
        try:
            check(scenario, world, execution)
        except Violation as found:
            report.found, report.steps = found, execution.steps
            break
        finally:
            world.close()
    return report


def replay(lab: Lab, scenario: Scenario, steps: list[Step]) -> Report:
    """Execute one schedule."""
    return explore(lab, scenario, Again(steps), 1)
