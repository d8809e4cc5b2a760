"""Two-sample tests: whether numbers or counts are of one distribution, and how far apart they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from saccade.core.arrays import Array
from saccade.drift.drift import Shift

LEAST = 30
"""Values on either side below which nothing is tested."""

FEWEST_EXPECTED = 5
"""Rarer categories are put together: the chi-squared distribution does not hold for less."""


def number_shift(name: str, reference: Array, new: Array, *, offset: float = 0.0, digits: int = 6) -> Shift:
    """Return how differently numbers, none of them missing, are distributed; equal numbers only lower the power.

    Args:
        name: of what is measured.
        reference: (n,).
        new: (m,).
        offset: is added to the medians in words.
        digits: of the medians in words.
    """
    test = stats.ks_2samp(reference, new, method="asymp")
    before, after = (f"{np.median(each) + offset:.{digits}g}" for each in (reference, new))
    return Shift(name, "values", float(test.statistic), float(test.pvalue), f"median {before}", f"median {after}")


@dataclass(frozen=True)
class Mix:
    """How differently two samples are mixed of k categories.

    Attributes:
        apart: total variation, 0 to 1: so large a share would have to change its category.
        p_value: that both are mixed alike.
        shares: (2, k), of the first sample and of the second.
        most: the category whose share differs most.
    """

    apart: float
    p_value: float
    shares: NDArray[np.float64]
    most: int


def mix(counts: NDArray[np.int64]) -> Mix:
    """Return how differently two samples are mixed, from how many of each are of each category, (2, k)."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    apart = np.abs(shares[0] - shares[1])
    return Mix(float(apart.sum() / 2), independence(counts), shares, int(apart.argmax()))


def mix_shift(name: str, counts: NDArray[np.int64], categories: Sequence[str]) -> Shift:
    """Return how differently two samples (2, k) are mixed of categories, in words by what differs most."""
    found = mix(counts)
    before, after = (f"'{categories[found.most]}' {each[found.most]:.1%}" for each in found.shares)
    return Shift(name, "values", found.apart, found.p_value, before, after)


def independence(counts: NDArray[np.int64]) -> float:
    """Return the p-value that both rows of counts (2, k) are of one distribution."""
    expected = counts.sum(axis=0) * (counts.sum(axis=1).min() / counts.sum())
    rare = expected < FEWEST_EXPECTED
    counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape == (2, 2):
        return float(stats.fisher_exact(counts).pvalue)
    return float(stats.chi2_contingency(counts).pvalue) if counts.shape[1] > 1 else 1.0


def adjusted(shifts: Sequence[Shift], *, entangled: bool = False) -> tuple[Shift, ...]:
    """Return shifts with their p-values adjusted for how many there are.

    The adjustment of Benjamini and Hochberg (1995) keeps the share of false ones among the shifts found below 5%, also
    where what is measured is positively dependent; that of Benjamini and Yekutieli (2001) however it depends.

    Args:
        shifts: all of them.
        entangled: whether what is measured depends on each other in any way.
    """
    if not shifts:
        return ()
    values = stats.false_discovery_control([shift.p_value for shift in shifts], method="by" if entangled else "bh")
    return tuple(replace(shift, adjusted=float(value)) for shift, value in zip(shifts, values, strict=True))
