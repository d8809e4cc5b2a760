"""Threshold: the score above which a row is an alarm, how it was chosen, and what it is expected to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.metric_value import MetricValue
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked
from saccade.tasks.anomaly_detection.threshold_criterion import ThresholdCriterion, parse

if TYPE_CHECKING:  # a machine that only predicts has no need of it
    from saccade.core.run import Run

EXACT = 500
"""So many of the largest calibration scores are kept one by one."""

STEP = 0.01
"""Below them, ranks are kept this far apart, relative to the rank."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranks:
    """How many calibration scores of normal rows lie above some of them: enough for a p-value of any new score.

    Of a million scores about 1,300 are kept. The p-value that follows from them is never too small. It is exact among
    the largest 500, and below those at most 1% too large.

    Attributes:
        rows: how many normal calibration rows there were.
        scores: (k,), some of their scores, ascending, each once.
        above: (k,), how many of all their scores are larger.
    """

    rows: int
    scores: tuple[float, ...]
    above: tuple[int, ...]

    @classmethod
    def of(cls, scores: Floats) -> "Ranks":
        """Return the ranks of the scores (n,) of normal calibration rows; scores that are not finite count only."""
        ordered = np.sort(ordered_as_alarms(scores))
        ranks = _kept_ranks(len(ordered))
        values = np.unique(ordered[len(ordered) - 1 - ranks])
        values = values[np.isfinite(values)]
        above = len(ordered) - np.searchsorted(ordered, values, side="right")
        return cls(len(ordered), tuple(values.tolist()), tuple(above.tolist()))

    def p_values(self, scores: Floats) -> Floats:
        """Return the conformal p-values of new scores (n,): (1 + normal calibration scores ≥ score) / (rows + 1).

        Of normal rows, at most a share p has a p-value of p or less, whatever the distribution (Vovk et al. 2005).
        """
        at_least = np.array([self.rows, *self.above])
        position = np.searchsorted(np.array(self.scores), ordered_as_alarms(scores), side="left")
        return np.asarray((1 + at_least[position]) / (self.rows + 1))


def ordered_as_alarms(scores: Floats) -> Floats:
    """Return scores (n,) in float64 where not a number became infinite: what has no score is strangest of all."""
    scores = np.asarray(scores, np.float64)
    return np.where(np.isnan(scores), np.inf, scores)


def _kept_ranks(rows: int) -> NDArray[np.int64]:
    """Return the ranks from the largest score, 0, to the smallest, rows − 1, that are kept."""
    steps = max(0, int(np.ceil(np.log(max(1, rows / EXACT)) / np.log1p(STEP))))
    sparse = np.floor(EXACT * (1 + STEP) ** np.arange(steps + 1)).astype(np.int64)
    ranks = np.concatenate([np.arange(min(EXACT, rows)), sparse, [rows - 1]])
    return np.unique(ranks[(ranks >= 0) & (ranks < rows)])


@dataclass(frozen=True)
class Tail:
    """A generalised Pareto distribution of the scores above a high one (Siffer et al. 2017).

    Attributes:
        start: the score where the tail starts.
        share: of the normal calibration rows above it, 0 to 1.
        rows: how many those are: what the fit was made on.
        shape: its shape; positive is a heavy tail, negative one that ends.
        scale: its scale, in units of the score.
        p_value: of the Anderson–Darling test that the tail has this form; small when it has not.
    """

    start: float
    share: float
    rows: int
    shape: float
    scale: float
    p_value: float


