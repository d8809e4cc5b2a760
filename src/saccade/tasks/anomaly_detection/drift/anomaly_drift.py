"""What drift means for anomalies: how often new rows are alarms, beside what the threshold promised."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.console import RenderableType
from rich.text import Text
from scipy.stats import beta

from saccade.core.finding import count
from saccade.core.metric_value import MetricValue
from saccade.drift.drift import Drift

SCORE = "(score)"
"""Names the test of the network's scores among those of the columns."""

MOST_ROWS = 100_000_000

_KEPT = {
    "kept": "the threshold keeps its promise",
    "more": "the threshold gives more alarms",
    "fewer": "the threshold gives fewer alarms",
    "unknown": "too few to say whether the threshold keeps its promise",
}


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


@dataclass(frozen=True, kw_only=True)
class AnomalyDrift(Drift):
    """How new rows, or images, differ from the normal ones of the training.

    Attributes:
        alarms: how often new rows are alarms; None without a threshold.
    """

    alarms: AlarmRate | None

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

    def _own(self) -> Mapping[str, Any]:
        return {"alarms": {**asdict(self.alarms), "verdict": self.alarms.verdict} if self.alarms else None}

    def _before_the_table(self) -> Iterator[RenderableType]:
        if self.alarms and self.alarms.verdict in ("kept", "unknown"):
            yield Text(f"\n{self.alarms.sentence}")


def _thousand(score: MetricValue) -> str:
    low, value, high = (_rounded(1000 * (each or 0)) for each in (score.low, score.value, score.high))
    return f"{value} ({low} to {high})"


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 99.5 else f"{number:.3g}"
