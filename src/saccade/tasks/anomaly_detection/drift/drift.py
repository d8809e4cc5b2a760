"""Drift: how new rows differ from the training rows, and how to show it."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from scipy.stats import beta

from saccade.core.finding import Finding, count, shown, worst_first
from saccade.core.metric_value import MetricValue
from saccade.core.rendering import as_text
from saccade.core.safe_json import Json

CERTAIN = 0.05
"""Share of false ones among the shifts that are called significant."""

SMALL, LARGE = 0.1, 0.25
"""A significant shift is drift from .1 on: so many of the rows would have to change their value. It is what a normal
distribution gains by moving by a quarter of its standard deviation; .25 by two thirds. With a million rows much less
is significant, and means nothing."""

SCORE = "(score)"
"""Names the test of the network's scores among those of the columns."""

SHOWN = 10

MOST_ROWS = 100_000_000

_KEPT = {
    "kept": "the threshold keeps its promise",
    "more": "the threshold gives more alarms",
    "fewer": "the threshold gives fewer alarms",
    "unknown": "too few to say whether the threshold keeps its promise",
}


@dataclass(frozen=True)
class Shift:
    """What one test says of one column.

    Attributes:
        column: its name.
        what: "values", or "missing" for how often there is none.
        effect: distance of the two distributions, 0 to 1: Kolmogorov's and Smirnov's of numbers, total variation of
            categories, difference of the shares of missing ones.
        p_value: that both are of one distribution.
        before: of the training rows, in words.
        after: of the new rows, in words.
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


@dataclass(frozen=True)
class AlarmRate:
    """How often new rows are alarms, beside what the threshold promised.

    Attributes:
        rows: new rows, or those of them that are labelled normal.
        alarms: so many of them are alarms.
        rate: their share with its interval by Clopper and Pearson.
        promised: the expected share with its interval, where the threshold was chosen.
        labelled: whether only rows that are labelled normal were counted; otherwise true anomalies are alarms too.
        noun: what to call one of them.
    """

    rows: int
    alarms: int
    rate: MetricValue
    promised: MetricValue
    labelled: bool
    noun: str = "row"

    @property
    def verdict(self) -> Literal["kept", "more", "fewer", "unknown"]:
        """Whether there are as many alarms as promised, more or fewer; "unknown" where the rows are too few to say.

        They differ where the intervals do not meet; a single alarm is never enough for that. The promise is kept where
        twice as many alarms as were expected are out of the question.
        """
        assert self.rate.low is not None and self.rate.high is not None
        assert self.promised.low is not None and self.promised.high is not None
        if self.rate.low > self.promised.high and self.alarms > 1:
            return "more"
        if self.rate.high < self.promised.low:
            return "fewer"
        return "kept" if self.rate.high <= self._tolerated else "unknown"

    @property
    def _tolerated(self) -> float:
        return max(2 * (self.promised.value or 0), self.promised.high or 0)

    @property
    def rows_needed(self) -> int:
        """About how many rows could show that the promise is kept, were it kept to the letter."""
        rows, alarms = 1, 1
        while rows < MOST_ROWS and not beta.ppf(0.975, alarms + 1, rows - alarms) <= self._tolerated:
            rows = math.ceil(1.1 * rows)
            alarms = math.ceil((self.promised.value or 0) * rows)
        return rows

    @property
    def sentence(self) -> str:
        """What was counted, and what that says of the threshold."""
        whose = f"{'normal ' if self.labelled else ''}new {self.noun}{'' if self.rows == 1 else 's'}"
        counted = f"{_thousand(self.rate)} in a thousand {whose} are alarms ({self.alarms:,} of {self.rows:,})"
        expected = f"{_thousand(self.promised)} were expected"
        if self.verdict == "unknown":
            return self._unknown(whose)
        if self.verdict == "kept":
            return f"The threshold keeps its promise: {counted}; {expected}."
        doubt = "" if self.labelled or self.verdict == "fewer" else " True anomalies among them count too."
        return f"The threshold no longer keeps its promise: {counted}; {expected}.{doubt}"

    def _unknown(self, whose: str) -> str:
        low, high, expected = (
            _rounded(1000 * (each or 0)) for each in (self.rate.low, self.rate.high, self.promised.value)
        )
        more = f"About {float(f'{self.rows_needed:.1g}'):,.0f}" if self.rows_needed > self.rows else "More"
        return (
            f"{self.rows:,} {whose} with {self.alarms:,} alarm{'' if self.alarms == 1 else 's'}: too few to say "
            f"whether the threshold keeps its promise. An alarm rate between {low} and {high} in a thousand fits; "
            f"{expected} were expected. {more} rows would tell."
        )


@dataclass(frozen=True)
class Drift:
    """How new rows differ from the training rows.

    Attributes:
        source: where the new rows came from.
        rows: how many new rows there are.
        compared: how many of them, drawn at random, were compared.
        reference_rows: with how many training rows.
        shifts: every test of a column, in order of the columns.
        told_apart: AUC of a forest that tells new rows from training rows, .5 when it cannot; None when not tested.
        alarms: how often new rows are alarms; None without a threshold.
        findings: what is wrong, the worst first.
        notes: what to know, a sentence each.
        noun: what to call one of what was compared.
        measured: what to call what was compared of them.
    """

    source: str
    rows: int
    compared: int
    reference_rows: int
    shifts: tuple[Shift, ...]
    told_apart: MetricValue | None
    alarms: AlarmRate | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    noun: str = "row"
    measured: str = "columns"

    @property
    def drifted(self) -> bool:
        """Whether anything is more than a note."""
        return any(finding.severity != "note" for finding in self.findings)

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        rows = f"{self.compared:,} {self.noun}{'' if self.compared == 1 else 's'}"
        columns = {shift.column for shift in self.shifts if shift.drifted} - {SCORE}
        tested = len({shift.column for shift in self.shifts} - {SCORE})
        moved = f"{len(columns) or 'none'} of {tested} {self.measured} drifted"
        alarms = f"; {_KEPT[self.alarms.verdict]}" if self.alarms else ""
        if not tested:
            found = f"{count(self.findings)}; " if self.findings else ""
            return f"{self.source}: {found}{rows}: too few to say whether {self.measured} drifted{alarms}."
        return f"{self.source}: {count(self.findings)}; {moved}{alarms}."

    # As data

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        shifts = [
            {**asdict(shift), "significant": shift.significant, "drifted": shift.drifted} for shift in self.shifts
        ]
        alarms = {**asdict(self.alarms), "verdict": self.alarms.verdict} if self.alarms else None
        findings = [asdict(finding) for finding in self.findings]
        return {
            **{name: getattr(self, name) for name in ("source", "rows", "compared", "reference_rows", "verdict")},
            "drifted": self.drifted,
            "shifts": shifts,
            "told_apart": self.told_apart.to_dict() if self.told_apart else None,
            "alarms": alarms,
            "findings": findings,
            "notes": list(self.notes),
        }

    # For reading

    def __rich__(self) -> RenderableType:
        """Show itself on a terminal: Console().print(drift)."""
        return Group(*self._shown())

    def to_text(self, *, width: int = 100) -> str:
        """Return what a terminal shows, as plain text of so many columns."""
        return as_text(self, width=width)

    def _shown(self) -> Iterator[RenderableType]:
        yield Text(self.verdict, "bold")
        yield from map(shown, self.findings)
        if self.alarms and self.alarms.verdict in ("kept", "unknown"):
            yield Text(f"\n{self.alarms.sentence}")
        if self.shifts:
            yield self._table()
        for note in self.notes:
            yield Text(note, "dim")

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


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings, the worst first."""
    return worst_first(findings)


def _thousand(score: MetricValue) -> str:
    low, value, high = (_rounded(1000 * (each or 0)) for each in (score.low, score.value, score.high))
    return f"{value} ({low} to {high})"


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 99.5 else f"{number:.3g}"
