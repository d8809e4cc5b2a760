"""Drift: how new rows differ from the training rows, and how to show it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from saccade.finding import Finding, count, shown, worst_first
from saccade.score import Score
from saccade.showing import as_text

CERTAIN = 0.05
"""Share of false ones among the shifts that are called significant."""

SMALL, LARGE = 0.1, 0.25
"""A significant shift is drift from .1 on: so many of the rows would have to change their value. It is what a normal
distribution gains by moving by a quarter of its standard deviation; .25 by two thirds. With a million rows much less
is significant, and means nothing."""

SCORE = "(score)"
"""Names the test of the network's scores among those of the columns."""

SHOWN = 10


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
    """

    rows: int
    alarms: int
    rate: Score
    promised: Score
    labelled: bool

    @property
    def verdict(self) -> Literal["kept", "more", "fewer"]:
        """Whether the intervals meet; if not, whether there are more or fewer alarms than promised."""
        assert self.rate.low is not None and self.rate.high is not None
        assert self.promised.low is not None and self.promised.high is not None
        if self.rate.low > self.promised.high:
            return "more"
        return "fewer" if self.rate.high < self.promised.low else "kept"

    @property
    def sentence(self) -> str:
        """What was counted, and what that says of the threshold."""
        whose = "normal new rows" if self.labelled else "new rows"
        counted = f"{_thousand(self.rate)} in a thousand {whose} are alarms ({self.alarms:,} of {self.rows:,})"
        expected = f"{_thousand(self.promised)} were expected"
        if self.verdict == "kept":
            return f"The threshold keeps its promise: {counted}; {expected}."
        doubt = "" if self.labelled or self.verdict == "fewer" else " True anomalies among them count too."
        return f"The threshold no longer keeps its promise: {counted}; {expected}.{doubt}"


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
    """

    source: str
    rows: int
    compared: int
    reference_rows: int
    shifts: tuple[Shift, ...]
    told_apart: Score | None
    alarms: AlarmRate | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether anything is more than a note."""
        return any(finding.severity != "note" for finding in self.findings)

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        columns = {shift.column for shift in self.shifts if shift.drifted} - {SCORE}
        tested = len({shift.column for shift in self.shifts} - {SCORE})
        moved = f"{len(columns)} of {tested} columns drifted" if columns else f"none of {tested} columns drifted"
        kept = {"kept": "keeps its promise", "more": "gives more alarms", "fewer": "gives fewer alarms"}
        alarms = f"; the threshold {kept[self.alarms.verdict]}" if self.alarms else ""
        return f"{self.source}: {count(self.findings)}; {moved}{alarms}."

    # As data

    def to_dict(self) -> dict[str, Any]:
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
        if self.alarms and self.alarms.verdict == "kept":
            yield Text(f"\n{self.alarms.sentence}")
        if self.shifts:
            yield self._table()
        for note in self.notes:
            yield Text(note, "dim")

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title=" ")  # a line of air above
        table.add_column("column", overflow="fold")
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


def _thousand(score: Score) -> str:
    low, value, high = ((each or 0) * 1000 for each in (score.low, score.value, score.high))
    return f"{value:.3g} ({low:.3g} to {high:.3g})"