@dataclass(frozen=True)
class Threshold:
    """A score above which a row is an alarm, frozen before the test split is opened.

    Attributes:
        value: scores above it are alarms.
        low, high: 95% interval of the value that was looked for; None where the rows say nothing.
        asked: what was wanted.
        false_alarms: expected share of the normal rows, 0 to 1, with its 95% interval.
        intervals: where the intervals come from.
        rows: normal calibration rows, with the unlabelled ones, which are taken for normal.
        unlabelled: how many of these have no label.
        anomalies: labelled anomalies among the calibration rows.
        data_hash: sha256 of the calibration scores and labels.
        when: when it was chosen, ISO 8601 in UTC.
        ranks: for the p-values of new rows.
        rows_per_day: how many rows come a day, None where nobody knows.
        prevalence: share of anomalies among the rows that precision, cost and F-beta are reckoned at; None without
            labelled anomalies.
        prevalence_of: where it comes from: "stated", "table" or "calibration split".
        recall: share of the labelled anomalies above the value; None without any.
        precision: share of anomalies among the alarms, at the prevalence; None when no labelled anomaly is found.
        tail: of an extreme-value fit, else None.
        notes: what to know before relying on it, a sentence each.
        noun: what to call the inputs: "rows", "images".
    """

    FILE: ClassVar[str] = "threshold.json"
    value: float
    low: float | None
    high: float | None
    asked: ThresholdCriterion
    false_alarms: MetricValue
    intervals: str
    rows: int
    unlabelled: int
    anomalies: int
    data_hash: str
    when: str
    ranks: Ranks
    rows_per_day: float | None = None
    prevalence: float | None = None
    prevalence_of: str = "stated"
    recall: MetricValue | None = None
    precision: MetricValue | None = None
    tail: Tail | None = None
    notes: tuple[str, ...] = ()
    noun: str = "rows"

    @property
    def method(self) -> str:
        """How it was chosen; "extreme_value" also where fewer alarms were asked than the rows can show."""
        return "extreme_value" if self.tail else self.asked.method

    @property
    def alarms_per_day(self) -> MetricValue | None:
        """False alarms expected a day with their 95% interval; None where the rows a day are not known."""
        return (
            _times(self.false_alarms, self.rows_per_day * (1 - (self.prevalence or 0))) if self.rows_per_day else None
        )

    def expected_alarms(self, rows: int) -> MetricValue:
        """Return how many of so many normal rows are alarms: the mean, and what 95 of 100 such lots lie between.

        The rate itself is uncertain (its 95% interval is known), and rows fall at random around it; both are drawn.
        """
        rate, rng = self.false_alarms, np.random.default_rng(0)
        value, low, high = (max(each or 0.0, 1e-12) for each in (rate.value, rate.low, rate.high))
        spread = np.log(high / low) / (2 * 1.96)
        rates = np.minimum(1, value * np.exp(rng.normal(-(spread**2) / 2, spread, 20_000)))
        low, high = np.quantile(rng.binomial(rows, rates), [0.025, 0.975])
        return MetricValue(value * rows, float(low), float(high))

    def is_alarm(self, scores: Floats) -> NDArray[np.bool_]:
        """Return which scores (n,) are alarms; what is not a number is one too: a row without a score is not normal."""
        return ordered_as_alarms(scores) > self.value

    def p_values(self, scores: Floats) -> Floats:
        """Return the conformal p-values of scores (n,), see `Ranks.p_values`."""
        return self.ranks.p_values(scores)

    # For reading

    @property
    def asked_for(self) -> str:
        """What was wanted, of inputs as they are called here: "at most 0.01 of the normal images as false alarms"."""
        return self.asked.words_for(self.noun)

    @property
    def sentence(self) -> str:
        """All of it in plain words."""
        return " ".join(self.sentences)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it is, what it is expected to do, and what to know before relying on it."""
        return (*self._expectations(), *self.notes)

    def _expectations(self) -> Iterator[str]:
        between = f" (95% interval {self.low:.6g} to {self.high:.6g})" if None not in (self.low, self.high) else ""
        yield f"Scores above {self.value:.6g}{between} are alarms. Asked: {self.asked_for}."
        day = f", {_counted(self.alarms_per_day)} a day" if self.alarms_per_day else ""
        yield (
            f"Expected: {_counted(_times(self.false_alarms, 1000))} false alarms in a thousand normal {self.noun}"
            f"{day}, from {self.rows:,} calibration {self.noun} ({self.intervals})."
        )
        if self.recall and not self.precision:
            yield f"Of {self.anomalies:,} labelled anomalies it finds {_percent(self.recall)}."
        if self.recall and self.precision:
            where = f"{self.prevalence:.3%} of the {self.noun}" + (
                "" if self.prevalence_of == "stated" else f", as in the {self.prevalence_of},"
            )
            yield (
                f"Of {self.anomalies:,} labelled anomalies it finds {_percent(self.recall)}; where {where} are "
                f"anomalies, {_percent(self.precision)} of the alarms are right."
            )
        if self.unlabelled:
            yield (
                f"{self.unlabelled:,} of the {self.noun} have no label and are taken for normal: anomalies among "
                "them make the threshold too high."
            )

    # As data

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        plain = {name: getattr(self, name) for name in ("value", "low", "high", "method")}
        plain["asked"] = {"method": self.asked.method, "said": self.asked.said, "words": self.asked.words}
        for name in ("false_alarms", "alarms_per_day", "recall", "precision"):
            score = getattr(self, name)
            plain[name] = score.to_dict() if score else None
        plain |= {name: getattr(self, name) for name in _PLAIN}
        return {
            **plain,
            "notes": list(self.notes),
            "sentence": self.sentence,
            "tail": vars(self.tail).copy() if self.tail else None,
            "ranks": {name: list(value) if name != "rows" else value for name, value in vars(self.ranks).items()},
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Threshold":
        """Return the threshold that `to_dict` described; raises ValueError, KeyError or TypeError for another."""
        ranks = content["ranks"]
        made = cls(
            **{name: content[name] for name in ("value", "low", "high", *_PLAIN)},
            asked=parse(content["asked"]["method"], content["asked"]["said"]),
            false_alarms=MetricValue(**content["false_alarms"]),
            recall=MetricValue(**content["recall"]) if content["recall"] else None,
            precision=MetricValue(**content["precision"]) if content["precision"] else None,
            notes=tuple(content["notes"]),
            tail=Tail(**content["tail"]) if content["tail"] else None,
            ranks=Ranks(ranks["rows"], tuple(ranks["scores"]), tuple(ranks["above"])),
        )
        if len(checked(made).ranks.scores) != len(made.ranks.above) or made.ranks.rows < 0:
            raise ValueError("its ranks do not belong together")
        return made


_PLAIN = (
    *("intervals", "rows", "unlabelled", "anomalies", "data_hash", "when"),
    *("rows_per_day", "prevalence", "prevalence_of", "noun"),
)


def _times(score: MetricValue, factor: float) -> MetricValue:
    value, low, high = (None if each is None else each * factor for each in (score.value, score.low, score.high))
    return MetricValue(value, low, high)


def _counted(score: MetricValue) -> str:
    return f"{score.value:.3g} ({score.low:.3g} to {score.high:.3g})"


def _percent(score: MetricValue) -> str:
    if score.value is None:
        return "–"
    return f"{score.value:.1%} ({score.low:.1%} to {score.high:.1%})"


def sentences(run: "Run") -> tuple[str, ...]:
    """Return from which score on there is an alarm in a run, and what that promises."""
    found = run.load(Threshold)
    return found.sentences if found else ()
