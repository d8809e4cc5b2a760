"""Extreme-value fit: a threshold for rates of false alarms that the calibration rows are too few to show."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binom, chi2, genpareto, goodness_of_fit

from saccade.errors import DataError
from saccade.score import Score
from saccade.threshold import Floats, Tail

SHARE, MOST_SHARE = 0.02, 0.1
"""The tail is the largest 2% of the scores (Siffer et al. 2017, SPOT); of few rows, up to 10%."""

FEWEST, ENOUGH, MOST = 30, 100, 1000
"""Rows of the tail: with less, its shape is not known; below 100 the share is raised; more than 1,000 are not needed,
and the higher the tail starts, the better the distribution fits."""

DOUBTFUL = 0.05
"""p-value of the Anderson–Darling test below which the tail is said not to fit."""

REFITS = 99
GRID = 81
INSIDE = float(chi2.ppf(0.95, 1))
"""Twice the loss of log-likelihood within which a value belongs to the 95% profile-likelihood interval."""

FAR = 100
"""Times that a rate may be rarer than one calibration row before the extrapolation is called far."""


@dataclass(frozen=True)
class Extrapolated:
    """A threshold beyond the calibration scores.

    Attributes:
        value, low, high: the score that the asked share exceeds, and its 95% interval.
        false_alarms: the asked share, and the 95% interval of the share above `value`.
        tail: the fitted distribution.
        notes: what to know before relying on it.
    """

    value: float
    low: float
    high: float
    false_alarms: Score
    tail: Tail
    notes: tuple[str, ...]


def extrapolate(normal: Floats, share: float) -> Extrapolated:
    """Return the score that so small a share of the normal rows exceeds.

    Args:
        normal: (n,) ascending scores of normal rows.
        share: of normal rows above the threshold, 0 to 1, smaller than the tail.

    Raises:
        DataError: too few rows, or too many equal ones, to fit a tail; or the share is so large that none is needed.
    """
    tail = _fitting_tail(normal, share)
    value = tail.start + genpareto.isf(share / tail.share, tail.shape, scale=tail.scale)
    low, high, rate = _profile(normal, tail, share, float(value))
    return Extrapolated(float(value), low, high, rate, tail, _notes(tail, share, len(normal)))


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
            f"{count:,}. Ask for more false alarms, or give the calibration part more rows."
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
    unit = float(excess.mean())  # the fit then does not depend on the unit of the score
    with np.errstate(all="ignore"):
        shape, _, scale = genpareto.fit(excess / unit, floc=0)
        test = goodness_of_fit(
            genpareto, excess / unit, known_params={"loc": 0}, statistic="ad", n_mc_samples=REFITS,
            rng=np.random.default_rng(0),
        )  # fmt: skip
    return Tail(
        start=start,
        share=len(excess) / len(normal),
        rows=len(excess),
        shape=float(shape),
        scale=float(scale) * unit,
        p_value=float(test.pvalue),
    )


def _profile(normal: Floats, tail: Tail, share: float, value: float) -> tuple[float, float, Score]:
    """Return profile-likelihood intervals of the threshold for a share, and of the share above a threshold.

    Over a grid of shapes, scales and shares of the tail: an end of the interval is the least or largest result of all
    parameters that lose less likelihood than chance explains.
    """
    shapes, scales, shares = _grid(tail, len(normal), share)
    loss = 2 * (
        _log_likelihood(normal, tail, [tail.shape], [tail.scale]) - _log_likelihood(normal, tail, shapes, scales)
    )
    counted = 2 * (binom.logpmf(tail.rows, len(normal), tail.share) - binom.logpmf(tail.rows, len(normal), shares))
    inside = np.maximum(loss, 0)[:, :, None] + counted <= INSIDE
    shape, scale = shapes[:, None, None], scales[None, :, None]
    values = (tail.start + genpareto.isf(share / shares, shape, scale=scale))[inside]
    rates = (shares * genpareto.sf(value - tail.start, shape, scale=scale))[inside]
    return float(values.min()), float(values.max()), Score(share, float(rates.min()), float(rates.max()))


def _grid(tail: Tail, rows: int, share: float) -> tuple[Floats, Floats, Floats]:
    """Return shapes, scales and shares around the best ones, wide enough for every 95% region."""
    error = max(1 + tail.shape, 0.5) / np.sqrt(tail.rows)
    shapes = tail.shape + error * np.linspace(-5, 8, GRID)
    spread = np.sqrt(2 * max(1 + tail.shape, 0.5) / tail.rows)
    scales = tail.scale * np.exp(spread * np.linspace(-5, 5, GRID))
    shares = tail.share * np.exp(np.linspace(-3, 3, 13) / np.sqrt(tail.rows))
    return shapes, scales, np.clip(shares, share * 1.001, 1 - 1e-9)


def _log_likelihood(normal: Floats, tail: Tail, shapes: Any, scales: Any) -> Floats:
    """Return the log-likelihood of the tail for each pair of a shape and a scale, (shapes, scales)."""
    excess = normal[-tail.rows :] - tail.start
    scales = np.asarray(scales)[:, None]
    with np.errstate(all="ignore"):
        return np.array([genpareto.logpdf(excess, shape, scale=scales).sum(axis=1) for shape in shapes])


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
