"""Two runs that recommend → which is better on the same users, and how sure that is."""

from dataclasses import asdict, dataclass

import numpy as np

from saccade.core.errors import RunError
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.evaluation.run_comparison import refuse_other_tests
from saccade.tasks.recommendation.metrics.by_user import UserRatio
from saccade.tasks.recommendation.metrics.resampling import Measured, measured

TITLES = {"rmse": "RMSE", "ndcg": "nDCG@10"}
COLUMNS = {"rmse": "squared_error", "ndcg": "ndcg"}


@dataclass(frozen=True, kw_only=True)
class RecommenderComparison:
    """A paired comparison of two runs that recommend, user by user.

    Attributes:
        first, second: the run folders.
        users: test users whom both answered.
        ratings: that were asked.
        scores: "rmse" in stars and "ndcg", of the first and of the second; without those that one has not.
        gains: by how much the second is better, above 0 it is, with its 95% interval by a paired bootstrap over users.
    """

    first: str
    second: str
    users: int
    ratings: int
    scores: dict[str, tuple[float, float]]
    gains: dict[str, MetricValue]

    @property
    def verdict(self) -> str:
        """The result, a sentence a measure."""
        return " ".join(self._better(measure, gap) for measure, gap in self.gains.items())

    def _better(self, measure: str, gap: MetricValue) -> str:
        by = f"By {TITLES[measure]}"
        if gap.value is None or gap.low is None or gap.high is None or gap.low <= 0 <= gap.high:
            between = "" if gap.low is None else f": the second is between {gap.low:+.4f} and {gap.high:+.4f} better"
            return f"{by} no difference can be shown{between}."
        better, sign = (self.second, 1) if gap.value > 0 else (self.first, -1)
        least, most = sorted((sign * gap.low, sign * gap.high))
        return f"{by} {better} is better by {least:.4f} to {most:.4f} (95% interval on {self.users:,} users)."

    @property
    def lead(self) -> MetricValue:
        """By how much the second is better in the first measure that both have, with its interval."""
        return next(iter(self.gains.values()))

    @property
    def lines(self) -> tuple[str, ...]:
        """A line a run, for the terminal."""
        return tuple(
            f"{path}: {', '.join(f'{TITLES[name]} {pair[at]:.4f}' for name, pair in self.scores.items())}"
            for at, path in enumerate((self.first, self.second))
        )

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        gains = {name: gap.to_dict() for name, gap in self.gains.items()}
        return {**asdict(self), "gains": gains, "verdict": self.verdict}


def compare(first: Run, second: Run) -> RecommenderComparison:
    """Return which of two evaluated runs is better; raises RunError where their test users or ratings differ."""
    ours, theirs = _judged(first), _judged(second)
    refuse_other_tests(first, second, set(ours), set(theirs), noun="users")
    counts = np.array([row["asked"] for row in ours.values()])
    ratios: dict[tuple[str, int], UserRatio] = {}
    for at, judged in enumerate((ours, theirs)):
        rows = [judged[key] for key in ours]
        ratios |= {(measure, at): ratio for measure, ratio in _ratios(rows, counts).items()}
    found = measured(ratios)
    both = [measure for measure in TITLES if (measure, 0) in found and (measure, 1) in found]
    if not both:
        raise RunError(f"{first.path} and {second.path} have no measure that both were judged by.")
    return RecommenderComparison(
        first=str(first.path),
        second=str(second.path),
        users=len(ours),
        ratings=int(counts.sum()),
        scores={measure: (found[measure, 0].value, found[measure, 1].value) for measure in both},
        gains={measure: _gain(measure, found[measure, 0], found[measure, 1]) for measure in both},
    )


def _gain(measure: str, first: Measured, second: Measured) -> MetricValue:
    return first.minus(second) if measure == "rmse" else second.minus(first)


def _judged(run: Run) -> dict[tuple[str, str], dict[str, float]]:
    """Return what each user's answers were worth in the test, by the user and what was asked, NaN for nothing."""

    def parse(row: dict[str, str]) -> tuple[tuple[str, str], dict[str, float]]:
        worth = {name: float(row[name] or "nan") for name in ("asked", *COLUMNS.values())}
        return (row["user"], row["asked_hash"]), worth

    return dict(run.read_predictions(parse))


def _ratios(rows: list[dict[str, float]], counts: np.ndarray) -> dict[str, UserRatio]:
    values = {measure: np.array([row[name] for row in rows]) for measure, name in COLUMNS.items()}
    known = {measure: ~np.isnan(each) for measure, each in values.items()}
    below = {"rmse": counts * known["rmse"], "ndcg": known["ndcg"].astype(np.float64)}
    return {
        measure: UserRatio(np.nan_to_num(each), below[measure], root=measure == "rmse")
        for measure, each in values.items()
        if known[measure].any()
    }
