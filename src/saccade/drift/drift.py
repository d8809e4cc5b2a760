"""Drift: how new data differ from those of a run, and how to show it."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core.dataset import SkippedItem
from saccade.core.finding import Finding, shown
from saccade.core.metric_value import MetricValue
from saccade.core.rendering import Shown
from saccade.core.safe_json import Json

CERTAIN = 0.05
"""Share of false ones among the shifts that are called significant."""

SMALL, LARGE = 0.1, 0.25
"""A significant shift is drift from .1 on: so many of the rows would have to change their value. It is what a normal
distribution gains by moving by a quarter of its standard deviation; .25 by two thirds. With a million rows much less
is significant, and means nothing."""

SHOWN = 10


@dataclass(frozen=True)
class Shift:
    """What one test says of one column, or of whatever else is measured.

    Attributes:
        column: its name.
        what: "values", or "missing" for how often there is none.
        effect: distance of the two distributions, 0 to 1: Kolmogorov's and Smirnov's of numbers, total variation of
            categories, difference of the shares of missing ones.
        p_value: that both are of one distribution.
        before: of the run's own data, in words.
        after: of the new ones, in words.
        adjusted: the p-value, adjusted for how many tests there are.
    """

    column: str
    what: str
    effect: float
    p_value: float
    before: str
    after: str
    adjusted: float = 1.0

    @property
    def significant(self) -> bool:
        """Whether chance does not explain it."""
        return self.adjusted <= CERTAIN

    @property
    def drifted(self) -> bool:
        """Whether it is significant and large enough to matter."""
        return self.significant and self.effect >= SMALL


@dataclass(frozen=True, kw_only=True)
class Drift(Shown):
    """How new data differ from those of a run.

    Attributes:
        source: where the new ones came from.
        rows: how many new ones there are.
        compared: how many of them, drawn at random, were compared.
        reference_rows: with how many of the run's own.
        shifts: every test.
        told_apart: AUC of a forest that tells new ones from the run's own, .5 when it cannot; None when not tested.
        findings: what is wrong, the worst first.
        notes: what to know, a sentence each.
        skipped: the files that could not be read, and why.
        noun: what to call one of what was compared.
        measured: what to call what was compared of them.
    """

    source: str
    rows: int
    compared: int
    reference_rows: int
    shifts: tuple[Shift, ...]
    told_apart: MetricValue | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    skipped: tuple[SkippedItem, ...] = ()
    noun: str = "row"
    measured: str = "columns"

    @property
    def drifted(self) -> bool:
        """Whether anything is more than a note."""
        return any(finding.severity != "note" for finding in self.findings)

    @property
    @abstractmethod
    def verdict(self) -> str:
        """The result in one sentence."""

    # As data

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        shifts = [
            {**asdict(shift), "significant": shift.significant, "drifted": shift.drifted} for shift in self.shifts
        ]
        findings = [asdict(finding) for finding in self.findings]
        return {
            **{name: getattr(self, name) for name in ("source", "rows", "compared", "reference_rows", "verdict")},
            "drifted": self.drifted,
            "shifts": shifts,
            "told_apart": self.told_apart.to_dict() if self.told_apart else None,
            **self._own(),
            "findings": findings,
            "notes": list(self.notes),
            "skipped": [{"file": each.name, "reason": each.reason} for each in self.skipped],
        }

    def _own(self) -> Mapping[str, Any]:
        """Return what JSON says of one kind of drift alone."""
        return {}

    # For reading

    def _shown(self) -> Iterator[RenderableType]:
        yield Text(self.verdict, "bold")
        yield from map(shown, self.findings)
        yield from self._before_the_table()
        if self.shifts:
            yield self._table()
        for note in self.notes:
            yield Text(note, "dim")

    def _before_the_table(self) -> Iterator[RenderableType]:
        """Yield what one kind of drift alone shows."""
        yield from ()

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title=" ")  # a line of air above
        table.add_column(self.measured[:-1], overflow="fold")
        for name in ("before", "now", "distance", "adjusted p"):
            table.add_column(name, justify="right")
        for shift in sorted(self.shifts, key=lambda each: -each.effect)[:SHOWN]:
            style = "" if shift.drifted else "dim"
            numbers = (shift.before, shift.after, f"{shift.effect:.3f}", f"{shift.adjusted:.2g}")
            table.add_row(*map(Text, (shift.column, *numbers)), style=style)
        if len(self.shifts) > SHOWN:
            table.caption = f"… and {len(self.shifts) - SHOWN:,} more tests with smaller distances"
            table.caption_justify = "left"
        return table
