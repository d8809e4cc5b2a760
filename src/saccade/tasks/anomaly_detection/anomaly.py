"""Anomaly: how strange a row of a table is, and which of its columns make it so."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked


def scores_of(contributions: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the score of each row, (n,): the sum of its contributions (n, d), in float64, first column first.

    In this order and no other, so that whoever adds up what is printed of a row gets its score to the last digit.
    """
    scores = np.zeros(len(contributions))
    for column in contributions.T:
        scores += column
    return scores


def summed(contributions: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the scores (n,) that contributions make up: (n, d) of columns, or (n, h, w) of pixels."""
    if contributions.ndim == 2:
        return scores_of(contributions)
    return np.asarray(contributions.sum(axis=(1, 2), dtype=np.float64))


def scores_in(outputs: Mapping[str, Array]) -> NDArray[np.float64]:
    """Return the scores (n,) in a network's outputs; a file format may not hold them, and contributions are added."""
    return outputs["score"] if "score" in outputs else summed(outputs["contributions"])


@dataclass(frozen=True)
class ReferenceContributions:
    """What each column adds to the score of normal rows that no network was trained on.

    Attributes:
        rows: how many rows that was seen on.
        middle: (d,), the median a column.
        high: (d,), the 99% quantile a column.
    """

    FILE: ClassVar[str] = "reference_contributions.json"
    rows: int
    middle: tuple[float, ...]
    high: tuple[float, ...]

    def to_dict(self) -> Json:
        """Return it as JSON can hold it."""
        return {"rows": self.rows, "middle": list(self.middle), "high": list(self.high)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "ReferenceContributions":
        """Return what `to_dict` described."""
        return checked(cls(content["rows"], tuple(content["middle"]), tuple(content["high"])))


@dataclass(frozen=True)
class Reason:
    """What one column has to do with a row's score.

    Attributes:
        column: its name.
        value: what the row has there, as a person writes it: "12.5", "ATM", "yes", "missing".
        typical: what normal training rows have there: "1.2 to 98.5, median 20", "ATM 60%, card 40%".
        contribution: what it adds to the score.
        share: of the score, 0 to 1.
        reference_contribution: the median of what it adds to the score of normal calibration rows; None when not known.
        high_contribution: the 99% quantile of the same; None when not known.
    """

    column: str
    value: str
    typical: str
    contribution: float
    share: float
    reference_contribution: float | None = None
    high_contribution: float | None = None

    @property
    def times_usual(self) -> float | None:
        """How many times what it usually adds; None when that is not known or nothing."""
        return self.contribution / self.reference_contribution if self.reference_contribution else None

    @property
    def unusual(self) -> bool:
        """Whether it adds more than in 99 of 100 normal rows; also where that is not known."""
        return self.high_contribution is None or self.contribution > self.high_contribution

    def __str__(self) -> str:
        """Return "V14 is −9.25 (usually −1.2 to 1.4, median 0.05): 41% of the score, 5,310 times its usual part"."""
        typical = f" (usually {self.typical})" if self.typical else ""
        value = re.sub(r"^-(?=[\d.])", "−", self.value)
        return f"{self.column} is {value}{typical}: {self.share:.0%} of the score{self._times}"

    @property
    def _times(self) -> str:
        if not self.unusual:
            return ", no more than in many a normal row"
        return f", {factor(self.times_usual)} times its usual part" if self.times_usual else ""

    def to_dict(self) -> Json:
        """Return it as JSON can hold it."""
        return {**asdict(self), "times_usual": self.times_usual}


@dataclass(frozen=True)
class Anomaly:
    """How strange one row is. Larger scores are stranger.

    Attributes:
        row: its number in the file, from 1; the header is not counted.
        score: the sum of the contributions.
        alarm: whether the score is above the run's threshold.
        p_value: conformal: of normal rows, at most a share p gets a p-value of p or less.
        contributions: of every column, by name and in the table's order; added up in float64 they are the score.
        reasons: the columns that add most, the largest first.
    """

    row: int
    score: float
    alarm: bool
    p_value: float
    contributions: dict[str, float]
    reasons: tuple[Reason, ...]

    def to_dict(self) -> Json:
        """Return it as JSON can hold it."""
        return {**vars(self), "reasons": [reason.to_dict() for reason in self.reasons]}


def factor(times: float) -> str:
    """Return how many times, for people: 1.4, or 5,310."""
    return f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
