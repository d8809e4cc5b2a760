"""MetricValue: a number with its interval; what metrics return and an evaluation is made of."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class MetricValue:
    """One number and its 95% interval.

    Attributes:
        value: the number; None where it is not defined (the precision of a class that is never predicted).
        low: lower end of the 95% interval, or None.
        high: upper end, or None.
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """Return "0.990 (0.988 to 0.992)"; "–" when not defined."""
        if self.value is None:
            return "–"
        number = f"{self.value:.4g}" if isinstance(self.value, int) else f"{self.value:.4f}"
        return number if self.low is None or self.high is None else f"{number} ({self.low:.4f} to {self.high:.4f})"

    @property
    def is_positive(self) -> bool:
        """Whether the interval lies above 0; without an interval, whether the value does."""
        end = self.value if self.low is None else self.low
        return end is not None and end > 0

    def to_dict(self) -> dict[str, float | None]:
        """Return {"value", "low", "high"}; only "value" when there is no interval."""
        interval = {"low": self.low, "high": self.high} if self.low is not None else {}
        return {"value": self.value, **interval}


@dataclass(frozen=True)
class PerClass:
    """A score of each class, in the order of the classes."""

    scores: tuple[MetricValue, ...]


@dataclass(frozen=True)
class Matrix:
    """Counts by true class (rows) and predicted class (columns), in the order of the classes."""

    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class SparseMatrix:
    """Counts of very many classes: a full matrix of 10,000 would fill the memory with zeros.

    Attributes:
        size: number of classes.
        cells: (true, predicted, count) of each cell that is not empty, by true and then by predicted class.
    """

    size: int
    cells: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Curve:
    """Points of a curve: columns of numbers by name, all of one length; None where a number is not defined."""

    columns: Mapping[str, tuple[float | None, ...]]


Value = MetricValue | PerClass | Matrix | SparseMatrix | Curve
"""What a metric may return."""
