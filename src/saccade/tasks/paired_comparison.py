"""PairedComparison: which of two runs is better on the same images, and how sure that is."""

from dataclasses import asdict, dataclass
from typing import ClassVar

from saccade.core.metric_value import MetricValue
from saccade.core.safe_json import Json


@dataclass(frozen=True, kw_only=True)
class PairedComparison:
    """Which of two runs is better on the same images.

    Attributes:
        first, second: the run folders.
        images: test images that both answered.
        difference: above 0, the second is better.
        low, high: its 95% interval, by a paired bootstrap; equal to the difference where all images differ alike.
    """

    first: str
    second: str
    images: int
    difference: float
    low: float
    high: float

    BETTER: ClassVar[str]
    """How much one is better, of `least` and `most`: "better by {least:.4f} to {most:.4f}"."""

    UNSURE: ClassVar[str]
    """The same where it may be either, of `least`, which is below 0, and `most`."""

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        if self.low <= 0 <= self.high:
            unsure = self.UNSURE.format(least=self.low, most=self.high)
            return f"No difference can be shown: the second is {unsure} on {self.images:,} images."
        better, ends = (self.second, (self.low, self.high)) if self.low > 0 else (self.first, (-self.high, -self.low))
        by = self.BETTER.format(least=ends[0], most=ends[1])
        return f"{better} is {by} (95% interval on {self.images:,} images)."

    @property
    def lead(self) -> MetricValue:
        """By how much the second is better, with its interval."""
        return MetricValue(self.difference, self.low, self.high)

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "verdict": self.verdict}


def ends(gap: MetricValue) -> dict[str, float]:
    """Return `difference`, `low` and `high` of a paired difference."""
    value = gap.value or 0.0
    return {
        "difference": value,
        "low": value if gap.low is None else gap.low,
        "high": value if gap.high is None else gap.high,
    }
