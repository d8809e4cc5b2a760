"""Extreme-value fit: a threshold for rates of false alarms that the calibration rows are too few to show."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, genpareto

from saccade.core.errors import DataError
from saccade.core.metric_value import MetricValue
from saccade.tasks.anomaly_detection.threshold import Floats, Tail
from saccade.tasks.anomaly_detection.thresholding.measuring import HIGH, LOW

SHARE, MOST_SHARE = 0.02, 0.1
"""The tail is the largest 2% of the scores (Siffer et al. 2017, SPOT); of few rows, up to 10%."""

FEWEST, ENOUGH, MOST = 30, 100, 1000
"""Rows of the tail: with less, its shape is not known; below 100 the share is raised; more than 1,000 are not needed,
and the higher the tail starts, the better the distribution fits."""

DOUBTFUL = 0.05
"""p-value of the Anderson–Darling test below which the tail is said not to fit."""

REFITS = 99
GRID = 61
LIGHTEST = -0.9
PRIOR_SPREAD = 0.5
"""Of the shape around 0, before anything is seen: every tail from one that ends to one of infinite variance is likely.
Without it, the few shapes that a hundred rows cannot exclude would set the threshold."""

TINIEST = 1e-300

FARTHEST = 10_000
"""Times that a rate may be rarer than one calibration row at most."""

FAR = 100
"""Times that a rate may be rarer than one calibration row before the extrapolation is called far."""


@dataclass(frozen=True)
class Extrapolated:
    """A threshold beyond the calibration scores.

    Attributes:
        value: the score that the asked share is expected to exceed, over all tails that the rows leave possible.
        low, high: 95% interval of the score that exactly the asked share exceeds.
        false_alarms: the asked share, and the 95% interval of the share above `value`.
        tail: the most likely one.
        notes: what to know before relying on it.
    """

    value: float
    low: float
    high: float
    false_alarms: MetricValue
    tail: Tail
    notes: tuple[str, ...]


def extrapolate(normal: Floats, share: float) -> Extrapolated:
    """Return the score that so small a share of the normal rows exceeds.

    The most likely tail alone would promise too much: in simulations, its threshold lets through two to six times the
    asked share on average, because a tail that is a little heavier than fitted costs more than a lighter one saves.

    Args:
        normal: (n,) ascending scores of normal rows.
        share: of normal rows above the threshold, 0 to 1, smaller than the tail.

    Raises:
        DataError: too few rows, or too many equal ones, to fit a tail; or the share is so large that none is needed.
    """
    tail = _fitting_tail(normal, share)
    possible = _possible(normal, tail, share)
    value = _expected(possible, share)
    low, high = possible.interval(possible.exceeded_by(share))
    rate = MetricValue(share, *possible.interval(possible.above(value)))
    return Extrapolated(
        tail.start + value, tail.start + low, tail.start + high, rate, tail, _notes(tail, share, len(normal))
    )


def can_extrapolate(rows: int) -> bool:
    """Say whether so many normal rows have a tail of enough rows."""
    return MOST_SHARE * rows >= FEWEST


def _fitting_tail(normal: Floats, share: float) -> Tail:
    """Return the largest tail that has the form of a generalised Pareto distribution, else the smallest tried."""
    rows = _tail_rows(normal, share)
    while True:
        tail = _fit(normal, rows)
        half = rows // 2
        if tail.p_value >= 2 * DOUBTFUL or half < ENOUGH or half / len(normal) <= 2 * share:
            return tail
        rows = half


def _tail_rows(normal: Floats, share: float) -> int:
    count = len(normal)
    rows = min(max(round(SHARE * count), ENOUGH), int(MOST_SHARE * count), MOST)
    if rows < FEWEST:
        raise DataError(
            f"An extreme-value fit takes at least {int(FEWEST / MOST_SHARE)} normal calibration rows; there are "
            f"{count:,}. Ask for more false alarms, or give the calibration split more rows."
        )
    if share * count > rows / 2:
        raise DataError(
            f"{share:g} of {count:,} calibration rows are enough to count: nothing needs to be extrapolated. Try "
            f"--max-alarms {share:g}."
        )
    excess = normal[-rows:] - normal[-rows - 1]
    if not np.isfinite(excess).all():
        raise DataError(f"{np.sum(~np.isfinite(normal)):,} calibration rows have no finite score: no tail fits them.")
    if len(np.unique(excess)) < FEWEST / 2:
        raise DataError(
            f"The {rows} largest calibration scores have only {len(np.unique(excess))} different values: no tail can "
            "be fitted to them. Choose the threshold by --max-alarms or --budget."
        )
    return rows


def _fit(normal: Floats, rows: int) -> Tail:
    start = float(normal[-rows - 1])
    excess = normal[-rows:] - start
    excess = excess[excess > 0]
    shape, scale = _estimate(excess)
    return Tail(
        start=start,
        share=len(excess) / len(normal),
        rows=len(excess),
        shape=shape,
        scale=scale,
        p_value=_goodness(excess, shape, scale),
    )


def _estimate(excess: Floats) -> tuple[float, float]:
    """Return shape and scale of ascending, positive excess (n,), by Zhang and Stephens (2009, Technometrics 51:3).

    In a hundredth of the time of SciPy's search, which the refits of the test need, and it never diverges.
    """
    points = 20 + int(np.sqrt(len(excess)))
    quarter = excess[int(len(excess) / 4 + 0.5) - 1]
    ratios = 1 / excess[-1] + (1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3 * quarter)
    shapes = np.log1p(-ratios[:, None] * excess).mean(axis=1)
    likelihood = len(excess) * (np.log(-ratios / shapes) - shapes - 1)
    weight = np.exp(likelihood - likelihood.max())
    ratio = float(ratios @ weight / weight.sum())
    shape = float(np.log1p(-ratio * excess).mean())
    return shape, -shape / ratio


def _goodness(excess: Floats, shape: float, scale: float) -> float:
    """Return the p-value of the Anderson–Darling test, by a parametric bootstrap that refits each sample."""
    rng, found = np.random.default_rng(0), _distance(excess, shape, scale)
    drawn = np.sort(genpareto.rvs(shape, scale=scale, size=(REFITS, len(excess)), random_state=rng))
    return (1 + sum(_distance(each, *_estimate(each)) >= found for each in drawn)) / (REFITS + 1)


def _distance(excess: Floats, shape: float, scale: float) -> float:
    """Return Anderson's and Darling's A², which weighs the ends of the distribution most."""
    below = np.clip(genpareto.cdf(excess, shape, scale=scale), TINIEST, 1 - 1e-16)
    places = 2 * np.arange(1, len(excess) + 1) - 1
    return float(-len(excess) - (places * (np.log(below) + np.log1p(-below[::-1]))).mean())


@dataclass(frozen=True)
class _Possible:
    """Tails that the rows leave possible, one an entry.

    Attributes:
        shape, scale, share: (k,), as in `Tail`.
        weight: (k,), how likely each is; their sum is 1.
    """

    shape: Floats
    scale: Floats
    share: Floats
    weight: Floats

    def above(self, value: float) -> Floats:
        """Return the share of all normal rows that lies so far above the start of the tail, (k,)."""
        return np.asarray(self.share * genpareto.sf(value, self.shape, scale=self.scale))

    def exceeded_by(self, share: float) -> Floats:
        """Return how far above the start the score is that a share of all normal rows exceeds, (k,)."""
        return np.asarray(genpareto.isf(share / self.share, self.shape, scale=self.scale))

    def interval(self, results: Floats) -> tuple[float, float]:
        """Return the middle 95% of results (k,)."""
        order = np.argsort(results)
        ends = np.searchsorted(np.cumsum(self.weight[order]), [LOW, HIGH])
        low, high = results[order[np.minimum(ends, len(order) - 1)]].tolist()
        return low, high


def _possible(normal: Floats, tail: Tail, share: float) -> _Possible:
    """Return a grid of tails around the most likely one, weighted by likelihood and a weak prior of the shape."""
    error = max(1 + tail.shape, 0.5) / np.sqrt(tail.rows)
    # below −1 the likelihood has no bound: the end of the tail would be the largest score
    shapes = np.linspace(max(tail.shape - 5 * error, LIGHTEST), max(tail.shape, LIGHTEST) + 8 * error, GRID)
    spread = np.sqrt(2 * max(1 + tail.shape, 0.5) / tail.rows)
    scales = tail.scale * np.exp(spread * np.linspace(-5, 5, GRID))
    shares = np.clip(tail.share * np.exp(np.linspace(-3, 3, 7) / np.sqrt(tail.rows)), share * 1.001, 1 - 1e-9)
    logarithm = _log_likelihood(normal[-tail.rows :] - tail.start, shapes, scales)
    logarithm = (logarithm - (shapes[:, None] / PRIOR_SPREAD) ** 2 / 2)[:, :, None]
    logarithm = logarithm + binom.logpmf(tail.rows, len(normal), shares)
    weight = np.exp(logarithm - logarithm.max())
    likely = weight > weight.max() * 1e-6  # what hardly can be costs as much time as what can
    grid = np.broadcast_arrays(shapes[:, None, None], scales[:, None], shares)
    shape, scale, of_rows = (np.asarray(each[likely]) for each in grid)
    return _Possible(shape, scale, of_rows, weight[likely] / weight[likely].sum())


def _log_likelihood(excess: Floats, shapes: Floats, scales: Floats) -> Floats:
    """Return the log-likelihood of the excess (n,) over the start for each shape and scale, (shapes, scales)."""
    rows = []
    for shape in np.where(np.abs(shapes) < 1e-9, 1e-9, shapes):
        inner = 1 + shape * excess / scales[:, None]
        inside = np.log(np.maximum(inner, TINIEST)).sum(axis=1)
        rows.append(np.where(inner.min(axis=1) > 0, -len(excess) * np.log(scales) - (1 + 1 / shape) * inside, -np.inf))
    return np.array(rows)


def _expected(possible: _Possible, share: float) -> float:
    """Return how far above the start the threshold is that a share of the rows exceeds on average over the tails."""

    def missed(logarithm: float) -> float:
        return float(np.log(possible.weight @ possible.above(np.exp(logarithm)) + TINIEST) - np.log(share))

    ends = np.log(possible.exceeded_by(share)[[0, -1]])
    low, high = ends.min() - 1, ends.max() + 1
    while missed(high) > 0:
        high += 1
    while missed(low) < 0:
        low -= 1
    return float(np.exp(brentq(missed, low, high)))


def _notes(tail: Tail, share: float, rows: int) -> tuple[str, ...]:
    notes = [
        f"Extrapolated: a generalised Pareto distribution (shape {tail.shape:.2f}) was fitted to the {tail.rows:,} "
        f"calibration scores above {tail.start:.6g}, the largest {tail.share:.1%}."
    ]
    if tail.p_value < DOUBTFUL:
        notes.append(
            f"The tail does not have this form (Anderson–Darling, p = {tail.p_value:.2g}): do not rely on the "
            "extrapolation; ask for more false alarms, or calibrate on more rows."
        )
    if share * rows * FAR < 1:
        notes.append(
            f"One in {1 / share:,.0f} rows is {1 / share / rows:,.0f} times rarer than the calibration rows can show: "
            "take it as an order of magnitude."
        )
    return tuple(notes)
