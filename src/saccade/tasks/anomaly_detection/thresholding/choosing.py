"""Choose a threshold by what is asked of it: a rate of false alarms, a budget, costs, F-beta, a p-value."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

from saccade.core.arrays import Array
from saccade.core.errors import DataError, RecipeError
from saccade.core.metric_value import MetricValue
from saccade.tasks.anomaly_detection.threshold import Floats, Ranks, Tail, Threshold
from saccade.tasks.anomaly_detection.threshold_criterion import ThresholdCriterion, parse
from saccade.tasks.anomaly_detection.thresholding import cost_and_f_beta, measuring
from saccade.tasks.anomaly_detection.thresholding.extreme_values import FARTHEST, can_extrapolate, extrapolate
from saccade.tasks.anomaly_detection.thresholding.measuring import Sample

MARGIN = 1e-5
"""A threshold stands this much above the score that it was read off, relative to it: a row with exactly that score
(there may be thousands of equal rows) is no alarm because an exported file computes in another order."""

FEW = 20
"""Labelled anomalies below which recall is hardly known: of 20, half found means 27% to 73%."""

USUAL = 0.005
"""Share of false alarms when nobody asked for anything: five in a thousand."""

ORDER = "beta distribution of the order statistic"
COUNTED = "Clopper–Pearson, and a bootstrap of the threshold; the same rows chose it"
TAILS = "all tails that fit, by their likelihood"


@dataclass(frozen=True)
class _Placed:
    """Where a method puts the threshold, and what it says of it; the rest is counted alike for all methods."""

    value: float
    low: float | None
    high: float | None
    intervals: str
    false_alarms: MetricValue
    tail: Tail | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Given:
    """What the methods choose from."""

    sample: Sample
    asked: ThresholdCriterion
    rows_per_day: float | None
    prevalence: float | None


def choose(
    scores: Array,
    labels: NDArray[np.int64] | None = None,
    *,
    asked: ThresholdCriterion,
    rows_per_day: float | None = None,
    prevalence: float | None = None,
    prevalence_of: str = "stated",
    noun: str = "rows",
) -> Threshold:
    """Return the threshold that does what is asked, chosen on calibration rows that no network was trained on.

    Its promise holds for new rows that are exchangeable with the normal calibration rows: of the same process, not
    later ones after a drift.

    Args:
        scores: (n,) of the calibration rows, larger is stranger. What is not a number counts as the strangest.
        labels: (n,) 0 normal, 1 anomaly, −1 not said, taken for normal; None when nothing is labelled.
        asked: what is wanted, see `saccade.tasks.anomaly_detection.threshold_criterion.parse`.
        rows_per_day: how many rows come a day; "20/day" needs it.
        prevalence: share of anomalies among the rows to come, 0 to 1; by default that of the calibration split, which
            usually has more of them than the table.
        prevalence_of: where that comes from: "stated" by the user, or "table".
        noun: what to call the inputs: "rows", "images".

    Raises:
        DataError: the rows cannot show what is asked; it says what they can.
        RecipeError: a number is missing or out of range.
    """
    _check(rows_per_day, prevalence)
    sample = measuring.sample(scores, labels, noun=noun)
    if prevalence is None and len(sample.anomalies):
        prevalence_of = "calibration split"
        prevalence = len(sample.anomalies) / (len(sample.normal) + len(sample.anomalies))
    placed = _METHODS[asked.method](_Given(sample, asked, rows_per_day, prevalence))
    found = measuring.recall(sample, placed.value)
    counts = {"rows": len(sample.normal), "anomalies": len(sample.anomalies)}
    return Threshold(
        value=placed.value,
        low=placed.low,
        high=placed.high,
        asked=asked,
        false_alarms=placed.false_alarms,
        intervals=placed.intervals,
        **counts,
        unlabelled=sample.unlabelled,
        data_hash=_data_hash(scores, labels),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        ranks=Ranks.of(sample.normal),
        rows_per_day=rows_per_day,
        prevalence=prevalence,
        prevalence_of=prevalence_of,
        recall=found,
        precision=measuring.precision(found, placed.false_alarms, **counts, prevalence=prevalence or 0),
        tail=placed.tail,
        notes=(*placed.notes, *_notes(sample)),
        noun=noun,
    )


def default_criterion(rows: int) -> ThresholdCriterion:
    """Return what is asked when the user asks nothing: five false alarms in a thousand, or what few rows can show.

    Args:
        rows: normal and unlabelled calibration rows.
    """
    fewest = 1 / (rows + 1)
    return parse("alarms", f"{max(USUAL, math.ceil(fewest * 1000) / 1000):g}")


def _check(rows_per_day: float | None, prevalence: float | None) -> None:
    if rows_per_day is not None and not 0 < rows_per_day < math.inf:
        raise RecipeError(f"Expected a positive number of rows a day; found {rows_per_day:g}.")
    if prevalence is not None and not 0 < prevalence < 1:
        raise RecipeError(f"Expected a prevalence between 0 and 1, such as 0.00173; found {prevalence:g}.")


# Methods: what is given → where the threshold stands


def _alarms(given: _Given) -> _Placed:
    share, rows = _asked_share(given), len(given.sample.normal)
    if share * (rows + 1) >= 1 - 1e-9:
        return _by_rank(given.sample, share)
    if can_extrapolate(rows):
        return _extreme_value(given, share)
    raise _too_few(given, share)


def _asked_share(given: _Given) -> float:
    """Return the share of the normal rows that may be false alarms."""
    numbers = given.asked.numbers
    if "per_day" not in numbers:
        return numbers["share"]
    if not given.rows_per_day:
        raise RecipeError(
            f"{given.asked.words} means nothing as long as nobody knows how many {given.sample.noun} come a day. Try "
            "--rows-per-day 10000, or a share such as 5/1000. With a time column it is counted."
        )
    share = numbers["per_day"] / given.rows_per_day
    if share >= 1:
        raise RecipeError(
            f"{given.asked.words}: only {given.rows_per_day:,.6g} {given.sample.noun} come a day. Ask for fewer."
        )
    return share


def _p_value(given: _Given) -> _Placed:
    share = given.asked.numbers["share"]
    if share * (len(given.sample.normal) + 1) < 1 - 1e-9:
        raise _too_few(given, share)
    return _by_rank(given.sample, share)


def _budget(given: _Given) -> _Placed:
    numbers, sample = given.asked.numbers, given.sample
    if numbers["share"] * (len(sample.normal) + 1) < 1 - 1e-9:
        raise _too_few(given, numbers["share"])
    placed = _by_rank(sample, numbers["share"], prevalence=given.prevalence or 0)
    if len(sample.anomalies):
        return placed
    few, many = _alarms_among(sample, placed.value, round(numbers["of"]))
    sentence = f"Of {numbers['of']:,.0f} {sample.noun} like these, {few:,} to {many:,} will be alarms, 95 times in 100."
    return replace(placed, notes=(sentence,))


def _alarms_among(sample: Sample, value: float, rows: int) -> tuple[int, int]:
    """Return between which two numbers the alarms among so many new normal rows will lie, 95 times in 100."""
    count, known = int(measuring.above(sample.normal, value)), len(sample.normal)
    future = betabinom(rows, count + 1, known - count)
    return int(future.ppf(measuring.LOW)), int(future.ppf(measuring.HIGH))


def _cost(given: _Given) -> _Placed:
    return _by_worth(given, cost_and_f_beta.cost, "the expected cost")


def _f_beta(given: _Given) -> _Placed:
    return _by_worth(given, cost_and_f_beta.f_beta, "F-beta")


def _by_worth(given: _Given, worth: Callable[..., cost_and_f_beta.Worth], what: str) -> _Placed:
    sample = given.sample
    if not len(sample.anomalies) or given.prevalence is None:
        raise DataError(
            f"{what[0].upper()}{what[1:]} can be reckoned only with labelled anomalies, and the calibration split has "
            "none. Without any, try --max-alarms 5/1000, --budget 50/10000, --p-value 0.01 or --extreme-value 0.0001."
        )
    value, low, high = cost_and_f_beta.best(sample, worth(given.prevalence, **given.asked.numbers))
    notes: tuple[str, ...] = ()
    if not measuring.above(sample.anomalies, value):
        notes = (
            f"As far as {len(sample.normal):,} normal {sample.noun} can show, no alarm pays at this prevalence: the "
            "threshold is above every calibration score.",
        )
    return _Placed(value, low, high, COUNTED, measuring.false_alarms(sample, value), notes=notes)


def _by_extreme_value(given: _Given) -> _Placed:
    return _extreme_value(given, given.asked.numbers["share"])


def _extreme_value(given: _Given, share: float) -> _Placed:
    rows = len(given.sample.normal)
    if share * rows * FARTHEST < 1:
        raise DataError(
            f"One in {1 / share:,.0f} {given.sample.noun} cannot be judged from {rows:,}: one in {rows * FARTHEST:,} "
            "is as far as an extrapolation may go. Ask for more false alarms, or calibrate on more "
            f"{given.sample.noun}."
        )
    found = extrapolate(given.sample.normal, share)
    return _Placed(found.value, found.low, found.high, TAILS, found.false_alarms, found.tail, found.notes)


_METHODS: dict[str, Callable[[_Given], _Placed]] = {
    "alarms": _alarms,
    "budget": _budget,
    "cost": _cost,
    "f_beta": _f_beta,
    "p_value": _p_value,
    "extreme_value": _by_extreme_value,
}


def _by_rank(sample: Sample, share: float, *, prevalence: float = 0) -> _Placed:
    """Return the lowest score that at most a share of the rows is expected to exceed: the conformal quantile.

    Args:
        sample: of n normal rows.
        share: of the rows to come, at least 1 / (n + 1).
        prevalence: share of anomalies among them; 0 when only normal rows are counted.
    """
    candidates = sample.candidates if prevalence and len(sample.anomalies) else np.unique(sample.normal)
    expected = measuring.expected_share(sample, candidates) * (1 - prevalence)
    if prevalence and len(sample.anomalies):
        expected += prevalence * measuring.above(sample.anomalies, candidates) / len(sample.anomalies)
    place = int(np.argmax(expected <= share * (1 + 1e-8)))
    score = float(candidates[place])
    if not np.isfinite(score):
        missing = int(np.sum(~np.isfinite(sample.normal)))
        raise DataError(
            f"{missing:,} normal calibration {sample.noun} have no finite score, more than may be alarms. See why."
        )
    false = measuring.false_alarms(sample, score)
    assert false.value is not None
    low, high = measuring.quantile_interval(sample, false.value)
    return _Placed(_a_little_above(score, candidates[place + 1 :]), low, high, ORDER, false)


def _a_little_above(score: float, larger: Floats) -> float:
    """Return a threshold just above a score, see MARGIN, and at most half way to the next larger one."""
    raised = score + MARGIN * abs(score)
    return min(raised, (score + float(larger[0])) / 2) if len(larger) else raised


def _too_few(given: _Given, share: float) -> DataError:
    rows = len(given.sample.normal)
    instead = f"--extreme-value {share:g}" if can_extrapolate(rows) else f"--max-alarms {_round_up(1 / (rows + 1)):g}"
    return DataError(
        f"{rows:,} normal calibration {given.sample.noun} cannot promise a share of {share:.3g}: that takes at least "
        f"{math.ceil(1 / share - 1e-9) - 1:,}. Try {instead}, or give the calibration split more {given.sample.noun}."
    )


def _round_up(share: float) -> float:
    """Return a share with two digits, rounded up."""
    unit = 10.0 ** (math.floor(math.log10(share)) - 1)
    return min(math.ceil(share / unit) * unit, 0.99)


def _notes(sample: Sample) -> tuple[str, ...]:
    notes = []
    if sample.normal[0] == sample.normal[-1]:
        notes.append(
            f"All {len(sample.normal):,} normal calibration {sample.noun} have the same score: it says nothing of them."
        )
    infinite = int(np.sum(~np.isfinite(sample.normal)))
    if infinite:
        notes.append(f"{infinite:,} normal calibration {sample.noun} have no finite score and count as alarms.")
    if 0 < len(sample.anomalies) < FEW:
        notes.append(f"With {len(sample.anomalies)} labelled anomalies, recall and precision are hardly known.")
    return tuple(notes)


def _data_hash(scores: Array, labels: NDArray[np.int64] | None) -> str:
    content = np.ascontiguousarray(scores, np.float64).tobytes()
    said = b"" if labels is None else np.ascontiguousarray(labels, np.int64).tobytes()
    return hashlib.sha256(content + said).hexdigest()
